/**
 * Fencing tokens: does every hold get one of its own, larger than all before it?
 *
 * `token-reused`: two holds of a lane have one token. `token-order`: a hold that was asked for after another had been granted has
 * the smaller token. Both are reported for each hold that breaks the rule, with one hold that it breaks it against.
 *
 * Sound. The rule is what fencing rests on (Kleppmann, "How to do distributed locking", 2016: a number that grows every time a
 * client acquires the lock), whatever the tokens are made of; that an acquire was answered before another was invoked is told by
 * the controller alone. Tokens are compared as the clients were told them, so no clock and no watch is involved. One token for two
 * holds is no violation where they may be one: a session that asks again while its key is still there gets the same key back
 * (client/v3/concurrency, Mutex), so nothing is claimed where the earlier hold was not released for certain and the
 * session is the same, or may be.
 *
 * Complete: definite holds can be put into an order that agrees with time and in which tokens grow, exactly if none of the two is
 * found (with the order of tokens as that order: whatever ended before another began has the smaller one). Holds without a token, and
 * acquires whose answer is not known, are left out.
 *
 * Cost: O(n log n).
 */
import { F, NONE } from '../harness/history/tables.js';
import { slotsOf } from '../harness/history/fault-reach.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { forEachFallenToken, forEachRepeatedToken } from './token-order.js';
import type { Checker } from './verdict.js';
import { tell } from './witness.js';

export const fencingTokens: Checker = {
  name: 'fencing-tokens',
  description: 'a hold was given the token of another, or a smaller one than a hold before it',
  decides: 'service',
  check(tables) {
    const evidence = evidenceOf(tables);
    const { holds } = evidence;
    const findings = createFindings('fencing-tokens');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const lane = (hold: number): number => holds.lane[hold] as number;
    forEachRepeatedToken(evidence, (owner, hold) => {
      if (!mayBeOneHold(evidence, owner, hold))
        findings.violation('token-reused', lane(hold), () => witness(evidence, owner, hold));
    });
    forEachFallenToken(evidence, (before, hold) => {
      findings.violation('token-order', lane(hold), () => witness(evidence, before, hold));
    });
    let tokens = 0;
    for (let hold = 0; hold < holds.count; hold++) if (holds.token[hold] !== NONE) tokens++;
    return findings.result({ tokens });
  },
};

/** Whether the second hold may be the first one again: the same session, which has not released it for certain. */
function mayBeOneHold({ holds, operations, tables }: Evidence, owner: number, hold: number): boolean {
  const [process, other] = [holds.process[hold] as number, holds.process[owner] as number];
  // A retired process goes on under another number, in most cases with another session.
  const slots = slotsOf(tables.settings);
  const isSameClient = process === other || (slots > 0 && (process - other) % slots === 0);
  if (!isSameClient) return false;
  const release = holds.release[owner] as number;
  if (release !== NONE && operations.succeeded(release)) return false;
  const endedBy = holds.endedBy[owner] as number;
  const f = endedBy === NONE ? NONE : operations.f(endedBy);
  return !((f === F.close || f === F.open) && operations.succeeded(endedBy));
}

function witness(evidence: Evidence, earlier: number, later: number) {
  const part = (hold: number) => ({ hold, operations: [evidence.holds.acquire[hold] as number] as const });
  return { ...tell(evidence, part(later), part(earlier)), decisions: [], numbers: {} };
}

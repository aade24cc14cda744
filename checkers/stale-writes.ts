/**
 * Stale writes and interleaved sections: what the storage accepted and should not have, in the storage's own order.
 *
 * `stale-write`: a write is accepted for a key after one with a larger token was. `interleaved-sections`: a section's accepted
 * operation, then another section's, then one of the first again, where of the last two at least one is a write. A section is
 * a hold of the history together with the key.
 *
 * Sound. The storage numbers its decisions in the order in which they took effect, so no clock is involved. Tokens are create
 * revisions of lock keys, and etcd grants the queue's lock in their order (client/v3/concurrency, Mutex): the hold with the
 * larger token began when the one with the smaller had ended, so a write of the older one that is accepted after a write of the
 * newer one was accepted after its own hold had ended. No claim is made where tokens do not tell the order: when one is
 * really a lease id, or when the hold with the smaller token was asked for after the other had been granted. Interleaving needs
 * no tokens: with an exclusive lock the operations of a section stand together in the storage's order. Nothing is claimed
 * from a decision that contradicts the history or was not made for a section, nor from a log whose order contradicts the
 * order in which operations were invoked and answered.
 *
 * Read-only interleavings pass: if the intruding operation and the later one are both reads, they can change places without
 * either returning something else, so the storage cannot tell the history from one in which the sections stood apart.
 *
 * Complete for what it defines: every accepted write that follows a larger token, and every operation at which a section comes
 * back to a key, is found once (Kleppmann, "How to do distributed locking", 2016, is the first; A, B, A over several keys is
 * judged for each key alone, so a section that left one key before another touched it goes unnoticed). It cannot see a late
 * write that comes before anything of the newer holder: nothing distinguishes it from one in time. That is why fencing
 * lets it pass, too.
 *
 * Cost: O(accepted decisions).
 */
import { compareTokens } from '../harness/history/token.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import type { Hold } from './holds.js';
import { judgedKeys } from './judged-keys.js';
import type { SectionEntry } from './storage-log.js';
import type { Checker } from './verdict.js';
import { olderFirst, tell } from './witness.js';

export const staleWrites: Checker = {
  name: 'stale-writes',
  description: 'the storage accepted a write of a section that was over, or operations of two sections in turns',
  decides: 'data',
  check(record) {
    const evidence = evidenceOf(record);
    const findings = createFindings('stale-writes');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    let accepted = 0;
    let unordered = 0;
    for (const { entries } of judgedKeys(evidence, findings)) {
      accepted += entries.length;
      unordered += findStaleWrites(evidence, entries, findings);
      findInterleavings(evidence, entries, findings);
    }
    if (unordered > 0)
      findings.doubt(`${unordered} writes follow a larger token that does not tell the order of the holds`);
    return findings.result({ acceptedDecisions: accepted });
  },
};

/** Returns the number of writes whose token is smaller, but not provably that of an older hold. */
function findStaleWrites(evidence: Evidence, entries: readonly SectionEntry[], findings: Findings): number {
  let newest: SectionEntry | undefined;
  let unordered = 0;
  for (const entry of entries) {
    if (entry.decision.f !== 'write') continue;
    if (newest === undefined || compareTokens(entry.decision.token, newest.decision.token) >= 0) {
      newest = entry;
    } else if (tokensTellOrder(evidence, entry.hold, newest.hold)) {
      const before = newest;
      findings.violation('stale-write', entry.hold.lane, () => staleWitness(evidence, entry, before));
    } else {
      unordered++;
    }
  }
  return unordered;
}

/** `older` has the smaller token. */
function tokensTellOrder({ watched }: Evidence, older: Hold, newer: Hold): boolean {
  const isLease = ({ lane, token = '0' }: Hold) => watched.kindOf(lane, token) === 'lease';
  return !isLease(older) && !isLease(newer) && older.acquire.invocation.index < newer.acquire.completion.index;
}

function staleWitness(evidence: Evidence, late: SectionEntry, before: SectionEntry) {
  const { operation, hold } = late;
  const granted = before.hold.acquire.completion.time;
  return {
    key: late.decision.key,
    ...tell(evidence, { hold, operations: [operation] }, { hold: before.hold, operations: [before.operation] }),
    decisions: [before.decision.seq, late.decision.seq],
    // How long the newer holder had certainly had the lock when the late write was sent.
    numbers: { lateNs: Math.max(0, operation.invocation.time - granted) },
  };
}

function findInterleavings(evidence: Evidence, entries: readonly SectionEntry[], findings: Findings): void {
  const lastOf = new Map<Hold, number>();
  let lastWrite = -1;
  entries.forEach((entry, at) => {
    const { hold } = entry;
    const isWrite = entry.decision.f === 'write';
    const earlier = lastOf.get(hold);
    lastOf.set(hold, at);
    const writtenBefore = lastWrite;
    if (isWrite) lastWrite = at;
    if (earlier === undefined) return;
    // All that stands between two consecutive operations of a section is of others.
    const intruder = isWrite ? at - 1 : writtenBefore;
    if (intruder <= earlier) return;
    findings.violation('interleaved-sections', hold.lane, () =>
      interleavingWitness(evidence, entries[earlier] as SectionEntry, entries[intruder] as SectionEntry, entry),
    );
  });
}

function interleavingWitness(evidence: Evidence, before: SectionEntry, between: SectionEntry, after: SectionEntry) {
  const returning = { hold: after.hold, operations: [before.operation, after.operation] } as const;
  const intruding = { hold: between.hold, operations: [between.operation] } as const;
  return {
    key: after.decision.key,
    // Either the older section came back late, or its late operation fell into the younger one.
    ...tell(evidence, ...olderFirst(returning, intruding)),
    decisions: [before.decision.seq, between.decision.seq, after.decision.seq],
    numbers: {},
  };
}

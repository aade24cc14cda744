/**
 * How often a run reached each of the states that a test of a lock is about. A state counts if the record proves it: what the record
 * does not tell of (no watch, no leader's samples, a recipe that does not name its lease) is not counted, so that numbers are lower bounds.
 *
 * `lease-expired-holder-alive`: holds whose key etcd deleted before their client had asked for that, and whose client said something
 *   afterwards.
 * `two-holders`: holds whose client believed in them when a newer one was granted, and said something afterwards. A client
 *   believes from the grant until it gives the lock up or is told that it is gone.
 * `late-write-before-first`, `late-write-after-first`: writes of replaced holds that reached the storage, accepted or not (late-writes.ts).
 * `leader-change-in-hold`: holds that were believed in, or whose key etcd still had, when a new leader was first heard of.
 * `waiter-lease-expired`: keys that etcd deleted in the queue before their turn, of clients whose session or program had ended.
 * `ambiguous-acquire-took-effect`: keys that came to own the lock though the acquire has no answer (ungranted-keys.ts).
 */
import type { Evidence } from '../../checkers/evidence.js';
import { IntMap } from '../history/int-map.js';
import { F, INFO, NONE } from '../history/tables.js';
import type { LateWrites } from './late-writes.js';
import { hasWithin, leaderChanges } from './leader-changes.js';
import { SAME_NS } from './page-build/hold-columns.js';
import type { State } from './reached-states.js';
import { countUngrantedKeys } from './ungranted-keys.js';

/** `replacedBy`: `replacements(evidence)`. O(operations + holds log holds). */
export function runCoverage(evidence: Evidence, late: LateWrites, replacedBy: Int32Array): Record<State, number> {
  const { holds, tables } = evidence;
  const changes = leaderChanges(tables.samples ?? []);
  const lastWord = lastWords(evidence);
  const believedUntil = (hold: number, givenUp: number): number => {
    const lost = holds.lost[hold] as number;
    const until = lost === NONE ? givenUp : Math.min(givenUp, tables.history.time[lost] as number);
    // Of a client that was never heard of again nobody knows what it believed.
    return until === Number.POSITIVE_INFINITY ? lastWord(holds.process[hold] as number) : until;
  };
  const states = { expired: 0, two: 0, leader: 0 };
  for (let hold = 0; hold < holds.count; hold++) {
    const gone = goneAt(evidence, hold);
    const newer = replacedBy[hold] as number;
    const replaced = newer === NONE ? Number.POSITIVE_INFINITY : holds.grantedAt(newer);
    // Most holds are given up before anything of this happens to them: of these nothing more is asked.
    const givenUp = givenUpAt(evidence, hold);
    if (changes.length > 0) {
      // A release that finds no leader waits for the next one: the lock is held meanwhile.
      const owned = gone === Number.POSITIVE_INFINITY ? 0 : gone;
      const until = Math.max(owned, believedUntil(hold, givenUp));
      if (hasWithin(changes, holds.grantedAt(hold), until)) states.leader++;
    }
    if (givenUp <= gone && givenUp <= replaced) continue;
    const said = lastWord(holds.process[hold] as number);
    if (gone < givenUp && gone < said) states.expired++;
    // Word of the loss and the grant to the next one come about at one time: which of them came first, their order does not tell.
    if (replaced < said && replaced + SAME_NS < believedUntil(hold, givenUp)) states.two++;
  }
  const { expiredWaiting, tookEffect } = countUngrantedKeys(evidence);
  return {
    'lease-expired-holder-alive': states.expired,
    'two-holders': states.two,
    'late-write-before-first': late.beforeFirst,
    'late-write-after-first': late.afterFirst,
    'leader-change-in-hold': states.leader,
    'waiter-lease-expired': expiredWaiting,
    'ambiguous-acquire-took-effect': tookEffect,
  };
}

/** When etcd deleted its key, as the first watch told; infinite: nobody told of that. */
function goneAt({ lives, lifeOf }: Evidence, hold: number): number {
  const life = lifeOf[hold] as number;
  return life === NONE || lives.deletedRow[life] === NONE ? Number.POSITIVE_INFINITY : lives.deletedAt(life);
}

/** When its client first did something that may end it; infinite: it never did. */
function givenUpAt({ holds, operations }: Evidence, hold: number): number {
  const [release, endedBy] = [holds.release[hold] as number, holds.endedBy[hold] as number];
  const at = endedBy === NONE ? Number.POSITIVE_INFINITY : operations.invokedAt(endedBy);
  return release === NONE ? at : Math.min(at, operations.invokedAt(release));
}

/** What the harness says when it heard nothing: no sign of the client. */
const UNHEARD: ReadonlySet<string> = new Set(['no-answer', 'client-exited', 'malformed-line']);

/** By process: when the controller last read something from it, in ns since the run began; -1 if it never did. O(rows). */
function lastWords({ operations, events, tables: { history } }: Evidence): (process: number) => number {
  const lastRow = new IntMap();
  const note = (process: number, row: number): void => {
    if (row > lastRow.get(process)) lastRow.set(process, row);
  };
  for (let operation = 0; operation < operations.count; operation++) {
    const row = operations.completion[operation] as number;
    if (row === NONE) continue;
    const isSigned = operations.outcome(operation) !== INFO || !UNHEARD.has(operations.error(operation) ?? '');
    if (isSigned) note(operations.process(operation), row);
  }
  for (const row of events) if (history.f[row] === F.lost) note(history.process[row] as number, row);
  return (process) => {
    const row = lastRow.get(process);
    return row === NONE ? NONE : (history.time[row] as number);
  };
}

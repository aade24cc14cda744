/** Whether fencing tokens are what they have to be: the create revision of the hold's lock key, and growing from hold to hold. */
import { INFO, NONE } from '../harness/history/tables.js';
import { type Evidence, tokenOfHold } from './evidence.js';
import { createTally, type Tally } from './tally.js';
import { forEachFallenToken, forEachRepeatedToken } from './token-order.js';

/** O(n log n). */
export function tokenDoubts(evidence: Evidence): string[] {
  const { holds, watched } = evidence;
  const tally = createTally();
  for (let hold = 0; hold < holds.count; hold++) {
    const token = holds.token[hold] as number;
    const name = () => nameOf(evidence, hold);
    if (token === NONE) {
      tally.add('holds have no usable token', name);
      continue;
    }
    const kind = watched.kindOf(holds.lane[hold] as number, token);
    if (kind === 'lease') tally.add('tokens are lease ids, which have no order', name);
    if (kind === 'missed') tally.add('tokens are not the create revision of a lock key that etcd told of', name);
  }
  noteRepeated(evidence, tally);
  noteDisorder(evidence, tally);
  return tally.doubts();
}

/**
 * Two holds with one token. Allowed where the earlier one's release is indeterminate: its key may still be there, and a
 * client that asks again with the same session gets the same key back (client/v3/concurrency, Mutex).
 */
function noteRepeated(evidence: Evidence, tally: Tally): void {
  const { holds, operations } = evidence;
  forEachRepeatedToken(evidence, (owner, hold) => {
    const release = holds.release[owner] as number;
    if (release !== NONE && operations.outcome(release) === INFO) return;
    tally.add('tokens were handed out twice', () => `${nameOf(evidence, owner)} and ${nameOf(evidence, hold)}`);
  });
}

/** A hold that was asked for after another had been granted must have the larger token. */
function noteDisorder(evidence: Evidence, tally: Tally): void {
  forEachFallenToken(evidence, (before, hold) => {
    const example = () => `${nameOf(evidence, before)} and ${nameOf(evidence, hold)}`;
    tally.add('tokens fall from one hold to a later one', example);
  });
}

function nameOf(evidence: Evidence, hold: number): string {
  return `${tokenOfHold(evidence, hold) ?? 'none'} of acquire ${evidence.holds.askedRow(hold)}`;
}

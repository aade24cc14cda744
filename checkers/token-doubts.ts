/** Whether fencing tokens are what they have to be: the create revision of the hold's lock key, and growing from hold to hold. */
import { compareTokens } from '../harness/history/token.js';
import type { Evidence } from './evidence.js';
import { append } from './group.js';
import type { Hold } from './holds.js';
import { createTally, type Tally } from './tally.js';

/** O(n log n). */
export function tokenDoubts(evidence: Evidence): string[] {
  const tally = createTally();
  const lanes = new Map<number, Hold[]>();
  for (const hold of evidence.holds) {
    append(lanes, hold.lane, hold);
    if (hold.token === undefined) {
      tally.add('holds have no usable token', nameOf(hold));
      continue;
    }
    const kind = evidence.watched.kindOf(hold.lane, hold.token);
    if (kind === 'lease') tally.add('tokens are lease ids, which have no order', nameOf(hold));
    if (kind === 'missed')
      tally.add('tokens are not the create revision of a lock key that etcd told of', nameOf(hold));
  }
  for (const holds of lanes.values()) {
    noteRepeated(holds, tally);
    noteDisorder(holds, tally);
  }
  return tally.doubts();
}

/**
 * Two holds with one token. Allowed where the earlier one's release is indeterminate: its key may still be there, and a
 * client that asks again with the same session gets the same key back (client/v3/concurrency, Mutex).
 */
function noteRepeated(holds: readonly Hold[], tally: Tally): void {
  const owners = new Map<string, Hold>();
  for (const hold of holds) {
    if (hold.token === undefined) continue;
    const owner = owners.get(hold.token);
    owners.set(hold.token, hold);
    if (owner === undefined || owner.release?.completion?.type === 'info') continue;
    tally.add('tokens were handed out twice', `${nameOf(owner)} and ${nameOf(hold)}`);
  }
}

/** A hold that was asked for after another had been granted must have the larger token. */
function noteDisorder(holds: readonly Hold[], tally: Tally): void {
  const granted = [...holds].sort((a, b) => a.acquire.completion.index - b.acquire.completion.index);
  let next = 0;
  let largest: Hold | undefined;
  // Holds stand in the order in which they were asked for.
  for (const hold of holds) {
    for (
      let by = granted[next];
      by !== undefined && by.acquire.completion.index < hold.acquire.invocation.index;
      by = granted[++next]
    ) {
      if (by.token !== undefined && compareTokens(by.token, largest?.token ?? '0') >= 0) largest = by;
    }
    if (hold.token === undefined || largest?.token === undefined) continue;
    if (compareTokens(hold.token, largest.token) < 0)
      tally.add('tokens fall from one hold to a later one', `${nameOf(largest)} and ${nameOf(hold)}`);
  }
}

function nameOf({ token, acquire }: Hold): string {
  return `${token ?? 'none'} of acquire ${acquire.invocation.index}`;
}

/** Whether fencing tokens are what they have to be: the create revision of the hold's lock key, and growing from hold to hold. */
import { IntMap } from '../harness/history/int-map.js';
import { INFO, NONE } from '../harness/history/tables.js';
import { type Evidence, tokenOfHold } from './evidence.js';
import { inGrantOrder } from './holds.js';
import { createTally, type Tally } from './tally.js';
import { TokenIndex } from './token-index.js';

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
  const owners = new TokenIndex(holds.count);
  for (let hold = 0; hold < holds.count; hold++) {
    const lane = holds.lane[hold] as number;
    const token = holds.token[hold] as number;
    if (token === NONE) continue;
    const owner = owners.get(lane, token);
    owners.set(lane, token, hold);
    if (owner === NONE) continue;
    const release = holds.release[owner] as number;
    if (release !== NONE && operations.outcome(release) === INFO) continue;
    tally.add('tokens were handed out twice', () => `${nameOf(evidence, owner)} and ${nameOf(evidence, hold)}`);
  }
}

/** A hold that was asked for after another had been granted must have the larger token. */
function noteDisorder(evidence: Evidence, tally: Tally): void {
  const { holds } = evidence;
  const granted = inGrantOrder(holds);
  /** By lane: the hold with the largest token of those granted so far. */
  const largest = new IntMap();
  let next = 0;
  // Holds stand in the order in which they were asked for.
  for (let hold = 0; hold < holds.count; hold++) {
    const asked = holds.askedRow(hold);
    for (; next < granted.length && holds.grantedRow(granted[next] as number) < asked; next++) {
      const by = granted[next] as number;
      const lane = holds.lane[by] as number;
      const before = largest.get(lane);
      const token = holds.token[by] as number;
      if (token !== NONE && (before === NONE || token >= (holds.token[before] as number))) largest.set(lane, by);
    }
    const token = holds.token[hold] as number;
    const before = largest.get(holds.lane[hold] as number);
    if (token === NONE || before === NONE || token >= (holds.token[before] as number)) continue;
    tally.add(
      'tokens fall from one hold to a later one',
      () => `${nameOf(evidence, before)} and ${nameOf(evidence, hold)}`,
    );
  }
}

function nameOf(evidence: Evidence, hold: number): string {
  return `${tokenOfHold(evidence, hold) ?? 'none'} of acquire ${evidence.holds.askedRow(hold)}`;
}

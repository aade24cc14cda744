/** Hand-overs of a lock from one process to the next, and leases that expired under a fault: did the run try what it was for? */
import type { Fault } from '../harness/history/pairing.js';
import { F, INFO, NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { faultOn } from './fault-lookup.js';
import { sortByKey } from './group.js';
import { type HoldTable, holdsByLane } from './holds.js';
import { TokenIndex } from './token-index.js';

/**
 * Consecutive holds of a lane by different processes. `fault` is the latest one that was in force on the former holder's process
 * when the next one was told that it has the lock. O(n log n).
 */
export function forEachHandOver(
  { holds, faultsOn, orderless }: Evidence,
  visit: (from: number, to: number, fault: Fault | undefined) => void,
): void {
  const keys = grantKeys(holds, orderless);
  for (const inLane of holdsByLane(holds).values()) {
    sortByKey(inLane, keys(inLane));
    for (let at = 1; at < inLane.length; at++) {
      const [from, to] = [inLane[at - 1] as number, inLane[at] as number];
      const process = holds.process[from] as number;
      if (process === holds.process[to]) continue;
      const told = holds.grantedAt(to);
      visit(from, to, faultOn(faultsOn, process, { injectedBy: told, since: told }));
    }
  }
}

/**
 * What to sort holds of a lane by: the tokens if all have one and these have an order, as that is the order in which etcd granted
 * them; else when their clients were told.
 */
function grantKeys(holds: HoldTable, orderless: ReadonlySet<number>): (inLane: Int32Array) => Float64Array {
  let granted: Float64Array | undefined;
  return (inLane) => {
    const isOrdered = !orderless.has(holds.lane[inLane[0] as number] as number);
    if (isOrdered && inLane.every((hold) => holds.token[hold] !== NONE)) return holds.token;
    return (granted ??= holds.token.map((_, hold) => holds.grantedRow(hold)));
  };
}

/**
 * Number of holds whose lock key etcd deleted while a fault on the holder's process was in force, and before the process had
 * asked for it: only the expiry of the lease deletes it then. A client that is cut off asks in vain, so a deletion after a
 * release that it had given up as unanswered counts, too. O(events + holds * log faults).
 */
export function countExpiredUnderFault(evidence: Evidence): number {
  const { holds, faultsOn, faults, tables } = evidence;
  if (faults.length === 0) return 0;
  const { length, deleted, lane, createRevision, time } = tables.ownership;
  /** Row of the last deletion of each key; `before[row]` is that of the one before. */
  const last = new TokenIndex(holds.count);
  const before = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    if (deleted[row] === 0) continue;
    before[row] = last.get(lane[row] as number, createRevision[row] as number);
    last.set(lane[row] as number, createRevision[row] as number, row);
  }
  let expired = 0;
  for (let hold = 0; hold < holds.count; hold++) {
    const process = holds.process[hold] as number;
    let row = last.get(holds.lane[hold] as number, holds.token[hold] as number);
    for (; row !== NONE; row = before[row] as number) {
      const at = time[row] as number;
      if (!isUnasked(evidence, hold, at)) continue;
      if (faultOn(faultsOn, process, { injectedBy: at, since: at }) === undefined) continue;
      expired++;
      break;
    }
  }
  return expired;
}

function isUnasked({ holds, operations }: Evidence, hold: number, time: number): boolean {
  const endedBy = holds.endedBy[hold] as number;
  if (endedBy === NONE || time < operations.invokedAt(endedBy)) return true;
  const gaveUp = operations.f(endedBy) === F.release && operations.outcome(endedBy) === INFO;
  return gaveUp && time > operations.endedAt(endedBy);
}

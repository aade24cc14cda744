/** Hand-overs of a lock from one process to the next, and leases that expired under a fault: did the run try what it was for? */
import type { Fault } from '../harness/history/pairing.js';
import { compareTokens } from '../harness/history/token.js';
import type { Evidence } from './evidence.js';
import { faultOn } from './fault-lookup.js';
import { append } from './group.js';
import type { Hold } from './holds.js';

export interface HandOver {
  from: Hold;
  to: Hold;
  /** The latest fault that was in force on the former holder's process when the next one was told that it has the lock. */
  fault: Fault | undefined;
}

/** Consecutive holds of a lane by different processes. O(n log n). */
export function findHandOvers({ holds, faultsOn }: Evidence): HandOver[] {
  const lanes = new Map<number, Hold[]>();
  for (const hold of holds) append(lanes, hold.lane, hold);
  const handOvers: HandOver[] = [];
  for (const inLane of lanes.values()) {
    inLane.sort(grantOrder(inLane));
    inLane.forEach((to, at) => {
      const from = inLane[at - 1];
      if (from === undefined || from.process === to.process) return;
      const told = to.acquire.completion.time;
      const fault = faultOn(faultsOn, from.process, { injectedBy: told, since: told });
      handOvers.push({ from, to, fault });
    });
  }
  return handOvers;
}

/** By token if all have one: that is the order in which etcd granted them. */
function grantOrder(holds: readonly Hold[]): (a: Hold, b: Hold) => number {
  if (holds.every(({ token }) => token !== undefined))
    return (a, b) => compareTokens(a.token as string, b.token as string);
  return (a, b) => a.acquire.completion.index - b.acquire.completion.index;
}

/**
 * Holds whose lock key etcd deleted while a fault on the holder's process was in force, and before the process had asked for
 * it: only the expiry of the lease deletes it then. A client that is cut off asks in vain, so a deletion after a release that
 * it had given up as unanswered counts, too. O(events + holds * log faults).
 */
export function findExpiredUnderFault({ holds, faultsOn, ownership }: Evidence): Hold[] {
  const deletions = new Map<number, Map<string, number[]>>();
  for (const { type, lane, createRevision, time } of ownership) {
    if (type !== 'delete') continue;
    const inLane = deletions.get(lane) ?? new Map<string, number[]>();
    deletions.set(lane, inLane);
    append(inLane, createRevision, time);
  }
  return holds.filter((hold) =>
    (deletions.get(hold.lane)?.get(hold.token ?? '') ?? []).some(
      (time) =>
        isUnasked(hold, time) && faultOn(faultsOn, hold.process, { injectedBy: time, since: time }) !== undefined,
    ),
  );
}

function isUnasked({ endedBy }: Hold, time: number): boolean {
  if (endedBy === undefined || time < endedBy.invocation.time) return true;
  const { invocation, completion } = endedBy;
  return invocation.f === 'release' && completion?.type === 'info' && time > completion.time;
}

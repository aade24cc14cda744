/** When etcd had a new leader, as the observer's samples tell. */
import type { EtcdSample } from '../history/etcd-sample.js';

/**
 * Ns since the run began, ascending: when a member was first heard of that led in a higher term than any before (each election is a
 * term, also one that the same member wins; Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014,
 * section 5.2). The first leader that is heard of is none that took over. O(samples log samples).
 */
export function leaderChanges(samples: readonly EtcdSample[]): Float64Array {
  let highest: number | undefined;
  const changes: number[] = [];
  for (const { time, leads, raftTerm } of [...samples].sort((a, b) => a.time - b.time)) {
    if (leads !== true || raftTerm === undefined) continue;
    if (highest !== undefined && raftTerm > highest) changes.push(time);
    highest = Math.max(highest ?? raftTerm, raftTerm);
  }
  return Float64Array.from(changes);
}

/** Whether one of the ascending times lies between the two. O(log times). */
export function hasWithin(times: Float64Array, from: number, to: number): boolean {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= from) low = middle + 1;
    else high = middle;
  }
  return (times[low] ?? Number.POSITIVE_INFINITY) < to;
}

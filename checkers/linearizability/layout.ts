/**
 * An order that fits, laid out in time: from when to when each value is there. The chains stand as late as their zones allow:
 * forward ones where they are, backward ones at their least return, or before the forward zone around that (zones.ts).
 *
 * Each value comes as early as the order allows, so that it is gone early, unless compare-and-sets that failed on it would all the
 * time find it there; then it comes right after these were called, if what follows can wait so long. A guess and no more: whoever
 * asks looks whether it came out well.
 */
import type { CheckedTable } from './checked-table.js';
import { type ChainZones, type Chains, END } from './chains.js';
import { NEVER } from './operations.js';
import { CLEAN, type ObjectVerdicts } from './object-verdicts.js';

/** Compare-and-sets that failed, as lists: by cluster the first that expected its value, by row the next one; -1 ends them. */
export interface Failed {
  first: Int32Array;
  next: Int32Array;
}

/** By cluster: its value is there from right after the position `from` to right after the position `to`. */
export interface Layout {
  from: Int32Array;
  to: Int32Array;
}

/** Clusters of one object after each other. */
interface Order {
  /** By cluster; `END` for the last. */
  next: Int32Array;
  previous: Int32Array;
  /** By object. */
  last: Int32Array;
}

/** Whether the value is there during all of an interval between two events. */
export function holdsOut({ from, to }: Layout, cluster: number, called: number, returned: number): boolean {
  return (from[cluster] as number) < called && (to[cluster] as number) > returned;
}

/** For objects without violation. O(events), for few failed ones on one value. */
export function layOut(verdicts: ObjectVerdicts, chains: Chains, zones: ChainZones, failed: Failed): Layout {
  const { length, objects, call, ret } = verdicts.table;
  const { maxS } = chains.clusters;
  const { next, previous, last } = orderOf(verdicts, chains, zones);
  const latest = latestStarts(verdicts.table, chains, last, previous);
  const from = new Int32Array(length + objects);
  const to = new Int32Array(length + objects).fill(NEVER);

  /** When the next value is there if this one is at `start`. */
  function endOf(cluster: number, start: number): number {
    const following = next[cluster] as number;
    const reached = Math.max(start, maxS[cluster] as number);
    return following === END ? NEVER : Math.max(reached, call[following] as number);
  }

  /** Call of the last failed one that would find the value all the time, or -1. */
  function lastInside(cluster: number, start: number): number {
    const end = endOf(cluster, start);
    let greatest = -1;
    for (let row = failed.first[cluster] as number; row !== -1; row = failed.next[row] as number) {
      const called = call[row] as number;
      if (start < called && (ret[row] as number) < end && called > greatest) greatest = called;
    }
    return greatest;
  }

  for (let k = 0; k < objects; k++) {
    let start = -1;
    for (let cluster = length + k; cluster !== END; cluster = next[cluster] as number) {
      // What an object has at first cannot come later: it has to be there before everything.
      for (let tries = 0; tries < 4; tries++) {
        const later = lastInside(cluster, start);
        if (later === -1 || later > (latest[cluster] as number)) break;
        start = later;
      }
      from[cluster] = start;
      if (cluster < length) to[previous[cluster] as number] = start;
      start = endOf(cluster, start);
    }
  }
  return { from, to };
}

/** From the last to the first: forward zones by their ends, backward ones by their minF or before the forward zone around that. */
function orderOf({ table, state }: ObjectVerdicts, { after }: Chains, { headOf, minF, maxS }: ChainZones): Order {
  const { length, events, objects, object } = table;
  const next = new Int32Array(length + objects).fill(END);
  const previous = new Int32Array(length + objects).fill(-1);
  const first = new Int32Array(objects).fill(END);
  const last = new Int32Array(objects).fill(END);

  function addChain(head: number, k: number): void {
    let end = head;
    for (let cluster = after[head] as number; cluster !== END; cluster = after[cluster] as number) {
      join(end, cluster);
      end = cluster;
    }
    if (last[k] === END) last[k] = end;
    else join(end, first[k] as number);
    first[k] = head;
  }

  function join(cluster: number, following: number): void {
    next[cluster] = following;
    previous[following] = cluster;
  }

  const endingAt = new Int32Array(events);
  for (let row = 0; row < length; row++) {
    if (headOf[row] === row) endingAt[Math.max(minF[row] as number, maxS[row] as number)] = row + 1;
  }
  for (let position = events - 1; position >= 0; position--) {
    const head = (endingAt[position] as number) - 1;
    if (head >= 0 && state[object[head] as number] === CLEAN) addChain(head, object[head] as number);
  }
  for (let k = 0; k < objects; k++) if (state[k] === CLEAN) addChain(length + k, k);
  return { next, previous, last };
}

/** By cluster: before which position it has to begin, so that it and all that follow can be in time. */
function latestStarts(
  { length, objects }: CheckedTable,
  { clusters }: Chains,
  last: Int32Array,
  previous: Int32Array,
): Int32Array {
  const latest = new Int32Array(length + objects);
  for (let k = 0; k < objects; k++) {
    let least = NEVER;
    for (let cluster = last[k] as number; cluster !== -1; cluster = previous[cluster] as number) {
      least = Math.min(least, clusters.minF[cluster] as number);
      latest[cluster] = least;
    }
  }
  return latest;
}

/**
 * Zones: the one idea behind the fast algorithms.
 *
 * A cluster is a set of operations that stand together in every order that fits: a value's write and its reads, a hold's acquire
 * and release, a chain of compare-and-sets. Let minF be the least return of its operations and maxS the greatest call. An
 * operation of u precedes one of v if and only if minF(u) < maxS(v); write u -> v, as then all of u comes before all of v.
 *
 * Lemma. If -> has a circle, it has one of two. In a circle take the u with the greatest maxS. Every other w of the circle has an
 * edge w -> w', so minF(w) < maxS(w') <= maxS(u), so w -> u. And u has an edge u -> x. So u -> x -> u.
 *
 * So clusters that are in order within themselves can be laid out one after another if and only if no two have minF(u) < maxS(v)
 * and minF(v) < maxS(u). Call a cluster forward if minF < maxS (its value is certainly there all the time between them), else
 * backward (all its operations have a moment in common, within [maxS, minF]). Two forward ones conflict exactly if they overlap,
 * a forward and a backward one exactly if the backward one lies strictly inside, two backward ones never. These are the zones of
 * Gibbons and Korach ("Testing Shared Memories", SIAM J. Comput. 26(4), 1997); for the two-at-a-time form see also Golab, Li and
 * Shah ("Analyzing Consistency Properties for Fun and Profit", PODC 2011). The lemma above stands by itself.
 *
 * One walk over the events finds a conflict: forward zones that have not overlapped so far are disjoint, so that at each moment
 * only the latest can still go on. Each zone has one event at which it is looked at: a forward one its minF, where it must not
 * begin inside another; a backward one its maxS, where minF must not lie before the end of the forward zone around it. As
 * positions are never tied, one array by position holds them all. Objects do not mix, and all are walked at once: O(events).
 *
 * Sound and complete for "the clusters can be laid out", the four operations that attain the two minF and maxS are the proof.
 */
import type { CheckedTable } from './checked-table.js';
import { NEVER } from './operations.js';
import { CLEAN, type ObjectVerdicts, calledAt, contradict, returnedAt } from './object-verdicts.js';

export interface Zones {
  /** By cluster; see `Clusters`. -1 is before all events, `NEVER` after. */
  minF: Int32Array;
  maxS: Int32Array;
  /** By position: the cluster that is looked at there, plus one; 0 for none. */
  lookAt: Int32Array;
}

/**
 * A cluster has the number of the row of its update (write, compare-and-set, append, outermost acquire); that of the value that
 * object k has at first is `length + k`, it comes before all others and is not in `lookAt`.
 */
export interface Clusters {
  minF: Int32Array;
  maxS: Int32Array;
}

export function createClusters({ length, objects }: CheckedTable): Clusters {
  const minF = new Int32Array(length + objects);
  const maxS = new Int32Array(length + objects);
  return { minF: minF.fill(-1, length), maxS: maxS.fill(-1, length) };
}

/** A cluster of which nothing certainly happened has no minF and is not placed. */
export function place({ minF, maxS, lookAt }: Zones, cluster: number): void {
  const from = minF[cluster] as number;
  const to = maxS[cluster] as number;
  if (from !== NEVER) lookAt[from < to ? from : to] = cluster + 1;
}

/** `why` says what a conflict means for this kind of object; `shownBy`, by cluster, which read shows that it is one, if need be. */
export function sweep(verdicts: ObjectVerdicts, zones: Zones, why: string, shownBy?: Int32Array): void {
  const { length, events, objects, object } = verdicts.table;
  const { minF, maxS, lookAt } = zones;
  const { state } = verdicts;
  // The forward zone of each object that began last, and where it ends.
  const current = new Int32Array(objects);
  const end = new Int32Array(objects);
  for (let k = 0; k < objects; k++) {
    current[k] = length + k;
    end[k] = maxS[length + k] as number;
  }
  for (let position = 0; position < events; position++) {
    const cluster = (lookAt[position] as number) - 1;
    if (cluster < 0) continue;
    const k = object[cluster] as number;
    const from = minF[cluster] as number;
    if ((end[k] as number) > from) {
      if (state[k] === CLEAN) stop(k, current[k] as number, cluster);
    } else if (from === position) {
      current[k] = cluster;
      end[k] = maxS[cluster] as number;
    }
  }

  function stop(k: number, ...clusters: number[]): void {
    // Of what is never released no operation is the last one: its acquire, which returned first, says all.
    const rows = clusters.flatMap((cluster) => [
      returnedAt(verdicts, minF[cluster] as number),
      calledAt(verdicts, maxS[cluster] as number),
      shownBy?.[cluster] ?? -1,
    ]);
    contradict(verdicts, k, rows, why);
  }
}

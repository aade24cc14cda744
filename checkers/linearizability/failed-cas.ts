/**
 * Compare-and-sets that failed, in histories whose order is otherwise decided by zones.
 *
 * One from x says that the value was not x at some moment of its interval: an "or" over all other values, which zones cannot
 * express. The rest of the history is judged first, with less to fit, so that a violation in it stands. Then, with the rest clean:
 *
 * - It contradicts the rest if its interval lies inside the zone of x: an operation that saw x returned before it began, one was
 *   called after it ended, and between them the value is x in every order. Unread indeterminate updates do not help, as none fits
 *   in there.
 * - Else an order of the rest is laid out in time (layout.ts). If each failed one has a moment in its interval at which the value
 *   is another one, there it can stand, and the whole fits.
 * - Else another order may fit or may not: the object is left to the search.
 *
 * So both verdicts that come from here are exact. O(events).
 */
import { MISMATCHED, NIL } from './operations.js';
import { type ObjectVerdicts, calledAt, contradict, leave, returnedAt } from './object-verdicts.js';
import { type PairIndex, find } from './pair-index.js';
import type { ChainZones, Chains } from './chains.js';
import { type Failed, holdsOut, layOut } from './layout.js';

export const FAILED_CAS = 'a failed CAS without the value that it found';

export function judgeFailed(verdicts: ObjectVerdicts, chains: Chains, zones: ChainZones, writers: PairIndex): void {
  const { object, call, ret } = verdicts.table;
  const { minF, maxS } = chains.clusters;
  const failed = failedByCluster(verdicts, zones, writers);
  for (let cluster = 0; cluster < failed.first.length; cluster++) {
    for (let row = failed.first[cluster] as number; row !== -1; row = failed.next[row] as number) {
      const from = minF[cluster] as number;
      const to = maxS[cluster] as number;
      if (from > (call[row] as number) || to < (ret[row] as number)) continue;
      const rows = [returnedAt(verdicts, from), row, calledAt(verdicts, to)];
      const why = 'a CAS failed while the value was the one that it expected';
      contradict(verdicts, object[row] as number, rows, why);
    }
  }
  const layout = layOut(verdicts, chains, zones, failed);
  for (let cluster = 0; cluster < failed.first.length; cluster++) {
    for (let row = failed.first[cluster] as number; row !== -1; row = failed.next[row] as number) {
      if (holdsOut(layout, cluster, call[row] as number, ret[row] as number))
        leave(verdicts, object[row] as number, FAILED_CAS);
    }
  }
}

/** Leaves out those that expected what nobody wrote, or what nobody needs to have written. */
function failedByCluster(verdicts: ObjectVerdicts, { headOf }: ChainZones, writers: PairIndex): Failed {
  const { length, objects, object, operations } = verdicts.table;
  const first = new Int32Array(length + objects).fill(-1);
  const next = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    if (operations.outcome[row] !== MISMATCHED) continue;
    const k = object[row] as number;
    const value = operations.a[row] as number;
    const cluster = value === NIL ? length + k : find(writers, k, value);
    if (cluster === -1 || headOf[cluster] === -1) continue;
    next[row] = first[cluster] as number;
    first[cluster] = row;
  }
  return { first, next };
}

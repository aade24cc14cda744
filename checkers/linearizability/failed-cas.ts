/**
 * Compare-and-sets that failed, in histories whose order is otherwise decided by zones.
 *
 * One from x says that the value was not x at some moment of its interval: an "or" over all other values, which zones cannot
 * express. The rest of the history is judged first, with less to fit, so that a violation in it stands. Then, with the rest clean:
 *
 * - It contradicts the rest if its interval lies inside the zone of x: an operation that saw x returned before it began, one was
 *   called after it ended, and between them the value is x in every order. Unread indeterminate updates do not help, as none fits
 *   in there.
 * - It adds nothing to the rest if in every order of it the value is not x at the first or the last moment of the interval. So
 *   where nobody wrote x; where something that comes before x in every order (the write of x itself, an earlier link of its chain,
 *   another chain) was still to be called when it was called; where something that comes after x in every order had returned when
 *   it returned. Then each order of the rest, with its points in time, has room for it. Which chain comes before which in every
 *   order is u -> v of zones.ts.
 * - Else it may or may not: the object is left to the search.
 *
 * So both verdicts that come from here are exact. O(events).
 */
import { MISMATCHED, NEVER, NIL } from './operations.js';
import { CLEAN, type ObjectVerdicts, calledAt, contradict, leave, returnedAt } from './object-verdicts.js';
import { type PairIndex, find } from './pair-index.js';
import { type ChainZones, type Chains, END } from './chains.js';

export const FAILED_CAS = 'a failed CAS without the value that it found';

export function judgeFailed(verdicts: ObjectVerdicts, chains: Chains, zones: ChainZones, writers: PairIndex): void {
  const { length, object, call, ret, operations } = verdicts.table;
  const { minF, maxS } = chains.clusters;
  // By row of a failed one: the cluster of the value that it expected, plus one; 0 if it is settled.
  const expected = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    if (operations.outcome[row] !== MISMATCHED || verdicts.state[k] !== CLEAN) continue;
    const value = operations.a[row] as number;
    const cluster = value === NIL ? length + k : find(writers, k, value);
    // Nobody wrote it, or nobody needs to have written it.
    if (cluster === -1 || zones.headOf[cluster] === -1) continue;
    const from = minF[cluster] as number;
    const to = maxS[cluster] as number;
    if (from < (call[row] as number) && to > (ret[row] as number)) {
      const rows = [cluster < length ? cluster : -1, returnedAt(verdicts, from), row, calledAt(verdicts, to)];
      contradict(verdicts, k, rows, 'a CAS failed while the value was the one that it expected');
    } else {
      expected[row] = cluster + 1;
    }
  }
  settleAlongChains(verdicts, chains, zones, expected);
  settleByWhatFollows(verdicts, zones, expected);
  settleByWhatPrecedes(verdicts, zones, expected);
  for (let row = 0; row < length; row++) if (expected[row] !== 0) leave(verdicts, object[row] as number, FAILED_CAS);
}

/** Earlier links (and the write of the value itself) that were still to be called, later ones that had returned. */
function settleAlongChains(verdicts: ObjectVerdicts, chains: Chains, zones: ChainZones, expected: Int32Array): void {
  const { length, objects, call, ret } = verdicts.table;
  const { minF, maxS } = chains.clusters;
  const earlierS = new Int32Array(length + objects).fill(-1);
  const laterF = new Int32Array(length + objects).fill(NEVER);
  for (let head = 0; head < length + objects; head++) {
    if (zones.headOf[head] !== head) continue;
    let last = head;
    let greatest = -1;
    for (let cluster = head; cluster !== END; cluster = chains.after[cluster] as number) {
      earlierS[cluster] = cluster < length ? Math.max(greatest, call[cluster] as number) : greatest;
      greatest = Math.max(greatest, maxS[cluster] as number);
      last = cluster;
    }
    let least = NEVER;
    for (let cluster = last; cluster !== head; cluster = chains.before[cluster] as number) {
      laterF[cluster] = least;
      least = Math.min(least, minF[cluster] as number);
    }
    laterF[head] = least;
  }
  for (let row = 0; row < length; row++) {
    const cluster = (expected[row] as number) - 1;
    if (cluster < 0) continue;
    if ((earlierS[cluster] as number) > (call[row] as number) || (laterF[cluster] as number) < (ret[row] as number))
      expected[row] = 0;
  }
}

/** Another chain that comes later in every order, and of which something had returned. */
function settleByWhatFollows(verdicts: ObjectVerdicts, zones: ChainZones, expected: Int32Array): void {
  const { length, objects, object, events, ret } = verdicts.table;
  const zoneAt = placed(zones, zones.minF, events);
  const failedAt = placedRows(expected, ret, length, events);
  // Of the chains passed so far, by object: the two greatest maxS, so that there is one besides the chain of x itself.
  const best = new Int32Array(objects);
  const bestHead = new Int32Array(objects);
  const second = new Int32Array(objects).fill(-1);
  for (let k = 0; k < objects; k++) {
    best[k] = zones.maxS[length + k] as number;
    bestHead[k] = length + k;
  }
  for (let position = 0; position < events; position++) {
    const row = (failedAt[position] as number) - 1;
    if (row >= 0) {
      const k = object[row] as number;
      const head = zones.headOf[(expected[row] as number) - 1] as number;
      const furthest = (bestHead[k] === head ? second[k] : best[k]) as number;
      if (furthest > (zones.minF[head] as number)) expected[row] = 0;
    }
    const head = (zoneAt[position] as number) - 1;
    if (head < 0) continue;
    const k = head < length ? (object[head] as number) : head - length;
    const to = zones.maxS[head] as number;
    if (to > (best[k] as number)) {
      second[k] = best[k] as number;
      best[k] = to;
      bestHead[k] = head;
    } else if (to > (second[k] as number)) {
      second[k] = to;
    }
  }
}

/** Another chain that comes earlier in every order, and of which something was still to be called. */
function settleByWhatPrecedes(verdicts: ObjectVerdicts, zones: ChainZones, expected: Int32Array): void {
  const { length, objects, object, events, call } = verdicts.table;
  const zoneAt = placed(zones, zones.maxS, events);
  const failedAt = placedRows(expected, call, length, events);
  const best = new Int32Array(objects).fill(NEVER);
  const bestHead = new Int32Array(objects).fill(-1);
  const second = new Int32Array(objects).fill(NEVER);
  for (let position = events - 1; position >= 0; position--) {
    const row = (failedAt[position] as number) - 1;
    if (row >= 0) {
      const k = object[row] as number;
      const head = zones.headOf[(expected[row] as number) - 1] as number;
      const earliest = (bestHead[k] === head ? second[k] : best[k]) as number;
      if (earliest < (zones.maxS[head] as number)) expected[row] = 0;
    }
    const head = (zoneAt[position] as number) - 1;
    if (head < 0) continue;
    const k = head < length ? (object[head] as number) : head - length;
    const from = zones.minF[head] as number;
    if (from < (best[k] as number)) {
      second[k] = best[k] as number;
      best[k] = from;
      bestHead[k] = head;
    } else if (from < (second[k] as number)) {
      second[k] = from;
    }
  }
}

/** By position: the chain that has it as its end, plus one. */
function placed({ headOf }: ChainZones, ends: Int32Array, events: number): Int32Array {
  const heads = new Int32Array(events);
  for (let head = 0; head < headOf.length; head++) {
    const end = ends[head] as number;
    if (headOf[head] === head && end >= 0 && end !== NEVER) heads[end] = head + 1;
  }
  return heads;
}

function placedRows(expected: Int32Array, at: Int32Array, length: number, events: number): Int32Array {
  const rows = new Int32Array(events);
  for (let row = 0; row < length; row++) if (expected[row] !== 0) rows[at[row] as number] = row + 1;
  return rows;
}

/**
 * Sets that only grow, whose elements are all different, with reads that return the whole set.
 *
 * In every order the set is growing, so that of two reads one has to show all that the other shows. The sizes of the sets that were
 * read then cut every order into layers: reads of the smallest set, the additions that the next larger one shows besides, reads of
 * that one, and so on; last the additions that were answered and that nobody saw. Operations of one layer are free among each
 * other. So the history is linearizable if and only if the reads are included in each other, show nothing that nobody added, and no
 * operation of a later layer returned before one of an earlier layer was called. Additions that were not answered and that nobody
 * saw are left out.
 *
 * Sound and complete as long as no element is added twice; other sets are left to the search. O(n + elements of all reads).
 * (Jepsen's `set-full` asks of each element by itself, which is less: it accepts reads that are not included in each other.)
 */
import { ADD, OK, READ, UNKNOWN_VALUE } from './operations.js';
import { CLEAN, type ObjectVerdicts, calledAt, contradict, leave } from './object-verdicts.js';
import { type PairIndex, createPairIndex, find, put } from './pair-index.js';

export const ADDED_TWICE = 'an element was added twice';

export function judgeSets(verdicts: ObjectVerdicts): void {
  const { length, object, operations } = verdicts.table;
  const additions = createPairIndex(length);
  for (let row = 0; row < length; row++) {
    if (operations.f[row] !== ADD) continue;
    const k = object[row] as number;
    if (put(additions, k, operations.a[row] as number, row) !== -1) leave(verdicts, k, ADDED_TWICE);
  }
  judgeLayers(verdicts, additions, sizesOf(verdicts, additions));
}

/** By row of a read: how many different elements it shows; -1 for what does not count. */
function sizesOf(verdicts: ObjectVerdicts, additions: PairIndex): Int32Array {
  const { length, object, operations } = verdicts.table;
  const { f, a, outcome, lists } = operations;
  const sizes = new Int32Array(length).fill(-1);
  // By row of an addition: the read that was looked at last and shows it, plus one.
  const shownBy = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    const list = a[row] as number;
    if (f[row] !== READ || outcome[row] !== OK || list === UNKNOWN_VALUE || verdicts.state[k] !== CLEAN) continue;
    const to = lists.starts[list + 1] as number;
    let size = 0;
    for (let n = lists.starts[list] as number; n < to; n++) {
      const addition = find(additions, k, lists.elements[n] as number);
      if (addition === -1) {
        contradict(verdicts, k, [row], 'nobody added what was read');
      } else if (shownBy[addition] !== row + 1) {
        shownBy[addition] = row + 1;
        size++;
      }
    }
    sizes[row] = size;
  }
  return sizes;
}

/** Reads of all objects from small to large; every object is at a layer of its own. */
function judgeLayers(verdicts: ObjectVerdicts, additions: PairIndex, sizes: Int32Array): void {
  const { length, objects, object, call, ret, operations } = verdicts.table;
  const { f, a, outcome, lists } = operations;
  const { state } = verdicts;
  // By row of an addition: whether a set that was read shows it.
  const seen = new Uint8Array(length);
  const size = new Int32Array(objects);
  const reader = new Int32Array(objects).fill(-1);
  // The greatest call of all layers that are over, and of the reads of this one.
  const last = new Int32Array(objects).fill(-1);
  const lastRead = new Int32Array(objects).fill(-1);

  /** The latest read shows all layers that are over. */
  function tooEarly(k: number, row: number, why: string): void {
    contradict(verdicts, k, [calledAt(verdicts, last[k] as number), row, reader[k] as number], why);
  }

  function grow(k: number, row: number): void {
    const list = a[row] as number;
    const from = lists.starts[list] as number;
    const to = lists.starts[list + 1] as number;
    last[k] = Math.max(last[k] as number, lastRead[k] as number);
    let added = 0;
    let called = last[k] as number;
    for (let n = from; n < to; n++) {
      const addition = find(additions, k, lists.elements[n] as number);
      if (seen[addition] === 1) continue;
      seen[addition] = 1;
      added++;
      if ((ret[addition] as number) < (last[k] as number))
        tooEarly(k, addition, 'a read does not show what had been added before it');
      called = Math.max(called, call[addition] as number);
    }
    if (added !== (sizes[row] as number) - (size[k] as number))
      contradict(verdicts, k, [reader[k] as number, row], 'each of two reads shows something that the other does not');
    size[k] = sizes[row] as number;
    last[k] = called;
  }

  for (const row of bySize(sizes)) {
    const k = object[row] as number;
    if (state[k] !== CLEAN) continue;
    if ((sizes[row] as number) > (size[k] as number)) grow(k, row);
    else if (!showsSeen(row, k))
      contradict(verdicts, k, [reader[k] as number, row], 'each of two reads shows something that the other does not');
    reader[k] = row;
    if ((ret[row] as number) < (last[k] as number))
      tooEarly(k, row, 'a read shows what was not there yet, or less than a later one that came before it');
    lastRead[k] = Math.max(lastRead[k] as number, call[row] as number);
  }
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    if (f[row] !== ADD || outcome[row] !== OK || seen[row] === 1 || state[k] !== CLEAN) continue;
    last[k] = Math.max(last[k] as number, lastRead[k] as number);
    if ((ret[row] as number) < (last[k] as number))
      tooEarly(k, row, 'a read does not show what had been added before it');
  }

  /** For sets as large as the largest so far: whether they are the same. */
  function showsSeen(row: number, k: number): boolean {
    const list = a[row] as number;
    const to = lists.starts[list + 1] as number;
    for (let n = lists.starts[list] as number; n < to; n++) {
      if (seen[find(additions, k, lists.elements[n] as number)] !== 1) return false;
    }
    return true;
  }
}

/** Rows that have a size, from small to large (counting sort). */
function bySize(sizes: Int32Array): Int32Array {
  let largest = -1;
  let count = 0;
  for (const size of sizes) {
    if (size > largest) largest = size;
    if (size >= 0) count++;
  }
  const starts = new Int32Array(largest + 2);
  for (const size of sizes) if (size >= 0) starts[size + 1] = (starts[size + 1] as number) + 1;
  for (let size = 1; size <= largest; size++) starts[size] = (starts[size] as number) + (starts[size - 1] as number);
  const rows = new Int32Array(count);
  sizes.forEach((size, row) => {
    if (size < 0) return;
    const at = starts[size] as number;
    rows[at] = row;
    starts[size] = at + 1;
  });
  return rows;
}

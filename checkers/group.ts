/** Lists under keys, and orders, without an object for each item: the collections that the checkers share. */
import { NONE } from '../harness/history/tables.js';

/**
 * Items by group: `groupOf[item]` is a number below `groups`, or `NONE` for an item that is in none. Group g has
 * `items.subarray(first[g], first[g + 1])`, ascending. O(items + groups).
 */
export function gather(groupOf: Int32Array, groups: number): [first: Int32Array, items: Int32Array] {
  const first = new Int32Array(groups + 1);
  for (const group of groupOf) if (group !== NONE) first[group + 1] = (first[group + 1] as number) + 1;
  for (let group = 0; group < groups; group++)
    first[group + 1] = (first[group + 1] as number) + (first[group] as number);
  const items = new Int32Array(first[groups] as number);
  const next = first.slice();
  for (let item = 0; item < groupOf.length; item++) {
    const group = groupOf[item] as number;
    if (group === NONE) continue;
    const place = next[group] as number;
    items[place] = item;
    next[group] = place + 1;
  }
  return [first, items];
}

/**
 * Sorts the items in place, by `keys[item]`; equal ones keep their order. A merge sort of the stretches that are in order already:
 * O(n log(stretches)), so O(n) for what is nearly sorted, as most columns of a log are.
 */
export function sortByKey(items: Int32Array, keys: Float64Array): Int32Array {
  const key = (at: number): number => keys[items[at] as number] as number;
  const starts = [0];
  for (let at = 1; at < items.length; at++) if (key(at) < key(at - 1)) starts.push(at);
  const buffer = new Int32Array(starts.length > 1 ? items.length : 0);
  while (starts.length > 1) {
    let kept = 0;
    for (let n = 0; n < starts.length; n += 2) {
      const from = starts[n] as number;
      const middle = starts[n + 1];
      if (middle !== undefined) merge(items, keys, buffer, from, middle, starts[n + 2] ?? items.length);
      starts[kept++] = from;
    }
    starts.length = kept;
  }
  return items;
}

/** Merges two neighbouring sorted stretches; only the left one is copied aside. */
function merge(items: Int32Array, keys: Float64Array, buffer: Int32Array, from: number, middle: number, end: number) {
  const left = middle - from;
  buffer.set(items.subarray(from, middle));
  let [a, b, to] = [0, middle, from];
  while (a < left) {
    const isRight = b < end && (keys[items[b] as number] as number) < (keys[buffer[a] as number] as number);
    items[to++] = (isRight ? items[b++] : buffer[a++]) as number;
  }
}

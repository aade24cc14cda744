/** Lists under keys, and orders, without an object for each item: the collections that the checkers share. */
import { NONE } from '../harness/history/tables.js';

/**
 * Items by group: `groupOf[item]` is a number below `groups`, or `NONE` for an item that is in none. Group g has
 * `items.subarray(first[g], first[g + 1])`, ascending. O(items + groups).
 */
export function gather(groupOf: Int32Array, groups: number): [first: Int32Array, items: Int32Array] {
  const first = new Int32Array(groups + 1);
  for (let item = 0; item < groupOf.length; item++) {
    const group = groupOf[item] as number;
    if (group !== NONE) first[group + 1] = (first[group + 1] as number) + 1;
  }
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

/** 0, 1, 2 … below `count`. */
export function placesBelow(count: number): Int32Array {
  const places = new Int32Array(count);
  for (let place = 0; place < count; place++) places[place] = place;
  return places;
}

/** So many items are put in order by insertion, which is cheaper than to merge them. */
const SHORT = 32;

/**
 * Sorts the items in place, by `keys[item]`; equal ones keep their order. Short stretches are put in order by insertion, then
 * neighbouring ones are merged: O(n log n), and O(n) for what is nearly sorted, as most columns of a log are, since of two
 * stretches only the part is moved in which they overlap.
 */
export function sortByKey(items: Int32Array, keys: Float64Array): Int32Array {
  const buffer = new Int32Array(items.length > SHORT ? items.length : 0);
  for (let from = 0; from < items.length; from += SHORT)
    insert(items, keys, from, Math.min(from + SHORT, items.length));
  for (let width = SHORT; width < items.length; width *= 2)
    for (let middle = width; middle < items.length; middle += 2 * width)
      merge(items, keys, buffer, middle - width, middle, Math.min(middle + width, items.length));
  return items;
}

/** Sorts a stretch by insertion. */
function insert(items: Int32Array, keys: Float64Array, from: number, end: number): void {
  for (let at = from + 1; at < end; at++) {
    const item = items[at] as number;
    const key = keys[item] as number;
    let to = at;
    for (; to > from && (keys[items[to - 1] as number] as number) > key; to--) items[to] = items[to - 1] as number;
    items[to] = item;
  }
}

/**
 * Merges two neighbouring sorted stretches. What comes before the first of the right one stays where it is, as does what
 * comes after the last of the left one; the rest of the left one is copied aside.
 */
function merge(items: Int32Array, keys: Float64Array, buffer: Int32Array, from: number, middle: number, end: number) {
  const first = keys[items[middle] as number] as number;
  let to = middle;
  while (to > from && (keys[items[to - 1] as number] as number) > first) to--;
  const left = middle - to;
  for (let at = 0; at < left; at++) buffer[at] = items[to + at] as number;
  let [a, b] = [0, middle];
  while (a < left) {
    const isRight = b < end && (keys[items[b] as number] as number) < (keys[buffer[a] as number] as number);
    items[to++] = (isRight ? items[b++] : buffer[a++]) as number;
  }
}

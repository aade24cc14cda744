/**
 * Numbers with wide gaps between them, made small: the algorithms keep arrays by position and by object. Where the numbers are
 * close together already, as they nearly always are, the columns stay as they are.
 */
import { NEVER, type Operations } from './operations.js';
import { createPairIndex, find, put } from './pair-index.js';

/** How many numbers may be unused for each one that is used. */
const WASTE = 8;

/** Calls are in order already. O(n), or O(n log n) if there are gaps. The same order of events, and the same ties. */
export function withoutGaps({ length, events, call, ret }: Operations): {
  call: Int32Array;
  ret: Int32Array;
  events: number;
} {
  if (events <= WASTE * length + 64) return { call, ret, events };
  const positions = new Int32Array(2 * length);
  positions.set(call.subarray(0, length));
  positions.set(ret.subarray(0, length), length);
  positions.sort();
  const placed = (column: Int32Array) => {
    const places = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      const at = column[row] as number;
      places[row] = at === NEVER ? NEVER : placeOf(positions, at);
    }
    return places;
  };
  return { call: placed(call), ret: placed(ret), events: 2 * length };
}

/** Place of the first that is not below, in numbers that go up. */
function placeOf(sorted: Int32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** O(n). Numbers of objects from 0 on, and what each was before. */
export function numberObjects({ length, object }: Operations): {
  object: Int32Array;
  objects: number;
  nameOf: (object: number) => number;
} {
  let least = 0;
  let most = -1;
  for (let row = 0; row < length; row++) {
    const name = object[row] as number;
    if (name < least) least = name;
    if (name > most) most = name;
  }
  if (least >= 0 && most <= WASTE * length + 64) return { object, objects: most + 1, nameOf: (number) => number };
  const numbers = new Int32Array(length);
  const names = new Int32Array(length);
  const firstRows = createPairIndex(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    const name = object[row] as number;
    const known = find(firstRows, name, 0);
    if (known === -1) {
      put(firstRows, name, 0, count);
      names[count] = name;
      numbers[row] = count++;
    } else {
      numbers[row] = known;
    }
  }
  return { object: numbers, objects: count, nameOf: (number) => names[number] as number };
}

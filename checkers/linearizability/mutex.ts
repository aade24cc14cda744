/**
 * The mutex without owner: acquires and releases take turns, whoever does them.
 *
 * Walk over the events and do nothing before something has to be done, which is when an operation returns that is not in the order
 * yet. If the lock is as it needs it, it is next. Else one operation of the other kind has to come just before it: of those under
 * way take the one that returns first, indeterminate ones last. If there is none, no order fits.
 *
 * Why this is exact. Take an order that fits, and the first place where the walk does otherwise; up to there they agree. Operations
 * of one kind are alike but for their times, and all that are under way now have been called and return later.
 * - The order may do more than the walk before x, the operation that returns: operations of both kinds, taking turns, an even
 *   number of them. Exchanging each two neighbours of them and putting them after x gives an order that takes turns as well, at the
 *   same moment.
 * - Where one of the other kind has to come before x, the order may take s where the walk takes r. Let them change places: r can
 *   stand now, and s where r stood, as r had to return before s does; if r is nowhere in the order, it is indeterminate, and so is
 *   s, as the walk takes these last, and can be left out instead.
 * So there is an order that fits and agrees with the walk one step further. The walk ends with all that returned in its order.
 *
 * Sound and complete, indeterminate acquires and releases included. O(n log c), c the number of operations under way. What the walk
 * put in order before it was stuck is an order that fits, and the operation it is stuck at cannot follow it: that is the witness.
 */
import { ACQUIRE, NEVER } from './operations.js';
import { type ObjectVerdicts, CLEAN, violate } from './object-verdicts.js';
import { createOpenOperations, opened, withoutFirst } from './open-operations.js';

export function judgeMutexes(verdicts: ObjectVerdicts): void {
  const { length, events, objects, object, call, ret, operations, nameOf } = verdicts.table;
  const { f } = operations;
  const at = rowsByPosition(verdicts);
  const open = createOpenOperations(ret);
  // Two places an object, for acquires and for releases: heaps of what is under way, and lists of what is indeterminate.
  const heaps = new Int32Array(2 * objects).fill(-1);
  const lost = new Int32Array(2 * objects).fill(-1);
  const nextLost = new Int32Array(length);
  const isHeld = new Uint8Array(objects);
  const isDone = new Uint8Array(length);
  const order = new Int32Array(length);
  let done = 0;

  function put(row: number, k: number): void {
    isDone[row] = 1;
    isHeld[k] = f[row] === ACQUIRE ? 1 : 0;
    order[done++] = row;
  }

  /** Takes one of the kind that `place` stands for; false if none is under way. */
  function takeOne(place: number, k: number): boolean {
    const first = heaps[place] as number;
    const row = first === -1 ? (lost[place] as number) : first;
    if (row === -1) return false;
    if (first === -1) lost[place] = nextLost[row] as number;
    else heaps[place] = withoutFirst(open, first);
    put(row, k);
    return true;
  }

  for (let position = 0; position < events; position++) {
    const row = (at[position] as number) - 1;
    if (row < 0) continue;
    const k = object[row] as number;
    const isAcquire = f[row] === ACQUIRE;
    const own = 2 * k + (isAcquire ? 0 : 1);
    if (call[row] === position) {
      if (ret[row] !== NEVER) {
        heaps[own] = opened(open, heaps[own] as number, row);
      } else {
        nextLost[row] = lost[own] as number;
        lost[own] = row;
      }
    } else if (isDone[row] === 0 && verdicts.state[k] === CLEAN) {
      if ((isHeld[k] === 1) === isAcquire && !takeOne(own ^ 1, k)) stop(row, k, isAcquire);
      // Of its own kind it is the first to return.
      else takeOne(own, k);
    }
  }

  function stop(stuck: number, k: number, isAcquire: boolean): void {
    const why = isAcquire
      ? 'the lock was held in every order, and no release was under way'
      : 'the lock was free in every order, and no acquire was under way';
    const before = () => Array.from(order.subarray(0, done)).filter((row) => object[row] === k);
    violate(verdicts, k, () => ({ kind: 'stuck', object: nameOf(k), order: before(), stuck, why }));
  }
}

/** By position: the row that is called or returns there, plus one. */
function rowsByPosition({ table: { length, events, call, ret } }: ObjectVerdicts): Int32Array {
  const at = new Int32Array(events);
  for (let row = 0; row < length; row++) {
    at[call[row] as number] = row + 1;
    if (ret[row] !== NEVER) at[ret[row] as number] = row + 1;
  }
  return at;
}

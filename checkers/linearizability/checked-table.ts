/**
 * What the algorithms ask of a table of operations, looked at once, up front: whoever filled it may have made a mistake, and an
 * algorithm that trusts a table that contradicts itself proves things that are not so. O(n), a byte an event; O(n log n) where
 * the positions have wide gaps, as those of one object among many have.
 */
import { numberObjects, withoutGaps } from './renumber.js';
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  type Model,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
  UNKNOWN_VALUE,
  WRITE,
} from './operations.js';

const FUNCTIONS: Record<Model, readonly number[]> = {
  register: [READ, WRITE],
  'cas-register': [READ, WRITE, CAS],
  mutex: [ACQUIRE, RELEASE],
  'owner-mutex': [ACQUIRE, RELEASE],
  'reentrant-mutex': [ACQUIRE, RELEASE],
  'fenced-mutex': [ACQUIRE, RELEASE],
  kv: [READ, WRITE, APPEND],
  append: [READ, APPEND],
  set: [READ, ADD],
};

export interface CheckedTable {
  operations: Operations;
  length: number;
  /** Events, with no wide gaps between them. */
  events: number;
  call: Int32Array;
  ret: Int32Array;
  /** Objects, numbered from 0 without wide gaps. */
  objects: number;
  object: Int32Array;
  /** By number of an object: the number that the operations have for it. */
  nameOf: (object: number) => number;
  /** 1 for the objects that have an operation. */
  present: Uint8Array;
}

/** The table, or why nothing can be said about it. Never throws, whatever is in the columns. */
export function checkTable(model: Model, operations: Operations): CheckedTable | string {
  const { length, events: positions, process, f, a, b, outcome } = operations;
  if (![length, positions].every((size) => Number.isSafeInteger(size) && size >= 0)) return 'the sizes are no numbers';
  const columns = [process, operations.call, operations.ret, operations.object, a, b, f, outcome];
  if (columns.some((column) => column.length < length)) return 'the columns are shorter than the table';
  const disorder = disorderIn(operations);
  if (disorder !== undefined) return disorder;
  const { call, ret, events } = withoutGaps(operations);
  if (haveTies(call, ret, length, events)) return 'two events are at one position';
  const nonsense = nonsenseIn(model, operations) ?? (model === 'kv' ? wordlessIn(operations) : undefined);
  if (nonsense !== undefined) return nonsense;
  const { object, objects, nameOf } = numberObjects(operations);
  const present = new Uint8Array(objects);
  for (let row = 0; row < length; row++) present[object[row] as number] = 1;
  return { operations, length, events, call, ret, objects, object, nameOf, present };
}

function disorderIn({ length, events, call, ret, outcome }: Operations): string | undefined {
  let before = -1;
  for (let row = 0; row < length; row++) {
    const from = call[row] as number;
    const to = ret[row] as number;
    if (from <= before) return 'the operations are not in the order of their calls';
    if (to <= from) return 'an operation returned before it was called';
    if (from >= events || (to >= events && to !== NEVER)) return 'an event is at a position that is not there';
    if ((to === NEVER) !== (outcome[row] === INDETERMINATE)) return 'an operation has an answer and has none';
    before = from;
  }
  return undefined;
}

function haveTies(call: Int32Array, ret: Int32Array, length: number, events: number): boolean {
  const taken = new Uint8Array(events);
  for (let row = 0; row < length; row++) taken[call[row] as number] = 1;
  for (let row = 0; row < length; row++) {
    const at = ret[row] as number;
    if (at === NEVER) continue;
    if (taken[at] === 1) return true;
    taken[at] = 1;
  }
  return false;
}

function nonsenseIn(model: Model, { length, f, a, b, outcome, lists }: Operations): string | undefined {
  const allowed = new Uint8Array(256);
  for (const code of FUNCTIONS[model]) allowed[code] = 1;
  const readsLists = model === 'append' || model === 'set';
  const listed = readsLists ? countLists(lists) : 0;
  if (listed === undefined) return 'the lists are not one after another';
  for (let row = 0; row < length; row++) {
    const code = f[row] as number;
    const result = outcome[row] as number;
    const value = a[row] as number;
    if (allowed[code] === 0) return `an operation is none of a ${model}`;
    if (result > MISMATCHED || (result === MISMATCHED && code !== CAS)) return 'an outcome is none';
    if (code === READ) {
      if (value < UNKNOWN_VALUE) return 'a value code is none';
      if (readsLists && result === OK && value >= listed) return 'a read returned a list that is not there';
    } else if (value < NIL || (code === CAS && (b[row] as number) < NIL)) {
      return 'a value code is none';
    }
  }
  return undefined;
}

/** Strings can be appended to each other only if they are there. */
function wordlessIn({ length, f, a, values }: Operations): string | undefined {
  if (!f.subarray(0, length).includes(APPEND)) return undefined;
  for (let row = 0; row < length; row++) {
    const value = a[row] as number;
    if (value > NIL && !['string', 'number'].includes(typeof values[value])) return 'the text of a value is not known';
  }
  return undefined;
}

function countLists({ starts, elements }: Operations['lists']): number | undefined {
  for (let n = 1; n < starts.length; n++) {
    if ((starts[n] as number) < (starts[n - 1] as number)) return undefined;
  }
  const count = Math.max(starts.length - 1, 0);
  if (count > 0 && ((starts[0] as number) < 0 || (starts[count] as number) > elements.length)) return undefined;
  // List 0 is what nobody appended to.
  return count > 0 && starts[0] !== starts[1] ? undefined : count;
}

/**
 * All histories of n operations on one object that differ in more than names. For tests; not part of the program.
 *
 * What matters of the times is only who precedes whom, an interval order. Those without labels are counted by the Fishburn
 * numbers 1, 2, 5, 15, 53, 217 and stand one to one for upper triangular matrices of numbers from 0 that add up to n and have no
 * empty row or column: entry (i, j) counts the operations that are called in block i and return in block j, where a block is a
 * run of calls and then a run of returns (Dukes and Parviainen, "Ascent sequences and upper triangular matrices", 2010).
 */
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
  WRITE,
} from '../operations.js';
import { type Draft, operationsOf } from './drafts.js';

type Choice = Pick<Draft, 'process' | 'f' | 'a' | 'b' | 'outcome' | 'list'>;

/** Called in block `from`, returned in block `to`. */
export interface Interval {
  from: number;
  to: number;
}

/** Orders of n operations, each as intervals sorted by where they stand. */
export function intervalOrders(n: number): Interval[][] {
  const orders: Interval[][] = [];
  for (let blocks = 1; blocks <= n; blocks++) {
    const cells: Interval[] = [];
    for (let from = 0; from < blocks; from++) for (let to = from; to < blocks; to++) cells.push({ from, to });
    const place = (cell: number, left: number, placed: readonly Interval[]): void => {
      if (cell === cells.length) {
        const full = Array.from({ length: blocks }, (_, block) => block).every(
          (block) => placed.some(({ from }) => from === block) && placed.some(({ to }) => to === block),
        );
        if (left === 0 && full) orders.push([...placed]);
        return;
      }
      for (let count = 0; count <= left; count++) {
        place(cell + 1, left - count, [...placed, ...new Array<Interval>(count).fill(cells[cell] as Interval)]);
      }
    };
    place(0, n, []);
  }
  return orders;
}

/** What an operation may be, values and processes from a few; the histories differ by their renaming only where it matters. */
function choicesOf(model: Model): Choice[] {
  const both = (choice: Choice): Choice[] => [choice, { ...choice, outcome: INDETERMINATE }];
  const update = (f: number, a: number, b = NIL) => both({ process: 0, f, a, b, outcome: OK });
  const read = (a: number): Choice => ({ process: 0, f: READ, a, outcome: OK });
  const list = (...elements: number[]): Choice => ({ process: 0, f: READ, list: elements, outcome: OK });
  const lock = (process: number, tokens: readonly number[] = [NIL]): Choice[] => [
    ...tokens.flatMap((a) => both({ process, f: ACQUIRE, a, outcome: OK })),
    ...both({ process, f: RELEASE, a: NIL, outcome: OK }),
  ];
  switch (model) {
    case 'register':
      return [read(0), read(1), read(2), ...update(WRITE, 1), ...update(WRITE, 2)];
    case 'cas-register': {
      const failed = { process: 0, f: CAS, a: 1, b: 2, outcome: MISMATCHED };
      const cas = [...update(CAS, 0, 1), ...update(CAS, 1, 2), ...update(CAS, 2, 1)];
      return [read(0), read(1), read(2), ...update(WRITE, 1), ...cas, failed];
    }
    case 'kv':
      // 1 is x, 2 is y, 3 is xy.
      return [read(0), read(1), read(3), ...update(WRITE, 1), ...update(APPEND, 1), ...update(APPEND, 2)];
    case 'append':
      return [list(), list(1), list(1, 2), list(2, 1), ...update(APPEND, 1), ...update(APPEND, 2)];
    case 'set':
      return [list(), list(1), list(2), list(1, 2), ...update(ADD, 1), ...update(ADD, 2)];
    case 'mutex':
      return lock(0);
    case 'fenced-mutex':
      return [...lock(0, [NIL, 1, 2]), ...lock(1, [NIL, 1, 2])];
    default:
      return [...lock(0), ...lock(1)];
  }
}

/** `[process, a]` that may be renamed into each other: of two such histories only the one that has the lower first comes. */
function isCanonical(model: Model, chosen: readonly Choice[]): boolean {
  if (model === 'register') {
    const first = chosen.find(({ a }) => a !== NIL);
    return first === undefined || first.a === 1;
  }
  if (model === 'owner-mutex' || model === 'reentrant-mutex' || model === 'fenced-mutex')
    return chosen[0]?.process !== 1;
  return true;
}

/** Every history of n operations on object 0; those of fewer are not among them. */
export function* histories(model: Model, n: number): Generator<Operations> {
  const values = model === 'kv' ? [null, 'x', 'y', 'xy'] : [];
  const choices = choicesOf(model);
  for (const order of intervalOrders(n)) {
    const last = Math.max(...order.map(({ to }) => to));
    for (const chosen of assignments(order, last, choices)) {
      if (isCanonical(model, chosen)) yield operationsOf(drawn(order, chosen), values);
    }
  }
}

/** Operations in one place are interchangeable, so that their choices only go up. What never returns stands in the last block. */
function* assignments(
  order: readonly Interval[],
  last: number,
  choices: readonly Choice[],
  picked: readonly number[] = [],
): Generator<Choice[]> {
  const interval = order[picked.length];
  if (interval === undefined) {
    yield picked.map((n) => choices[n] as Choice);
    return;
  }
  const before = order[picked.length - 1];
  const same = before?.from === interval.from && before.to === interval.to;
  for (let n = same ? (picked.at(-1) as number) : 0; n < choices.length; n++) {
    if (choices[n]?.outcome === INDETERMINATE && interval.to !== last) continue;
    yield* assignments(order, last, choices, [...picked, n]);
  }
}

function drawn(order: readonly Interval[], chosen: readonly Choice[]): Draft[] {
  const width = 2 * order.length;
  return order.map(({ from, to }, n) => {
    const choice = chosen[n] as Choice;
    const ret = choice.outcome === INDETERMINATE ? NEVER : to * width + order.length + n;
    return { ...choice, call: from * width + n, ret };
  });
}

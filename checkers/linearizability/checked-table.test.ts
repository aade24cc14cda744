import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tried } from '../testing/runs.js';
import { checkTable } from './checked-table.js';
import { judgeObjects } from './judge-objects.js';
import { CAS, MODELS, type Model, NEVER, type Operations } from './operations.js';
import { golden } from './testing/golden.js';

const sound = (): Operations => golden('0 write 1 |-|\n 1 read 1     |-|\n 2 write 2       |-?');

function changed(change: (operations: Operations) => Partial<Operations>): Operations {
  const operations = sound();
  return { ...operations, ...change(operations) };
}

function set<Column extends Int32Array | Uint8Array>(column: Column, row: number, value: number): Column {
  column[row] = value;
  return column;
}

describe('a table that contradicts itself', () => {
  it.each([
    ['the columns are shorter than the table', changed(() => ({ length: 4 }))],
    ['the sizes are no numbers', changed(() => ({ length: Number.NaN }))],
    ['the sizes are no numbers', changed(() => ({ events: -1 }))],
    ['the columns are shorter than the table', changed(() => ({ outcome: new Uint8Array(2) }))],
    ['the operations are not in the order of their calls', changed(({ call }) => ({ call: set(call, 1, 0) }))],
    ['the operations are not in the order of their calls', changed(({ call }) => ({ call: set(call, 0, -1) }))],
    ['an operation returned before it was called', changed(({ ret }) => ({ ret: set(ret, 1, 2) }))],
    ['an event is at a position that is not there', changed(() => ({ events: 3 }))],
    ['an event is at a position that is not there', changed(() => ({ events: 0 }))],
    ['an event is at a position that is not there', changed(({ call }) => ({ call: set(call, 2, 5) }))],
    ['an event is at a position that is not there', changed(({ call }) => ({ call: set(call, 2, 6) }))],
    ['an event is at a position that is not there', changed(({ ret }) => ({ ret: set(ret, 1, 5) }))],
    ['an event is at a position that is not there', changed(({ ret }) => ({ ret: set(ret, 1, 6) }))],
    ['an operation has an answer and has none', changed(({ ret }) => ({ ret: set(ret, 1, NEVER) }))],
    ['an operation has an answer and has none', changed(({ outcome }) => ({ outcome: set(outcome, 2, 0) }))],
    ['two events are at one position', changed(({ ret }) => ({ ret: set(ret, 0, 3) }))],
    ['two events are at one position', changed(({ ret }) => ({ ret: set(ret, 0, 2) }))],
    ['two events are at one position', changed(({ ret }) => ({ ret: set(ret, 0, 4) }))],
    ['an operation is none of a register', changed(({ f }) => ({ f: set(f, 0, CAS) }))],
    ['an operation is none of a register', changed(({ f }) => ({ f: set(f, 0, 200) }))],
    ['an outcome is none', changed(({ outcome }) => ({ outcome: set(outcome, 0, 2) }))],
    ['an outcome is none', changed(({ outcome }) => ({ outcome: set(outcome, 0, 3) }))],
    ['a value code is none', changed(({ a }) => ({ a: set(a, 0, -1) }))],
    ['a value code is none', changed(({ a }) => ({ a: set(a, 1, -2) }))],
  ])('is judged unknown: %s', (reason, operations) => {
    expect(judgeObjects('register', operations)).toEqual({
      outcome: 'unknown',
      decidedBy: {},
      fallbacks: {},
      witnesses: [],
      violated: 0,
      doubts: { [reason]: 1 },
    });
  });

  it('lists have to be there, one after another, the first one empty', () => {
    const operations = golden('0 append x |-|\n 1 read [x]     |-|');
    expect(typeof checkTable('append', operations)).toBe('object');
    const withLists = (starts: number[]) =>
      checkTable('append', { ...operations, lists: { starts: Int32Array.from(starts), elements: new Int32Array(1) } });
    expect(withLists([0, 0])).toBe('a read returned a list that is not there');
    expect(withLists([])).toBe('a read returned a list that is not there');
    expect(withLists([0, 0, 2])).toBe('the lists are not one after another');
    expect(withLists([0, 1, 0])).toBe('the lists are not one after another');
    expect(withLists([0, 1, 1])).toBe('the lists are not one after another');
    expect(withLists([-1, -1, 1])).toBe('the lists are not one after another');
    expect(withLists([0, 0, 1, 0])).toBe('the lists are not one after another');
  });

  it('lists of sets have to be there as well, and those that somebody was answered with alone', () => {
    const operations = golden('0 add x |-|\n 1 read [x]     |-|');
    const lists = { starts: Int32Array.of(0, 0), elements: new Int32Array(0) };
    expect(checkTable('set', { ...operations, lists })).toBe('a read returned a list that is not there');
    expect(typeof checkTable('set', { ...golden('0 add x |-|\n 1 read [x]     |-?'), lists })).toBe('object');
    // Whatever a column without lists begins with.
    const none = { starts: Int32Array.of(9), elements: new Int32Array(0) };
    expect(typeof checkTable('set', { ...golden('0 add x |-|'), lists: none })).toBe('object');
  });

  it('what a compare-and-set wrote has to be a value, nil or another; nobody else writes two', () => {
    const written = (value: number) => {
      const operations = golden('0 cas nil 1 |-|\n 1 write 2     |-|');
      return [0, 1].map((row) =>
        checkTable('cas-register', { ...operations, b: set(Int32Array.from(operations.b), row, value) }),
      );
    };
    expect(written(-1)).toMatchObject(['a value code is none', { length: 2 }]);
    expect(written(0)).toMatchObject([{ length: 2 }, { length: 2 }]);
  });

  it('what stands behind the end of the table is not looked at', () => {
    for (const [model, drawing] of [
      ['register', '0 write 1 |-|\n 1 @2 read 1     |-|'],
      ['kv', '0 append 1 |-|\n 1 @2 append 2     |-|'],
    ] as const) {
      const table = golden(drawing);
      const longer = {
        ...table,
        f: Uint8Array.of(...table.f, 200),
        a: Int32Array.of(...table.a, 99),
        object: Int32Array.of(...table.object, 1),
      };
      expect(checkTable(model, longer)).toMatchObject({ present: Uint8Array.of(1, 0, 1) });
    }
  });

  it('strings that are appended to have to be there', () => {
    const operations = golden('0 append x |-|\n 1 read x     |-|');
    expect(typeof checkTable('kv', operations)).toBe('object');
    expect(checkTable('kv', { ...operations, values: [null] })).toBe('the text of a value is not known');
    expect(checkTable('kv', { ...operations, values: [null, {}] })).toBe('the text of a value is not known');
    expect(typeof checkTable('kv', { ...golden('0 write x |-|'), values: [null] })).toBe('object');
  });

  it('no table has no operations, and that is clean', () => {
    expect(judgeObjects('kv', golden(''))).toMatchObject({ outcome: 'clean', decidedBy: {} });
  });
});

const small = fc.integer({ min: -2, max: 12 });
const any = fc.oneof({ weight: 4, arbitrary: small }, fc.constantFrom(NEVER, -(2 ** 31), 2 ** 31 - 2));

/** Columns with anything in them; half of them with events that fit together, so that the algorithms see them. */
const garbage: fc.Arbitrary<Operations> = fc
  .record({
    rows: fc.array(
      fc.tuple(any, fc.nat({ max: 7 }), small, small, any, fc.nat({ max: 3 }), fc.integer({ min: 0, max: 3 })),
      {
        maxLength: 8,
      },
    ),
    tidy: fc.boolean(),
    events: any,
    starts: fc.array(any, { maxLength: 4 }),
  })
  .map(({ rows, tidy, events, starts }) => {
    const column = (of: (row: (typeof rows)[number], n: number) => number) => Int32Array.from(rows, of);
    const outcome = Uint8Array.from(rows, (row) => (tidy ? row[5] % 3 : row[5]));
    return {
      length: rows.length,
      events: tidy ? 4 * rows.length + 8 : events,
      process: column((row) => row[6]),
      call: column((row, n) => (tidy ? 2 * n : row[0])),
      ret: column((row, n) => (!tidy ? row[4] : outcome[n] === 1 ? NEVER : 2 * (n + row[6]) + 1)),
      f: Uint8Array.from(rows, (row) => row[1]),
      object: column((row) => (row[6] === 3 ? row[0] : row[6])),
      a: column((row) => row[2]),
      b: column((row) => row[3]),
      outcome,
      lists: { starts: Int32Array.from(tidy ? [0, 0, 1, 3] : starts), elements: Int32Array.from([1, 1, 2]) },
      values: [null, 'x', 3, {}, ''],
    };
  });

describe('any columns', () => {
  it('are judged without an exception, whatever the model', () => {
    const property = ([model, operations]: [Model, Operations]) =>
      Object.keys(judgeObjects(model, operations, { configurations: 1000, bytes: 2 ** 20 }).doubts).length > 0;
    tried('garbage', fc.tuple(fc.constantFrom(...MODELS), garbage), property);
  });
});

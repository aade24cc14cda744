import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { NEVER, OK, type Operations, READ, WRITE } from './operations.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

describe('registers with unique writes', () => {
  it.each([
    ['a read that overlaps its write', '0 write 1 |----|\n 1 read 1   |-|', 'clean'],
    ['old and new value during a write', '0 write 1 |-------|\n 1 read 1   |-|\n 2 read 1     |-|', 'clean'],
    ['a value that comes back', '0 write 1 |--------|\n 1 read 1   |-|\n 1 read nil     |-|', 'violated'],
    ['a stale read', '0 write 1 |-|\n 0 write 2     |-|\n 1 read 1          |-|', 'violated'],
    ['a value from nowhere', '0 write 1 |-|\n 1 read 2     |-|', 'violated'],
    ['a value from the future', '1 read 1 |-|\n 0 write 1     |-|', 'violated'],
    ['an unread write without answer', '0 write 1 |-?\n 1 read nil     |-|', 'clean'],
    ['a write without answer that comes late', '0 write 1 |-?\n 1 read nil     |-|\n 1 read 1          |-|', 'clean'],
    ['and goes again', '0 write 1 |-?\n 1 read 1     |-|\n 1 read nil          |-|', 'violated'],
    ['a read that was not recorded', '0 write 1 |-|\n 1 read ?     |-|\n 1 read 1        |-|', 'clean'],
    [
      'a read without answer, whatever it is said to have read',
      '0 write 1 |-|\n 0 write 2    |-|\n 1 read 1        |-?',
      'clean',
    ],
    [
      'a value that was there first, read late',
      '0 write 1 |------|\n 1 read nil    |-|\n 1 read 1         |-|',
      'clean',
    ],
    ['a zone inside another', '0 write 1 |-|\n 1 write 2      |-|\n 2 read 1          |-|', 'violated'],
    ['a zone at the edge of another', '0 write 1 |-|\n 1 write 2      |--|\n 2 read 1         |--|', 'clean'],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('register', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ zones: 1 });
  });

  it('names the four operations that prove it', () => {
    const { witnesses } = judgeObjects(
      'register',
      golden(`
        0 write 1 |-|
        0 write 2      |-|
        1 read 2           |-|
        2 read 1   |------------------|
        2 read 1                        |-|
        3 read 2             |-|
      `),
    );
    expect(witnesses).toEqual([
      {
        kind: 'contradiction',
        object: 0,
        operations: [0, 2, 4, 5],
        why: 'one of the two values was certainly there when the other was, in every order',
      },
    ]);
  });

  it('leaves to the search what was written twice, and the initial value', () => {
    const twice = judgeObjects('register', golden('0 write 1 |-|\n 0 write 1    |-|\n 1 read 1        |-|'));
    expect(twice).toMatchObject({
      outcome: 'clean',
      decidedBy: { search: 1 },
      fallbacks: { 'a value was written twice': 1 },
    });
    const nil = judgeObjects('register', golden('0 write nil |-|\n 1 read 1        |-|'));
    expect(nil).toMatchObject({ outcome: 'violated', fallbacks: { 'the initial value was written': 1 } });
  });

  it('judges keys apart, whatever their numbers', () => {
    const drawing =
      '0 @7 write 1 |-|\n 1 @7 read 1    |-|\n 2 @-3 write 1 |-|\n 2 @-3 read nil    |-|\n 3 @2000000000 read nil |-|';
    const result = judgeObjects('kv', golden(drawing));
    expect(result).toMatchObject({ outcome: 'violated', decidedBy: { zones: 3 }, violated: 1 });
    expect(result.witnesses.map(({ object }) => object)).toEqual([-3]);
  });

  it('keeps the first hundred witnesses and the true count', () => {
    const keys = Array.from({ length: 150 }, (_, key) => `0 @${key} write 1 |-|\n 0 @${key} read nil    |-|`);
    const result = judgeObjects('kv', golden(keys.join('\n')));
    expect(result.violated).toBe(150);
    expect(result.witnesses.length).toBe(100);
  });

  it('does the same at positions far apart', () => {
    const drawing = '0 write 1 |-|\n 0 write 2    |-|\n 1 read 1        |-|';
    const near = golden(drawing);
    const far: Operations = {
      ...near,
      events: 2 ** 31 - 1,
      call: near.call.map((at) => at * 300_000_000),
      ret: near.ret.map((at) => at * 300_000_000),
    };
    expect(judgeObjects('register', far)).toEqual(judgeObjects('register', near));
  });

  it('has room for any number of writes, however few were read', () => {
    const writes = Array.from({ length: 40 }, (_, n) => `0 write ${n} ${' '.repeat(4 * n)}|-|`);
    const read = (value: number) => golden([...writes, `1 read ${value} ${' '.repeat(165)}|-|`].join('\n'));
    expect(judgeObjects('register', read(39)).outcome).toBe('clean');
    expect(judgeObjects('register', read(38)).outcome).toBe('violated');
  });

  it('does not look behind the end of the table, however long the columns are', () => {
    const table = golden('0 write 1 |-|\n 1 read nil     |-|\n 1 read 1          |-|');
    const longer = (column: Int32Array, filler: number) =>
      Int32Array.from([...column.subarray(0, table.length), filler, filler]);
    for (const filler of [0, 1, 1000]) {
      const padded = {
        ...table,
        call: longer(table.call, filler),
        ret: longer(table.ret, filler),
        a: longer(table.a, filler),
      };
      expect(judgeObjects('register', padded)).toEqual(judgeObjects('register', table));
    }
    const early = golden('1 read nil |-|\n 0 write 1      |-|');
    const padded = { ...early, call: Int32Array.from([...early.call.subarray(0, 2), 1000, 1000]) };
    expect(judgeObjects('register', padded).outcome).toBe('clean');
  });

  it('a hundred thousand operations of one key, one after the other, with one stale read', () => {
    const length = 100_000;
    const column = (of: (row: number) => number) => Int32Array.from({ length }, (_, row) => of(row));
    const history: Operations = {
      length,
      events: 2 * length,
      process: column(() => 0),
      call: column((row) => 2 * row),
      ret: column((row) => 2 * row + 1),
      f: Uint8Array.from({ length }, (_, row) => (row % 2 === 0 ? WRITE : READ)),
      object: column(() => 0),
      a: column((row) => 1 + (row >> 1)),
      b: column(() => 0),
      outcome: new Uint8Array(length).fill(OK),
      lists: { starts: new Int32Array(2), elements: new Int32Array(0) },
      values: [],
    };
    expect(judgeObjects('register', history).outcome).toBe('clean');
    history.a[77_777] = 38_888;
    expect(judgeObjects('register', history).witnesses).toMatchObject([{ operations: [77_774, 77_776, 77_777] }]);
    history.a[77_777] = NEVER;
    expect(judgeObjects('register', history).witnesses).toMatchObject([{ operations: [77_777] }]);
  });
});

describe('registers and keys', () => {
  laws('register', { exhaustive: 4, fast: 0.99 });
  laws('kv', { exhaustive: 3, fast: 0.5 });
});

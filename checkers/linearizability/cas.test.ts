import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

const PHANTOM = 'nobody wrote the value that was seen';
const BOTH = 'one of the two values was certainly there when the other was, in every order';

describe('compare-and-set with unique new values', () => {
  it.each([
    ['one after the other', '0 cas nil 1 |-|\n 0 cas 1 2    |-|\n 1 read 2         |-|', 'clean'],
    ['two on one value', '0 cas nil 1 |--|\n 1 cas nil 2 |--|', 'violated'],
    ['two on one value, one without answer', '0 cas nil 1 |--|\n 1 cas nil 2 |--?', 'clean'],
    ['and what it wrote was seen', '0 cas nil 1 |--|\n 1 cas nil 2 |--?\n 2 read 2     |-|', 'violated'],
    [
      'one without answer, on which the next rests',
      '0 cas nil 1 |--?\n 1 cas 1 2      |-|\n 1 cas 2 3          |-|',
      'clean',
    ],
    ['on the wrong side of what it expects', '0 cas 1 2 |-|\n 1 cas nil 1    |-|', 'violated'],
    ['a circle', '0 cas 1 2 |--|\n 1 cas 2 1 |--|', 'violated'],
    ['a circle nobody knows of', '0 cas 1 2 |--?\n 1 cas 2 1 |--?', 'clean'],
    ['what nobody wrote', '0 cas 5 1 |-|', 'violated'],
    ['what nobody wrote, without answer', '0 cas 5 1 |-?', 'clean'],
    ['a write into a chain', '0 cas nil 1 |-|\n 1 write 5      |-|\n 0 cas 1 2          |-|', 'violated'],
    ['a write beside a chain', '0 cas nil 1 |-|\n 1 write 5      |-----|\n 0 cas 1 2          |-|', 'clean'],
    [
      'a link of the chain in between cannot be left out',
      '0 cas nil 1 |-|\n 1 cas 1 2    |-|\n 2 cas 2 3       |-|\n 3 read 1            |-|',
      'violated',
    ],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('cas-register', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ chains: 1 });
  });

  it('says which two took effect on one value', () => {
    const { witnesses } = judgeObjects(
      'cas-register',
      golden('0 write 1 |-|\n 1 cas 1 2   |---|\n 2 cas 1 3    |---|'),
    );
    expect(witnesses).toMatchObject([{ operations: [1, 2], why: expect.stringContaining('lost update') as string }]);
  });

  it.each([
    ['what nobody wrote', '0 write 1 |-|\n 1 cas 5 2   |-|', [1], PHANTOM],
    ['a value that nobody wrote', '0 write 1 |-|\n 1 read 5   |-|', [1], PHANTOM],
    [
      'a circle of five, four of it',
      '0 cas 5 1 |-|\n 1 cas 1 2 |-|\n 2 cas 2 3 |-|\n 3 cas 3 4 |-|\n 4 cas 4 5 |-|',
      [0, 2, 3, 4],
      'each needs what another of them wrote, in a circle',
    ],
    [
      'a write into a chain that reads show as well',
      '0 write 1 |-|\n 1 read 1    |---------------|\n 2 write 5      |-|\n 0 cas 1 2          |-|\n 1 read 2                   |-|',
      [0, 2, 4],
      BOTH,
    ],
    [
      'a write into a chain, with the first of the reads that show that it took effect',
      '0 write 1 |-|\n 2 write 5     |-|\n 1 read 2    |------------|\n 1 read 2     |------------|\n 0 cas 1 2          |-?',
      [0, 1, 3, 4],
      BOTH,
    ],
    [
      'a write into a chain whose end only a read shows',
      '0 write 1 |-|\n 2 write 5     |-|\n 1 read 3    |-----------------|\n 3 cas 2 3          |-?\n 0 cas 1 2             |-?',
      [0, 1, 2, 4],
      BOTH,
    ],
    [
      'a write into a chain whose end only a later compare-and-set shows',
      '0 write 1 |-|\n 2 write 5     |-|\n 1 cas 2 3    |-----------------|\n 0 cas 1 2          |-?',
      [0, 1, 2, 3],
      BOTH,
    ],
    [
      'a write into the chain of the initial value, with what shows its end',
      '0 cas nil 1 |-|\n 2 write 5      |-|\n 0 cas 1 2          |-?\n 1 read 2             |-|\n 1 read 2                |-|',
      [1, 3, 4],
      BOTH,
    ],
    ['a value that had been replaced', '0 write 1 |-|\n 1 read nil   |-|', [0, 1], BOTH],
  ])('proves %s', (_, drawing, operations, why) => {
    expect(judgeObjects('cas-register', golden(drawing)).witnesses).toEqual([
      { kind: 'contradiction', object: 0, operations, why },
    ]);
  });

  it('proves it with operations on that register alone', () => {
    const drawing = '3 @0 read ? |-|\n 0 @1 write 1  |-|\n 1 @1 read nil     |-|';
    expect(judgeObjects('cas-register', golden(drawing)).witnesses).toEqual([
      { kind: 'contradiction', object: 1, operations: [1, 2], why: BOTH },
    ]);
  });

  it('takes no notice of what a read without an answer is said to have returned', () => {
    expect(judgeObjects('cas-register', golden('0 write 1 |-|\n 1 read 5   |-?')).outcome).toBe('clean');
  });

  it('leaves a register to the search that the initial value was written to', () => {
    expect(
      judgeObjects('cas-register', golden('0 write 1 |-|\n 0 write nil  |-|\n 1 read nil      |-|')),
    ).toMatchObject({ outcome: 'clean', fallbacks: { 'the initial value was written': 1 } });
  });
});

describe('compare-and-set that failed', () => {
  it.each([
    ['expected what nobody wrote', '0 cas! 5 6 |-|', 'clean', {}],
    [
      'expected what was there all the time',
      '0 write 1 |-|\n 1 cas! 1 2     |-|\n 0 read 1           |-|',
      'violated',
      {},
    ],
    ['expected nil, and nobody wrote anything', '0 cas! nil 1 |-|\n 1 read nil     |-|', 'violated', {}],
    ['expected what was just being written', '0 write 1 |----|\n 1 cas! 1 2   |-|', 'clean', {}],
    ['expected what was replaced meanwhile', '0 write 1 |-|\n 1 cas! 1 3   |-----|\n 0 write 2     |-|', 'clean', {}],
    ['expected what was gone', '0 write 1 |-|\n 0 write 2   |-|\n 1 cas! 1 3      |-|', 'clean', {}],
    ['expected what a compare-and-set took away', '0 write 1 |-|\n 0 cas 1 2   |-|\n 1 cas! 1 3      |-|', 'clean', {}],
    [
      'one saw the write, a later one did not',
      '0 write 3 |---------|\n 1 cas! nil 5 |-|\n 1 cas! 3 6      |-|',
      'violated',
      { 'a failed CAS without the value that it found': 1 },
    ],
    [
      'a write without answer may have been there',
      '0 write 1 |-|\n 1 write 2 |-?\n 2 cas! 1 3     |-|',
      'clean',
      { 'a failed CAS without the value that it found': 1 },
    ],
  ] as const)('%s', (_, drawing, outcome, fallbacks) => {
    const result = judgeObjects('cas-register', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.fallbacks).toEqual(fallbacks);
  });

  it('needs no search where the value that it expected is one that nobody saw', () => {
    const result = judgeObjects('cas-register', golden('0 write 1 |-?\n 1 cas! 1 2   |-|'));
    expect([result.outcome, result.fallbacks]).toEqual(['clean', {}]);
  });

  it('holds the initial value of each register against its own', () => {
    const drawing = (object: string) =>
      `0 @0 read nil |-|\n 1 @1 read nil |-|\n 2 @1 write 1    |-|\n 3 ${object} cas! nil 2        |-|\n 0 @0 read nil             |-|`;
    expect(judgeObjects('cas-register', golden(drawing('@0')))).toMatchObject({
      violated: 1,
      witnesses: [{ object: 0, operations: [3, 4] }],
    });
    expect(judgeObjects('cas-register', golden(drawing('@1'))).outcome).toBe('clean');
    const second = '0 @0 write 1 |-|\n 1 @1 cas! nil 2   |-|\n 2 @1 read nil        |-|';
    expect(judgeObjects('cas-register', golden(second))).toMatchObject({ violated: 1, witnesses: [{ object: 1 }] });
  });
});

describe('cas-registers', () => {
  laws('cas-register', { exhaustive: 3, fast: 0.7 });
});

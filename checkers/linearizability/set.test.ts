import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

describe('sets', () => {
  it.each([
    ['any order', '0 add x |-|\n 1 add y   |-|\n 2 read [y x]   |-|\n 3 read [x y x]  |-|', 'clean'],
    ['one during an addition', '0 add x |-----|\n 1 read []   |-|\n 1 read [x]   |-|', 'clean'],
    [
      'neither includes the other',
      '0 add x |-----|\n 1 add y |-----|\n 2 read [x]   |-|\n 3 read [y]   |-|',
      'violated',
    ],
    ['one of two, late', '0 add x |-|\n 1 add y |-|\n 2 read [x]   |-|', 'violated'],
    ['what nobody saw', '0 add x |-|\n 2 read []   |-|', 'violated'],
    ['what nobody saw, at the end', '0 add x |---|\n 2 read [] |-|', 'clean'],
    ['without answer', '0 add x |-?\n 2 read []   |-|\n 2 read [x]      |-|', 'clean'],
    ['without answer, gone again', '0 add x |-?\n 2 read [x]   |-|\n 2 read []         |-|', 'violated'],
    ['from nowhere', '2 read [x]   |-|', 'violated'],
    ['from the future', '2 read [x] |-|\n 0 add x      |-|', 'violated'],
    ['smaller and later', '0 add x |-|\n 1 add y |-----|\n 2 read [x y] |-|\n 2 read [x]        |-|', 'violated'],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('set', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ layers: 1 });
  });

  it.each([
    [
      'two reads that each show what the other does not',
      '0 add x |-----|\n 1 add y |-----|\n 2 read [x]   |-|\n 3 read [y]   |-|',
      [2, 3],
      'each of two reads shows something that the other does not',
    ],
    [
      'the same of different sizes',
      '0 add x |---------|\n 0 add y |---------|\n 0 add z |---------|\n 1 read [x] |-----|\n 2 read [y z] |-----|',
      [3, 4],
      'each of two reads shows something that the other does not',
    ],
    ['what nobody added', '1 add x |-|\n 2 read [z]   |-|', [1], 'nobody added what was read'],
    [
      'what one read shows and a later one does not',
      '0 add x |-|\n 1 add y |---------|\n 2 read [x y] |-|\n 2 read [x]      |-|',
      [2, 3],
      'a read shows what was not there yet, or less than a later one that came before it',
    ],
    [
      'what a later read does not show',
      '0 add x |-|\n 1 add y |-|\n 2 read [x]   |-|',
      [1, 2],
      'a read does not show what had been added before it',
    ],
    [
      'what a later read does not show, and one after it does',
      '0 add x |-|\n 1 add y |-|\n 2 read [x]   |-|\n 2 read [x y]   |-|',
      [1, 2],
      'a read does not show what had been added before it',
    ],
  ])('proves %s', (_, drawing, operations, why) => {
    expect(judgeObjects('set', golden(drawing)).witnesses).toEqual([
      { kind: 'contradiction', object: 0, operations, why },
    ]);
  });

  it('takes no notice of what a read without an answer is said to have returned', () => {
    expect(judgeObjects('set', golden('0 add x |-|\n 1 read [z]   |-?')).outcome).toBe('clean');
  });

  it('leaves an element that was added twice to the search', () => {
    const result = judgeObjects('set', golden('0 add x |-|\n 0 add x   |-|\n 1 read [x]    |-|'));
    expect(result).toMatchObject({ outcome: 'clean', fallbacks: { 'an element was added twice': 1 } });
  });
});

describe('sets that only grow', () => {
  laws('set', { exhaustive: 3, fast: 0.99 });
});

import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import type { Operations } from './operations.js';
import { golden } from './testing/golden.js';
import { AMBIGUOUS } from './text.js';

const UNREADABLE = 'no writes and appends make up what was read';
const ORDERS = 'two reads show what was appended in different orders';

describe('strings that cannot be cut up in one way alone', () => {
  it.each<[string, Operations, 'clean' | 'violated']>([
    ['the absent value was written', golden('0 write nil |-|\n 1 append x    |-|\n 2 read x        |-|'), 'clean'],
    ['nothing was appended', { ...golden('0 append nil |-|\n 1 read x       |-|'), values: [null, ''] }, 'clean'],
    [
      'one begins another, with a third between them in time',
      golden('0 append x |-|\n 0 append y   |-|\n 0 append xz    |-|\n 1 read xyxz       |-|'),
      'clean',
    ],
    ['one begins another', golden('0 append x |-|\n 0 append xz  |-|\n 1 read xxz     |-|'), 'clean'],
    ['one is there twice', golden('0 append x |-|\n 0 append x   |-|\n 1 read xxx     |-|'), 'violated'],
  ])('are left to the search: %s', (_, operations, outcome) => {
    expect(judgeObjects('kv', operations)).toMatchObject({ outcome, fallbacks: { [AMBIGUOUS]: 1 } });
  });

  it.each([
    ['one ends another', '0 append x |-|\n 0 append zx   |-|\n 1 read xzx      |-|'],
    ['one is a word', '0 append undefined |-|\n 0 append x           |-|\n 1 read undefinedx        |-|'],
    ['one is another word', '0 append null |-|\n 0 append x      |-|\n 1 read nullx        |-|'],
    [
      'they are of different lengths',
      '0 append x |-|\n 0 append yyy   |-|\n 1 read xyyy      |-|\n 0 append zz      |-|',
    ],
  ])('are not those of which %s', (_, drawing) => {
    expect(judgeObjects('kv', golden(drawing))).toMatchObject({ outcome: 'clean', decidedBy: { chains: 1 } });
  });
});

describe('the proof that strings do not fit', () => {
  it.each([
    ['a read that begins with nothing known', '0 append x |-|\n 1 read zx   |-|', [1], UNREADABLE],
    [
      'a read that goes on with nothing known',
      '0 append x |-|\n 1 read xz   |-|',
      [1],
      'nobody wrote or appended what was read',
    ],
    [
      'a read that ends inside a string',
      '0 append ab |-|\n 0 append cd   |-|\n 1 read abcd     |-|\n 1 read abc        |-|',
      [3],
      UNREADABLE,
    ],
    ['a write in the middle', '0 append x |--|\n 1 write w |--|\n 2 read xw  |-|', [1, 2], UNREADABLE],
    ['two orders', '0 append x |--|\n 1 append y |--|\n 2 read xy    |-|\n 3 read yx    |-|', [2, 3], ORDERS],
    [
      'two orders after one write',
      '0 write w |--|\n 0 append x |--|\n 1 append y |--|\n 2 read wxy    |-|\n 3 read wyx    |-|',
      [0, 3, 4],
      ORDERS,
    ],
  ])('names the operations of %s', (_, drawing, operations, why) => {
    expect(judgeObjects('kv', golden(drawing)).witnesses).toEqual([
      { kind: 'contradiction', object: 0, operations, why },
    ]);
  });

  it.each(['xz', 'zx'])('says nothing against another key: %s', (read) => {
    const drawing = `
      0 @1 append v |-|
      0 @1 append w     |-----------------|
      2 @0 append x      |-|
      2 @0 read ${read}       |-|
      1 @1 read v                 |-|
    `;
    const { violated, witnesses } = judgeObjects('kv', golden(drawing));
    expect(violated).toBe(1);
    expect(witnesses).toMatchObject([{ object: 0, operations: [3] }]);
  });

  it('takes no notice of what a read without an answer is said to have returned', () => {
    expect(judgeObjects('kv', golden('0 append x |-|\n 1 read z   |-?'))).toMatchObject({
      outcome: 'clean',
      decidedBy: { chains: 1 },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { LOST_APPEND } from './append.js';
import { judgeObjects } from './judge-objects.js';
import type { Operations } from './operations.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

describe('lists', () => {
  it.each([
    ['prefixes', '0 append x |-|\n 1 append y   |-|\n 2 read [x]  |--|\n 2 read [x y]     |-|', 'clean'],
    ['different orders', '0 append x |--|\n 1 append y |--|\n 2 read [x y]  |-|\n 3 read [y x] |-|', 'violated'],
    ['the wrong order', '0 append x |-|\n 0 append y   |-|\n 2 read [y x]     |-|', 'violated'],
    ['a lost append', '0 append x |-|\n 2 read []     |-|', 'violated'],
    ['a lost append, and a later one', '0 append x |-|\n 0 append y   |-|\n 2 read [y]     |-|', 'violated'],
    ['an append that nobody saw, at the end', '0 append x |-----|\n 2 read []     |-|', 'clean'],
    ['an append without answer', '0 append x |-?\n 2 read []     |-|\n 2 read [x]      |-|', 'clean'],
    ['that goes again', '0 append x |-?\n 2 read [x]     |-|\n 2 read []          |-|', 'violated'],
    ['from the future', '2 read [x] |-|\n 0 append x    |-|', 'violated'],
    ['from the future, inside', '2 read [x y] |-|\n 1 append y |-----|\n 0 append x        |-|', 'violated'],
    ['from nowhere', '2 read [x] |-|', 'violated'],
    ['twice', '0 append x |-|\n 2 read [x x]    |-|', 'violated'],
    [
      'a shorter list beside a longer one',
      '0 append x |-|\n 1 append y   |-----|\n 2 read [x y]  |---|\n 3 read [x]     |---|',
      'clean',
    ],
    [
      'a shorter list later',
      '0 append x |-|\n 1 read [x]   |-|\n 0 append y |--|\n 2 read [x y]   |-|\n 2 read [x]       |-|',
      'violated',
    ],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('append', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ chains: 1 });
  });

  it('says which two reads disagree', () => {
    const { witnesses } = judgeObjects(
      'append',
      golden('0 append x |--|\n 1 append y |--|\n 2 read [x y]  |-|\n 3 read [y x] |-|'),
    );
    expect(witnesses).toMatchObject([{ operations: [2, 3] }]);
  });

  it.each([
    ['from nowhere', '2 read [x] |-|', [0], 'nobody wrote or appended what was read'],
    ['what is there twice', '0 append x |-|\n 2 read [x x]    |-|', [0, 1], 'what was appended once is there twice'],
    ['a lost append', '0 append x |-|\n 2 read []     |-|', [0, 1], LOST_APPEND],
  ])('proves %s', (_, drawing, operations, why) => {
    expect(judgeObjects('append', golden(drawing)).witnesses).toEqual([
      { kind: 'contradiction', object: 0, operations, why },
    ]);
  });

  it('takes no notice of what a read without an answer is said to have returned', () => {
    expect(judgeObjects('append', golden('0 append x |---|\n 1 read [z]   |-?')).outcome).toBe('clean');
  });

  it.each([
    ['from nowhere', '[x z]'],
    ['that are there twice', '[x x]'],
  ])('keeps elements %s apart from the other lists', (_, list) => {
    const others = '1 @1 append y  |-|\n 1 @1 append w     |-|\n 3 @1 read [y w]         |-|';
    expect(judgeObjects('append', golden(`0 append x |-|\n ${others}\n 2 read ${list}            |-|`))).toMatchObject({
      violated: 1,
      witnesses: [{ object: 0 }],
    });
  });

  it('leaves an element that was appended twice to the search', () => {
    const result = judgeObjects('append', golden('0 append x |-|\n 0 append x   |-|\n 1 read [x x]    |-|'));
    expect(result).toMatchObject({ outcome: 'clean', fallbacks: { 'an element was appended twice': 1 } });
  });
});

describe('strings', () => {
  const key = (drawing: string): Operations => golden(drawing);
  it.each([
    ['appends to nothing', '0 append x |-|\n 1 append y   |-|\n 2 read xy     |-|', 'clean'],
    ['a write and appends', '0 append x |-|\n 0 write w    |-|\n 1 append y     |-|\n 2 read wy        |-|', 'clean'],
    ['an append that a write hides', '0 append x |---|\n 0 write w  |---|\n 2 read w      |-|', 'clean'],
    ['an append that is lost', '0 write w |-|\n 0 append x   |-|\n 2 read w        |-|', 'violated'],
    ['different orders', '0 append x |--|\n 1 append y |--|\n 2 read xy  |-|\n 3 read yx |-|', 'violated'],
    ['a write in the middle', '0 append x |--|\n 1 write w |--|\n 2 read xw  |-|', 'violated'],
    [
      'one append on two writes',
      '0 write v |--|\n 1 write w |--|\n 2 append x |--|\n 2 read vx   |-|\n 3 read wx   |-|',
      'violated',
    ],
    ['letters from nowhere', '0 append x |--|\n 1 read xz |--|', 'violated'],
    ['an old value', '0 write v |-|\n 0 append x   |-|\n 0 write w       |-|\n 1 read vx           |-|', 'violated'],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('kv', key(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ chains: 1 });
  });

  it('leaves strings to the search that can be cut up in more than one way', () => {
    const result = judgeObjects('kv', key('0 append x |-|\n 1 append xx |-|\n 2 read xxx   |-|\n 3 @1 write y |-|'));
    expect(result).toMatchObject({ outcome: 'clean', decidedBy: { search: 1, zones: 1 } });
  });
});

describe('lists that grow at their end', () => {
  laws('append', { exhaustive: 3, fast: 0.99 });
});

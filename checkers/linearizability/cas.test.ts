import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

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
});

describe('cas-registers', () => {
  laws('cas-register', { exhaustive: 3, fast: 0.7 });
});

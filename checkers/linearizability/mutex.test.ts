import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

describe('the mutex without owner', () => {
  it.each([
    ['taking turns', '0 acquire |-|\n 1 release   |-|\n 2 acquire      |-|', 'clean'],
    ['a release that overlaps both', '0 acquire |-|\n 1 acquire     |-|\n 2 release |-----|', 'clean'],
    ['held twice', '0 acquire |-|\n 1 acquire     |-|\n 2 release          |-|', 'violated'],
    ['a release of what is free', '0 release |-|', 'violated'],
    ['a release without answer', '0 acquire |-|\n 0 release   |-?\n 1 acquire      |-|', 'clean'],
    [
      'a release without answer, used twice',
      '0 acquire |-|\n 0 release  |-?\n 1 acquire    |-|\n 2 acquire      |-|',
      'violated',
    ],
    ['an acquire without answer that has to have happened', '0 acquire |-?\n 1 release   |-|', 'clean'],
    [
      'the release that returns first goes first',
      '0 acquire |-|\n 1 release   |-------|\n 2 release  |--|\n 3 acquire      |-|',
      'clean',
    ],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('mutex', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ turns: 1 });
  });

  it('shows an order of what came before, and what it is stuck at', () => {
    const drawing = '0 acquire |-|\n 1 release  |--|\n 2 acquire      |-|\n 0 @1 acquire |-|\n 3 acquire           |-|';
    expect(judgeObjects('mutex', golden(drawing)).witnesses).toEqual([
      {
        kind: 'stuck',
        object: 0,
        order: [0, 1, 3],
        stuck: 4,
        why: 'the lock was held in every order, and no release was under way',
      },
    ]);
  });
});

describe('mutexes', () => {
  laws('mutex', { exhaustive: 5, fast: 0.99 });
});

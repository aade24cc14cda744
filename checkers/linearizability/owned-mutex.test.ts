import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import type { Model } from './operations.js';
import { golden } from './testing/golden.js';
import { laws } from './testing/laws.js';

describe('mutexes that know their owner', () => {
  it.each([
    ['one after the other', '0 acquire |-|\n 0 release   |-|\n 1 acquire      |-|', 'clean'],
    ['both during a release and an acquire', '0 acquire |-|\n 0 release   |---|\n 1 acquire   |---|', 'clean'],
    ['both at once', '0 acquire |-|\n 1 acquire   |-|\n 0 release      |-|\n 1 release        |-|', 'violated'],
    ['never released', '0 acquire |-|\n 1 acquire            |-|', 'violated'],
    ['a release without answer', '0 acquire |-|\n 0 release    |-?\n 1 acquire            |-|', 'clean'],
    [
      'a release without answer, called late',
      '0 acquire |-|\n 1 acquire            |-|\n 0 release               |-?',
      'violated',
    ],
    ['an acquire without answer', '0 acquire |-?\n 1 acquire    |-|', 'clean'],
    ['somebody else releases', '0 acquire |-|\n 1 release    |-|', 'violated'],
    ['released twice', '0 acquire |-|\n 0 release   |-|\n 0 release      |-|', 'violated'],
    ['acquired twice', '0 acquire |-|\n 0 acquire   |-|\n 0 release      |-|', 'violated'],
  ] as const)('%s', (_, drawing, outcome) => {
    const result = judgeObjects('owner-mutex', golden(drawing));
    expect(result.outcome).toBe(outcome);
    expect(result.decidedBy).toEqual({ zones: 1 });
  });

  it('reentrant: the outermost acquire and release make the hold', () => {
    const nested = '0 acquire |-|\n 0 acquire   |-|\n 0 release      |-|\n';
    const judged = (more: string) => judgeObjects('reentrant-mutex', golden(nested + more)).outcome;
    expect(judged('0 release         |-|\n 1 acquire         |-|')).toBe('clean');
    expect(judged('1 acquire         |-|\n 0 release             |-|')).toBe('violated');
    expect(judged('0 release         |-?\n 1 acquire             |-|')).toBe('clean');
    expect(judged('0 acquire         |-?\n 1 acquire             |-|')).toBe('violated');
  });

  it.each([
    ['rising', '0 acquire 1 |-|\n 0 release      |-|\n 1 acquire 2       |-|', 'clean'],
    ['falling', '0 acquire 2 |-|\n 0 release      |-|\n 1 acquire 1       |-|', 'violated'],
    ['the same again', '0 acquire 1 |-|\n 0 release      |-|\n 1 acquire 1       |-|', 'violated'],
    [
      'rising over one that is not known',
      '0 acquire 1 |-|\n 0 release      |-|\n 1 acquire        |-|\n 1 release            |-|\n 0 acquire 2              |-|',
      'clean',
    ],
    [
      'falling over one that is not known',
      '0 acquire 2 |-|\n 0 release      |-|\n 1 acquire        |-|\n 1 release            |-|\n 0 acquire 1              |-|',
      'violated',
    ],
    ['of an acquire without answer', '0 acquire 2 |-?\n 1 acquire 1      |-|', 'clean'],
  ] as const)('tokens %s', (_, drawing, outcome) => {
    expect(judgeObjects('fenced-mutex', golden(drawing))).toMatchObject({ outcome, decidedBy: { zones: 1 } });
  });

  it('names the operations in which both held the lock', () => {
    const drawing = '0 acquire |-|\n 1 acquire   |-|\n 0 release      |-|\n 1 release        |-|';
    expect(judgeObjects('owner-mutex', golden(drawing)).witnesses).toMatchObject([{ operations: [0, 1, 2, 3] }]);
  });

  it('names the operations of one process that fit nowhere, and holds whose tokens fall', () => {
    const of = (drawing: string, model: Model = 'owner-mutex') =>
      judgeObjects(model, golden(drawing)).witnesses.flatMap((witness) =>
        witness.kind === 'contradiction' ? witness.operations : [],
      );
    expect(of('1 acquire |-|\n 0 release       |-|')).toEqual([1]);
    expect(of('0 release |-|\n 1 acquire       |-|')).toEqual([0]);
    expect(of('0 acquire |-|\n 0 release    |-|\n 0 release       |-|')).toEqual([1, 2]);
    expect(of('0 acquire |-|\n 0 acquire    |-|')).toEqual([0, 1]);
    const falling =
      '0 acquire 3 |-|\n 0 release        |-|\n 1 acquire 1          |-|\n 1 release                |-|\n 0 acquire 2                    |-|';
    expect(of(falling, 'fenced-mutex')).toEqual([0, 2]);
  });

  it('asks no tokens of a mutex without fencing, and nothing of a release without answer', () => {
    const falling = '0 acquire 2 |-|\n 0 release      |-|\n 1 acquire 1       |-|';
    for (const model of ['owner-mutex', 'reentrant-mutex'] as const)
      expect(judgeObjects(model, golden(falling))).toMatchObject({ outcome: 'clean', decidedBy: { zones: 1 } });
    expect(judgeObjects('owner-mutex', golden('0 release |-?')).outcome).toBe('clean');
  });

  it('leaves a process that does two things at once, or goes on in the dark, to the search', () => {
    const atOnce = judgeObjects('owner-mutex', golden('0 acquire |---|\n 0 release  |---|'));
    expect(atOnce).toMatchObject({
      outcome: 'clean',
      fallbacks: { 'a process did two operations on a lock at once': 1 },
    });
    // The release that nobody knows of, and an acquire that nobody knows of, make room for another hold in between.
    const drawing = `
      0 acquire |-|
      0 release    |-?
      0 acquire      |-?
      1 acquire          |-|
      1 release             |-|
      0 release                 |-|
    `;
    expect(judgeObjects('owner-mutex', golden(drawing))).toMatchObject({
      outcome: 'clean',
      fallbacks: { 'a process went on after an operation without answer': 1 },
    });
  });
});

describe('mutexes with owners', () => {
  laws('owner-mutex', { exhaustive: 4, fast: 0.3 });
  laws('reentrant-mutex', { exhaustive: 4, fast: 0.3 });
  laws('fenced-mutex', { exhaustive: 3, fast: 0.3 });
});

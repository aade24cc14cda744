/** The generated record under all checkers: nothing is wrong with it or in doubt, and its bad twin is found. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../checkers/judge.js';
import { lateEffects } from '../../checkers/late-effects.js';
import { linearizability } from '../../checkers/linearizability.js';
import { lostUpdates } from '../../checkers/lost-updates.js';
import { overlap } from '../../checkers/overlap.js';
import { staleWrites } from '../../checkers/stale-writes.js';
import { holdTables } from './hold-tables.js';

const CHECKERS = [overlap, lateEffects, staleWrites, lostUpdates, linearizability];
const OPTIONS = { operations: 2000, clients: 20, indeterminate: 0.05, locks: 4, bad: false } as const;

describe('a record of holds', () => {
  it.each([1, 2, 3, 4, 5])('is right, seed %i', (seed) => {
    const tables = holdTables({ ...OPTIONS, seed });
    const { results } = judge(tables, CHECKERS);
    expect(results.map(({ checker, outcome, doubts }) => [checker, outcome, doubts])).toEqual(
      CHECKERS.map(({ name }) => [name, 'clean', []]),
    );
    expect(tables.history.length).toBeGreaterThan(1.9 * OPTIONS.operations);
  });

  it.each([1, 2, 3, 4, 5])('has a bad twin, seed %i', (seed) => {
    const { results } = judge(holdTables({ ...OPTIONS, seed, bad: true }), CHECKERS);
    const outcomes = Object.fromEntries(results.map(({ checker, outcome }) => [checker, outcome]));
    expect(outcomes).toMatchObject({ overlap: 'violated', 'stale-writes': 'violated' });
  });

  it('is the same for the same seed', () => {
    expect(holdTables({ ...OPTIONS, seed: 9 })).toEqual(holdTables({ ...OPTIONS, seed: 9 }));
  });
});

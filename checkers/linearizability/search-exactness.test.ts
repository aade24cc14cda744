/**
 * The search against an oracle that tries every order: on all small histories, on random ones, as they were and with
 * something changed, and on bundles of updates.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../testing/runs.js';
import { DEFAULT_BUDGET, MODELS, type Model } from './operations.js';
import { bruteForce } from './testing/brute-force.js';
import { bundles } from './testing/bundles.js';
import { CORRUPTIONS, corrupt } from './testing/corrupt.js';
import { histories } from './testing/enumerate.js';
import { execute } from './testing/executions.js';
import { agreed, search } from './testing/searching.js';

const NIGHTLY = PROPERTY_RUNS >= 100_000;
const TIMEOUT = NIGHTLY ? 3_600_000 : 60_000;

/** All histories of up to so many operations are tried, and every `STRIDE`th of those with one more. */
const UP_TO: Record<Model, number> = {
  register: 3,
  'cas-register': 3,
  kv: 3,
  append: 3,
  set: 3,
  mutex: 4,
  'owner-mutex': 3,
  'reentrant-mutex': 3,
  'fenced-mutex': 2,
};
const STRIDE = 17;

describe('exactness on all small histories', () => {
  it.each(MODELS)('%s', { timeout: TIMEOUT }, (model) => {
    const found = { good: 0, bad: 0 };
    const all = UP_TO[model] + (NIGHTLY ? 1 : 0);
    for (let n = 1; n <= all + 1; n++) {
      let nth = 0;
      for (const operations of histories(model, n)) {
        if (n <= all || nth++ % STRIDE === 0) found[agreed(model, operations) ? 'good' : 'bad']++;
      }
    }
    console.log(
      `${model}: ${found.good} good and ${found.bad} bad histories, all of up to ${all} operations among them`,
    );
    expect(Math.min(found.good, found.bad)).toBeGreaterThan(100);
  });
});

/** Up to a dozen operations. */
const world = fc.record({
  clients: fc.integer({ min: 2, max: 6 }),
  objects: fc.constant(1),
  values: fc.constantFrom(1, 2, 3, 'unique' as const),
  lossy: fc.constantFrom(0, 10, 40),
  choices: fc.array(fc.nat(2 ** 30), { minLength: 12, maxLength: 28, size: 'max' }),
});
const dice = fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 });

describe('exactness on random histories', () => {
  it.each(MODELS)('%s', { timeout: TIMEOUT }, (model) => {
    let good = 0;
    const bent = fc.tuple(world, fc.constantFrom(...CORRUPTIONS), dice, dice).map(([options, how, first, second]) => {
      return corrupt(model, corrupt(model, execute(model, options), how, first), 'swap', second);
    });
    const runs = Math.ceil(PROPERTY_RUNS / 4);
    tried(
      `${model}: search against brute force`,
      bent,
      (operations) => {
        const isGood = agreed(model, operations);
        if (isGood) good++;
        return !isGood;
      },
      { runs, notable: 0.04 },
    );
    if (runs >= 500) expect(good).toBeGreaterThan(runs / 25);
  });

  it('is not wrong, only unknown, when the budget ends', { timeout: TIMEOUT }, () => {
    const drawn = fc.tuple(
      fc.constantFrom(...MODELS),
      world,
      dice,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 8, max: 14 }),
    );
    let gaveUp = 0;
    tried('small budgets', drawn, ([model, options, numbers, configurations, size]) => {
      const operations = corrupt(model, execute(model, options), 'value', numbers);
      const budget = { configurations, bytes: 2 ** size };
      agreed(model, operations, budget);
      const { outcome, reason, bytes } = search(model, operations, undefined, budget);
      expect(reason !== undefined).toBe(outcome === 'unknown');
      // Half of it for each of two that are kept at one time, which have 128 lists at least.
      expect(bytes).toBeLessThanOrEqual(Math.max(2 ** size, 2 * 128 * 4));
      if (outcome === 'unknown') gaveUp++;
      return outcome !== 'unknown';
    });
    if (PROPERTY_RUNS >= 500) expect(gaveUp).toBeGreaterThan(PROPERTY_RUNS / 10);
  });
});

describe('exactness on bundles of updates', () => {
  it.each(MODELS)('%s', { timeout: TIMEOUT }, (model) => {
    let bad = 0;
    tried(
      `${model}: bundles, search against brute force`,
      bundles(model),
      (operations) => {
        const isGood = agreed(model, operations);
        if (!isGood) bad++;
        return isGood;
      },
      { notable: 0.1 },
    );
    if (PROPERTY_RUNS >= 500) expect(bad).toBeGreaterThan(PROPERTY_RUNS / 25);
  });
});

describe('mutation', () => {
  it.each(CORRUPTIONS)('finds every %s that makes a history wrong', { timeout: TIMEOUT }, (how) => {
    const drawn = fc.tuple(fc.constantFrom(...MODELS), world, dice);
    tried(
      `${how}`,
      drawn,
      ([model, options, numbers]) => {
        const before = execute(model, options);
        const after = corrupt(model, before, how, numbers);
        expect(search(model, before).outcome).toBe('clean');
        if (bruteForce(model, after)) return false;
        expect(search(model, after, undefined, DEFAULT_BUDGET).outcome).toBe('violated');
        return true;
      },
      { runs: Math.ceil(PROPERTY_RUNS / 2), notable: 0.02 },
    );
  });
});

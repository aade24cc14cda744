/**
 * The search against an oracle that tries every order, on all small histories and on random ones; and on its own, on histories
 * that are too long for the oracle but true by construction.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../testing/runs.js';
import { DEFAULT_BUDGET, MODELS, type Model, NEVER, type Operations } from './operations.js';
import type { Strategy } from './search/explore.js';
import { type SearchResult, searchObject } from './search.js';
import { bruteForce } from './testing/brute-force.js';
import { CORRUPTIONS, corrupt } from './testing/corrupt.js';
import { histories } from './testing/enumerate.js';
import { execute } from './testing/executions.js';
import { definiteBefore, faultOf } from './testing/replay.js';

const DEPTH: readonly Strategy[] = ['depth-first'];
const BREADTH: readonly Strategy[] = ['breadth-first'];

/** All operations, which are on one object; that its order is one is part of every answer. */
function search(model: Model, operations: Operations, strategies?: readonly Strategy[]): SearchResult {
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  const result = searchObject(model, operations, rows, DEFAULT_BUDGET, strategies);
  const fault = faultOf(model, operations, result.order);
  if (fault !== undefined) throw new Error(fault);
  const until = result.stuck === undefined ? NEVER : (operations.ret[result.stuck] as number);
  const missing = definiteBefore(operations, until).filter((row) => !result.order.includes(row));
  if (result.outcome !== 'unknown' && missing.length > 0) throw new Error(`${missing.join()} missing from the order`);
  if ((result.outcome === 'violated') !== (result.stuck !== undefined)) throw new Error('stuck');
  return result;
}

const drawing = ({ length, process, f, a, b, call, ret, outcome }: Operations): string =>
  Array.from({ length }, (_, n) => [process, f, a, b, call, ret, outcome].map((column) => column[n]).join(' ')).join(
    '\n',
  );

/** Whether it is linearizable, by all ways of searching, which must agree with the oracle. */
function agrees(model: Model, operations: Operations): boolean {
  const expected = bruteForce(model, operations) ? 'clean' : 'violated';
  for (const strategy of [DEPTH, BREADTH]) {
    let said: string;
    try {
      said = search(model, operations, strategy).outcome;
    } catch (error) {
      said = (error as Error).stack ?? '';
    }
    if (said !== expected)
      throw new Error(`${model}, ${strategy[0]}: ${said}, not ${expected}:\n${drawing(operations)}`);
  }
  return expected === 'clean';
}

const UP_TO: Record<Model, number> = {
  register: 4,
  'cas-register': 4,
  kv: 4,
  append: 4,
  set: 4,
  mutex: 5,
  'owner-mutex': 4,
  'reentrant-mutex': 4,
  'fenced-mutex': 3,
};

describe('exactness', () => {
  it.each(MODELS)('%s: all histories of a few operations', (model) => {
    const found = { good: 0, bad: 0 };
    for (let n = 1; n <= UP_TO[model]; n++) {
      for (const operations of histories(model, n)) found[agrees(model, operations) ? 'good' : 'bad']++;
    }
    console.log(`${model}: ${found.good} good and ${found.bad} bad histories of up to ${UP_TO[model]} operations`);
    expect(Math.min(found.good, found.bad)).toBeGreaterThan(100);
  });
});

const choices = (most: number) => fc.array(fc.nat(2 ** 30), { minLength: 12, maxLength: most, size: 'max' });
const world = fc.record({
  clients: fc.integer({ min: 2, max: 6 }),
  objects: fc.constant(1),
  values: fc.constantFrom(1, 2, 3, 'unique' as const),
  lossy: fc.constantFrom(0, 10, 40),
  choices: choices(28),
});
const damage = fc.record({
  how: fc.constantFrom(...CORRUPTIONS),
  dice: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
  twice: fc.boolean(),
});

describe('exactness, at random', () => {
  it.each(MODELS)('%s', (model) => {
    let good = 0;
    const bent = fc.tuple(world, damage).map(([options, { how, dice, twice }]) => {
      const once = corrupt(model, execute(model, options), how, dice);
      return twice ? corrupt(model, once, 'swap', [...dice].reverse()) : once;
    });
    tried(
      `${model} against brute force`,
      bent,
      (operations) => {
        const isGood = agrees(model, operations);
        if (isGood) good++;
        return !isGood;
      },
      { runs: Math.ceil(PROPERTY_RUNS / 4), notable: 0.04 },
    );
    expect(good).toBeGreaterThan(PROPERTY_RUNS / 40);
  });
});

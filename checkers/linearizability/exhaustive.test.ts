/**
 * Exactness on every small history: all of up to six operations (testing/small-arguments.ts says of what), judged by the checkers as
 * by an oracle that tries every order. There are 1.5 billion of them, which takes one to two hours. So all are tried by a nightly
 * run, and usually all of those sizes of which there are not too many, and a sample of the others in which each history has the same
 * chance. It is the same sample each time.
 */
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS } from '../testing/runs.js';
import { MODELS, type Model } from './operations.js';
import { alone, createBatches, inWords } from './testing/batches.js';
import { bruteForce } from './testing/brute-force.js';
import { intervalOrders } from './testing/enumerate.js';
import { search } from './testing/searching.js';
import { everyHistory, type Sample, type SmallHistory } from './testing/small-histories.js';
import { createOracle } from './testing/subsets.js';

const IS_NIGHTLY = PROPERTY_RUNS >= 100_000;
const TIMEOUT = IS_NIGHTLY ? 5 * 3_600_000 : 120_000;
const SEED = 20_261_122;

/** How many histories there are of 1, 2, ... 6 operations (docs/checkers.md has the same table). */
const COUNTS: Record<Model, readonly number[]> = {
  register: [4, 32, 413, 7787, 200_332, 6_709_559],
  'cas-register': [6, 88, 2602, 130_143, 9_858_268, 1_052_121_178],
  mutex: [4, 18, 100, 673, 5338, 48_793],
  'owner-mutex': [4, 30, 321, 4865, 98_240, 2_522_305],
  'reentrant-mutex': [4, 30, 321, 4865, 98_240, 2_522_305],
  'fenced-mutex': [5, 56, 1141, 41_889, 2_556_365, 240_994_543],
  kv: [5, 40, 595, 16_476, 910_931, 115_588_305],
  append: [3, 17, 203, 5349, 338_736, 55_078_286],
  set: [3, 17, 179, 3352, 107_675, 5_765_111],
};

/** Goes through all of them, or a sample of about so many. In between it lets go, for the test runner not to think that it hangs. */
async function goThrough(
  model: Model,
  length: number,
  most: number,
  visit: (history: SmallHistory) => void,
): Promise<number> {
  const count = COUNTS[model][length - 1] as number;
  const each = Math.sqrt(Math.min(1, most / count));
  let visited = 0;
  for (const [n, order] of intervalOrders(length).entries()) {
    const sample: Sample = { kinds: each, histories: each, seed: SEED + n };
    visited += everyHistory(model, length, visit, sample, [order]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (count <= most) expect(visited).toBe(count);
  else expect(visited / most).toBeGreaterThan(0.5);
  return visited;
}

describe('every small history is judged as by trying every order', () => {
  it.each(MODELS)('%s', { timeout: TIMEOUT }, async (model) => {
    const isRight = createOracle(model);
    for (let length = 1; length <= 6; length++) {
      const most = IS_NIGHTLY ? Number.POSITIVE_INFINITY : length < 6 ? 250_000 : 40_000;
      const batches = createBatches(model, length);
      const tried = await goThrough(model, length, most, (history) => batches.add(history, isRight(history)));
      const { clean, violated, decidedBy } = batches.end();
      const share = tried < (COUNTS[model][length - 1] as number) ? `of ${COUNTS[model][length - 1]}` : 'all';
      console.log(
        `${model}: ${tried} (${share}) histories of ${length} operations, ${violated} violated: ${JSON.stringify(decidedBy)}`,
      );
      expect(clean + violated).toBe(tried);
      if (length > 1) expect(Math.min(clean, violated)).toBeGreaterThan(0);
    }
  });
});

describe('the two oracles and the search', () => {
  it.each(MODELS)('%s: say the same', { timeout: TIMEOUT }, async (model) => {
    const isRight = createOracle(model);
    let tried = 0;
    for (let length = 1; length <= (IS_NIGHTLY ? 5 : 4); length++) {
      tried += await goThrough(model, length, IS_NIGHTLY ? 200_000 : 8000, (history) => {
        const said = isRight(history);
        const operations = alone(model, history);
        const { outcome } = search(model, operations);
        if (bruteForce(model, operations) === said && outcome === (said ? 'clean' : 'violated')) return;
        expect.fail(`${model}: ${said} by one oracle, and the search says ${outcome}:\n${inWords(operations)}`);
      });
    }
    console.log(`${model}: both oracles and the search on ${tried} histories`);
  });
});

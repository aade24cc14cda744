import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import { simulate } from '../../checkers/testing/model.js';
import { tablesOf } from '../history/table-builders.js';
import { compile } from '../history/testing/compile.js';
import type * as InPool from './judge-in-pool.js';
import { judgeInPool } from './judge-in-pool.js';

let folder = '';
let compiled: typeof InPool;
beforeAll(async () => {
  folder = await compile(['harness/judging/judge-in-pool.ts', 'harness/judging/check-thread.ts']);
  compiled = (await import(
    pathToFileURL(join(folder, 'harness', 'judging', 'judge-in-pool.js')).href
  )) as typeof InPool;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Numbers as a generator of histories draws them, the same every time. */
function choices(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 2;
  });
}

const run = (seed: number, count: number) =>
  tablesOf(
    simulate({ lock: 'none', fencing: 'off', onLoss: 'ignore', lanes: 2, clients: 3, choices: choices(seed, count) }),
  );

describe('judgeInPool', () => {
  it.each([0, 1, 2, 5])('judges as in this thread, in %i others', async (threads) => {
    let violated = 0;
    for (const seed of [1, 2, 3]) {
      const tables = run(seed, 400);
      const told: number[] = [];
      const judgement = await compiled.judgeInPool(tables, {
        threads,
        onProgress: ({ checkers }) => told.push(checkers),
      });
      expect(judgement).toEqual(judge(tables, CHECKERS));
      expect(told).toEqual(CHECKERS.map((_, at) => at + 1));
      if (judgement.data === 'violated') violated++;
    }
    expect(violated).toBeGreaterThan(0);
  });

  it('does not know what a checker would have said whose thread ran out of memory', async () => {
    const tables = run(4, 400);
    const messages = new Map(Array.from({ length: 500_000 }, (_, row) => [row, `message ${row}`]));
    const large = { ...tables, history: { ...tables.history, messages } };
    const { data, results } = await compiled.judgeInPool(large, { threads: 2, megabytes: 16 });
    expect(results.map(({ checker }) => checker)).toEqual(CHECKERS.map(({ name }) => name));
    expect(data).toBe('unknown');
    for (const { outcome, doubts, violations } of results) {
      expect([outcome, violations]).toEqual(['unknown', []]);
      expect(doubts).toEqual([expect.stringMatching(/^the checker failed: .*memory/)]);
    }
  });

  it('judges in this thread where nothing is compiled', async () => {
    const tables = run(5, 400);
    expect(await judgeInPool(tables, { threads: 2 })).toEqual(judge(tables, CHECKERS));
  });
});

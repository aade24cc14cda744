/** Which folder a shrink goes on in, and which of its tries are left. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '../shrink/testing/system.js';
import { type About, answersOf, openFolder, unanswered } from './shrink-folder.js';

const about: About = {
  source: 'plan.json',
  key: 'k',
  finding: 'unexpected',
  expect: '{"data":"clean"}',
  times: 3,
  version: '1',
  complete: false,
};
const plan = planOf({ faults: [] });

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'shrink-'));
});
afterEach(() => rm(output, { recursive: true }));

describe('openFolder', () => {
  it('goes on where the same was asked', async () => {
    const { dir } = await openFolder(output, about, plan, false);
    expect((await openFolder(output, { ...about, source: 'copy.json' }, plan, false)).dir).toBe(dir);
    expect((await openFolder(output, about, plan, true)).dir).not.toBe(dir);
  });

  it.each<Partial<About>>([{ finding: 'data' }, { expect: '{"data":"violated"}' }, { times: 4 }, { version: '2' }])(
    'begins anew for %o: the answers would be others',
    async (change) => {
      const { dir } = await openFolder(output, about, plan, false);
      expect((await openFolder(output, { ...about, ...change }, plan, false)).dir).not.toBe(dir);
    },
  );
});

describe('unanswered', () => {
  it('finds the try that was broken off before a later one was answered', () => {
    const lines = [0, 2].map((n) => ({ key: 'k', n, answer: 'shown' as const, path: '', seconds: 1 }));
    expect(unanswered(answersOf(lines).get('k') ?? [], 4)).toEqual([1, 3]);
    expect(unanswered([], 2)).toEqual([0, 1]);
    expect(unanswered(['shown', 'unknown', 'shown'], 2)).toEqual([]);
  });
});

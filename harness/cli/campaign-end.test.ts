/** With which code a campaign ends whose runs did not come about. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cell } from '../campaign/cells.js';
import type { CampaignPlan, FailedLine } from '../campaign/journal.js';
import { finishCampaign } from './campaign-end.js';
import { createScreen } from './progress.js';

const cells = ['a', 'b'].map(
  (id): Cell => ({
    id,
    axes: { id },
    expect: {},
    isMeasured: true,
    planned: 1,
    source: { kind: 'stored', plan: { settings: { timeMs: 1000 } }, replay: '' } as unknown as Cell['source'],
  }),
);
const plan = {
  version: 1,
  name: 'n',
  date: '2026-01-02T03:04:05.000Z',
  command: 'npx leasebreaker campaign',
  leasebreaker: '1',
  seed: 1,
  shard: null,
  definition: { name: 'n', 'budget-is-goal': false },
  cells,
  skipped: [],
  wanted: [],
} as unknown as CampaignPlan;

function failed(cell: string, exitCode: number): FailedLine {
  const colour = exitCode === 3 ? 'environment' : 'harness';
  return { kind: 'failed', cell, n: 0, attempt: 1, colour, name: cell, date: plan.date, exitCode, message: 'no' };
}

let folder: string;
beforeEach(async () => {
  vi.stubEnv('GITHUB_ACTIONS', ''); // the job's own page is not the place for this
  folder = await mkdtemp(join(tmpdir(), 'campaign-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  return rm(folder, { recursive: true });
});

describe('finishCampaign', () => {
  it.each([
    [64, 64, 64],
    [64, 3, 64],
    [64, 70, 70],
    [3, 3, 3],
  ])('of runs that ended with %i and %i is %i', async (a, b, code) => {
    const screen = createScreen(process.stderr, process.env);
    const lines = [failed('a', a), failed('b', b)];
    expect(await finishCampaign({ folder, plan, lines, ending: 'done', screen })).toMatchObject({ code });
  });
});

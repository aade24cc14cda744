/** What a campaign of parts comes to that did not come to their end. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cell } from '../campaign/cells.js';
import { CAMPAIGN_FILES, type CampaignPlan, createFolder } from '../campaign/journal.js';
import { addMergeCommand } from './merge-command.js';

const cell = {
  id: 'a',
  axes: { id: 'a' },
  expect: {},
  isMeasured: true,
  planned: null,
  source: { kind: 'stored', plan: { settings: { timeMs: 1000 } }, replay: '' },
} as unknown as Cell;
const plan = {
  version: 1,
  name: 'n',
  date: '2026-01-02T03:04:05.000Z',
  command: 'npx leasebreaker campaign',
  leasebreaker: '1',
  seed: 1,
  shard: { index: 1, of: 1 },
  definition: { name: 'n', 'budget-is-goal': true, stop: 'never' },
  cells: [cell],
  skipped: [],
  wanted: [],
} as unknown as CampaignPlan;

let output: string;
beforeEach(async () => {
  vi.stubEnv('GITHUB_ACTIONS', ''); // the job's own page is not the place for this
  output = await mkdtemp(join(tmpdir(), 'merge-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  return rm(output, { recursive: true });
});

async function merged(result: string | undefined): Promise<number | undefined> {
  const part = await createFolder(output, 'part');
  await writeFile(join(part, CAMPAIGN_FILES.plan), JSON.stringify(plan));
  if (result !== undefined) await writeFile(join(part, CAMPAIGN_FILES.result), result);
  let code: number | undefined;
  const program = new Command();
  addMergeCommand(program, (given) => (code = given));
  await program.parseAsync(['merge', part, '--output', output], { from: 'user' });
  return code;
}

describe('a part whose time is all that counts', () => {
  it.each([
    ['came to its end', '{"exitCode": 0}', 0],
    ['was killed', undefined, 2],
    ['was interrupted', '{"exitCode": 130}', 2],
  ])('that %s', async (_, result, code) => {
    expect(await merged(result)).toBe(code);
  });
});

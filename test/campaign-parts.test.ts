/** A campaign in parts: several runs at once, shards that are merged, one that is killed and goes on. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder, start } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

const DEFINITION = `
name: tiny
options: {recipe: mutex, lanes: 2, clients: 3, time: 8, faults: none}
axes:
  fencing: ['off', 'on']
expect:
  - {data: clean, exclusion: clean}
`;

interface Campaign {
  seed: number;
  complete: boolean;
  exitCode: number;
  shard: unknown;
  cells: { id: string; colour: string; planned: number; statistics: { runs: number } }[];
  runs: { cell: string; n: number; seed: number; path: string }[];
}

let file: string;
/** Of the whole campaign, two runs at once. */
let whole: Campaign;

async function folderIn(output: string, ending = ''): Promise<string> {
  const name = (await readdir(output)).find((each) => each.endsWith(`-campaign-tiny${ending}`));
  return join(output, name ?? expect.fail(`no campaign in ${output}`));
}

async function campaignIn(folder: string): Promise<Campaign> {
  return JSON.parse(await readFile(join(folder, 'campaign.json'), 'utf8')) as Campaign;
}

const told = ({ seed, exitCode, cells, runs }: Campaign): unknown => ({
  seed,
  exitCode,
  cells: cells.map(({ id, colour, planned, statistics }) => ({ id, colour, planned, runs: statistics.runs })),
  runs: runs.map(({ cell, n, seed: own }) => ({ cell, n, seed: own })).toSorted((a, b) => a.cell.localeCompare(b.cell)),
});

beforeAll(async () => {
  const output = await resultsFolder();
  file = join(output, 'tiny.yaml');
  await writeFile(file, DEFINITION);
  const { code, stdout, stderr } = await leasebreaker([
    ...['campaign', file, '--seed', '7', '--parallel', '2', '--output', output],
  ]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  whole = await campaignIn(await folderIn(output));
});

describe('a campaign', () => {
  it('carries runs out at once', () => {
    expect(whole).toMatchObject({
      complete: true,
      cells: [
        { id: 'fencing=off', colour: 'green' },
        { id: 'fencing=on', colour: 'green' },
      ],
    });
    expect(new Set(whole.runs.map(({ path }) => path)).size).toBe(2);
  });

  it('says in shards, merged, what it says as a whole', async () => {
    const parent = await resultsFolder();
    const folders = ['first', 'second'].map((name) => join(parent, name));
    for (const [at, output] of folders.entries()) {
      await mkdir(output);
      const args = ['campaign', file, '--seed', '7', '--shard', `${at + 1}/2`, '--output', output];
      const { code, stderr } = await leasebreaker(args);
      expect(code, stderr).toBe(0);
      const { cells, shard } = await campaignIn(await folderIn(output));
      expect(cells).toHaveLength(1);
      expect(shard).toEqual({ index: at + 1, of: 2 });
    }
    const { code, stdout } = await leasebreaker(['merge', ...folders, '--output', parent]);
    expect(code, stdout).toBe(0);
    const folder = await folderIn(parent, '-merged');
    const merged = await campaignIn(folder);
    expect(told(merged)).toEqual(told(whole));
    for (const { path } of merged.runs) expect(await readdir(join(folder, path))).toContain('report.html');

    const half = await leasebreaker(['merge', folders[0] ?? '', '--output', join(parent, 'half')]);
    expect(half.code).toBe(2);
    expect(half.stdout).toContain('shard 2/2 is missing, with 1 cell');
  });

  it('goes on after kill -9, and ends with the same cells', async () => {
    const output = await resultsFolder();
    const begun = start(['campaign', file, '--seed', '7', '--output', output]);
    const runs = async (): Promise<string> => {
      const names = await readdir(output).catch(() => []);
      const name = names.find((each) => each.endsWith('-campaign-tiny'));
      return name === undefined ? '' : readFile(join(output, name, 'runs.jsonl'), 'utf8').catch(() => '');
    };
    while ((await runs()) === '') await sleep(200);
    // The second run is under way by now.
    await sleep(3000);
    begun.kill('SIGKILL');
    await begun.ended;
    const before = await runs();
    expect(before.trimEnd().split('\n')).toHaveLength(1);

    const { code, stdout, stderr } = await leasebreaker(['campaign', '--resume', '--output', output]);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(await runs()).toContain(before);
    expect(told(await campaignIn(await folderIn(output)))).toEqual(told(whole));
    expect(await leftovers()).toEqual(NOTHING);

    const again = await leasebreaker(['campaign', '--resume', '--output', output]);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain('no unfinished campaign');
  });
});

/** A stored run carried out again on real clusters, two at once: what it found shows again, and how often is told. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

interface Replay {
  finding: string;
  shown: number;
  tries: number;
  interval: { low: number; high: number };
  complete: boolean;
  runs: { path: string; answer: string }[];
}

const TIMES = 10;

describe('replay', () => {
  it('reproduces a stored violation at least 8 of 10 times', async () => {
    const output = await resultsFolder();
    const small = ['--lanes', '1', '--clients', '3', '--time', '6', '--rate', '100', '--faults'];
    const pause = 'pause:on=before-write:at=1s:for=1.75ttl@holder';
    const found = await leasebreaker([
      'run',
      '--seed',
      '3',
      ...small,
      pause,
      '--expect',
      'violation',
      '--output',
      output,
    ]);
    expect(found.code, found.stderr).toBe(0);
    const first = found.stderr
      .split('\n')
      .find((line) => line.startsWith('seed 3; again: npx leasebreaker run --seed 3 '));
    expect(found.stdout.trimEnd().split('\n').at(-1)).toBe(first);

    const dir = join(output, await readlink(join(output, 'latest')));
    const again = await leasebreaker(['replay', dir, '--times', String(TIMES), '--parallel', '2', '--output', output]);
    expect(again.code, again.stderr).toBe(0);
    const folder = (await readdir(output)).find((name) => name.includes('-replay-')) ?? expect.fail(again.stdout);
    const replay = JSON.parse(await readFile(join(output, folder, 'replay.json'), 'utf8')) as Replay;
    expect(replay).toMatchObject({ finding: 'stale-write', complete: true });
    expect(replay.runs).toHaveLength(TIMES);
    expect(replay.tries).toBe(TIMES);
    expect(replay.shown).toBeGreaterThanOrEqual(8);
    expect(again.stdout).toContain(`a stale write: reproduced ${replay.shown} of ${replay.tries} (95 % interval `);
    for (const { path, answer } of replay.runs) {
      const plan = await readFile(join(output, folder, path, 'plan.json'), 'utf8');
      expect(plan).toBe(await readFile(join(dir, 'plan.json'), 'utf8'));
      const verdict = JSON.parse(await readFile(join(output, folder, path, 'verdict.json'), 'utf8')) as {
        counts: Record<string, number>;
      };
      expect((verdict.counts['stale-write'] ?? 0) > 0).toBe(answer === 'shown');
    }
    expect(await leftovers()).toEqual(NOTHING);
  }, 600_000);

  it('says of what is no run and no plan that it is none', async () => {
    const output = await resultsFolder();
    const ended = await leasebreaker(['replay', join(output, 'nothing'), '--output', output]);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain('neither a run nor a plan is there');
    expect(await readdir(output)).toEqual([]);
  });
});

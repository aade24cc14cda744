/** Whole runs against a real cluster: what must be found is found, what must not be is not, and the files alone say the same. */
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

interface Verdict {
  verdict: string;
  exclusion: string;
  assumptions: string;
  counts: Record<string, number>;
  faults: { injected: number; proven: number };
  refused: { writes: number };
}

const NO_ENGINE = { DOCKER_HOST: 'tcp://127.0.0.1:1' };
const SMALL = ['--seed', '1', '--time', '24', '--lanes', '4'];

async function verdictOf(output: string): Promise<Verdict> {
  return JSON.parse(await readFile(join(output, 'latest', 'verdict.json'), 'utf8')) as Verdict;
}

describe('a run with pauses and fencing off', () => {
  it('finds stale writes, lost updates and overlapping sections, and its files say so without Docker', async () => {
    const output = await resultsFolder();
    const ended = await leasebreaker([
      'run',
      ...SMALL,
      '--fencing',
      'off',
      '--expect',
      'violation',
      '--output',
      output,
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    const verdict = await verdictOf(output);
    expect(verdict).toMatchObject({ verdict: 'violated', exclusion: 'violated', assumptions: 'clean' });
    expect(verdict.counts['stale-write']).toBeGreaterThan(0);
    expect(verdict.counts['lost-update']).toBeGreaterThan(0);
    expect(verdict.faults.injected).toBeGreaterThan(4);
    expect(verdict.faults.proven).toBe(verdict.faults.injected);
    expect(await leftovers()).toEqual(NOTHING);

    const latest = join(output, await readlink(join(output, 'latest')));
    const again = await leasebreaker(['check', latest], NO_ENGINE);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('the same verdict as in');
    const swapped = await leasebreaker(['check', latest, '--expect', 'clean'], NO_ENGINE);
    expect(swapped.code).toBe(1);
    const rendered = await leasebreaker(['report', latest], NO_ENGINE);
    expect(rendered.code).toBe(0);
    expect(await readFile(rendered.stdout.trim(), 'utf8')).toContain('<svg');
  });
});

describe('a run with pauses and fencing on', () => {
  it('keeps the data clean though sections overlap; expecting a violation ends with 1', async () => {
    const output = await resultsFolder();
    const ended = await leasebreaker(['run', ...SMALL, '--fencing', 'on', '--expect', 'violation', '--output', output]);
    expect(ended.code, ended.stderr).toBe(1);
    const verdict = await verdictOf(output);
    expect(verdict).toMatchObject({ verdict: 'clean', exclusion: 'violated', assumptions: 'clean' });
    expect(verdict.refused.writes).toBeGreaterThan(0);
    const again = await leasebreaker(['check', join(output, 'latest'), '--expect', 'clean'], NO_ENGINE);
    expect(again.code).toBe(0);
  });
});

describe('a run without faults', () => {
  it.each(['1', '5'])('is clean in every respect, fencing off, on %s etcd members', async (nodes) => {
    const output = await resultsFolder();
    const ended = await leasebreaker([
      ...['run', '--seed', '1', '--time', '5', '--lanes', '2', '--faults', 'none', '--fencing', 'off'],
      ...['--etcd-nodes', nodes, '--expect', 'clean', '--output', output],
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await verdictOf(output)).toMatchObject({ verdict: 'clean', exclusion: 'clean', assumptions: 'clean' });
  });
});

describe('two runs at once', () => {
  it('do not meet', async () => {
    const args = [
      'run',
      '--seed',
      '1',
      '--time',
      '4',
      '--lanes',
      '2',
      '--clients',
      '2',
      '--faults',
      'none',
      '--etcd-nodes',
      '1',
    ];
    const outputs = await Promise.all([resultsFolder(), resultsFolder()]);
    const ended = await Promise.all(outputs.map((output) => leasebreaker([...args, '--output', output])));
    expect(
      ended.map(({ code }) => code),
      ended.map(({ stderr }) => stderr).join('\n'),
    ).toEqual([0, 0]);
    expect(await leftovers()).toEqual(NOTHING);
  });
});

describe('clients that stop once they know that their lock is gone', () => {
  it('refuse the rest of the section', async () => {
    const output = await resultsFolder();
    await leasebreaker(['run', ...SMALL, '--fencing', 'on', '--on-loss', 'stop', '--output', output]);
    const history = await readFile(join(output, 'latest', 'history.jsonl'), 'utf8');
    expect(history).toContain('"error":"lock-lost"');
    expect(await verdictOf(output)).toMatchObject({ verdict: 'clean', assumptions: 'clean' });
  });
});

/** A run by the command line, and what its verdict says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { twoAtOnce } from './at-once.js';
import { leasebreaker, resultsFolder } from './command.js';

export interface Judged {
  code: number | null;
  runId: string;
  verdict: string;
  exclusion: string;
  assumptions: string;
  service: string;
  liveness: string;
  recovery: string;
  counts: Record<string, number>;
  refused: { reads: number; writes: number };
  faults: { injected: number; proven: number; healed: number };
  violations: { kind: string; fault?: unknown }[];
  checkers: { checker: string; figures: Record<string, number>; series?: { points: unknown[] }[] }[];
}

/** Small unless `args` say otherwise: most of the time goes into starting and recovering. */
export async function judged(...args: string[]): Promise<Judged> {
  const output = await resultsFolder();
  const small = ['--seed', '1', '--lanes', '2', '--clients', '3', '--time', '12', '--etcd-nodes', '1'];
  const { code, stdout, stderr } = await twoAtOnce(() => leasebreaker(['run', ...small, ...args, '--output', output]));
  const dir = join(output, 'latest');
  const file = await readFile(join(dir, 'verdict.json'), 'utf8').catch(() => '');
  expect(file, `no verdict\n${stdout}\n${stderr}`).not.toBe('');
  const { runId } = JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')) as { runId: string };
  return { ...(JSON.parse(file) as Omit<Judged, 'code' | 'runId'>), code, runId };
}

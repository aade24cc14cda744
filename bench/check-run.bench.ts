/**
 * How long `leasebreaker check` takes on the record of a long run, reading included, and how much memory.
 * `npm run bench -- check-run [operations]`, 1,000,000 unless told otherwise. The record is generated (runs/generate-run.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs } from '../harness/history/clock.js';
import { generateRun } from './runs/generate-run.js';

const OPERATIONS = 1_000_000;
const GOAL_S = 10;

const operations = Number(process.argv[2] ?? OPERATIONS);
const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
try {
  const dir = join(folder, 'run');
  const run = await generateRun({
    dir,
    seed: 7,
    operations,
    lanes: 32,
    clients: 4,
    pauseEvery: 2000,
    timeoutEvery: 2000,
  });
  console.log(
    `${run.operations} operations, ${run.decisions} decisions, ${run.events} watch events, ${(run.bytes / 1e6).toFixed(0)} MB`,
  );
  const begun = monotonicMs();
  const check = spawn(process.execPath, [join('bin', 'leasebreaker.mjs'), 'check', dir], { stdio: 'inherit' });
  const [code] = (await once(check, 'exit')) as [number | null];
  const seconds = (monotonicMs() - begun) / 1000;
  console.log(
    `check ended with ${code} after ${seconds.toFixed(1)} s on ${availableParallelism()} cores; goal for ${OPERATIONS}: < ${GOAL_S} s`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

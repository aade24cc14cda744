/**
 * How long `leasebreaker check` takes on the record of a long run, reading included, and how much memory reading takes, and
 * how long each checker takes on one thread.
 * `npm run bench -- check-run [operations ...]`, 1,000,000 and 3,000,000 unless told otherwise: of two lengths the difference
 * tells what an operation takes, without what every process has. The records are generated (runs/generate-run.ts).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../harness/history/clock.js';
import { generateRun } from './runs/generate-run.js';
import type { ReadTiming } from './runs/time-read.js';

const OPERATIONS = [1_000_000, 3_000_000];
/** For the first of these. */
const GOAL_S = 10;
const GOAL_BYTES = 200;
const ROUNDS = 5;
const MIB = 2 ** 20;

const given = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
try {
  let shorter: { operations: number; peak: number } | undefined;
  for (const wanted of given.length > 0 ? given : OPERATIONS) {
    const dir = join(folder, 'run');
    const run = await generateRun({
      dir,
      seed: 7,
      operations: wanted,
      lanes: 32,
      clients: 4,
      pauseEvery: 2000,
      timeoutEvery: 2000,
    });
    const { operations, decisions, events, bytes } = run;
    console.log(
      `${operations} operations, ${decisions} decisions, ${events} watch events, ${(bytes / 1e6).toFixed(0)} MB`,
    );
    const reader = fileURLToPath(new URL('runs/time-read.js', import.meta.url));
    const read = JSON.parse(
      execFileSync(process.execPath, [reader, dir, String(ROUNDS)], { encoding: 'utf8' }),
    ) as ReadTiming;
    console.log(
      `read in ${read.seconds.toFixed(1)} s, ${(read.peak / MIB).toFixed(0)} MiB at most: ${((read.peak - read.empty) / operations).toFixed(0)} bytes an operation beside the ${(read.empty / MIB).toFixed(0)} MiB of an empty process`,
    );
    const each = Object.entries(read.checkers).map(([name, ms]) => `${name} ${ms.toFixed(0)}`);
    console.log(`checkers, best of ${ROUNDS}, in ms on one thread: ${each.join(', ')}`);
    if (shorter !== undefined) {
      const slope = (read.peak - shorter.peak) / (operations - shorter.operations);
      console.log(`each further operation takes ${slope.toFixed(0)} bytes; goal: < ${GOAL_BYTES}`);
    }
    shorter = { operations, peak: read.peak };
    const begun = monotonicMs();
    const check = spawn(process.execPath, [join('bin', 'leasebreaker.mjs'), 'check', dir], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(check, 'exit')) as [number | null];
    const seconds = (monotonicMs() - begun) / 1000;
    console.log(
      `check ended with ${code} after ${seconds.toFixed(1)} s on ${availableParallelism()} cores; goal for ${OPERATIONS[0]}: < ${GOAL_S} s\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

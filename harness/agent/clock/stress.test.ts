/**
 * What could crash a process, many times over: a process with four threads that read the clock in tight loops has its clock
 * functions patched and put back again and again, and their parameters changed under its readers' eyes. Without the look at
 * program counters (standstill.ts) it dies within some hundred cycles.
 * LEASEBREAKER_CLOCK_CYCLES says how often, for a longer run: `LEASEBREAKER_CLOCK_CYCLES=10000 npx vitest run harness/agent/clock/stress.test.ts`.
 */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changeClocks, uninstallClock } from './clock.js';
import { type ClockChild, start } from './testing/child.js';

const CYCLES = Number(process.env['LEASEBREAKER_CLOCK_CYCLES'] ?? 500);
/** Generous: on two cores this process has to fight the four threads for its time. */
const LIMIT_MS = 60_000 + CYCLES * 500;
/** Exit code of the process when a reading was lower than one that another thread had finished before. */
const STEPPED_BACK = 9;

const THREADS = `
  const { Worker } = require('node:worker_threads');
  const shared = new BigInt64Array(new SharedArrayBuffer(8));
  const body = \`
    const shared = require('node:worker_threads').workerData;
    for (;;) {
      const seen = Atomics.load(shared, 0);
      const now = process.hrtime.bigint();
      Date.now();
      if (now < seen) process.exit(${STEPPED_BACK});
      Atomics.store(shared, 0, now);
    }\`;
  for (let i = 0; i < 4; i++) {
    new Worker(body, { eval: true, workerData: shared }).on('exit', (code) => process.exit(code));
  }
  console.log('ready');
  process.stdin.on('data', () => console.log(String(Atomics.load(shared, 0))));`;

let child: ClockChild;
beforeEach(async () => {
  child = await start(process.execPath, ['-e', THREADS]);
  while ((await child.ask('?')) === '0');
});
afterEach(() => child.kill());

it(`outlives ${CYCLES} times patching and putting back`, { timeout: LIMIT_MS }, async () => {
  for (let cycle = 0; cycle < CYCLES && child.exit() === null; cycle++) {
    // The wall clock only: the monotonic one is true all the time, and must not step back for the threads.
    const result = changeClocks([child.pid], { do: 'shift', stepWallNs: String((cycle % 7) * 1_000_000_000) });
    expect({ cycle, ...result }).toMatchObject({
      kind: 'shifted',
      before: [{ installed: false }],
      after: [{ installed: true }],
    });
    expect(uninstallClock(child.pid)).toEqual({ ok: true, value: null });
    await setImmediate();
  }
  expect(BigInt(await child.ask('?'))).toBeGreaterThan(0n);
  expect(child.exit()).toBeNull();
});

it('never steps back for any of its threads while the rate changes', { timeout: LIMIT_MS }, async () => {
  const rates = [4, 0.25, 100, 0.01, 1];
  for (let cycle = 0; cycle < CYCLES / 5 && child.exit() === null; cycle++) {
    const rate = rates[cycle % rates.length] ?? 1;
    expect(changeClocks([child.pid], { do: 'shift', rate })).toMatchObject({ kind: 'shifted', after: [{ rate }] });
    await setImmediate();
  }
  expect(changeClocks([child.pid], { do: 'heal' })).toMatchObject({ kind: 'shifted', after: [{ rate: 1 }] });
  expect(BigInt(await child.ask('?'))).toBeGreaterThan(0n);
  expect(child.exit()).toBeNull();
});

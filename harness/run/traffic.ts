/** The middle of a run: warm-up, traffic under faults for the planned time, heal, recovery, and the last operations finished. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Section } from '../history/section.js';
import type { Nemesis } from '../nemesis/nemesis.js';
import type { Plan } from '../plan/plan.js';
import type { Crew } from './crew.js';
import type { Ending } from './ending.js';
import { interpret } from './interpreter.js';
import { createPacer } from './pacer.js';
import type { Recorder } from './recorder.js';
import { type Recovery, recoveryLimitMs } from './recovery.js';
import type { StatusBoard } from './status.js';

export interface TrafficOptions {
  plan: Plan;
  section: Section;
  crew: Crew;
  nemesis: Nemesis;
  recovery: Recovery;
  recorder: Recorder;
  ending: Ending;
  status: StatusBoard;
}

/** Longest warm-up, in ms: every lane should have been held once by then. */
const WARM_UP_MS = 15_000;

/** After the final heal: time for late writes, expiring leases and the queue behind them, in ms, besides 3 x TTL. */
const QUIESCE_MS = 6_000;

export async function carryOut({
  plan,
  section,
  crew,
  nemesis,
  recovery,
  recorder,
  ending,
  status,
}: TrafficOptions): Promise<void> {
  let over = false;
  const stopping = (): boolean => over || ending.cause !== undefined;
  const pacer = createPacer(plan.rate);
  const { fencing } = plan.settings;
  let numbers = 0;
  const unique = (): number => ++numbers;
  const clients = Promise.all(
    crew.slots.map((slot, n) => {
      const draws = plan.processes[n];
      if (draws === undefined) throw new Error(`the plan has no process ${n}`);
      const key = `lane-${slot.lane}`;
      return interpret({ slot, draws, section, key, fencing, unique, nemesis, recovery, pacer, stopping });
    }),
  );
  // A rejection here is a defect of the harness: end at once, and let it surface below.
  void clients.catch(() => ending.set({ kind: 'defect', message: 'the interpreter broke' }));

  status.phase('warm-up');
  const warmUntil = monotonicMs() + WARM_UP_MS;
  while (!stopping() && monotonicMs() < warmUntil && recorder.figures.operations < 8 * plan.settings.lanes)
    await sleep(50);

  status.phase('traffic');
  nemesis.start();
  await Promise.race([sleep(plan.settings.timeMs, undefined, { ref: true }), ending.whenSet]);

  status.phase('healing');
  await nemesis.finalHeal();
  if (plan.faults.length > 0 && ending.cause === undefined) {
    status.phase('recovery');
    const record = await recovery.await(recoveryLimitMs(plan), () => ending.cause !== undefined);
    if (record !== undefined) recorder.recovery(record);
  }
  over = true;
  await Promise.race([clients, sleep(QUIESCE_MS + 3 * plan.settings.ttlMs), environmentGone(ending)]);
}

/** An interrupt lets the last operations finish; a broken environment has nothing left to wait for. */
async function environmentGone(ending: Ending): Promise<void> {
  await ending.whenSet;
  if (ending.cause?.kind === 'interrupted') await new Promise(() => undefined);
}

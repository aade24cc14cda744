// The engine's hands on one container: freeze it, limit its CPU time, start it again, read how it fares. It undoes nothing by
// itself: whoever freezes also thaws, and when the controller dies the watchdog does.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { monotonicMs } from '../history/clock.js';

/** A container as the engine knows it. */
export interface ContainerState {
  readonly running: boolean;
  readonly paused: boolean;
  /** Of its last end; 0 while it runs. */
  readonly exitCode: number;
  /** Process number of its program on the engine's machine; 0 when it does not run. */
  readonly pid: number;
  /** RFC 3339 with nanoseconds, by the engine's clock. */
  readonly startedAt: string;
}

/** How a CPU quota was felt since the container's start (the kernel's cpu.stat, as the engine reports it). */
export interface Throttling {
  /** Enforcement periods in which the container wanted to run. */
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledNs: number;
}

/** Controls the program's container of a node. All reject if the engine refuses or does not answer. */
export interface ContainerControl {
  /** Freezes all of its processes; silent when it is frozen. */
  pause(): Promise<void>;
  /** Silent when it is not frozen, does not run, or is gone. */
  unpause(): Promise<void>;
  /** Starts it again after an exit; resolves when it runs. */
  start(): Promise<void>;
  /** Ends it with SIGTERM, and with SIGKILL after `graceS` seconds; resolves when it has ended. */
  stop(graceS: number): Promise<void>;
  state(): Promise<ContainerState>;
  /** CPU time in percent of one CPU, 0.1 or more; undefined: as much as there is. Survives a restart. */
  limitCpu(percent: number | undefined): Promise<void>;
  throttled(): Promise<Throttling>;
  /** From now on its end is not reported as the environment's failure, until the returned function is called. */
  expectExit(): () => void;
}

/**
 * With cgroup v1 the kernel cannot freeze a group in which processes are being made at that moment; runc tries for a while and
 * then gives up with "unable to freeze", more so on a busy machine (opencontainers/runc `fs/freezer.go`).
 */
const FREEZE_ATTEMPTS = 5;

/** How long the engine may take to notice the exit of a program that was killed without its help. */
const NOTICE_MS = 500;

/**
 * `container` gives the id at the time of asking, as etcd administration replaces containers; `expectExit` is that of
 * `watchDeaths`.
 */
export function createControl(docker: Docker, container: () => string, expectExit: () => () => void): ContainerControl {
  const subject = (): Docker.Container => docker.getContainer(container());
  const state = async (): Promise<ContainerState> => {
    const { State } = await subject().inspect();
    return {
      running: State.Running,
      paused: State.Paused,
      exitCode: State.ExitCode,
      pid: State.Pid,
      startedAt: State.StartedAt,
    };
  };
  return {
    state,
    expectExit,
    pause: () => persistently(() => unlessSo(subject().pause(), async () => (await state()).paused)),
    unpause: () => persistently(() => unlessSo(subject().unpause(), async () => !(await stateOrGone(state)).paused)),
    async start() {
      // The engine refuses what it believes to be running, and it is told of a death a moment after it.
      for (const begun = monotonicMs(); ; await sleep(20)) {
        if (await started(subject())) return;
        if (monotonicMs() - begun > NOTICE_MS) return;
      }
    },
    async stop(graceS) {
      await unlessSo(subject().stop({ t: graceS }), async () => !(await state()).running);
    },
    async limitCpu(percent) {
      await subject().update(quota(percent));
    },
    async throttled() {
      // Without `one-shot` the engine measures for a second first, to tell a rate that nobody wants here.
      const stats = await subject().stats({ stream: false, 'one-shot': true });
      const { periods, throttled_periods, throttled_time } = stats.cpu_stats.throttling_data;
      return { periods, throttledPeriods: throttled_periods, throttledNs: throttled_time };
    },
  };
}

/** The kernel's shortest quota is 1 ms; a longer period lets it stand for less than one percent. */
const PERIOD_US = 100_000;
const LONG_PERIOD_US = 1_000_000;

/** Quota and period in microseconds for the engine (`POST /containers/ID/update`); -1 is none, as 0 means "leave it". */
export function quota(percent: number | undefined): { CpuPeriod: number; CpuQuota: number } {
  if (percent === undefined) return { CpuPeriod: PERIOD_US, CpuQuota: -1 };
  if (!(percent >= 0.1)) throw new RangeError(`a CPU limit has to be 0.1 percent or more, not ${percent}`);
  const CpuPeriod = percent < 1 ? LONG_PERIOD_US : PERIOD_US;
  return { CpuPeriod, CpuQuota: Math.round((CpuPeriod * percent) / 100) };
}

/** Whether the engine started it; false: it says that it runs already. */
async function started(container: Docker.Container): Promise<boolean> {
  try {
    await container.start();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 304) return false;
    throw error;
  }
}

/** What was asked for, or the engine's refusal if it is not so already: its codes for that differ between versions. */
async function unlessSo(asked: Promise<unknown>, isSo: () => Promise<boolean>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(await isSo().catch(() => false))) throw error;
  }
}

async function persistently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === FREEZE_ATTEMPTS) throw error;
      await sleep(50);
    }
  }
}

async function stateOrGone(state: () => Promise<ContainerState>): Promise<{ paused: boolean }> {
  try {
    return await state();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return { paused: false };
    throw error;
  }
}

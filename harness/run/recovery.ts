/**
 * What becomes of the system once every fault is healed: within a stated time every lane's lock must be taken again, and the
 * cluster must be healthy. It measures and records; that a system which did not come back is a violation is the
 * checkers' to say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { RecoveryRecord } from '../history/operation.js';
import type { Plan } from '../plan/plan.js';

export interface Recovery {
  /** A client of the lane was just told that it has the lock. */
  acquired(lane: number): void;
  /** Waits until all is well, for `withinMs` at most; earlier when `stopped` is set. Undefined: it was stopped. */
  await(withinMs: number, stopped: () => boolean): Promise<RecoveryRecord | undefined>;
}

/** Besides 5 x TTL, in ms: elections, reconnects with their back-off, a member that reads its log again. */
const BASE_MS = 30_000;
const POLL_MS = 50;
/** Acquire, read, write, release. */
const OPERATIONS_A_SECTION = 4;

/**
 * How long a system may take to come back, in ms: the leases of dead waiters run out side by side, one TTL at most each. A
 * holder thinks to the end before the next one can have the lock, and under a low rate every client waits for its turn.
 */
export function recoveryLimitMs({ settings, processes, rate }: Pick<Plan, 'settings' | 'processes' | 'rate'>): number {
  const thinkMs = Math.max(...processes.flatMap(({ sections }) => sections.map((section) => section.thinkMs)));
  const turnsMs = rate > 0 ? (OPERATIONS_A_SECTION * processes.length * 1000) / rate : 0;
  return Math.ceil(BASE_MS + 5 * settings.ttlMs + thinkMs + turnsMs);
}

export interface RecoveryOptions {
  lanes: number;
  /** What is wrong with the cluster now, a line each; empty when it is healthy. */
  clusterProblems: () => Promise<readonly string[]>;
}

export function createRecovery({ lanes, clusterProblems }: RecoveryOptions): Recovery {
  const missing = new Set<number>();
  return {
    acquired: (lane) => void missing.delete(lane),
    async await(withinMs, stopped) {
      for (let lane = 0; lane < lanes; lane++) missing.add(lane);
      const begunMs = monotonicMs();
      for (;;) {
        const tookMs = monotonicMs() - begunMs;
        // Asked last, so that a cluster that is well only for a moment before the locks are taken does not count.
        const cluster = missing.size === 0 ? await clusterProblems() : undefined;
        if (cluster?.length === 0) return { withinMs, tookMs, lanesNotLocked: [], cluster: [] };
        if (stopped()) return undefined;
        if (tookMs > withinMs) {
          const problems = cluster ?? (await clusterProblems());
          return { withinMs, lanesNotLocked: [...missing].sort((a, b) => a - b), cluster: [...problems] };
        }
        await sleep(POLL_MS);
      }
    },
  };
}

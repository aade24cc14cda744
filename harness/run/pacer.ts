/** Keeps the run at the rate that its plan asks for: sections get their turns evenly spaced, whoever takes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';

export interface Pacer {
  /** Resolves with true when it is the caller's turn, with false once `stopping` says so. */
  turn(stopping: () => boolean): Promise<boolean>;
}

/** Operations of one section: acquire, read, write, release. */
const OPERATIONS_PER_SECTION = 4;

/** How often a waiting turn looks whether the run is stopping, in ms. */
const LOOK_MS = 100;

/** `rate` in operations/s over all callers; 0 lets everybody through at once. */
export function createPacer(rate: number): Pacer {
  const everyMs = rate === 0 ? 0 : (1000 * OPERATIONS_PER_SECTION) / rate;
  let nextMs = Number.NEGATIVE_INFINITY;
  return {
    async turn(stopping) {
      const mineMs = Math.max(nextMs, monotonicMs());
      nextMs = mineMs + everyMs;
      while (!stopping()) {
        const left = mineMs - monotonicMs();
        if (left <= 0) return true;
        await sleep(Math.min(left, LOOK_MS));
      }
      return false;
    },
  };
}

/** The clock port on this process's monotonic clock, which goes on while the process is stopped. */
import { monotonicMs } from '../../harness/history/clock.js';
import type { Clock } from '../recipes/ports.js';

export const realClock: Clock = {
  now: monotonicMs,
  sleep: (ms) => new Promise((resolve) => realClock.timer(ms, resolve)),
  timer(ms, callback) {
    // Unreferenced: a lease that waits for its next keep-alive must not keep a program that was told to end.
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

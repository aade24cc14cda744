/**
 * The controller's clocks, and the only place that reads them. Histories are stamped by the monotonic clock alone;
 * the wall clock only names folders and dates reports.
 */

/** Monotonic nanoseconds since an arbitrary start (CLOCK_MONOTONIC). */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}

/** Monotonic milliseconds since an arbitrary start, for deadlines. */
export function monotonicMs(): number {
  return performance.now();
}

/** The wall clock, for names and dates. */
export function wallClock(): Date {
  return new Date();
}

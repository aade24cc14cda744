/** Stops this program's world from within, as `stall` asks: its event loop stands still, its sockets stay open. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '../../harness/history/clock.js';

/** `delayMs`: how long the event loop stood still. `gcMs`: how much of that the garbage collector took, by its own account. */
export interface Stalled {
  delayMs: number;
  gcMs: number;
}

/** Live objects that every full collection has to mark: some 50 MB. */
const LIVE_OBJECTS = 1_000_000;
/** Memory outside the heap, never touched and dropped at once; V8 answers its growth with full collections on this thread. */
const OUTSIDE_BYTES = 64 * 1024 * 1024;

interface Link {
  next: Link | undefined;
}

/** Resolves when the event loop runs again, `ms` later or a little more. */
export async function stall(how: 'gc' | 'busy', ms: number): Promise<Stalled> {
  const startMs = monotonicMs();
  let gcMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  if (how === 'gc') collectGarbage(startMs + ms);
  else while (monotonicMs() < startMs + ms);
  await nextTurn();
  const delayMs = monotonicMs() - startMs;
  // The entries come in a turn of their own.
  await nextTurn();
  observer.disconnect();
  return { delayMs, gcMs };
}

/** Nothing but allocating: at these sizes more than half of the time goes to stop-the-world collections. */
function collectGarbage(untilMs: number): void {
  let live: Link | undefined;
  for (let n = 0; n < LIVE_OBJECTS; n++) live = { next: live };
  let allocated = 0;
  while (monotonicMs() < untilMs) allocated += new ArrayBuffer(OUTSIDE_BYTES).byteLength;
  // Used here, so that the list has to live until now.
  if (allocated > 0 && live?.next === undefined) throw new Error('the list that every collection was to mark is gone');
}

/** A queue in which everything stays for a while and comes out in the order in which it went in. */
import { monotonicMs } from '../history/clock.js';

export interface DelayLine<T> {
  push(item: T): void;
}

/** `drawMs`: how long the next item stays, unless that would be before the item ahead of it. */
export function createDelayLine<T>(drawMs: () => number, deliver: (item: T) => void): DelayLine<T> {
  const queue: { item: T; dueMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lastDueMs = 0;

  function wait(): void {
    const [next] = queue;
    if (next !== undefined) timer = setTimeout(release, Math.max(0, next.dueMs - monotonicMs()));
  }

  function release(): void {
    timer = undefined;
    const nowMs = monotonicMs();
    while (queue[0] !== undefined && queue[0].dueMs <= nowMs) deliver((queue.shift() as { item: T }).item);
    wait();
  }

  return {
    push(item) {
      lastDueMs = Math.max(lastDueMs, monotonicMs() + drawMs());
      queue.push({ item, dueMs: lastDueMs });
      if (timer === undefined) wait();
    },
  };
}

/**
 * Delays spread evenly over `delayMs` plus and minus `jitterMs`, never below 0, without a random generator: multiples
 * of the golden ratio, modulo 1, fill the range evenly from the first few on (Knuth, The Art of Computer Programming 3,
 * 6.4, on multiplicative hashing).
 */
export function evenDelays(delayMs: number, jitterMs: number): () => number {
  const GOLDEN = (Math.sqrt(5) - 1) / 2;
  let n = 0;
  return () => {
    n += 1;
    return Math.max(0, delayMs + jitterMs * (2 * ((n * GOLDEN) % 1) - 1));
  };
}

/**
 * Keep-alives that the controller asks for, one after the other, each third of the granted TTL, as etcd's own client does
 * (client/v3/lease.go) and the recipes here do by themselves. Knows when, and not what an answer means to the lock.
 */
import { monotonicMs } from '../history/clock.js';
import type { Outcome } from './slot.js';

export interface KeepAlives {
  /** No further one is sent; one that is under way is answered as usual. */
  stop(): void;
}

/** After these the client has no session any more; after all others the next keep-alive has its turn. */
const OVER: readonly string[] = ['not-open', 'lease-not-found', 'client-exited', 'malformed-line'];

/**
 * The first one goes out `intervalMs` from now. `send` gets how long the client may take to answer: as long as its own deadline for
 * the call, and as long again for what lies between.
 */
export function keepSessionAlive(
  intervalMs: number,
  send: (limitMs: number) => Promise<Pick<Outcome, 'error'>>,
): KeepAlives {
  let stopped = false;
  let timer = setTimeout(() => void next(), intervalMs);

  async function next(): Promise<void> {
    const sentMs = monotonicMs();
    const { error } = await send(2 * intervalMs);
    if (stopped || OVER.includes(error)) return;
    timer = setTimeout(() => void next(), Math.max(0, sentMs + intervalMs - monotonicMs()));
  }

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * A lease that is kept alive, and the judgement when it must be taken for lost. After etcd's client/v3/lease.go and
 * client/v3/concurrency/session.go: a keep-alive every third of the TTL; lost when the server says that it does not know
 * the lease, or when the TTL has passed since the last acknowledged keep-alive was sent.
 *
 * Two differences to what is widely used, both on purpose: the third and the deadline are those of the TTL that was
 * granted, not of the one asked for (a server at its defaults grants no less than 2 s), and the deadline counts from the
 * sending of the keep-alive on a monotonic clock. The server's count began after the sending, so by this clock's rate
 * the deadline never comes later than the server's.
 */
import type { Clock, Etcd } from './ports.js';
import type { EndReason } from './recipe.js';

export interface LeaseSession {
  lease: bigint;
  grantedTtlMs: number;
  endReason(): EndReason | undefined;
  /** Called back once when the session ends; the answer takes the callback back. */
  onEnd(callback: (reason: EndReason) => void): () => void;
  /** Stops the keep-alives; the first reason counts. The lease itself is left to expire. */
  end(reason: EndReason): void;
}

/** Rejects with the `EtcdFailure` of the grant. */
export async function openLeaseSession(etcd: Etcd, clock: Clock, ttlSeconds: number): Promise<LeaseSession> {
  const askedMs = clock.now();
  const { lease, ttlMs } = await etcd.leaseGrant(ttlSeconds);
  const intervalMs = ttlMs / 3;
  const listeners = new Set<(reason: EndReason) => void>();
  let deadlineMs = askedMs + ttlMs;
  let ended: EndReason | undefined;
  let cancelTimer = clock.timer(deadlineMs - clock.now(), onTimer);

  function end(reason: EndReason): void {
    if (ended !== undefined) return;
    ended = reason;
    cancelTimer();
    for (const listener of listeners) listener(reason);
    listeners.clear();
  }

  function endReason(): EndReason | undefined {
    if (clock.now() >= deadlineMs) end('local-deadline');
    return ended;
  }

  function onTimer(): void {
    // The deadline has moved since, or the timer ran a fraction early.
    if (endReason() === undefined) cancelTimer = clock.timer(deadlineMs - clock.now(), onTimer);
  }

  async function keepAlive(): Promise<void> {
    for (let sentMs = askedMs; ; ) {
      await clock.sleep(sentMs + intervalMs - clock.now());
      // After a pause this may be long after the deadline: then a keep-alive would only revive what was given up.
      if (endReason() !== undefined) return;
      sentMs = clock.now();
      // A failed one is not tried again at once: two more have their turn before the deadline, which alone decides.
      const answer = await etcd.leaseKeepAlive(lease, intervalMs).catch(() => undefined);
      if (endReason() !== undefined) return;
      if (answer?.ttlMs === 0) return end('lease-not-found');
      if (answer !== undefined) deadlineMs = sentMs + answer.ttlMs;
    }
  }

  void keepAlive();
  return {
    lease,
    grantedTtlMs: ttlMs,
    endReason,
    end,
    onEnd(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

/**
 * A lease that is kept alive, and the judgement when it must be taken for lost. After etcd's client/v3/lease.go and
 * client/v3/concurrency/session.go: a keep-alive every third of the TTL; lost when the server says that it does not know
 * the lease, or when the TTL has passed since the last acknowledged keep-alive was sent. With `keepAlive: 'controller'` each
 * keep-alive is asked for from outside; all else is the same, the loss included.
 *
 * Two differences to what is widely used, both on purpose: the third and the deadline are those of the TTL that was
 * granted, not of the one asked for (a server at its defaults grants no less than 2 s), and the deadline counts from the
 * sending of the keep-alive on a monotonic clock. The server's count began after the sending, so by this clock's rate
 * the deadline never comes later than the server's.
 */
import { EtcdFailure, type Clock, type Etcd } from './ports.js';
import type { EndReason, KeptAlive, SessionOptions } from './recipe.js';

export interface LeaseSession {
  lease: bigint;
  grantedTtlMs: number;
  endReason(): EndReason | undefined;
  /** Called back once when the session ends; the answer takes the callback back. */
  onEnd(callback: (reason: EndReason) => void): () => void;
  /** Renews the lease once; rejects with the `EtcdFailure` of a call of which nobody knows what became. */
  keepAlive(): Promise<KeptAlive>;
  /** Stops the keep-alives; the first reason counts. The lease itself is left to expire. */
  end(reason: EndReason): void;
}

/** Rejects with the `EtcdFailure` of the grant. */
export async function openLeaseSession(etcd: Etcd, clock: Clock, options: SessionOptions): Promise<LeaseSession> {
  const askedMs = clock.now();
  const { lease, ttlMs } = await etcd.leaseGrant(options.ttlSeconds);
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

  async function keepAlive(): Promise<KeptAlive> {
    // After a pause this may be long after the deadline: then a keep-alive would only revive what was given up.
    const over = endReason();
    if (over !== undefined) return { ok: false, error: 'not-open', message: `the session is over: ${over}` };
    const sentMs = clock.now();
    const answered = await ask();
    if (answered === 0) {
      // After the deadline, that is what ended it.
      endReason();
      end('lease-not-found');
      return { ok: false, error: 'lease-not-found', message: 'the server does not know the lease' };
    }
    // Kept-alives may overtake each other; and what was given up meanwhile is not revived.
    if (endReason() === undefined) deadlineMs = Math.max(deadlineMs, sentMs + answered);
    return { ok: true, ttlMs: answered };
  }

  /** The TTL in ms; 0 when the server does not know the lease. */
  async function ask(): Promise<number> {
    try {
      return (await etcd.leaseKeepAlive(lease, intervalMs)).ttlMs;
    } catch (error) {
      if (error instanceof EtcdFailure && error.code === 'lease-not-found') return 0;
      throw error;
    }
  }

  async function keepAliveByItself(): Promise<void> {
    for (let sentMs = askedMs; ; ) {
      await clock.sleep(sentMs + intervalMs - clock.now());
      if (endReason() !== undefined) return;
      sentMs = clock.now();
      // A failed one is not tried again at once: two more have their turn before the deadline, which alone decides.
      await keepAlive().catch(() => undefined);
    }
  }

  if (options.keepAlive === 'client') void keepAliveByItself();
  return {
    lease,
    grantedTtlMs: ttlMs,
    endReason,
    keepAlive,
    end,
    onEnd(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

/** What every recipe is: one way to take a lock on etcd, as the client program drives it. Types only. */
import type { ErrorCode } from '../../harness/history/errors.js';
import type { KeepAlive } from '../../harness/history/run-record.js';
import type { Clock, Etcd } from './ports.js';

export interface Recipe {
  name: string;
  /** One line for `leasebreaker list`. */
  description: string;
  /** Where the algorithm comes from. */
  source: string;
  /** What it is known to break under. */
  expected: string;
  open(etcd: Etcd, clock: Clock, options: SessionOptions): Promise<Opened>;
}

export interface SessionOptions {
  /** Lease TTL to ask for, in seconds. */
  ttlSeconds: number;
  /** `controller`: the session renews its lease only when it is told to, by `keepAlive`. */
  keepAlive: KeepAlive;
}

/** The error table says whether the operation certainly had no effect. */
export interface Failure {
  ok: false;
  error: ErrorCode;
  message: string;
}

export type Opened = { ok: true; session: Session } | Failure;
export type Acquired = { ok: true; hold: Hold } | Failure;
/** `deleted`: whether the lock's key was still there. */
export type Released = { ok: true; deleted: boolean } | Failure;
export type Closed = { ok: true } | Failure;
/** `ttlMs`: what the server answered. */
export type KeptAlive = { ok: true; ttlMs: number } | Failure;

/** A hold ends by itself when the server no longer knows its lease, or when it must be taken to have expired. */
export type LossReason = 'lease-not-found' | 'local-deadline';
export type EndReason = LossReason | 'released' | 'closed';

/** One lease and the locks taken under it. */
export interface Session {
  grantedTtlMs: number;
  /** Lease id in hex, as etcd writes it. */
  leaseHex: string;
  /** Undefined while the session lives. */
  endReason(): EndReason | undefined;
  /** Waits for as long as it takes; ends early when the session ends. */
  acquire(lock: string): Promise<Acquired>;
  /** Renews the lease once. That the server does not know it is a definite failure, and ends the session. */
  keepAlive(): Promise<KeptAlive>;
  /** Gives the lease back. The session is over whatever the answer is. */
  close(deadlineMs?: number): Promise<Closed>;
}

export interface Hold {
  /** Create revision of the lock's key, decimal. */
  token: string;
  /** Undefined while the hold is believed in. Looks at the clock, so it knows of a passed deadline before any timer ran. */
  endReason(): EndReason | undefined;
  /** Called back once, if the hold ends by itself. One callback a hold. */
  onLost(callback: (reason: LossReason) => void): void;
  /** Cleans up after a lost hold too. */
  release(): Promise<Released>;
}

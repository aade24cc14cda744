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
  /** Whether the controller can drive its keep-alives (`--keep-alive controller`): not where a library hides its lease. */
  keepAlive: readonly KeepAlive[];
  /**
   * Two clients may be told one create revision, without any fault. What is found of that is the recipe's doing, so that a run with it
   * holds nobody to that word (harness/plan/service.ts).
   */
  sharesRevisions?: true;
  /** It rests on no lease: nothing of it can expire, and a run under faults need not show that something did. */
  leaseless?: true;
  open(environment: RecipeEnvironment, options: SessionOptions): Promise<Opened>;
}

/** What a recipe stands on. Those written here use `etcd` and `clock` alone; adapters of other people's locks connect by themselves. */
export interface RecipeEnvironment {
  etcd: Etcd;
  clock: Clock;
  /** Client URLs of the members, such as `http://10.213.0.11:2379`, the preferred one first. */
  endpoints: readonly string[];
  /** Deadline of one call to etcd, in ms. */
  deadlineMs: number;
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
/** `deleted`: whether the lock's key was still there; missing where the library does not say. */
export type Released = { ok: true; deleted?: boolean } | Failure;
export type Closed = { ok: true } | Failure;
/** `ttlMs`: what the server answered. */
export type KeptAlive = { ok: true; ttlMs: number } | Failure;

/** A hold ends by itself when the server no longer knows its lease, or when it must be taken to have expired. */
export type LossReason = 'lease-not-found' | 'local-deadline';
export type EndReason = LossReason | 'released' | 'closed';

/** A connection with etcd, usually with one lease, and the locks taken under it. */
export interface Session {
  /** Missing where each hold has a lease of its own. */
  grantedTtlMs?: number;
  /**
   * Names the session at etcd: its lease id in hex, as etcd writes it. A recipe without leases has a random one of that form, and puts it
   * into the lock's key as its value. Missing where each hold has a lease of its own.
   */
  leaseHex?: string;
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
  /** The lock's key in etcd that makes this client its owner. */
  key: string;
  /** Create revision of that key, decimal. */
  createRevision: string;
  /** Store revision in the answer with which the lock was got, decimal. */
  headerRevision: string;
  /** Where the hold has a lease of its own, or a name like it: as for a session. */
  leaseHex?: string;
  /** How often the lock was asked for in vain before, where the recipe tries again and again. */
  failedTries?: number;
  /** Undefined while the hold is believed in. Looks at the clock, so it knows of a passed deadline before any timer ran. */
  endReason(): EndReason | undefined;
  /** Called back once, if the hold ends by itself. One callback a hold. */
  onLost(callback: (reason: LossReason) => void): void;
  /** Cleans up after a lost hold too. */
  release(): Promise<Released>;
  /**
   * Where a program of its own runs under the lock, and does the reads and writes: hands it a message (workloads/clients/section.ts)
   * and resolves with its answer; rejects when that program is gone.
   */
  relay?(message: object): Promise<unknown>;
}

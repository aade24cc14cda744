/**
 * The two narrow ports that every recipe written here stands on: etcd and a clock. With an adapter each it runs against
 * a real cluster; with simulated ones the same recipe runs in virtual time.
 * Revisions and lease ids are `bigint`, as both are int64 in etcd; keys and values are text.
 */

export interface KeyValue {
  key: string;
  value: string;
  createRevision: bigint;
  modRevision: bigint;
  /** 0 for a key without a lease. */
  lease: bigint;
}

export interface RangeOptions {
  key: string;
  /** All keys that begin with `key`, instead of that one key. */
  prefix?: boolean;
  /** Only one of them. */
  only?: 'first-created' | 'last-created';
  maxCreateRevision?: bigint;
}

/** Holds when the key's create revision, or its mod revision, is this one; 0 for a key that does not exist. */
export type Compare = { key: string; createRevision: bigint } | { key: string; modRevision: bigint };

export type TxnOperation =
  | { do: 'put'; key: string; value: string; lease?: bigint }
  | ({ do: 'get' } & RangeOptions)
  | { do: 'delete'; key: string };

export interface Txn {
  compare: Compare[];
  success: TxnOperation[];
  failure: TxnOperation[];
}

export interface TxnResult {
  succeeded: boolean;
  /** Store revision after the transaction: the create revision of a key that it created. */
  revision: bigint;
  /** One for each operation of the branch that ran: keys that a get found, number of keys that a delete removed. */
  results: { kvs: KeyValue[]; deleted: number }[];
}

export interface WatchEvent {
  type: 'put' | 'delete';
  revision: bigint;
  key: string;
  /** The key as the event left it, or, for a delete, as it was before; missing when etcd no longer knows. */
  kv: KeyValue | undefined;
}

export interface WatchOptions {
  key: string;
  prefix?: boolean;
  /** First revision to report; from now on if missing. */
  fromRevision?: bigint;
}

export interface WatchHandlers {
  /** In order of revision, each once, also across lost connections. */
  onEvent(event: WatchEvent): void;
  /** Each time the watch stands on a member, at first and after a lost connection. */
  onEstablished?(): void;
  /** Revisions before this one were compacted away unseen; the watch goes on from it. */
  onCompacted(revision: bigint): void;
  /** The connection was lost; the watch is on its way to another. For logs. */
  onInterrupted?(reason: string): void;
}

/** Ends the watch; no handler is called after it. */
export type CancelWatch = () => void;

/** Every call rejects with an `EtcdFailure`, at the latest when its deadline, in ms from now, has passed. */
export interface Etcd {
  range(options: RangeOptions, deadlineMs?: number): Promise<{ revision: bigint; kvs: KeyValue[] }>;
  txn(txn: Txn, deadlineMs?: number): Promise<TxnResult>;
  /** `ttlMs` is what the server granted, which may be more than what was asked. */
  leaseGrant(ttlSeconds: number, deadlineMs?: number): Promise<{ lease: bigint; ttlMs: number }>;
  /** One keep-alive; `ttlMs` is 0 when the server does not know the lease (any more). */
  leaseKeepAlive(lease: bigint, deadlineMs?: number): Promise<{ ttlMs: number }>;
  leaseRevoke(lease: bigint, deadlineMs?: number): Promise<void>;
  watch(options: WatchOptions, handlers: WatchHandlers): CancelWatch;
  /** Ends watches and connections; calls under way reject. */
  close(): void;
}

/**
 * Why a call failed. Certainly without effect: `connection-refused` (never sent), `bad-request` and `lease-not-found`
 * (refused by the server). Nobody knows: `timeout`, `unavailable`.
 */
export type EtcdFailureCode = 'connection-refused' | 'bad-request' | 'lease-not-found' | 'timeout' | 'unavailable';

export class EtcdFailure extends Error {
  override readonly name = 'EtcdFailure';
  constructor(
    readonly code: EtcdFailureCode,
    message: string,
  ) {
    super(message);
  }
}

export interface Clock {
  /** Monotonic milliseconds; goes on while the process is stopped. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls back once after `ms`; the answer cancels it. */
  timer(ms: number, callback: () => void): () => void;
}

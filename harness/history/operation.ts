/**
 * The entries of a history: what `history.jsonl` holds, one JSON object a line.
 * Types only; writing is in journal.ts, reading in read-tables.ts, pairing in pairing.ts.
 */

/**
 * `invoke` opens an operation; `ok` says that it took effect, `fail` that it certainly did not, `info` that nobody knows.
 * Jepsen's four types (jepsen.history); unasked events and faults are `info` entries too.
 */
export type EntryType = 'invoke' | 'ok' | 'fail' | 'info';

/**
 * What a client process can be asked to do. `open` and `close` frame its session with etcd. `keep-alive` renews its lease once; it
 * may be under way beside another operation, and one that nobody knows the end of does not retire its process: it can only have
 * made the lease longer. Its `value`, like that of `open`, is `{ttlMs, lease}`. `check` asks etcd whether the lock is still the
 * client's: `ok` says that it was.
 */
export const OPERATIONS = [
  'open',
  'acquire',
  'read',
  'write',
  'release',
  'close',
  'stall',
  'keep-alive',
  'check',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/**
 * Entries that are not half of an operation:
 * `lost` – the client's lock library told it, unasked, that the lock is gone;
 * `harness-error` – the process broke the protocol or died unasked; `error` says how, `value` quotes the line.
 */
export type EventName = 'lost' | 'harness-error';

/** Fault entries (process `nemesis`): `inject` and `heal` carry the receipt in `value`. */
export type FaultName = 'inject' | 'heal';

interface EntryBase {
  /** Position in the history, from 0 without gaps; the index of an invocation names its operation everywhere. */
  index: number;
  /** Nanoseconds since the run began, on the controller's monotonic clock. */
  time: number;
  type: EntryType;
  /** -1 for what belongs to no lane: faults on nodes. */
  lane: number;
}

export interface OperationEntry extends EntryBase {
  /** Logical client. After an `info` completion the number is retired and number + slots continues in its place. */
  process: number;
  f: OperationName | EventName;
  /** The lock (acquire, release) or the resource (read, write). */
  key?: string;
  /** Written or read value; for `open` the granted TTL in ms; for events whatever they carry. */
  value?: unknown;
  /** Fencing token, a decimal string (etcd revisions are 64-bit). */
  token?: string;
  /** Code from errors.ts; set on `fail` and `info`. */
  error?: string;
  /** For people only: what the client said about the error. */
  message?: string;
  /** Client host (container) on which the process runs. */
  node?: string;
}

export interface FaultEntry extends EntryBase {
  process: 'nemesis';
  type: 'info';
  f: FaultName;
  value: FaultRecord;
}

export interface RecoveryEntry extends EntryBase {
  process: 'nemesis';
  type: 'info';
  f: 'recovery';
  value: RecoveryRecord;
}

export type NemesisEntry = FaultEntry | RecoveryEntry;

/** What became of the system once all faults were healed. */
export interface RecoveryRecord {
  /** How long recovery was waited for, in ms. */
  withinMs: number;
  /** Ms from the final heal to the moment at which all was well; missing when it never was. */
  tookMs?: number;
  /** Lanes whose lock nobody got any more. */
  lanesNotLocked: number[];
  /** What is wrong with the cluster, a line each; empty when it is healthy. */
  cluster: string[];
}

/** One half of a fault, as `inject` or `heal` records it. */
export interface FaultRecord {
  /** Id of the fault in the plan. */
  id: string;
  kind: string;
  /** What set it off, such as `time`, `acquired`, `leader-changed`. */
  trigger: string;
  /** What was hit, in words: `client 19`, `etcd2`, `etcd1 -> etcd2`. */
  targets: string[];
  /** Client processes whose work it can hinder, by their numbers at that moment; `all` for what hinders everybody. */
  processes: number[] | 'all';
  /** Containers touched. */
  nodes: string[];
  /** Options that it was injected with, such as `{"shape": "isolate-leader"}`. */
  options: Record<string, string | number | boolean>;
  durationMs: number;
  /**
   * `inject` only: when the injection began, in ns since the run began. The entry itself comes when the receipt is there, which
   * can take seconds in which the fault is in force already.
   */
  begun?: number;
  /** The measured proof, or why there is none. */
  receipt: Receipt;
}

/** A receipt is what was read back, never what was hoped for. */
export type Receipt = { proven: true; evidence: Record<string, unknown> } | { proven: false; reason: string };

export type HistoryEntry = OperationEntry | NemesisEntry;

/** An invocation with its completion; `completion` is missing when the run ended first. */
export interface Operation {
  invocation: OperationEntry & { f: OperationName };
  completion: OperationEntry | undefined;
}

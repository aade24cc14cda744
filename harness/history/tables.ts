/**
 * The record of a run as columns: what `history.jsonl`, `storage.jsonl` and `ownership.jsonl` say, in typed arrays, so that a
 * million operations are judged in a second and stay below 200 bytes each. Types and codes only; tables are made by
 * table-builders.ts, and turned back into entries, one at a time, by table-entries.ts.
 *
 * Tables are plain data without methods: they can be handed to a worker thread as they are. A column may be longer than its
 * table; only the first `length` places count.
 */
import { type EventName, type FaultName, OPERATIONS, type OperationName } from './operation.js';

/** Stands for "none" in every column of numbers of strings, of positions and of tokens. */
export const NONE = -1;

/** The process of faults and of recovery; no client has this number. */
export const NEMESIS = -(2 ** 31);

export const TYPES = ['invoke', 'ok', 'fail', 'info'] as const;
/** Places in `TYPES`. */
export const INVOKE = 0;
export const OK = 1;
export const FAIL = 2;
export const INFO = 3;

export type EntryName = OperationName | EventName | FaultName | 'recovery';
/** What an entry can be about; `f` columns hold places in it. Operations come first, in the order of `OPERATIONS`. */
export const ENTRY_NAMES: readonly EntryName[] = [...OPERATIONS, 'lost', 'harness-error', 'inject', 'heal', 'recovery'];
/** The place of each name in `ENTRY_NAMES`. */
export const F = Object.fromEntries(ENTRY_NAMES.map((name, at) => [name, at])) as Readonly<Record<EntryName, number>>;

/** Places in `valueKind` columns: no value, null, a number, anything else. */
export const ABSENT = 0;
export const NULL = 1;
export const NUMBER = 2;
export const OTHER = 3;

/** Values of a table, by row. */
export interface ValueColumns {
  valueKind: Uint8Array;
  /** Where `valueKind` is `NUMBER` the value, where it is `OTHER` its place in `values`. */
  number: Float64Array;
  /** Rows whose values are equal may share one. */
  values: readonly unknown[];
}

export interface HistoryTable extends ValueColumns {
  length: number;
  /** Why the history proves nothing: the first entry that is not what it has to be. The rows before it are here. */
  damage: string | undefined;
  /** Ns since the run began; never falling. Row n is the entry with index n. */
  time: Float64Array;
  process: Int32Array;
  lane: Int32Array;
  /** Place in `TYPES`. */
  type: Uint8Array;
  /** Place in `ENTRY_NAMES`. */
  f: Uint8Array;
  /** Place in `keys`. */
  key: Int32Array;
  /** Token code (token-codes.ts). */
  token: Float64Array;
  /** Place in `errors`. */
  error: Int16Array;
  /** Place in `nodes`. */
  node: Int16Array;
  /** Locks and resources; the same list as that of the decisions. */
  keys: readonly string[];
  errors: readonly string[];
  nodes: readonly string[];
  /** `message`, by row. */
  messages: ReadonlyMap<number, string>;
}

/** The storage's log in the order in which it was handed over, which is that of `seq` unless the log is damaged. */
export interface DecisionTable extends ValueColumns {
  length: number;
  /** Lines that were no decisions, and were left out. */
  malformed: number;
  seq: Float64Array;
  /** Index of the invocation in the history; -1 for a request that no operation made. */
  op: Int32Array;
  process: Int32Array;
  /** `F.read` or `F.write`. */
  f: Uint8Array;
  /** Place in the history's `keys`. */
  key: Int32Array;
  token: Float64Array;
  /** 1 if it was accepted, 0 if it was refused. */
  accepted: Uint8Array;
  highest: Float64Array;
  /** `reason`, by row. */
  reasons: ReadonlyMap<number, string>;
}

/** Watch events, in the order in which the controller read them. */
export interface OwnershipTable {
  length: number;
  /** Lines that were no events, and were left out. */
  malformed: number;
  /** Ns since the run began. */
  time: Float64Array;
  /** Place in `members`. */
  member: Uint8Array;
  members: readonly string[];
  /** Token code of the event's revision. */
  revision: Float64Array;
  /** 1 for a deletion, 0 for a put. */
  deleted: Uint8Array;
  lane: Int32Array;
  /** Token code. */
  createRevision: Float64Array;
  /** Token code of the lease id, read as a number. */
  lease: Float64Array;
  /** Place in `prefixes`: the key without the lease id, where the key ends with it, else the whole key. */
  prefix: Int32Array;
  prefixes: readonly string[];
  /** Whether the key is its prefix followed by the lease id in hex. */
  endsWithLease: Uint8Array;
}

/** Everything that the checkers judge: the run's settings and its three logs, as entries or as columns. */
import type { Decision, Fencing } from './decision.js';
import type { EtcdSample } from './etcd-sample.js';
import type { HistoryEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import type { DecisionTable, HistoryTable, OwnershipTable } from './tables.js';

/**
 * What the application does when its lock library says that the lock is gone: `ignore` goes on with the section, as etcd's
 * own contrib/lock example and most code do; `stop` refuses the rest of the section at once.
 */
export const ON_LOSS = ['ignore', 'stop'] as const;
export type OnLoss = (typeof ON_LOSS)[number];

/**
 * Who keeps a session's lease alive: `client`, the recipe's own library by itself, unrecorded; or `controller`, which asks for
 * each keep-alive as an operation of the history, so that it is known until when etcd has promised the lease.
 */
export const KEEP_ALIVE = ['client', 'controller'] as const;
export type KeepAlive = (typeof KEEP_ALIVE)[number];

/**
 * What clients send as fencing token. `create-revision`: of the lock's key, the right one. `header-revision`: the store's revision in
 * the answer with which the lock was got, which runs ahead of the former under contention. `lease-id`: unique, but without order (what
 * etcd's contrib/lock example sends). `wall-clock`: ms since 1970 on the client's clock at the grant. `random`: 63 random bits.
 */
export const TOKENS = ['create-revision', 'header-revision', 'lease-id', 'wall-clock', 'random'] as const;
export type TokenSource = (typeof TOKENS)[number];

/** The part of a plan that checkers need. */
export interface RunSettings {
  recipe: string;
  storage: string;
  workload: string;
  fencing: Fencing;
  onLoss: OnLoss;
  /** Missing in plans that do not say: `client`. */
  keepAlive?: KeepAlive;
  /** Missing: `create-revision`. */
  token?: TokenSource;
  lanes: number;
  /** Client processes per lane. */
  clients: number;
  /** TTL asked for, in ms. */
  ttlMs: number;
  /** The recipe rests on no lease, so that none can expire. Missing: it rests on one. */
  leaseless?: boolean;
  /** Faults in the plan; 0 means that no lease is expected to expire. */
  plannedFaults: number;
  /** Their kinds, each once; missing in plans that do not say. */
  faultKinds?: string[];
  /** Length of the traffic, in ms. */
  timeMs: number;
}

/** Why a run ended before its plan did; harness errors make a verdict `unknown`, never `violated`. */
export type RunEnd =
  | { kind: 'completed' }
  | { kind: 'interrupted' }
  | { kind: 'environment'; message: string; mend: string[] }
  | { kind: 'defect'; message: string };

/** A record as entries: for small histories made by hand. */
export interface RunRecord {
  settings: RunSettings;
  history: HistoryEntry[];
  decisions: Decision[];
  ownership: OwnershipEvent[];
  end: RunEnd;
}

/** A record as columns: what the checkers read. Plain data, which a worker thread can be handed. */
export interface RunTables {
  settings: RunSettings;
  history: HistoryTable;
  decisions: DecisionTable;
  ownership: OwnershipTable;
  /** Tokens above 2^53 - 1 of all three tables, ascending (token-codes.ts). */
  largeTokens: readonly string[];
  /** What etcd's members grew to, in the order of time; missing in runs that did not ask. */
  samples?: readonly EtcdSample[];
  end: RunEnd;
}

/** Everything that the checkers judge: the run's settings and its three logs, whole and in memory. */
import type { Decision, Fencing } from './decision.js';
import type { HistoryEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';

/**
 * What the application does when its lock library says that the lock is gone: `ignore` goes on with the section, as etcd's
 * own contrib/lock example and most code do; `stop` refuses the rest of the section at once.
 */
export const ON_LOSS = ['ignore', 'stop'] as const;
export type OnLoss = (typeof ON_LOSS)[number];

/** The part of a plan that checkers need. */
export interface RunSettings {
  recipe: string;
  storage: string;
  workload: string;
  fencing: Fencing;
  onLoss: OnLoss;
  lanes: number;
  /** Client processes per lane. */
  clients: number;
  /** TTL asked for, in ms. */
  ttlMs: number;
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

export interface RunRecord {
  settings: RunSettings;
  history: HistoryEntry[];
  decisions: Decision[];
  ownership: OwnershipEvent[];
  end: RunEnd;
}

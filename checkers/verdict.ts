/**
 * Verdicts and what they rest on. Checkers fill these in; only reporters turn them into prose.
 */
import type { RecoveryRecord } from '../harness/history/operation.js';
import type { RunTables } from '../harness/history/run-record.js';

export type Outcome = 'clean' | 'violated' | 'unknown';

/** `violated > unknown > clean`: a proven violation stands whatever else is unknown. */
export function combine(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('violated')) return 'violated';
  return outcomes.includes('unknown') || outcomes.length === 0 ? 'unknown' : 'clean';
}

export type ViolationKind =
  | 'overlapping-sections'
  | 'stale-write'
  | 'interleaved-sections'
  | 'lost-update'
  | 'wrong-count'
  | 'wrong-value'
  | 'replayed-write'
  | 'not-linearizable'
  | 'late-write'
  | 'stale-read'
  | 'refused-owner'
  | 'token-reused'
  | 'token-order'
  | 'premature-expiry'
  | 'never-owned'
  | 'shared-revision'
  | 'watch-anomaly'
  | 'never-free'
  | 'starved-waiter'
  | 'not-recovered';

/** Who did what in a witness. All operations are named by the index of their invocation in the history. */
export interface WitnessSection {
  process: number;
  /** Token of the hold. */
  token: string;
  acquire: number;
  /** Storage operations of the section that the witness needs, in order. */
  operations: number[];
}

/**
 * A proof that needs nothing but the operations it names. `first` is the section of the older hold, `second` that of the
 * younger one.
 */
export interface Violation {
  kind: ViolationKind;
  /** -1 for `not-recovered`, which may be about several. */
  lane: number;
  /** The resource, where the violation is about one. */
  key?: string;
  first?: WitnessSection;
  second?: WitnessSection;
  /**
   * `seq` of the storage's decisions that prove it, ascending. `stale-write`: the write with the larger token, the stale one.
   * `interleaved-sections`: the section's operation, the intruder, the section's next. `lost-update`: what the undoing write was
   * computed from, the lost write, the undoing one. `wrong-count`, `wrong-value`: what the value should follow from, if anything,
   * the wrong one. `replayed-write`: the write, the same again. `late-write`, `stale-read`, `refused-owner`: the operation that
   * should not have been answered so, behind the newer holder's that shows it, where there is one. Other kinds: none, the history
   * or the ownership log proves them.
   */
  decisions: number[];
  /** Operations that prove it without a section, by the indexes of their invocations, in order. */
  operations?: number[];
  /** Watch events that prove it, by their places in the ownership log (from 0), in order. */
  events?: number[];
  /** What exactly is wrong, as a sentence fragment, where the kind does not say it all. */
  detail?: string;
  /**
   * Index in the history of the inject entry of the fault that covers it: one on the process whose operation came too late, or
   * else on the other (witness.ts says which of several); missing where no fault was in force.
   */
  fault?: number;
  /** `not-recovered` alone: what the run recorded, and the index of that entry in the history. */
  recovery?: RecoveryRecord & { entry: number };
  /** From when to when (ns since the run began) the picture of it should reach. */
  from: number;
  to: number;
  /**
   * Numbers for reporters: `overlapNs`, the length of an overlap; `lateNs`, how long the younger holder had certainly had the
   * lock when the stale write was sent, also of late writes and stale reads; `lostSeq` and `undoneBySeq`; of a wrong count
   * `expected` and `found`; `earlyNs`, how long before the end of what the lease promised its key was gone; `waitedNs`, how long
   * a lock was not free or a waiter not served, and `grants`, how often others were granted it meanwhile.
   */
  numbers: Record<string, number>;
}

export interface CheckerResult {
  checker: string;
  outcome: Outcome;
  violations: Violation[];
  /** True number of violations; `violations` is capped per kind and lane. */
  counts: Partial<Record<ViolationKind, number>>;
  /** Why the outcome is `unknown`, one sentence fragment each with the figures in it. */
  doubts: string[];
  /** Figures that this checker measured, for tables. */
  figures: Record<string, number>;
  /** What it measured over time, for curves. */
  series?: Series[];
}

export interface Series {
  name: string;
  unit: string;
  /** Ns since the run began, and the value; ascending in time. */
  points: [number, number][];
}

/** One checker as the registry lists it. */
export interface Checker {
  name: string;
  /** One sentence for `leasebreaker list`: what a violation from it means. */
  description: string;
  /** The part of the judgement that it decides; `nothing`: it measures. */
  decides: 'assumptions' | 'data' | 'exclusion' | 'service' | 'liveness' | 'recovery' | 'nothing';
  /** Pure, and total: whatever the record holds, the answer is a result and never an exception. */
  check: (tables: RunTables) => CheckerResult;
}

/** The whole judgement of one run. */
export interface Judgement {
  /** Stale writes, interleaved sections, lost updates: did the storage keep what the lock was to guard? With `assumptions`. */
  data: Outcome;
  /** Did two sections under one lock overlap? Fencing does not restore this. With `assumptions`. */
  exclusion: Outcome;
  assumptions: Outcome;
  /** Did etcd and the lock built on it keep their word: leases, owners, tokens, watches? By itself: it needs no assumptions. */
  service: Outcome;
  /** Was a free lock handed on, and the rightful owner served? By itself. */
  liveness: Outcome;
  /** Was the system itself again after the final heal? By itself: it needs no assumptions. */
  recovery: Outcome;
  results: CheckerResult[];
}

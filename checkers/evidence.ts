/**
 * A record made ready for judging: operations paired, holds found, the storage's decisions in order and each with its
 * section, faults by process and time. It judges nothing. What it cannot use it leaves out, so that no checker builds a
 * proof on it; that something was left out is for the assumptions to say.
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import type { HistoryEntry, Operation, OperationEntry, RecoveryEntry } from '../harness/history/operation.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { type Fault, pair, type PairedHistory } from '../harness/history/pairing.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { type FaultLookup, lookUpFaults } from './fault-lookup.js';
import { findHolds, type Hold } from './holds.js';
import { historyDamage, isOwnershipEvent, wellShaped } from './record-shape.js';
import { readStorageLog, type StorageLog } from './storage-log.js';
import { readWatchedKeys, type WatchedKeys } from './watched-keys.js';

export interface Evidence {
  /** Why the history proves nothing at all; the rest is empty then. */
  damage: string | undefined;
  /** TTL asked for, in ns. */
  ttlNs: number;
  /** In the order of their invocations. */
  operations: readonly Operation[];
  events: readonly OperationEntry[];
  faults: readonly Fault[];
  /** The same by process and time. */
  faultsOn: FaultLookup;
  recovery: RecoveryEntry | undefined;
  /** What the pairing found wrong. */
  problems: readonly string[];
  /** In the order in which they were asked for; without those of processes that did two things at once. */
  holds: readonly Hold[];
  log: StorageLog;
  ownership: readonly OwnershipEvent[];
  watched: WatchedKeys;
}

const NS_PER_MS = 1e6;

const known = new WeakMap<RunRecord, Evidence>();

/** O(n log n) at most, once for each record: all checkers of a run share it. Records are not changed once they are made. */
export function evidenceOf(record: RunRecord): Evidence {
  let evidence = known.get(record);
  if (evidence === undefined) {
    evidence = gather(record);
    known.set(record, evidence);
  }
  return evidence;
}

const NOTHING: PairedHistory = { operations: [], events: [], faults: [], problems: [] };

function gather(record: RunRecord): Evidence {
  const damage = historyDamage(record.history);
  const history = damage === undefined ? record.history : [];
  const paired = damage === undefined ? pair(history) : NOTHING;
  const { operations, events, faults, recovery, problems } = paired;
  const unruly = unrulyProcesses(history, paired);
  const { holds, holdOf } = findHolds(
    unruly.size === 0 ? operations : operations.filter(({ invocation }) => !unruly.has(invocation.process)),
    events,
    history.length,
  );
  const ownership = wellShaped(record.ownership, isOwnershipEvent);
  return {
    damage,
    ttlNs: record.settings.ttlMs * NS_PER_MS,
    operations,
    events,
    faults,
    faultsOn: lookUpFaults(faults, slotsOf(record.settings)),
    recovery,
    problems,
    holds,
    log: readStorageLog(record.decisions, operations, holdOf),
    ownership,
    watched: readWatchedKeys(ownership),
  };
}

/**
 * Processes that did two things at once, went on after an `info`, or completed what they had not invoked. Which of their
 * operations belong to which hold is anybody's guess. Counted here and not read from the pairing's words. O(entries).
 */
function unrulyProcesses(
  history: readonly HistoryEntry[],
  { operations, events, problems }: PairedHistory,
): Set<number> {
  const unruly = new Set<number>();
  if (problems.length === 0) return unruly;
  const spare = new Map<number, number>();
  const count = (process: number, by: number): void => void spare.set(process, (spare.get(process) ?? 0) + by);
  for (const entry of history) if (entry.process !== 'nemesis') count(entry.process, 1);
  for (const event of events) count(event.process, -1);
  const ended = new Set<number>();
  for (const { invocation, completion } of operations) {
    const { process } = invocation;
    count(process, completion === undefined ? -1 : -2);
    if (ended.has(process)) unruly.add(process);
    if (completion === undefined || completion.type === 'info') ended.add(process);
  }
  for (const [process, left] of spare) if (left !== 0) unruly.add(process);
  return unruly;
}

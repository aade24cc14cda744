/**
 * The storage's decisions in the storage's own order, each with the operation and the hold that it belongs to. A decision that
 * contradicts the history belongs to none: nothing is proven with it.
 */
import type { Decision } from '../harness/history/decision.js';
import type { Operation, OperationEntry } from '../harness/history/operation.js';
import { append } from './group.js';
import type { Hold } from './holds.js';
import { isDecision, wellShaped } from './record-shape.js';
import { sameValue } from './same-value.js';

export interface LogEntry {
  decision: Decision;
  /** The operation of the history that it names, and the hold under which that was invoked; both or neither. */
  operation: Operation | undefined;
  hold: Hold | undefined;
  /** Why it belongs to no section. */
  misfit: string | undefined;
  /** Whether the operation had been decided before. */
  again: boolean;
}

/** A decision that can be used in a proof. */
export interface SectionEntry extends LogEntry {
  operation: Operation;
  hold: Hold;
}

export interface StorageLog {
  /** By `seq`, each at most once. */
  entries: readonly LogEntry[];
  /** Whether `seq` counts 1, 2, 3 … as the log stands: then it misses nothing but, perhaps, its end. */
  gapless: boolean;
  /** Two decisions in the reverse of the order in which their operations certainly ran: then the log's order is not the truth. */
  disorder: string | undefined;
  /** Keys with an answered operation that is missing although a later one is there. */
  holes: ReadonlySet<string>;
  /** First decision on an operation, at the index of its invocation. */
  byOperation: readonly (LogEntry | undefined)[];
  /** Accepted decisions by key, in order. */
  acceptedByKey: ReadonlyMap<string, readonly LogEntry[]>;
}

/**
 * `holdOf` is indexed like the history. O(n) for a log in order, O(n log n) otherwise.
 */
export function readStorageLog(
  decisions: readonly Decision[],
  operations: readonly Operation[],
  holdOf: readonly (Hold | undefined)[],
): StorageLog {
  const shaped = wellShaped(decisions, isDecision);
  let gapless = Array.isArray(decisions) && shaped.length === decisions.length;
  for (let at = 0; gapless && at < shaped.length; at++) gapless = shaped[at]?.seq === at + 1;
  const ordered = gapless ? shaped : inOrder(shaped);

  const invoked = new Array<Operation | undefined>(holdOf.length);
  for (const operation of operations) invoked[operation.invocation.index] = operation;
  const byOperation = new Array<LogEntry | undefined>(holdOf.length);
  const acceptedByKey = new Map<string, LogEntry[]>();
  const entries = ordered.map((decision): LogEntry => {
    const entry = entryOf(decision, invoked[decision.op], holdOf[decision.op]);
    if (byOperation[decision.op] !== undefined) entry.again = true;
    else if (decision.op >= 0 && decision.op < byOperation.length) byOperation[decision.op] = entry;
    if (decision.verdict === 'accepted') append(acceptedByKey, decision.key, entry);
    return entry;
  });
  const disorder = findDisorder(entries);
  return { entries, gapless, disorder, holes: findHoles(entries, operations, byOperation), byOperation, acceptedByKey };
}

function entryOf(decision: Decision, operation: Operation | undefined, hold: Hold | undefined): LogEntry {
  const misfit =
    operation === undefined
      ? 'names an operation that the history does not have'
      : (contradiction(decision, operation, hold) ?? (hold === undefined ? 'was made outside any hold' : undefined));
  if (misfit === undefined) return { decision, operation, hold, misfit, again: false };
  return { decision, operation: undefined, hold: undefined, misfit, again: false };
}

export function isOfSection(entry: LogEntry): entry is SectionEntry {
  return entry.hold !== undefined;
}

/** A second decision with the number of an earlier one has no place in the order and is left out. */
function inOrder(decisions: readonly Decision[]): Decision[] {
  const sorted = [...decisions].sort((a, b) => a.seq - b.seq);
  return sorted.filter((decision, at) => at === 0 || decision.seq !== sorted[at - 1]?.seq);
}

/** How a decision contradicts the operation that it names, or undefined. `hold` is the one under which it was invoked. */
function contradiction(
  decision: Decision,
  { invocation, completion }: Operation,
  hold: Hold | undefined,
): string | undefined {
  if (invocation.f !== decision.f) return `says ${decision.f}, the operation ${invocation.f}`;
  if (invocation.key !== decision.key) return `says key ${decision.key}, the operation ${invocation.key ?? 'none'}`;
  if (invocation.process !== decision.process) {
    return `says process ${decision.process}, the operation ${invocation.process}`;
  }
  const isWrite = decision.f === 'write';
  // What a read answers as token may be the storage's own, that of the last write.
  const token = otherThan(decision.token, hold?.token, invocation.token, isWrite ? completion?.token : undefined);
  if (token !== undefined) return `says token ${decision.token}, the operation ${token}`;
  const accepted = decision.verdict === 'accepted';
  if (completion?.type === 'ok' && !accepted) return 'refused what was acknowledged';
  if (completion?.type === 'fail' && (accepted || completion.error !== 'fenced')) {
    return `${decision.verdict} what failed with ${completion.error ?? 'no code'}`;
  }
  if (!accepted) return undefined;
  const value = isWrite ? invocation.value : completion?.type === 'ok' ? completion.value : decision.value;
  return sameValue(value, decision.value) ? undefined : 'has another value than the operation';
}

/** The first of the tokens there are that differs. */
function otherThan(token: string, ...others: readonly (string | undefined)[]): string | undefined {
  return others.find((other) => other !== undefined && other !== token);
}

/** An operation takes effect between its invocation and its completion, so one that was over cannot be decided after one yet to come. */
function findDisorder(entries: readonly LogEntry[]): string | undefined {
  let latest: LogEntry | undefined;
  let latestInvoked = -1;
  for (const entry of entries) {
    if (entry.operation === undefined) continue;
    const { invocation, completion } = entry.operation;
    if (completion !== undefined && completion.type !== 'info' && completion.index < latestInvoked) {
      return `decision ${entry.decision.seq} comes after ${latest?.decision.seq}, but its operation was over before the other's began`;
    }
    if (invocation.index <= latestInvoked) continue;
    latest = entry;
    latestInvoked = invocation.index;
  }
  return undefined;
}

/** What is missing at the end may have been decided after the log was collected. */
function findHoles(
  entries: readonly LogEntry[],
  operations: readonly Operation[],
  byOperation: StorageLog['byOperation'],
): Set<string> {
  const last = entries.reduce((latest, { operation }) => Math.max(latest, operation?.invocation.index ?? -1), -1);
  const holes = new Set<string>();
  for (const { invocation, completion } of operations) {
    if (completion === undefined || !isAnswer(completion) || completion.index >= last) continue;
    const { f, index, key } = invocation;
    if ((f === 'read' || f === 'write') && byOperation[index] === undefined) holes.add(key ?? '');
  }
  return holes;
}

/** Whether the storage has spoken: it did or refused what it was asked. */
export function isAnswer({ type, error }: OperationEntry): boolean {
  return type === 'ok' || error === 'fenced';
}

/** Whether the client certainly carried the read or write out: it was answered, or the storage was asked. */
export function wasCarriedOut({ invocation, completion }: Operation, log: StorageLog): boolean {
  if (completion !== undefined && isAnswer(completion)) return true;
  if (completion?.type === 'fail') return false;
  return log.byOperation[invocation.index]?.operation !== undefined;
}

/**
 * The storage's decisions in the storage's own order, each with the operation and the hold that it belongs to. A decision that
 * contradicts the history belongs to none: nothing is proven with it.
 */
import type { Decision } from '../harness/history/decision.js';
import type { Operation } from '../harness/history/operation.js';
import { append } from './group.js';
import type { Hold } from './holds.js';
import { isDecision, wellShaped } from './record-shape.js';
import { sameValue } from './same-value.js';

export interface LogEntry {
  decision: Decision;
  /** The operation of the history that it names, and the hold under which that was invoked; both or neither. */
  section: { hold: Hold; operation: Operation } | undefined;
}

/** A decision that can be used in a proof. */
export interface SectionEntry extends LogEntry {
  section: { hold: Hold; operation: Operation };
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
  /** First decision on an operation, by the index of its invocation. */
  byOperation: ReadonlyMap<number, LogEntry>;
  /** Accepted decisions by key, in order. */
  acceptedByKey: ReadonlyMap<string, readonly LogEntry[]>;
}

/** O(n) for a log in order, O(n log n) otherwise. */
export function readStorageLog(
  decisions: readonly Decision[],
  operations: readonly Operation[],
  holdOf: ReadonlyMap<number, Hold>,
): StorageLog {
  const shaped = wellShaped(decisions, isDecision);
  let gapless = Array.isArray(decisions) && shaped.length === decisions.length;
  for (let at = 0; gapless && at < shaped.length; at++) gapless = shaped[at]?.seq === at + 1;
  const ordered = gapless ? shaped : inOrder(shaped);

  const invoked = new Map<number, Operation>();
  for (const operation of operations) {
    if (operation.invocation.f === 'read' || operation.invocation.f === 'write')
      invoked.set(operation.invocation.index, operation);
  }
  const byOperation = new Map<number, LogEntry>();
  const acceptedByKey = new Map<string, LogEntry[]>();
  const entries = ordered.map((decision): LogEntry => {
    const operation = invoked.get(decision.op);
    const hold = holdOf.get(decision.op);
    const agrees =
      operation !== undefined && hold !== undefined && contradiction(decision, operation, hold) === undefined;
    const entry: LogEntry = { decision, section: agrees ? { hold, operation } : undefined };
    if (!byOperation.has(decision.op)) byOperation.set(decision.op, entry);
    if (decision.verdict === 'accepted') append(acceptedByKey, decision.key, entry);
    return entry;
  });
  return {
    entries,
    gapless,
    disorder: findDisorder(entries),
    holes: findHoles(entries, invoked, byOperation),
    byOperation,
    acceptedByKey,
  };
}

/** An operation takes effect between its invocation and its completion, so one that was over cannot be decided after one yet to come. */
function findDisorder(entries: readonly LogEntry[]): string | undefined {
  let latest: LogEntry | undefined;
  let latestInvoked = -1;
  for (const entry of entries) {
    if (entry.section === undefined) continue;
    const { invocation, completion } = entry.section.operation;
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
  invoked: ReadonlyMap<number, Operation>,
  byOperation: ReadonlyMap<number, LogEntry>,
): Set<string> {
  let last = -1;
  for (const { section } of entries) last = Math.max(last, section?.operation.invocation.index ?? -1);
  const holes = new Set<string>();
  for (const [index, { invocation, completion }] of invoked) {
    const answered = completion?.type === 'ok' || completion?.error === 'fenced';
    if (answered && completion.index < last && !byOperation.has(index)) holes.add(invocation.key ?? '');
  }
  return holes;
}

/** A second decision with the number of an earlier one has no place in the order and is left out. */
function inOrder(decisions: readonly Decision[]): Decision[] {
  const sorted = [...decisions].sort((a, b) => a.seq - b.seq);
  return sorted.filter((decision, at) => at === 0 || decision.seq !== sorted[at - 1]?.seq);
}

/** How a decision contradicts the operation that it names, or undefined. `hold` is the one under which it was invoked. */
export function contradiction(
  decision: Decision,
  { invocation, completion }: Operation,
  hold: Hold | undefined,
): string | undefined {
  if (invocation.f !== decision.f) return `says ${decision.f}, the operation ${invocation.f}`;
  if (invocation.key !== decision.key) return `says key ${decision.key}, the operation ${invocation.key ?? 'none'}`;
  if (invocation.process !== decision.process)
    return `says process ${decision.process}, the operation ${invocation.process}`;
  // What a read answers as token may be the storage's own, that of the last write.
  const tokens = [hold?.token, invocation.token, decision.f === 'write' ? completion?.token : undefined];
  const token = tokens.find((carried) => carried !== undefined && carried !== decision.token);
  if (token !== undefined) return `says token ${decision.token}, the operation ${token}`;
  const accepted = decision.verdict === 'accepted';
  if (completion?.type === 'ok' && !accepted) return 'refused what was acknowledged';
  if (completion?.type === 'fail' && (accepted || completion.error !== 'fenced')) {
    return `${decision.verdict} what failed with ${completion.error ?? 'no code'}`;
  }
  if (!accepted) return undefined;
  const value =
    decision.f === 'write' ? invocation.value : completion?.type === 'ok' ? completion.value : decision.value;
  return sameValue(value, decision.value) ? undefined : 'has another value than the operation';
}

/** Whether the client certainly carried the operation out: it was answered, or the storage was asked. */
export function wasCarriedOut({ invocation, completion }: Operation, log: StorageLog): boolean {
  if (completion?.type === 'ok' || completion?.error === 'fenced') return true;
  if (completion?.type === 'fail') return false;
  return log.byOperation.get(invocation.index)?.section !== undefined;
}

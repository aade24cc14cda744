/**
 * Whether a record has the shape that its types promise. Records from the reader have it; others come from elsewhere, and a
 * checker answers for any input. What the entries mean together is not looked at here.
 */
import type { Decision } from '../harness/history/decision.js';
import type { HistoryEntry } from '../harness/history/operation.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { isToken } from './token-shape.js';

/** Why nothing can be concluded from the history: the first entry that is not what it has to be. O(entries). */
export function historyDamage(history: readonly HistoryEntry[]): string | undefined {
  if (!Array.isArray(history)) return 'the history is not a list';
  let time = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < history.length; index++) {
    const entry = history[index] as HistoryEntry;
    if (!isEntry(entry)) return `entry ${index} of the history is malformed`;
    if (entry.index !== index) return `the history has index ${entry.index} where ${index} follows`;
    // A clock that ran backwards proves no order and no overlap.
    if (entry.time < time) return `time runs backwards at entry ${index} of the history`;
    time = entry.time;
  }
  return undefined;
}

function isEntry(entry: unknown): entry is HistoryEntry {
  if (!isObject(entry)) return false;
  const { time, lane, process, f, type, key, token, value } = entry as Record<string, unknown>;
  if (!Number.isFinite(time) || !Number.isSafeInteger(lane) || typeof f !== 'string') return false;
  if (process === 'nemesis') {
    if (f === 'recovery') return isRecoveryRecord(value);
    return (f === 'inject' || f === 'heal') && isFaultRecord(value);
  }
  return (
    Number.isSafeInteger(process) &&
    (type === 'invoke' || type === 'ok' || type === 'fail' || type === 'info') &&
    (key === undefined || typeof key === 'string') &&
    (token === undefined || typeof token === 'string')
  );
}

function isFaultRecord(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { id, kind, processes, receipt } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    typeof kind === 'string' &&
    (processes === 'all' || isListOf(processes, Number.isSafeInteger)) &&
    isObject(receipt) &&
    typeof (receipt as { proven?: unknown }).proven === 'boolean'
  );
}

function isRecoveryRecord(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { withinMs, tookMs, lanesNotLocked, cluster } = value as Record<string, unknown>;
  return (
    Number.isFinite(withinMs) &&
    (tookMs === undefined || Number.isFinite(tookMs)) &&
    isListOf(lanesNotLocked, Number.isSafeInteger) &&
    isListOf(cluster, (line) => typeof line === 'string')
  );
}

export function isDecision(decision: unknown): decision is Decision {
  if (!isObject(decision)) return false;
  const { seq, op, process, f, key, token, verdict } = decision as Record<string, unknown>;
  return (
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(op) &&
    Number.isSafeInteger(process) &&
    (f === 'read' || f === 'write') &&
    typeof key === 'string' &&
    isToken(token) &&
    (verdict === 'accepted' || verdict === 'refused')
  );
}

export function isOwnershipEvent(event: unknown): event is OwnershipEvent {
  if (!isObject(event)) return false;
  const { time, member, type, lane, createRevision, lease } = event as Record<string, unknown>;
  return (
    Number.isFinite(time) &&
    typeof member === 'string' &&
    (type === 'put' || type === 'delete') &&
    Number.isSafeInteger(lane) &&
    isToken(createRevision) &&
    typeof lease === 'string'
  );
}

/** The well-shaped items of what should be a list. */
export function wellShaped<Item>(items: unknown, isItem: (item: unknown) => item is Item): Item[] {
  return Array.isArray(items) ? items.filter(isItem) : [];
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

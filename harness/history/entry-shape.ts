/**
 * Whether parsed JSON has the shape that the types promise, checked by hand: the schemas of entry-schemas.ts say better what
 * is wrong, and cost twenty times as much, which is too much for millions of lines. Total, for any value.
 *
 * Records made elsewhere are taken a little more freely than lines of a file (`isStored...`): their times may be fractions and
 * their tokens no tokens. What entries mean together is not looked at here.
 */
import type { Decision } from './decision.js';
import type { NemesisEntry, OperationEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import { F, NEMESIS, TYPES } from './tables.js';

const TOKEN = /^(0|[1-9][0-9]{0,18})$/;
const LEASE = /^(0|[1-9a-f][0-9a-f]{0,15})$/;
const LARGEST = '9223372036854775807';

/** What `tokenSchema` says, and whether `compareTokens` may be asked about it. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value) && (value.length < LARGEST.length || value <= LARGEST);
}

export function isOperationEntry(json: unknown): json is OperationEntry {
  if (!isObject(json)) return false;
  const { index, time, process, lane, type, f, key, token, error, message, node } = json as Record<string, unknown>;
  return (
    typeof index === 'number' &&
    Number.isFinite(time) &&
    isInt32(process) &&
    process !== NEMESIS &&
    isInt32(lane) &&
    isOneOf(TYPES, type) &&
    isOperationOrEvent(f) &&
    isTextIfThere(key) &&
    isTextIfThere(token) &&
    isTextIfThere(error) &&
    isTextIfThere(message) &&
    isTextIfThere(node)
  );
}

/** Whether `operationEntrySchema` takes it. */
export function isStoredOperationEntry(json: unknown): json is OperationEntry {
  if (!isOperationEntry(json)) return false;
  const { index, time, token } = json;
  return isCount(index) && isCount(time) && (token === undefined || isToken(token));
}

/** Looks only at those parts of a fault's or a recovery's record that somebody computes with. */
export function isNemesisEntry(json: unknown): json is NemesisEntry {
  if (!isObject(json)) return false;
  const { index, time, process, lane, type, f, value } = json as Record<string, unknown>;
  if (typeof index !== 'number' || !Number.isFinite(time) || !isInt32(lane)) return false;
  if (process !== 'nemesis' || type !== 'info') return false;
  return f === 'recovery' ? isRecoveryRecord(value) : (f === 'inject' || f === 'heal') && isFaultRecord(value);
}

export function isDecision(json: unknown): json is Decision {
  if (!isObject(json)) return false;
  const { seq, op, process, f, key, token, verdict, reason, highest } = json as Record<string, unknown>;
  return (
    Number.isSafeInteger(seq) &&
    isInt32(op) &&
    isInt32(process) &&
    (f === 'read' || f === 'write') &&
    typeof key === 'string' &&
    isToken(token) &&
    (verdict === 'accepted' || verdict === 'refused') &&
    isTextIfThere(reason) &&
    isToken(highest)
  );
}

/** Whether `decisionSchema` takes it. */
export function isStoredDecision(json: unknown): json is Decision {
  return isDecision(json) && json.seq >= 1 && json.op >= -1 && json.process >= -1;
}

export function isOwnershipEvent(json: unknown): json is OwnershipEvent {
  if (!isObject(json)) return false;
  const { time, member, revision, type, key, lane, createRevision, lease } = json as Record<string, unknown>;
  return (
    Number.isFinite(time) &&
    typeof member === 'string' &&
    isToken(revision) &&
    (type === 'put' || type === 'delete') &&
    typeof key === 'string' &&
    isInt32(lane) &&
    isToken(createRevision) &&
    typeof lease === 'string' &&
    LEASE.test(lease)
  );
}

/** Whether `ownershipEventSchema` takes it. */
export function isStoredOwnershipEvent(json: unknown): json is OwnershipEvent {
  return isOwnershipEvent(json) && isCount(json.time);
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

function isOperationOrEvent(f: unknown): boolean {
  return typeof f === 'string' && Object.hasOwn(F, f) && F[f as keyof typeof F] <= F['harness-error'];
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && names.includes(value);
}

function isTextIfThere(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

// The type is looked at first: a bit operation on a bigint or a symbol throws.
function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

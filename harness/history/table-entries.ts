/** Turns rows of tables back into the entries, decisions and events that they were made of, one at a time. */
import type { Decision } from './decision.js';
import type { HistoryEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import type { RunTables } from './run-record.js';
import { ENTRY_NAMES, NEMESIS, NONE, TYPES } from './tables.js';
import { tokenOf } from './token-codes.js';
import { valueAt } from './value-columns.js';

/** The entry with that index; `row` must be one of the table's. O(1). */
export function entryAt({ history, largeTokens }: RunTables, row: number): HistoryEntry {
  const process = of(history.process, row);
  const base = { index: row, time: of(history.time, row) };
  const type = TYPES[of(history.type, row)];
  const f = ENTRY_NAMES[of(history.f, row)];
  const lane = of(history.lane, row);
  const value = valueAt(history, row);
  if (process === NEMESIS) return { ...base, process: 'nemesis', lane, type, f, value } as HistoryEntry;
  const key = nameAt(history.key, row, history.keys);
  const token = of(history.token, row);
  const error = nameAt(history.error, row, history.errors);
  const message = history.messages.get(row);
  const node = nameAt(history.node, row, history.nodes);
  return {
    ...base,
    process,
    lane,
    type,
    f,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(token === NONE ? {} : { token: tokenOf(token, largeTokens) }),
    ...(error === undefined ? {} : { error }),
    ...(message === undefined ? {} : { message }),
    ...(node === undefined ? {} : { node }),
  } as HistoryEntry;
}

/** The decision of that row, which must be one of the table's. O(1). */
export function decisionAt({ decisions, history, largeTokens }: RunTables, row: number): Decision {
  const value = valueAt(decisions, row);
  const reason = decisions.reasons.get(row);
  return {
    seq: of(decisions.seq, row),
    op: of(decisions.op, row),
    process: of(decisions.process, row),
    f: ENTRY_NAMES[of(decisions.f, row)] as Decision['f'],
    key: nameAt(decisions.key, row, history.keys) ?? '',
    token: tokenOf(of(decisions.token, row), largeTokens),
    ...(value === undefined ? {} : { value }),
    verdict: decisions.accepted[row] === 1 ? 'accepted' : 'refused',
    ...(reason === undefined ? {} : { reason }),
    highest: tokenOf(of(decisions.highest, row), largeTokens),
  };
}

/** The watch event of that row, which must be one of the table's. O(1). */
export function ownershipAt({ ownership, largeTokens }: RunTables, row: number): OwnershipEvent {
  const lease = leaseOf(of(ownership.lease, row), largeTokens);
  const prefix = nameAt(ownership.prefix, row, ownership.prefixes) ?? '';
  return {
    time: of(ownership.time, row),
    member: nameAt(ownership.member, row, ownership.members) ?? '',
    revision: tokenOf(of(ownership.revision, row), largeTokens),
    type: ownership.deleted[row] === 1 ? 'delete' : 'put',
    key: ownership.endsWithLease[row] === 1 ? prefix + lease : prefix,
    lane: of(ownership.lane, row),
    createRevision: tokenOf(of(ownership.createRevision, row), largeTokens),
    lease,
  };
}

/** The lease id in hex that a token code stands for. `large`: the record's large tokens, ascending. */
export function leaseOf(code: number, large: readonly string[]): string {
  return BigInt(tokenOf(code, large)).toString(16);
}

type Column = Float64Array | Int32Array | Int16Array | Uint8Array;

function of(column: Column, row: number): number {
  return column[row] ?? NONE;
}

function nameAt(column: Column, row: number, names: readonly string[]): string | undefined {
  return names[of(column, row)];
}

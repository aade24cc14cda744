/** Builds the table of a history, from entries or from tables of its parts. */
import { createGrowing, copyRows, type Growing, HISTORY_COLUMNS, type Room } from './column-sets.js';
import { isNemesisEntry, isOperationEntry, isToken } from './entry-shape.js';
import {
  codeOfToken,
  createNumbering,
  numberOf,
  type Numbering,
  placesOf,
  recode,
  renumber,
  type TokenCoder,
} from './numbering.js';
import type { HistoryEntry } from './operation.js';
import { F, type HistoryTable, NEMESIS, NONE, TYPES } from './tables.js';
import { addValues, putValue } from './value-columns.js';

/** Nodes and error codes have 16 bits each. */
const MOST_NAMES = 2 ** 15;

/** For scan/, which writes rows itself. */
export interface HistoryInside {
  rows: Growing<typeof HISTORY_COLUMNS>;
  keys: Numbering;
  nodes: Numbering;
  errors: Numbering;
  tokens: TokenCoder;
  /** By row. */
  messages: Map<number, string>;
  /** As in `ValueColumns`. */
  values: unknown[];
  /** Whether all nodes and errors so far have numbers that fit. */
  isRoomForNames(): boolean;
}

export interface HistoryBuilder {
  readonly inside: HistoryInside;
  readonly length: number;
  /** Time of the last row; negative infinity before the first. */
  readonly lastTime: number;
  /** Makes room for so many more rows. */
  makeRoom(more: number): void;
  /** Takes the next row unseen: `entry` must have its shape. False if there are too many different nodes or errors. */
  add(entry: HistoryEntry): boolean;
  /** Takes any JSON value. What is no entry, out of its place or earlier than the last is damage, and nothing is taken after it. */
  append(json: unknown): void;
  /** Takes the rows of the table that follows on this one. `tokens`: the codes here of its large tokens. */
  addTable(table: HistoryTable, tokens: Float64Array): boolean;
  /** Says that the history is damaged, unless it is already. */
  spoil(damage: string): void;
  table(): HistoryTable;
}

export function createHistoryBuilder(keys: Numbering, tokens: TokenCoder, room: Room): HistoryBuilder {
  const rows = createGrowing(HISTORY_COLUMNS, room);
  const { columns } = rows;
  const errors = createNumbering();
  const nodes = createNumbering();
  const messages = new Map<number, string>();
  const values: unknown[] = [];
  let damage: string | undefined;
  const lastTime = (): number => columns.time[rows.length - 1] ?? Number.NEGATIVE_INFINITY;

  function add(entry: HistoryEntry): boolean {
    rows.makeRoom(1);
    const row = rows.length++;
    columns.time[row] = entry.time;
    columns.lane[row] = entry.lane;
    columns.type[row] = TYPES.indexOf(entry.type);
    columns.f[row] = F[entry.f];
    putValue(columns, values, row, entry.value);
    if (entry.process === 'nemesis') {
      columns.process[row] = NEMESIS;
      columns.key[row] = columns.token[row] = columns.error[row] = columns.node[row] = NONE;
      return true;
    }
    const { process, key, token, error, node, message } = entry;
    columns.process[row] = process;
    columns.key[row] = key === undefined ? NONE : numberOf(keys, key);
    // What is no token proves nothing; that a hold has none is noticed.
    columns.token[row] = token !== undefined && isToken(token) ? codeOfToken(tokens, token) : NONE;
    columns.error[row] = error === undefined ? NONE : numberOf(errors, error);
    columns.node[row] = node === undefined ? NONE : numberOf(nodes, node);
    if (message !== undefined) messages.set(row, message);
    return isRoomForNames();
  }

  function isRoomForNames(): boolean {
    return errors.list.length <= MOST_NAMES && nodes.list.length <= MOST_NAMES;
  }

  function wrongWith(json: unknown): string | undefined {
    const row = rows.length;
    if (!isOperationEntry(json) && !isNemesisEntry(json)) return `entry ${row} of the history is malformed`;
    if (json.index !== row) return `the history has index ${json.index} where ${row} follows`;
    // A clock that ran backwards proves no order and no overlap.
    if (json.time < lastTime()) return `time runs backwards at entry ${row} of the history`;
    return undefined;
  }

  return {
    inside: { rows, keys, nodes, errors, tokens, messages, values, isRoomForNames },
    get length() {
      return rows.length;
    },
    makeRoom: rows.makeRoom,
    get lastTime() {
      return lastTime();
    },
    add,
    append(json) {
      if (damage !== undefined) return;
      damage = wrongWith(json);
      if (damage !== undefined) return;
      if (add(json as HistoryEntry)) return;
      rows.length--;
      damage = `entry ${rows.length} of the history is malformed`;
    },
    addTable(table, codes) {
      const { length } = table;
      rows.makeRoom(length);
      const start = rows.length;
      const end = start + length;
      copyRows(HISTORY_COLUMNS, columns, start, table, length);
      renumber(columns.key, placesOf(keys, table.keys), start, end);
      renumber(columns.error, placesOf(errors, table.errors), start, end);
      renumber(columns.node, placesOf(nodes, table.nodes), start, end);
      recode(columns.token, codes, start, end);
      addValues(columns, values, table.values, start, end);
      for (const [row, message] of table.messages) messages.set(start + row, message);
      rows.length = end;
      return isRoomForNames();
    },
    spoil(why) {
      damage ??= why;
    },
    table: () => ({
      length: rows.length,
      damage,
      ...columns,
      keys: keys.list,
      errors: errors.list,
      nodes: nodes.list,
      messages,
      values,
    }),
  };
}

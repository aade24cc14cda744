/** Builds the table of the storage's decisions, from decisions or from tables of its parts. */
import { copyRows, createGrowing, DECISION_COLUMNS, type Growing, type Room } from './column-sets.js';
import type { Decision } from './decision.js';
import { isDecision } from './entry-shape.js';
import { codeOfToken, numberOf, type Numbering, recode, renumber, type TokenCoder } from './numbering.js';
import { type DecisionTable, F } from './tables.js';
import { addValues, putValue } from './value-columns.js';

/** For scan/, which writes rows itself. */
export interface DecisionInside {
  rows: Growing<typeof DECISION_COLUMNS>;
  keys: Numbering;
  tokens: TokenCoder;
  /** By row. */
  reasons: Map<number, string>;
  /** As in `ValueColumns`. */
  values: unknown[];
}

export interface DecisionBuilder {
  readonly inside: DecisionInside;
  readonly length: number;
  /** Decisions have no times. */
  readonly lastTime: number;
  /** Makes room for so many more rows. */
  makeRoom(more: number): void;
  /** Takes the next row unseen: `decision` must have its shape. */
  add(decision: Decision): void;
  /** Takes any JSON value; what is no decision is left out and counted. */
  append(json: unknown): void;
  /** Takes the rows of a table. `keys`, `tokens`: the numbers here of its keys, the codes here of its large tokens. */
  addTable(table: DecisionTable, keys: Int32Array, tokens: Float64Array): void;
  table(): DecisionTable;
}

export function createDecisionBuilder(keys: Numbering, tokens: TokenCoder, room: Room): DecisionBuilder {
  const rows = createGrowing(DECISION_COLUMNS, room);
  const { columns } = rows;
  const reasons = new Map<number, string>();
  const values: unknown[] = [];
  let malformed = 0;

  function add(decision: Decision): void {
    rows.makeRoom(1);
    const row = rows.length++;
    columns.seq[row] = decision.seq;
    columns.op[row] = decision.op;
    columns.process[row] = decision.process;
    columns.f[row] = F[decision.f];
    columns.key[row] = numberOf(keys, decision.key);
    columns.token[row] = codeOfToken(tokens, decision.token);
    columns.accepted[row] = decision.verdict === 'accepted' ? 1 : 0;
    columns.highest[row] = codeOfToken(tokens, decision.highest);
    putValue(columns, values, row, decision.value);
    if (decision.reason !== undefined) reasons.set(row, decision.reason);
  }

  return {
    inside: { rows, keys, tokens, reasons, values },
    get length() {
      return rows.length;
    },
    lastTime: Number.NEGATIVE_INFINITY,
    makeRoom: rows.makeRoom,
    add,
    append(json) {
      if (isDecision(json)) add(json);
      else malformed++;
    },
    addTable(table, places, codes) {
      const { length } = table;
      rows.makeRoom(length);
      const start = rows.length;
      const end = start + length;
      copyRows(DECISION_COLUMNS, columns, start, table, length);
      renumber(columns.key, places, start, end);
      recode(columns.token, codes, start, end);
      recode(columns.highest, codes, start, end);
      addValues(columns, values, table.values, start, end);
      for (const [row, reason] of table.reasons) reasons.set(start + row, reason);
      malformed += table.malformed;
      rows.length = end;
    },
    table: () => ({ length: rows.length, malformed, ...columns, reasons, values }),
  };
}

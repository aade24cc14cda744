/** Lines of `storage.jsonl` the fast way. */
import type { DecisionInside } from '../decision-builder.js';
import type { Place } from '../log-kinds.js';
import { numberOf } from '../numbering.js';
import { F } from '../tables.js';
import { asciiIn } from './bytes.js';
import type { FastLines } from './fast-lines.js';
import { createFields, INTEGER, MISSING, scanLine, TEXT } from './line-scanner.js';
import { Memo } from './memo.js';
import { codeOfField, createTokenMemo, readToken } from './tokens.js';
import { ValueField } from './value-field.js';

const SEQ = 0;
const OP = 1;
const PROCESS = 2;
const NAME = 3;
const KEY = 4;
const TOKEN = 5;
const VERDICT = 6;
const HIGHEST = 7;
const REASON = 8;
const VALUE = 9;
/** In that order. */
const NAMES = ['seq', 'op', 'process', 'f', 'key', 'token', 'verdict', 'highest', 'reason', 'value'] as const;

/** By their places what the column holds. */
const VERDICTS = ['refused', 'accepted'];

export class DecisionLines implements FastLines {
  readonly place: Place = { number: 0, time: 0 };
  readonly #inside: DecisionInside;
  readonly #fields = createFields(NAMES);
  readonly #names = new Memo((name) => (name === 'read' || name === 'write' ? F[name] : -1));
  readonly #verdicts = new Memo((verdict) => VERDICTS.indexOf(verdict));
  readonly #keys: Memo<number>;
  readonly #tokens: Memo<number>;
  readonly #value = new ValueField(this.#fields, VALUE);
  #f = 0;
  #verdict = 0;

  constructor(inside: DecisionInside) {
    this.#inside = inside;
    const { keys, tokens } = inside;
    this.#keys = new Memo((key) => numberOf(keys, key));
    this.#tokens = createTokenMemo(tokens);
  }

  scan(bytes: Buffer, from: number): number {
    const to = scanLine(this.#fields, bytes, from);
    return to !== -1 && this.#isDecision() ? to : -1;
  }

  /** What `isStoredDecision` says. */
  #isDecision(): boolean {
    const { kind, number } = this.#fields;
    for (let field = SEQ; field <= PROCESS; field++) if (kind[field] !== INTEGER) return false;
    for (let field = NAME; field <= HIGHEST; field++) if (kind[field] !== TEXT) return false;
    if (kind[REASON] !== TEXT && kind[REASON] !== MISSING) return false;
    const op = number[OP] as number;
    const process = number[PROCESS] as number;
    if (op < -1 || op !== (op | 0) || process < -1 || process !== (process | 0)) return false;
    this.place.number = number[SEQ] as number;
    if (this.place.number < 1) return false;
    this.#f = this.#names.ofField(this.#fields, NAME);
    this.#verdict = this.#verdicts.ofField(this.#fields, VERDICT);
    if (this.#f === -1 || this.#verdict === -1) return false;
    return readToken(this.#fields, TOKEN) && readToken(this.#fields, HIGHEST) && this.#value.read();
  }

  add(): boolean {
    const { rows, values, reasons } = this.#inside;
    const { columns } = rows;
    const fields = this.#fields;
    const { bytes, kind, number, start, end } = fields;
    rows.makeRoom(1);
    const row = rows.length++;
    columns.seq[row] = number[SEQ] as number;
    columns.op[row] = number[OP] as number;
    columns.process[row] = number[PROCESS] as number;
    columns.f[row] = this.#f;
    columns.key[row] = this.#keys.ofField(fields, KEY);
    columns.token[row] = codeOfField(fields, TOKEN, this.#tokens);
    columns.accepted[row] = this.#verdict;
    columns.highest[row] = codeOfField(fields, HIGHEST, this.#tokens);
    this.#value.put(columns, values, row);
    if (kind[REASON] !== MISSING) reasons.set(row, asciiIn(bytes, start[REASON] as number, end[REASON] as number));
    return true;
  }
}

/** Lines of `history.jsonl` the fast way: operations and events. Faults are few, and go the slow way. */
import type { HistoryInside } from '../history-builder.js';
import type { Place } from '../log-kinds.js';
import { numberOf } from '../numbering.js';
import { ENTRY_NAMES, F, NEMESIS, NONE, TYPES } from '../tables.js';
import { asciiIn } from './bytes.js';
import type { FastLines } from './fast-lines.js';
import { createFields, INTEGER, MISSING, scanLine, TEXT } from './line-scanner.js';
import { Memo } from './memo.js';
import { codeOfField, createTokenMemo, readToken } from './tokens.js';
import { ValueField } from './value-field.js';

const INDEX = 0;
const TIME = 1;
const PROCESS = 2;
const LANE = 3;
const TYPE = 4;
const NAME = 5;
const NODE = 6;
const KEY = 7;
const TOKEN = 8;
const ERROR = 9;
const MESSAGE = 10;
const VALUE = 11;
/** In that order. */
const NAMES = [
  'index',
  'time',
  'process',
  'lane',
  'type',
  'f',
  'node',
  'key',
  'token',
  'error',
  'message',
  'value',
] as const;

const TYPE_NAMES: readonly string[] = TYPES;
/** Those of operations and events. */
const NAMES_OF_F: readonly string[] = ENTRY_NAMES.slice(0, F['harness-error'] + 1);

export class HistoryLines implements FastLines {
  readonly place: Place = { number: 0, time: 0 };
  readonly #inside: HistoryInside;
  readonly #fields = createFields(NAMES);
  readonly #types = new Memo((name) => TYPE_NAMES.indexOf(name));
  readonly #names = new Memo((name) => NAMES_OF_F.indexOf(name));
  readonly #keys: Memo<number>;
  readonly #nodes: Memo<number>;
  readonly #errors: Memo<number>;
  readonly #tokens: Memo<number>;
  readonly #value = new ValueField(this.#fields, VALUE);
  #type = 0;
  #f = 0;

  constructor(inside: HistoryInside) {
    this.#inside = inside;
    const { keys, nodes, errors, tokens } = inside;
    this.#keys = new Memo((key) => numberOf(keys, key));
    this.#nodes = new Memo((node) => numberOf(nodes, node));
    this.#errors = new Memo((error) => numberOf(errors, error));
    this.#tokens = createTokenMemo(tokens);
  }

  scan(bytes: Buffer, from: number): number {
    const to = scanLine(this.#fields, bytes, from);
    return to !== -1 && this.#isOperation() ? to : -1;
  }

  /** What `isStoredOperationEntry` says. */
  #isOperation(): boolean {
    const { kind, number } = this.#fields;
    for (let field = INDEX; field <= LANE; field++) if (kind[field] !== INTEGER) return false;
    if (kind[TYPE] !== TEXT || kind[NAME] !== TEXT) return false;
    for (let field = NODE; field <= MESSAGE; field++) if (kind[field] !== TEXT && kind[field] !== MISSING) return false;
    const process = number[PROCESS] as number;
    const lane = number[LANE] as number;
    if (process !== (process | 0) || process === NEMESIS || lane !== (lane | 0)) return false;
    this.place.number = number[INDEX] as number;
    this.place.time = number[TIME] as number;
    if (this.place.number < 0 || this.place.time < 0) return false;
    this.#type = this.#types.ofField(this.#fields, TYPE);
    this.#f = this.#names.ofField(this.#fields, NAME);
    if (this.#type === -1 || this.#f === -1) return false;
    return (kind[TOKEN] === MISSING || readToken(this.#fields, TOKEN)) && this.#value.read();
  }

  add(): boolean {
    const { rows, values, messages } = this.#inside;
    const { columns } = rows;
    const fields = this.#fields;
    const { bytes, kind, number, start, end } = fields;
    rows.makeRoom(1);
    const row = rows.length++;
    columns.time[row] = number[TIME] as number;
    columns.process[row] = number[PROCESS] as number;
    columns.lane[row] = number[LANE] as number;
    columns.type[row] = this.#type;
    columns.f[row] = this.#f;
    columns.key[row] = kind[KEY] === MISSING ? NONE : this.#keys.ofField(fields, KEY);
    columns.token[row] = kind[TOKEN] === MISSING ? NONE : codeOfField(fields, TOKEN, this.#tokens);
    columns.error[row] = kind[ERROR] === MISSING ? NONE : this.#errors.ofField(fields, ERROR);
    columns.node[row] = kind[NODE] === MISSING ? NONE : this.#nodes.ofField(fields, NODE);
    this.#value.put(columns, values, row);
    if (kind[MESSAGE] !== MISSING) messages.set(row, asciiIn(bytes, start[MESSAGE] as number, end[MESSAGE] as number));
    return this.#inside.isRoomForNames();
  }
}

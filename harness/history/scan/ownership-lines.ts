/** Lines of `ownership.jsonl` the fast way. */
import type { Place } from '../log-kinds.js';
import { codeOfLease, numberOf } from '../numbering.js';
import type { OwnershipInside } from '../ownership-builder.js';
import { mix } from './bytes.js';
import type { FastLines } from './fast-lines.js';
import { createFields, type Fields, INTEGER, scanLine, TEXT } from './line-scanner.js';
import { Memo } from './memo.js';
import { codeOfField, createTokenMemo, isLease, readToken } from './tokens.js';

const TIME = 0;
const LANE = 1;
const MEMBER = 2;
const REVISION = 3;
const TYPE = 4;
const KEY = 5;
const CREATED = 6;
const LEASE = 7;
/** In that order. */
const NAMES = ['time', 'lane', 'member', 'revision', 'type', 'key', 'createRevision', 'lease'] as const;

/** By their places what the column `deleted` holds. */
const CHANGES = ['put', 'delete'];

export class OwnershipLines implements FastLines {
  // It carries no number.
  readonly place: Place = { number: 0, time: 0 };
  readonly #inside: OwnershipInside;
  readonly #fields = createFields(NAMES);
  readonly #changes = new Memo((change) => CHANGES.indexOf(change));
  readonly #members: Memo<number>;
  readonly #prefixes: Memo<number>;
  readonly #leases: Memo<number>;
  readonly #tokens: Memo<number>;
  #change = 0;

  constructor(inside: OwnershipInside) {
    this.#inside = inside;
    const { members, prefixes, tokens } = inside;
    this.#members = new Memo((member) => numberOf(members, member));
    this.#prefixes = new Memo((prefix) => numberOf(prefixes, prefix));
    this.#leases = new Memo((lease) => codeOfLease(tokens, lease));
    this.#tokens = createTokenMemo(tokens);
  }

  scan(bytes: Buffer, from: number): number {
    const to = scanLine(this.#fields, bytes, from);
    return to !== -1 && this.#isEvent() ? to : -1;
  }

  /** What `isStoredOwnershipEvent` says. */
  #isEvent(): boolean {
    const { kind, number } = this.#fields;
    if (kind[TIME] !== INTEGER || kind[LANE] !== INTEGER) return false;
    for (let field = MEMBER; field <= LEASE; field++) if (kind[field] !== TEXT) return false;
    const lane = number[LANE] as number;
    if (lane !== (lane | 0)) return false;
    this.place.time = number[TIME] as number;
    if (this.place.time < 0) return false;
    this.#change = this.#changes.ofField(this.#fields, TYPE);
    if (this.#change === -1 || !isLease(this.#fields, LEASE)) return false;
    return readToken(this.#fields, REVISION) && readToken(this.#fields, CREATED);
  }

  add(): boolean {
    const { rows } = this.#inside;
    const { columns } = rows;
    const fields = this.#fields;
    const { number, start, end, bytes } = fields;
    rows.makeRoom(1);
    const row = rows.length++;
    const prefixEnd = endOfPrefix(fields);
    const prefixStart = start[KEY] as number;
    columns.time[row] = number[TIME] as number;
    columns.member[row] = this.#members.ofField(fields, MEMBER);
    columns.revision[row] = codeOfField(fields, REVISION, this.#tokens);
    columns.deleted[row] = this.#change;
    columns.lane[row] = number[LANE] as number;
    columns.createRevision[row] = codeOfField(fields, CREATED, this.#tokens);
    columns.lease[row] = this.#leases.ofField(fields, LEASE);
    columns.prefix[row] = this.#prefixes.of(bytes, prefixStart, prefixEnd, hashOf(bytes, prefixStart, prefixEnd));
    columns.endsWithLease[row] = prefixEnd === end[KEY] ? 0 : 1;
    return this.#inside.isRoomForNames();
  }
}

/** Where the lease id begins at the end of the key; where the key ends, if it does not end with it. */
function endOfPrefix({ bytes, start, end }: Fields): number {
  const keyEnd = end[KEY] as number;
  const leaseStart = start[LEASE] as number;
  const prefixEnd = keyEnd - ((end[LEASE] as number) - leaseStart);
  if (prefixEnd < (start[KEY] as number)) return keyEnd;
  // Backwards, as lease ids are like each other in how they begin.
  const shift = prefixEnd - leaseStart;
  for (let at = keyEnd - 1; at >= prefixEnd; at--) if (bytes[at] !== bytes[at - shift]) return keyEnd;
  return prefixEnd;
}

function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0;
  for (let at = from; at < to; at++) hash = mix(hash, bytes[at] as number);
  return hash;
}

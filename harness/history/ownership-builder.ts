/** Builds the table of watch events, from events or from tables of its parts. */
import { copyRows, createGrowing, type Growing, OWNERSHIP_COLUMNS, type Room } from './column-sets.js';
import { isOwnershipEvent } from './entry-shape.js';
import {
  codeOfLease,
  codeOfToken,
  createNumbering,
  numberOf,
  type Numbering,
  placesOf,
  recode,
  renumber,
  type TokenCoder,
} from './numbering.js';
import type { OwnershipEvent } from './ownership.js';
import type { OwnershipTable } from './tables.js';

/** Members have 8 bits. */
const MOST_MEMBERS = 2 ** 8;

/** For scan/, which writes rows itself. */
export interface OwnershipInside {
  rows: Growing<typeof OWNERSHIP_COLUMNS>;
  members: Numbering;
  prefixes: Numbering;
  tokens: TokenCoder;
  /** Whether all members so far have numbers that fit. */
  isRoomForNames(): boolean;
}

export interface OwnershipBuilder {
  readonly inside: OwnershipInside;
  readonly length: number;
  /** Time of the last row; negative infinity before the first. */
  readonly lastTime: number;
  /** Makes room for so many more rows. */
  makeRoom(more: number): void;
  /** Takes the next row unseen: `event` must have its shape. False if there are too many members. */
  add(event: OwnershipEvent): boolean;
  /** Takes any JSON value; what is no event is left out and counted. */
  append(json: unknown): void;
  /** Takes the rows of a table. `tokens`: the codes here of its large tokens. */
  addTable(table: OwnershipTable, tokens: Float64Array): boolean;
  table(): OwnershipTable;
}

export function createOwnershipBuilder(tokens: TokenCoder, room: Room): OwnershipBuilder {
  const rows = createGrowing(OWNERSHIP_COLUMNS, room);
  const { columns } = rows;
  const members = createNumbering();
  const prefixes = createNumbering();
  let malformed = 0;
  const lastTime = (): number => columns.time[rows.length - 1] ?? Number.NEGATIVE_INFINITY;
  const isRoomForNames = (): boolean => members.list.length <= MOST_MEMBERS;

  function add(event: OwnershipEvent): boolean {
    rows.makeRoom(1);
    const row = rows.length++;
    const { key, lease } = event;
    const endsWithLease = key.endsWith(lease);
    columns.time[row] = event.time;
    columns.member[row] = numberOf(members, event.member);
    columns.revision[row] = codeOfToken(tokens, event.revision);
    columns.deleted[row] = event.type === 'delete' ? 1 : 0;
    columns.lane[row] = event.lane;
    columns.createRevision[row] = codeOfToken(tokens, event.createRevision);
    columns.lease[row] = codeOfLease(tokens, lease);
    columns.prefix[row] = numberOf(prefixes, endsWithLease ? key.slice(0, key.length - lease.length) : key);
    columns.endsWithLease[row] = endsWithLease ? 1 : 0;
    return isRoomForNames();
  }

  return {
    inside: { rows, members, prefixes, tokens, isRoomForNames },
    get length() {
      return rows.length;
    },
    makeRoom: rows.makeRoom,
    get lastTime() {
      return lastTime();
    },
    add,
    append(json) {
      if (isOwnershipEvent(json) && add(json)) return;
      if (!isRoomForNames()) {
        rows.length--;
        members.places.delete(members.list.pop() ?? '');
      }
      malformed++;
    },
    addTable(table, codes) {
      const { length } = table;
      rows.makeRoom(length);
      const start = rows.length;
      const end = start + length;
      copyRows(OWNERSHIP_COLUMNS, columns, start, table, length);
      renumber(columns.member, placesOf(members, table.members), start, end);
      renumber(columns.prefix, placesOf(prefixes, table.prefixes), start, end);
      for (const column of [columns.revision, columns.createRevision, columns.lease]) recode(column, codes, start, end);
      malformed += table.malformed;
      rows.length = end;
      return isRoomForNames();
    },
    table: () => ({ length: rows.length, malformed, ...columns, members: members.list, prefixes: prefixes.list }),
  };
}

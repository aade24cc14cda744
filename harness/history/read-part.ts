/**
 * Reads those lines of a log that begin in a range of its bytes, into tables of their own. Whether they follow on the lines before
 * is for read-tables.ts to say, which puts the parts together. Runs in worker threads, so that it blocks while it reads.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { bytesFor } from './column-sets.js';
import { LOG_KINDS, type LogKind, type LogName, type Place } from './log-kinds.js';
import { FAST_LINES, type FastLines } from './scan/fast-lines.js';
import { createTableBuilders, type LogTables, type TableBuilders } from './table-builders.js';

/** Lines that begin at `start` or later and before `end`, both in bytes. */
export interface PartTask {
  log: LogName;
  path: string;
  start: number;
  end: number;
  /** Whether to take usual lines the fast way (scan/): for little, compiling it takes longer than it saves. */
  isLarge: boolean;
  /** For the columns, if they fit: for large logs new memory for each part, which goes when it is noticed, adds up to much. */
  memory?: SharedArrayBuffer | undefined;
}

export interface LogPart {
  /** The lines before the problem; the other two logs are empty. Their columns may be in the memory that was given. */
  tables: LogTables;
  /** Of the first line; undefined where there is none. */
  first: Place | undefined;
  /** What is wrong with the line that follows the rows. */
  problem: string | undefined;
  /** Whether a last line without its newline was left out. */
  torn: boolean;
}

export const TOO_MANY_NAMES = 'more different nodes, errors or members than can be numbered';

const NEWLINE = 10;
/** A harness error may quote a line of 1 MiB, which JSON can make six times as long. */
const LONGEST = 16 * 1024 * 1024;
const BLOCK = 64 * 1024;
/** Bytes of a line, at the least; rooms for rows are made for more, as memory that is never touched costs nothing. */
const SHORTEST_USUAL = 80;

/** Throws what reading throws. */
export function readPart({ log, path, start, end, isLarge, memory }: PartTask): LogPart {
  const file = openSync(path, 'r');
  try {
    const range = readRange(file, start, Math.min(end, fstatSync(file).size));
    const rows = { history: 0, decisions: 0, ownership: 0, [log]: rowsIn(range.bytes.length) };
    const builders = createTableBuilders(rows, false, memory);
    return parseLines(range, LOG_KINDS[log], isLarge ? FAST_LINES[log](builders) : undefined, builders);
  } finally {
    closeSync(file);
  }
}

/** Memory for the columns of a part of so many bytes, which is handed to `readPart` and not used for another part before it was copied. */
export function memoryFor(partBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytesFor(rowsIn(partBytes + BLOCK)));
}

function rowsIn(bytes: number): number {
  return Math.ceil(bytes / SHORTEST_USUAL);
}

interface Range {
  bytes: Buffer;
  /** Of the last line: `open` has no newline behind it, `endless` is longer than a line can be and only begins here. */
  state: 'whole' | 'open' | 'endless';
}

/** For the bytes of a part, of which nothing is kept when the next one is read. */
let room = Buffer.alloc(0);

function readRange(file: number, start: number, end: number): Range {
  // The byte before tells whether a line begins at `start`.
  const from = Math.max(start - 1, 0);
  const length = end - from;
  if (room.length < length + BLOCK) room = Buffer.allocUnsafeSlow(length + BLOCK);
  const more = readBytes(file, from, length + BLOCK, room);
  const newline = length <= 0 ? -1 : more.indexOf(NEWLINE, length - 1);
  // Usually the last line ends in the block behind the part, and nothing has to be copied.
  const bytes = firstLineOn(more.subarray(0, newline === -1 ? length : newline + 1), start);
  if (bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE) return { bytes, state: 'whole' };
  const pieces = [bytes];
  let lastLine = bytes.length - 1 - bytes.lastIndexOf(NEWLINE);
  for (let at = end; lastLine <= LONGEST; at += BLOCK) {
    const piece = readBytes(file, at, BLOCK);
    const newline = piece.indexOf(NEWLINE);
    pieces.push(newline === -1 ? piece : piece.subarray(0, newline + 1));
    lastLine += newline === -1 ? piece.length : newline;
    if (lastLine > LONGEST) break;
    if (newline !== -1) return { bytes: Buffer.concat(pieces), state: 'whole' };
    if (piece.length === 0) return { bytes: Buffer.concat(pieces), state: 'open' };
  }
  return { bytes: Buffer.concat(pieces), state: 'endless' };
}

/** Without the end of a line that began before `start`. */
function firstLineOn(bytes: Buffer, start: number): Buffer {
  if (start === 0) return bytes;
  const newline = bytes.indexOf(NEWLINE);
  return newline === -1 ? bytes.subarray(bytes.length) : bytes.subarray(newline + 1);
}

/** Fewer bytes only at the end of the file. */
function readBytes(file: number, at: number, length: number, bytes = Buffer.allocUnsafeSlow(length)): Buffer {
  let read = 0;
  while (read < length) {
    const more = readSync(file, bytes, read, length - read, at + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

function parseLines(
  { bytes, state }: Range,
  kind: LogKind,
  fast: FastLines | undefined,
  builders: TableBuilders,
): LogPart {
  let first: Place | undefined;
  let time = Number.NEGATIVE_INFINITY;
  const ended = (problem?: string, torn = false): LogPart => ({ tables: builders.finish(), first, problem, torn });
  let row = 0;
  for (let at = 0; at < bytes.length; row++) {
    const scanned = fast === undefined ? -1 : fast.scan(bytes, at);
    const taken = scanned === -1 ? undefined : fast;
    const end = taken === undefined ? endOfLine(bytes, at) : scanned;
    const isLast = end === bytes.length;
    if (isLast && state === 'endless') return ended('longer than a line can be');
    const entry = taken ?? parseLine(bytes.toString('utf8', at, end), kind);
    // Without its newline the line may still be all there; only then does it count.
    if (typeof entry === 'string') return isLast ? ended(undefined, true) : ended(entry);
    const place = taken === undefined ? kind.placeOf(entry) : taken.place;
    const problem = first && kind.objection(place, first.number + row, time);
    if (problem !== undefined) return ended(problem);
    const fits = taken === undefined ? kind.add(builders, entry) : taken.add();
    if (!fits) return ended(TOO_MANY_NAMES);
    // A copy, as `fast` has one place for all lines.
    first ??= { ...place };
    time = place.time;
    at = end + 1;
  }
  return ended();
}

function endOfLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline === -1 ? bytes.length : newline;
}

function parseLine(line: string, kind: LogKind): object | string {
  try {
    return kind.entryOf(JSON.parse(line));
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

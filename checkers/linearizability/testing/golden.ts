/**
 * Histories drawn by hand, one line an operation, with its time from left to right:
 *
 *     0 write 1      |-----|
 *     1 read 1          |-----|
 *     2 cas 1 2           |---?       indeterminate
 *     3 cas! 5 2           |--|       found another value than 5
 *
 * First the process, then the operation and its values, which may be any words: `nil`, `?` for a read that was not recorded, and
 * `[x y]` for what a read of a list or set returned. `@1` makes it an operation on object 1. Tokens of `acquire` are ranks, from
 * 1 on. Of events in one column, calls come first, so that their operations are concurrent. For tests; not part of the program.
 */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
  UNKNOWN_VALUE,
  WRITE,
} from '../operations.js';
import { type Draft, operationsOf } from './drafts.js';

const FUNCTIONS: Record<string, number> = {
  read: READ,
  write: WRITE,
  cas: CAS,
  'cas!': CAS,
  acquire: ACQUIRE,
  release: RELEASE,
  append: APPEND,
  add: ADD,
};

export function golden(drawing: string): Operations {
  const values: unknown[] = [null];
  const lines = drawing.split('\n').filter((line) => line.trim() !== '');
  const drafts = lines.map((line, n) => draft(line, n / lines.length, values));
  return operationsOf(drafts, values);
}

function draft(line: string, tieBreak: number, values: unknown[]): Draft {
  const start = line.indexOf('|');
  const end = Math.max(line.lastIndexOf('|'), line.lastIndexOf('?'));
  const words = line
    .slice(0, start)
    .replace(/\[.*\]/, '')
    .trim()
    .split(/\s+/);
  const object = words.find((word) => word.startsWith('@'))?.slice(1) ?? '0';
  const [process, name = '', a, b] = words.filter((word) => !word.startsWith('@'));
  const f = FUNCTIONS[name];
  if (start === -1 || end <= start || f === undefined) throw new Error(`cannot read: ${line}`);
  const lost = line[end] === '?';
  const code = (word: string | undefined): number => {
    if (word === undefined || word === 'nil') return NIL;
    if (word === '?') return UNKNOWN_VALUE;
    if (f === ACQUIRE) return Number(word);
    return values.includes(word) ? values.indexOf(word) : values.push(word) - 1;
  };
  const list = /\[(.*)\]/.exec(line)?.[1]?.split(/\s+/).filter(Boolean).map(code);
  return {
    process: Number(process),
    f,
    call: start * 2 + tieBreak,
    ret: lost ? NEVER : end * 2 + 1 + tieBreak,
    object: Number(object),
    a: code(a),
    b: code(b),
    outcome: lost ? INDETERMINATE : name === 'cas!' ? MISMATCHED : OK,
    ...(list === undefined ? {} : { list }),
  };
}

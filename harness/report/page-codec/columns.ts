/**
 * Columns of numbers as varints of their differences from what could be expected; a column of doubles that are not all whole and
 * below 2^51 is written as it is. A difference is folded so that small ones of either sign have few bytes (0, -1, 1, -2 ...).
 */
import type { ByteReader, ByteWriter } from './bytes.js';

export type NumberColumn = Uint16Array | Int32Array | Float64Array;

/**
 * What a value is expected to be: `nothing` 0; `previous` that of the row before; `same` that of the last row with the same key
 * in `of`; `beside` that of the same row in `of`, and -1 stands for "none" whatever is expected.
 */
export type Expected =
  | { readonly by: 'nothing' }
  | { readonly by: 'previous' }
  | { readonly by: 'same'; readonly of: Uint16Array }
  | { readonly by: 'beside'; readonly of: NumberColumn };

/** Differences of two such numbers, folded, are still exact. */
const LARGEST = 2 ** 51;
const KEYS = 2 ** 16;
const [VARINTS, RAW] = [0, 1];

export function writeColumn(out: ByteWriter, column: NumberColumn, expected: Expected): void {
  if (column instanceof Float64Array && !column.every(isWhole)) {
    out.varint(RAW);
    out.bytes(littleEndian(column));
    return;
  }
  out.varint(VARINTS);
  const { length } = column;
  switch (expected.by) {
    case 'nothing':
      for (let row = 0; row < length; row++) out.varint(folded(column[row] as number));
      return;
    case 'previous':
      for (let row = 0, last = 0; row < length; row++) {
        out.varint(folded((column[row] as number) - last));
        last = column[row] as number;
      }
      return;
    case 'same': {
      const last = new Float64Array(KEYS);
      for (let row = 0; row < length; row++) {
        const key = expected.of[row] as number;
        out.varint(folded((column[row] as number) - (last[key] as number)));
        last[key] = column[row] as number;
      }
      return;
    }
    case 'beside':
      for (let row = 0; row < length; row++) {
        const value = column[row] as number;
        out.varint(value === -1 ? 0 : folded(value - known(expected.of[row] as number)) + 1);
      }
      return;
  }
}

/** Fills `column`, which must be as long as the one that was written, with the same expectation. */
export function readColumn<Column extends NumberColumn>(from: ByteReader, column: Column, expected: Expected): Column {
  const { length } = column;
  if (from.varint() === RAW) {
    const view = new DataView(Uint8Array.from(from.bytes(8 * length)).buffer);
    for (let row = 0; row < length; row++) column[row] = view.getFloat64(8 * row, true);
    return column;
  }
  switch (expected.by) {
    case 'nothing':
      for (let row = 0; row < length; row++) column[row] = unfolded(from.varint());
      break;
    case 'previous':
      for (let row = 0, last = 0; row < length; row++) column[row] = last += unfolded(from.varint());
      break;
    case 'same': {
      const last = new Float64Array(KEYS);
      for (let row = 0; row < length; row++) {
        const key = expected.of[row] as number;
        column[row] = last[key] = (last[key] as number) + unfolded(from.varint());
      }
      break;
    }
    case 'beside':
      for (let row = 0; row < length; row++) {
        const code = from.varint();
        column[row] = code === 0 ? -1 : known(expected.of[row] as number) + unfolded(code - 1);
      }
      break;
  }
  return column;
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < LARGEST && !Object.is(value, -0);
}

/** What is no whole number is of no help for another one. */
function known(beside: number): number {
  return isWhole(beside) ? beside : 0;
}

function folded(difference: number): number {
  return difference >= 0 ? 2 * difference : -2 * difference - 1;
}

function unfolded(code: number): number {
  // Most codes are small, and for those there are operators on integers.
  if (code < 2 ** 31) return (code >>> 1) ^ -(code & 1);
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

function littleEndian(column: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * column.length));
  column.forEach((value, row) => view.setFloat64(8 * row, value, true));
  return new Uint8Array(view.buffer);
}

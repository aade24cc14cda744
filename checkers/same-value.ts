/** Equality of JSON values, where a missing value and null are one: a key that nobody wrote has neither. */
import { NUMBER, type ValueColumns } from '../harness/history/tables.js';
import { valueAt } from '../harness/history/value-columns.js';

/** O(size). Objects are compared without regard to the order of their keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null) return (a ?? null) === (b ?? null);
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(([key, value]) => Object.hasOwn(b, key) && sameValue(value, (b as Record<string, unknown>)[key]));
}

/** The same for the values of two rows of tables. */
export function sameCell(a: ValueColumns, rowA: number, b: ValueColumns, rowB: number): boolean {
  // Most are numbers.
  if (a.valueKind[rowA] === NUMBER && b.valueKind[rowB] === NUMBER) {
    const x = a.number[rowA];
    const y = b.number[rowB];
    return x === y || Object.is(x, y);
  }
  return sameValue(valueAt(a, rowA), valueAt(b, rowB));
}

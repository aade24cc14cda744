/** Values in columns: most are numbers, and of the others many are equal and can be one object. */
import { ABSENT, NULL, NUMBER, OTHER, type ValueColumns } from './tables.js';

export function putValue(
  { valueKind, number }: Pick<ValueColumns, 'valueKind' | 'number'>,
  values: unknown[],
  row: number,
  value: unknown,
): void {
  if (typeof value === 'number') {
    valueKind[row] = NUMBER;
    number[row] = value;
  } else if (value === undefined) valueKind[row] = ABSENT;
  else if (value === null) valueKind[row] = NULL;
  else {
    valueKind[row] = OTHER;
    number[row] = values.push(value) - 1;
  }
}

/** The value of a row; undefined where there is none. */
export function valueAt({ valueKind, number, values }: ValueColumns, row: number): unknown {
  switch (valueKind[row]) {
    case NUMBER:
      return number[row];
    case NULL:
      return null;
    case OTHER:
      return values[number[row] as number];
    default:
      return undefined;
  }
}

/** Puts the values of a part of the table, which are those of the rows from `start` to before `end`, to the others. */
export function addValues(
  { valueKind, number }: Pick<ValueColumns, 'valueKind' | 'number'>,
  values: unknown[],
  part: readonly unknown[],
  start: number,
  end: number,
): void {
  const before = values.length;
  for (const value of part) values.push(value);
  if (part.length === 0) return;
  for (let row = start; row < end; row++) if (valueKind[row] === OTHER) number[row] = (number[row] as number) + before;
}

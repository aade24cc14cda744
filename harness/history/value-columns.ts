/** Values in columns: most are numbers, and only the others are objects of their own. */
import { ABSENT, NULL, NUMBER, OTHER, type ValueColumns } from './tables.js';

export function putValue(
  { valueKind, number }: Pick<ValueColumns, 'valueKind' | 'number'>,
  values: Map<number, unknown>,
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
    values.set(row, value);
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
      return values.get(row);
    default:
      return undefined;
  }
}

/** Puts the values of a part of the table, which begins at row `start`, to the others. */
export function addValues(values: Map<number, unknown>, part: ReadonlyMap<number, unknown>, start: number): void {
  for (const [row, value] of part) values.set(start + row, value);
}

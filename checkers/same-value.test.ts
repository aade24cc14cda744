/** Which values of JSON are equal, as values and as cells of tables. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueColumns } from '../harness/history/tables.js';
import { putValue } from '../harness/history/value-columns.js';
import { createCodes } from './key-steps.js';
import { sameCell, sameValue } from './same-value.js';

const PAIRS: readonly [a: unknown, b: unknown, isSame: boolean][] = [
  [undefined, null, true],
  [null, 0, false],
  [undefined, 0, false],
  [undefined, '', false],
  [null, false, false],
  [null, [], false],
  [undefined, {}, false],
  [1, 1, true],
  [1, 2, false],
  [0, -0, true],
  [Number.NaN, Number.NaN, true],
  [1, '1', false],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', ['a'], false],
  [7, {}, false],
  [true, true, true],
  [true, false, false],
  [[], [], true],
  [[], {}, false],
  [['a', 'b'], ['a', 'b'], true],
  [['a', 'b'], ['b', 'a'], false],
  [['a', 'b'], ['a', 'c'], false],
  [['a'], ['a', 'b'], false],
  [['a'], { 0: 'a' }, false],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1, c: 2 }, false],
  // A key that is there with nothing in it is there.
  [{ a: 1, b: null }, { a: 1, c: null }, false],
  [{ a: { b: [1, null] } }, { a: { b: [1, null] } }, true],
  [{ a: { b: [1, null] } }, { a: { b: [1, 2] } }, false],
];

/** A table of these values, a row each. */
function columns(...values: unknown[]): ValueColumns {
  const others: unknown[] = [];
  const kinds = { valueKind: new Uint8Array(values.length), number: new Float64Array(values.length) };
  values.forEach((value, row) => putValue(kinds, others, row, value));
  return { ...kinds, values: others };
}

describe('equality of values', () => {
  it.each(PAIRS)('of %s and another: as values and as cells, in both directions', (a, b, isSame) => {
    expect([sameValue(a, b), sameValue(b, a)]).toEqual([isSame, isSame]);
    // Behind another of its kind, so that no two equal ones stand at one place.
    const [one, other] = [columns('x', 9, a), columns(b)];
    expect([sameCell(one, 2, other, 0), sameCell(other, 0, one, 2)]).toEqual([isSame, isSame]);
  });

  it('takes a number for no text that stands at the place of that number', () => {
    const [texts, numbers] = [columns('x', 'y'), columns(1)];
    expect([sameCell(texts, 1, numbers, 0), sameCell(numbers, 0, texts, 1)]).toEqual([false, false]);
  });

  it('is what one code stands for', () => {
    const small = fc.jsonValue({ maxDepth: 2 });
    const related = small.chain((a) => fc.tuple(fc.constant(a), fc.oneof(small, fc.constant(structuredClone(a)))));
    fc.assert(
      fc.property(related, ([a, b]) => {
        const codes = createCodes();
        const isSame = codes.codeOf(a) === codes.codeOf(b);
        expect(sameValue(a, b)).toBe(isSame);
        expect(sameCell(columns(a), 0, columns(b), 0)).toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });
});

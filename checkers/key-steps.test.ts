/** Codes for values, what may be a first value, and values in words. */
import { describe, expect, it } from 'vitest';
import { createCodes, isInitial, sayValue } from './key-steps.js';

describe('codes of values', () => {
  it('are one for equal values, whatever the order of the keys of objects, and count from 1', () => {
    const codes = createCodes();
    expect(codes.size).toBe(1);
    const values = ['5', 5, 'a', '"a', true, [5], ['5'], [[5]], { a: 1, b: [{ c: 1, d: null }] }, { a: 1 }, {}, []];
    expect(values.map((value) => codes.codeOf(value))).toEqual(values.map((_, n) => n + 1));
    expect(codes.size).toBe(values.length + 1);
    expect(values.map((value) => codes.codeOf(structuredClone(value)))).toEqual(values.map((_, n) => n + 1));
    expect(codes.codeOf({ b: [{ d: null, c: 1 }], a: 1 })).toBe(9);
    expect(codes.codeOf({ b: [{ d: null, c: 2 }], a: 1 })).toBe(13);
    expect(codes.size).toBe(14);
  });

  it('are not those of a text that reads like the value', () => {
    const codes = createCodes();
    const values = [[5], '[5]', {}, '{}', 5, '5', true, 'true'];
    expect(values.map((value) => codes.codeOf(value))).toEqual(values.map((_, n) => n + 1));
  });

  it('are 0 for what is missing', () => {
    const codes = createCodes();
    expect([codes.codeOf(null), codes.codeOf(undefined), codes.size]).toEqual([0, 0, 1]);
    expect([codes.codeOf([null]), codes.codeOf({ a: null })]).toEqual([1, 2]);
  });
});

describe('the value that nobody has written', () => {
  it('is none, null, 0 or an empty list', () => {
    expect([undefined, null, 0, []].map(isInitial)).toEqual([true, true, true, true]);
    const others = [1, '', '0', false, {}, [0], [null], { length: 0 }];
    expect(others.map(isInitial)).toEqual(others.map(() => false));
  });
});

describe('a value in words', () => {
  it('is its JSON, up to forty letters', () => {
    expect([undefined, null, 7, 'a', [1, 'b']].map(sayValue)).toEqual(['null', 'null', '7', '"a"', '[1,"b"]']);
    expect(sayValue('x'.repeat(38))).toBe(`"${'x'.repeat(38)}"`);
    expect(sayValue('x'.repeat(39))).toBe(`"${'x'.repeat(39)}…`);
    expect(sayValue(() => 1)).toBe('() => 1');
  });
});

import { describe, expect, it } from 'vitest';
import { worst } from './exit-codes.js';

describe('worst', () => {
  it.each([
    [[0, 2], 2],
    [[2, 1], 1],
    [[1, 3], 3],
    [[3, 70], 70],
    [[70, 130], 130],
    [[0, 0], 0],
  ] as const)('of %j is %d', (codes, expected) => {
    expect(worst(codes)).toBe(expected);
  });
  it('knows nothing of no runs', () => {
    expect(worst([])).toBe(2);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPairIndex, find, put } from './pair-index.js';

describe('the index of pairs', () => {
  it('does as a map does, for any numbers', () => {
    const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const pairs = fc.array(fc.tuple(number, number), { maxLength: 60 });
    fc.assert(
      fc.property(pairs, (all) => {
        const index = createPairIndex(all.length);
        const known = new Map<string, number>();
        all.forEach(([first, second], row) => {
          expect(find(index, first, second)).toBe(known.get(`${first} ${second}`) ?? -1);
          expect(put(index, first, second, row)).toBe(known.get(`${first} ${second}`) ?? -1);
          if (!known.has(`${first} ${second}`)) known.set(`${first} ${second}`, row);
        });
        for (const [pair, row] of known) {
          const [first, second] = pair.split(' ').map(Number) as [number, number];
          expect(find(index, first, second)).toBe(row);
        }
      }),
    );
  });

  it('finds its way where all that is next to each other is taken', () => {
    const count = 100_000;
    const index = createPairIndex(count);
    for (let row = 0; row < count; row++) expect(put(index, row % 10, Math.floor(row / 10), row)).toBe(-1);
    for (let row = 0; row < count; row += 97) expect(find(index, row % 10, Math.floor(row / 10))).toBe(row);
    expect(find(index, 10, 0)).toBe(-1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntMap } from './int-map.js';
import { NONE } from './tables.js';

describe('IntMap', () => {
  it('keeps what a Map would keep, for small keys and for any others', () => {
    const key = fc.oneof(fc.nat(200), fc.integer(), fc.constantFrom(2 ** 20 - 1, 2 ** 20, -1));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer({ min: NONE, max: 9 })), { maxLength: 60 }), (all) => {
        const map = new IntMap();
        const plain = new Map<number, number>();
        for (const [key, value] of all) {
          expect(map.get(key)).toBe(plain.get(key) ?? NONE);
          map.set(key, value);
          plain.set(key, value);
        }
        for (const [key] of all) expect(map.get(key)).toBe(plain.get(key));
      }),
      { numRuns: 200 },
    );
  });
});

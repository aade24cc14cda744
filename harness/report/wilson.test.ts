import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from './wilson.js';

describe('wilson', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%d of %d', (hits, tries, low, high) => {
    const found = wilson(hits, tries) ?? expect.fail('no interval');
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('reaches its end where all or nothing was hit: no rounding may say that nothing was impossible', () => {
    for (const tries of [4, 10, 69, 75, 125, 1_999_956]) {
      expect(wilson(0, tries)?.low).toBe(0);
      expect(wilson(tries, tries)?.high).toBe(1);
    }
  });

  it('holds the rate, lies within 0 and 1, and is the same seen from the other side', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, share) => {
        const hits = Math.round(share * tries);
        const { low, high } = wilson(hits, tries) ?? expect.fail('no interval');
        const other = wilson(tries - hits, tries) ?? expect.fail('no interval');
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(hits / tries + 1e-12);
        expect(high).toBeGreaterThanOrEqual(hits / tries - 1e-12);
        expect(other.low).toBeCloseTo(1 - high, 9);
      }),
    );
  });

  it('is none of nothing, and of what cannot be', () => {
    expect([wilson(0, 0), wilson(2, 1), wilson(-1, 3), wilson(1, Number.NaN)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

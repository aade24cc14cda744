import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SEED, stream } from './random.js';

const draws = (seed: number, role: string): number[] => {
  const drawn = stream(seed, role);
  return Array.from({ length: 20 }, () => drawn.int(0, 1_000_000));
};

describe('stream', () => {
  it('gives the same draws for the same seed and role, and others for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SEED }), (seed) => {
        expect(draws(seed, 'a')).toEqual(draws(seed, 'a'));
        expect(draws(seed, 'a')).not.toEqual(draws(seed, 'b'));
        expect(draws(seed, 'a')).not.toEqual(draws((seed + 1) % (MAX_SEED + 1), 'a'));
      }),
    );
  });

  it('is the same on every machine', () => {
    const drawn = stream(42, 'faults/lane-0');
    expect([drawn.int(0, 999), drawn.int(0, 999), drawn.int(0, 999)]).toMatchInlineSnapshot(`
      [
        200,
        670,
        537,
      ]
    `);
  });
});

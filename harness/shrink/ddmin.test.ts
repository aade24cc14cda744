import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ddmin } from './ddmin.js';

const items = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('ddmin', () => {
  it('finds exactly what is needed, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(39), { maxLength: 5 }), async (count, some) => {
        const needed = [...new Set(some.map((n) => n % count))].sort((a, b) => a - b);
        const found = await ddmin(items(count), async (candidates) => {
          const at = candidates.findIndex((each) => needed.every((one) => each.includes(one)));
          return at < 0 ? undefined : at;
        });
        expect(found).toEqual(needed);
      }),
    );
  });

  it('leaves nothing that could be left out by itself, also where more is not always more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.func(fc.boolean()), async (count, isShown) => {
        const shown = (each: readonly number[]): boolean => each.length === count || isShown(each.join());
        const found = await ddmin(items(count), async (candidates) => {
          const at = candidates.findIndex(shown);
          return at < 0 ? undefined : at;
        });
        expect(shown(found)).toBe(true);
        for (const one of found) expect(shown(found.filter((other) => other !== one))).toBe(false);
      }),
    );
  });

  it('asks few questions where one of many is needed', async () => {
    let questions = 0;
    const found = await ddmin(items(64), async (candidates) => {
      questions++;
      const at = candidates.findIndex((each) => each.includes(37));
      return at < 0 ? undefined : at;
    });
    expect(found).toEqual([37]);
    expect(questions).toBe(7);
  });
});

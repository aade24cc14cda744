import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { panned, pinched, revealed, timeAt, xOf, zoomed } from './scale.js';

const scale = { window: { from: 1000, to: 3000 }, left: 100, width: 400 };

describe('the scale', () => {
  it('goes from time to pixels and back', () => {
    expect([xOf(scale, 1000), xOf(scale, 2000), xOf(scale, 3000)]).toEqual([100, 300, 500]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 }), (ns) => {
        expect(timeAt(scale, xOf(scale, ns))).toBeCloseTo(ns, 6);
      }),
    );
  });

  it('zooms about a moment, which stays where it is', () => {
    const window = zoomed(scale.window, 0.25, 1500);
    expect(window).toEqual({ from: 1375, to: 1875 });
    expect(xOf({ ...scale, window }, 1500)).toBe(xOf(scale, 1500));
  });

  it('pans to the ends of the run and no further', () => {
    expect(panned(scale.window, 500, 10_000)).toEqual({ from: 1500, to: 3500 });
    expect(panned(scale.window, -5000, 10_000)).toEqual({ from: 0, to: 2000 });
    expect(panned(scale.window, 50_000, 10_000)).toEqual({ from: 8000, to: 10_000 });
  });

  it('keeps what lies under two fingers under them', () => {
    const before = [150, 250] as const;
    const now = [120, 420] as const;
    const after = { ...scale, window: pinched(scale, before, now) };
    for (const n of [0, 1] as const) expect(timeAt(after, now[n])).toBeCloseTo(timeAt(scale, before[n]), 6);
    expect(pinched(scale, before, [300, 200])).toEqual(scale.window);
  });

  it('moves as little as shows a thing', () => {
    expect(revealed(scale.window, 1200, 1300, 10_000)).toBe(scale.window);
    expect(revealed(scale.window, 5000, 5200, 10_000)).toEqual({ from: 4100, to: 6100 });
    expect(revealed(scale.window, 5000, 9000, 10_000)).toEqual({ from: 4800, to: 6800 });
  });
});

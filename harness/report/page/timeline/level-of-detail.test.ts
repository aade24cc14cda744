import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visit } from './level-of-detail.js';
import { countOf, lowerBound, makeTrack, nextBound, type Track, touching } from './tracks.js';

interface Thing {
  readonly row: number;
  readonly start: number;
  readonly end: number;
  readonly grade: number;
}

const trackOf = (things: readonly Thing[], rows = 2): Track =>
  makeTrack(rows, {
    row: Int32Array.from(things, ({ row }) => row),
    start: Float64Array.from(things, ({ start }) => start),
    end: Float64Array.from(things, ({ end }) => end),
    grade: Uint8Array.from(things, ({ grade }) => grade),
    grades: 3,
  });

const anyThing = fc
  .record({
    row: fc.constantFrom(0, 1),
    start: fc.nat(10_000),
    long: fc.constantFrom(0, 1, 7, 300, 5000),
    grade: fc.nat(2),
  })
  .map(({ row, start, long, grade }): Thing => ({ row, start, end: start + long, grade }));

describe('tracks', () => {
  it('hold the things of each row in the order of time, with running sums', () => {
    const track = trackOf([
      { row: 1, start: 50, end: 60, grade: 0 },
      { row: 0, start: 30, end: 35, grade: 2 },
      { row: 0, start: 10, end: 90, grade: 1 },
      { row: -1, start: 0, end: 1, grade: 0 },
    ]);
    expect([...track.offsets]).toEqual([0, 2, 3]);
    expect([...track.ids]).toEqual([2, 1, 0]);
    expect([...track.reach]).toEqual([90, 90, 60]);
    expect(track.busy[2]! - track.busy[0]!).toBe(85);
    expect([countOf(track, 1, 0, 2), countOf(track, 2, 0, 2), countOf(track, 2, 2, 3)]).toEqual([1, 1, 0]);
  });

  it('are searched as by looking at everything', () => {
    const sorted = fc.array(fc.nat(50), { maxLength: 60 }).map((list) => Float64Array.from(list).sort());
    fc.assert(
      fc.property(sorted, fc.nat(52), fc.nat(60), (values, wanted, from) => {
        const start = Math.min(from, values.length);
        const found = [...values].findIndex((value, n) => n >= start && value >= wanted);
        expect(lowerBound(values, wanted, start, values.length)).toBe(found < 0 ? values.length : found);
        expect(nextBound(values, wanted, start, values.length)).toBe(found < 0 ? values.length : found);
      }),
    );
    fc.assert(
      fc.property(fc.array(anyThing), fc.nat(10_000), fc.nat(3000), (things, from, width) => {
        const track = trackOf(things);
        const [a, b] = touching(track, 0, from, from + width);
        const found = new Set(track.ids.subarray(a, b));
        things.forEach(({ row, start, end }, n) => {
          if (row === 0 && end >= from && start < from + width) expect(found.has(n)).toBe(true);
        });
      }),
    );
  });
});

describe('what is drawn', () => {
  it('is every thing of the window once, as itself or in the column of the pixel in which it begins', () => {
    fc.assert(
      fc.property(
        fc.array(anyThing, { maxLength: 200 }),
        fc.nat(9000),
        fc.integer({ min: 10, max: 10_000 }),
        (things, from, width) => {
          const track = trackOf(things);
          const scale = { window: { from, to: from + width }, left: 50, width: 100 };
          const perPixel = width / 100;
          const seen = new Map<number, number>();
          const see = (place: number): void => void seen.set(track.ids[place]!, (seen.get(track.ids[place]!) ?? 0) + 1);
          let before = -Infinity;
          visit(track, 0, scale, {
            thing(place, x0, x1) {
              expect(x1).toBeGreaterThanOrEqual(x0);
              expect(track.end[place]! - track.start[place]!).toBeGreaterThanOrEqual(perPixel * 0.999);
              see(place);
            },
            pixel(x, a, b) {
              expect(x).toBeGreaterThanOrEqual(before);
              before = x;
              for (let place = a; place < b; place++) {
                see(place);
                expect(track.end[place]! - track.start[place]!).toBeLessThan(perPixel * 1.001);
                const at = (track.start[place]! - from) / perPixel + 50;
                expect(at).toBeGreaterThan(x - 1e-6);
                expect(at).toBeLessThan(x + 1 + 1e-6);
              }
            },
          });
          things.forEach(({ row, start, end }, n) => {
            if (row === 0 && end >= from && start < from + width) expect(seen.get(n)).toBe(1);
          });
          for (const times of seen.values()) expect(times).toBe(1);
        },
      ),
    );
  });

  it('is a long thing as itself, though shorter ones begin within the same pixel before and after it', () => {
    const track = trackOf([
      { row: 0, start: 100, end: 101, grade: 0 },
      { row: 0, start: 101, end: 90_000, grade: 0 },
      { row: 0, start: 102, end: 103, grade: 0 },
    ]);
    const drawn: unknown[] = [];
    visit(
      track,
      0,
      { window: { from: 0, to: 100_000 }, left: 0, width: 1000 },
      {
        thing: (place) => drawn.push(['thing', place]),
        pixel: (x, a, b) => drawn.push(['pixel', x, a, b]),
      },
    );
    expect(drawn).toEqual([
      ['pixel', 1, 0, 1],
      ['thing', 1],
      ['pixel', 1, 2, 3],
    ]);
  });

  it('takes some steps for each pixel, not for each thing', () => {
    const many = 200_000;
    const start = Float64Array.from({ length: many }, (_, n) => n * 10);
    const track = makeTrack(1, { row: new Int32Array(many), start, end: start.map((at) => at + 8) });
    let [steps, things] = [0, 0];
    const scale = { window: { from: 0, to: many * 10 }, left: 0, width: 1000 };
    visit(track, 0, scale, { thing: () => (steps += 1), pixel: (_x, a, b) => [(steps += 1), (things += b - a)] });
    expect(things).toBe(many);
    expect(steps).toBeLessThanOrEqual(1001);
  });
});

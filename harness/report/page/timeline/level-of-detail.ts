/**
 * What of a row is drawn for a window: each thing that is a pixel wide or wider as itself, and the rest as one sum per pixel. So a
 * frame costs at most a few steps for each pixel, whether the row has ten things or a million, and no thing is ever left out.
 * Pure.
 */
import type { Scale } from './scale.js';
import { lowerBound, nextBound, touching, type Track } from './tracks.js';

export interface Visitor {
  /** One thing at `place` of the track, from x0 to x1 in pixels, both kept to the plot and a little beyond. */
  thing(place: number, x0: number, x1: number): void;
  /** The things at places a..b (two or more, or one thinner than a pixel) all begin within the pixel from x to x + 1. */
  pixel(x: number, a: number, b: number): void;
}

const BEYOND = 8;

export function visit(track: Track, row: number, scale: Scale, visitor: Visitor): void {
  const { window, left, width } = scale;
  const perPixel = (window.to - window.from) / width;
  const { start, end } = track;
  const [first, last] = touching(track, row, window.from - BEYOND * perPixel, window.to + BEYOND * perPixel);
  const [least, most] = [left - BEYOND, left + width + BEYOND];
  let place = first;
  while (place < last) {
    const x0 = (start[place]! - window.from) / perPixel + left;
    const x1 = (end[place]! - window.from) / perPixel + left;
    if (x1 - x0 >= 1) {
      if (x1 >= least) visitor.thing(place, Math.max(least, x0), Math.min(most, x1));
      place += 1;
      continue;
    }
    const x = Math.floor(x0);
    const next = window.from + (x + 1 - left) * perPixel;
    const until = nextBound(start, next, place, last);
    // Rounding may put the bound on the thing itself; one thing is always taken, so that the loop ends.
    const b = beforeWide(track, place, Math.max(place + 1, until), perPixel, next);
    if (x >= least) visitor.pixel(x, place, b);
    place = b;
  }
}

/**
 * Of the things at places a..b, all of which begin before `next`: where the first behind `a` stands that is a pixel wide and so is drawn as
 * itself; `b` if there is none. It need not be the last: a lease is kept alive while a request waits.
 */
function beforeWide({ start, end, reach, busy }: Track, a: number, b: number, perPixel: number, next: number): number {
  if (busy[b]! - busy[a]! < perPixel) return b;
  for (let place = lowerBound(reach, next, a + 1, b); place < b; place++)
    if (end[place]! - start[place]! >= perPixel) return place;
  return b;
}

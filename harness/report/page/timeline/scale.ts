/** From time to pixels and back, and the windows that zooming and panning lead to. Pure. */
import type { Window } from '../state.js';

export interface Scale {
  readonly window: Window;
  /** Where the plot begins and how wide it is, in CSS pixels. */
  readonly left: number;
  readonly width: number;
}

export function xOf({ window, left, width }: Scale, ns: number): number {
  return left + ((ns - window.from) / (window.to - window.from)) * width;
}

export function timeAt({ window, left, width }: Scale, x: number): number {
  return window.from + ((x - left) / width) * (window.to - window.from);
}

export function nsPerPixel({ window, width }: Scale): number {
  return (window.to - window.from) / width;
}

/** `factor` below 1 zooms in; the moment `about` stays where it is on the screen. */
export function zoomed(window: Window, factor: number, about: number): Window {
  return { from: about - (about - window.from) * factor, to: about + (window.to - about) * factor };
}

/** Moves by whole nanoseconds, and stops at either end of the run with its width unchanged. */
export function panned({ from, to }: Window, by: number, endNs: number): Window {
  const move = Math.max(-from, Math.min(endNs - to, Math.round(by)));
  return { from: from + move, to: to + move };
}

/** The window that shows from..to; it keeps its width, and its place if both are in it already. */
export function revealed(window: Window, from: number, to: number, endNs: number): Window {
  const width = window.to - window.from;
  if (from >= window.from && to <= window.to) return window;
  if (to - from > width * 0.9) return panned(window, from - width * 0.1 - window.from, endNs);
  return panned(window, (from + to) / 2 - width / 2 - window.from, endNs);
}

/** What two fingers do: the moments that lay under them when they came down stay under them. */
export function pinched(scale: Scale, before: readonly [number, number], now: readonly [number, number]): Window {
  const span = Math.max(8, Math.abs(now[1] - now[0])) * Math.sign(now[1] - now[0] || 1);
  const moments = before.map((x) => timeAt(scale, x)) as [number, number];
  const perPixel = (moments[1] - moments[0]) / span;
  if (!(perPixel > 0)) return scale.window;
  const from = moments[0] - (now[0] - scale.left) * perPixel;
  return { from, to: from + scale.width * perPixel };
}

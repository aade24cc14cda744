/** Moments, durations and marks of the axis in units that people use, from hours to nanoseconds. Pure. */
import type { Window } from '../state.js';

const US = 1e3;
const MS = 1e6;
const SECOND = 1e9;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const STEPS = [
  ...Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat(),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/**
 * Marks at round moments, at least `leastApart` pixels from each other. Marks below a second tell their moment in full only
 * where a new second begins; between, they count from the last mark that did, so that a label never has fifteen digits.
 */
export function ticks(window: Window, width: number, leastApart = 96): { step: number; base: number; list: Tick[] } {
  const least = ((window.to - window.from) / width) * leastApart;
  const step = STEPS.find((candidate) => candidate >= least) ?? Math.ceil(least / (24 * HOUR)) * 24 * HOUR;
  const base = baseOf(window, step);
  const list: Tick[] = [];
  for (let n = Math.ceil(window.from / step); n * step <= window.to; n++) {
    const at = n * step;
    list.push({ at, text: base === 0 ? moment(at, step) : `+${short(at - base, step)}` });
  }
  return { step, base, list };
}

/** The moment from which labels count: 0 as long as labels from there are short, else a round moment before the window. */
function baseOf(window: Window, step: number): number {
  if (step >= MS) return 0;
  const unit = step >= US ? SECOND / 100 : MS / 100;
  const base = Math.floor(window.from / unit) * unit;
  return base;
}

/** `1:02:03`, `2:03`, `12 s`, `12.25 s`: a moment, as exactly as marks `step` apart need it. */
export function moment(ns: number, step: number): string {
  const decimals = Math.max(0, Math.min(9, Math.ceil(Math.log10(SECOND / step) - 1e-9)));
  if (ns < MINUTE) return `${(ns / SECOND).toFixed(decimals)} s`;
  const scaled = Math.round(ns / 10 ** (9 - decimals)) / 10 ** decimals;
  const hours = Math.floor(scaled / 3600);
  const minutes = Math.floor((scaled % 3600) / 60);
  const seconds = (scaled % 60).toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

function short(ns: number, step: number): string {
  const [unit, name] = ns >= MS || step >= MS ? [MS, 'ms'] : ns >= US || step >= US ? [US, 'µs'] : [1, 'ns'];
  const decimals = Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9));
  return `${(ns / unit).toFixed(Math.min(decimals, 6))} ${name}`;
}

/** `2 h 5 min`, `4.61 s`, `13.2 ms`, `310 µs`, `17 ns`; takes nanoseconds. */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  // Rounded before it is taken apart: there is no `2 min 60 s`.
  const [minutes, seconds] = [Math.round(ns / MINUTE), Math.round(ns / SECOND)];
  if (seconds >= 3600) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  if (size >= 100 * SECOND) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (size >= SECOND) return `${digits(ns / SECOND)} s`;
  if (size >= MS) return `${digits(ns / MS)} ms`;
  if (size >= US) return `${digits(ns / US)} µs`;
  return `${Math.round(ns)} ns`;
}

const digits = (n: number): string => String(Number(n.toPrecision(3)));

/** `21.548016058 s`: a moment to the nanosecond, its digits in threes. */
export function exactly(ns: number): string {
  const whole = Math.floor(ns / SECOND);
  const rest = String(Math.round(ns - whole * SECOND)).padStart(9, '0');
  return `${whole}.${rest.slice(0, 3)}\u202f${rest.slice(3, 6)}\u202f${rest.slice(6)}\u00a0s`;
}

/** As exact as the width of a window makes sensible: three digits below it. */
export function roughly(ns: number, width: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, width))) - 2);
  return moment(ns, Math.min(step, SECOND));
}

/**
 * The arithmetic of bent clocks. Pure; the same in the stubs (stub-x64.S), bit for bit: rates are 32.32 fixed point, and
 * a product is rounded down.
 */
import type { ClockChange } from '../protocol.js';

/** One family's clock: two straight lines that meet, or part, at one moment of the kernel's clock. All in ns. */
export interface Line {
  at: bigint;
  fakeBefore: bigint;
  rateBefore: bigint;
  fakeAfter: bigint;
  rateAfter: bigint;
}

/** CLOCK_REALTIME with those that follow it, CLOCK_MONOTONIC with those that follow it. */
export interface Parameters {
  wall: Line;
  monotonic: Line;
}

/** One moment on both clocks of the machine, in ns. */
export interface Moment {
  wall: bigint;
  monotonic: bigint;
}

export type Bent = { ok: true; parameters: Parameters } | { ok: false; reason: string };

/** Lowest and highest rate. */
export const RATES = [0.01, 100] as const;

const FRACTION_BITS = 32n;
const TRUE_RATE = 1n << FRACTION_BITS;
/** Later readings than this (in the year 2116) are refused: the stub's arithmetic has to stay within 64 bits. */
const LATEST = 1n << 62n;

const TRUE_LINE: Line = { at: 0n, fakeBefore: 0n, rateBefore: TRUE_RATE, fakeAfter: 0n, rateAfter: TRUE_RATE };
/** Clocks that tell the truth, and always have. */
export const UNBENT: Parameters = { wall: TRUE_LINE, monotonic: TRUE_LINE };

/** What a bent clock reads when the machine's reads `real`. */
export function readingAt(line: Line, real: bigint): bigint {
  const since = real - line.at;
  return since < 0n
    ? line.fakeBefore + ((since * line.rateBefore) >> FRACTION_BITS)
    : line.fakeAfter + ((since * line.rateAfter) >> FRACTION_BITS);
}

export function rateAt(line: Line, real: bigint): number {
  const rate = real < line.at ? line.rateBefore : line.rateAfter;
  return Math.round((Number(rate) / Number(TRUE_RATE)) * 1e9) / 1e9;
}

/**
 * From `at` on the change is in force; until then the clocks go on as they do. `at` has to be later than the moments in
 * `parameters`. A shift is continuous but for its steps; healing keeps the monotonic clock continuous as well, and steps
 * the wall clock back to the truth, which is what time synchronisation does to a wall clock too.
 */
export function bend(parameters: Parameters, at: Moment, change: Exclude<ClockChange, { do: 'read' }>): Bent {
  const refuse = (reason: string): Bent => ({ ok: false, reason });
  const { wall, monotonic } = parameters;
  if (change.do === 'heal') {
    const healed = goOn(wall, at.wall, TRUE_RATE);
    return {
      ok: true,
      parameters: { wall: { ...healed, fakeAfter: at.wall }, monotonic: goOn(monotonic, at.monotonic, TRUE_RATE) },
    };
  }

  const { rate, stepWallNs, jumpNs, impossible } = change;
  if (rate !== undefined && !(rate >= RATES[0] && rate <= RATES[1]))
    return refuse(`a clock's rate is from ${RATES[0]} to ${RATES[1]}, not ${rate}`);
  const step = nanoseconds(stepWallNs);
  const jump = nanoseconds(jumpNs);
  if (step === undefined || jump === undefined) return refuse('nanoseconds are a whole number of at most 19 digits');
  if (jump < 0n && impossible !== true)
    return refuse('a monotonic clock never steps back on a real machine: only with impossible clocks');
  const newRate = rate === undefined ? undefined : BigInt(Math.round(rate * Number(TRUE_RATE)));
  const bent = { wall: goOn(wall, at.wall, newRate), monotonic: goOn(monotonic, at.monotonic, newRate) };
  bent.wall.fakeAfter += step + jump;
  bent.monotonic.fakeAfter += jump;
  for (const [name, line] of Object.entries(bent)) {
    if (line.fakeAfter < 0n) return refuse(`the ${name} clock would go below zero`);
    if (line.fakeAfter > LATEST) return refuse(`the ${name} clock would go beyond what a clock can hold`);
  }
  return { ok: true, parameters: bent };
}

/** The same line, with the moment at which it may turn moved to `at`. */
function goOn(line: Line, at: bigint, rateAfter = line.rateAfter): Line {
  const fake = readingAt(line, at);
  return { at, fakeBefore: fake, rateBefore: line.rateAfter, fakeAfter: fake, rateAfter };
}

function nanoseconds(text = '0'): bigint | undefined {
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

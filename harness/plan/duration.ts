/** Durations as users write them: `800ms`, `3s`, `2min`, `2.5ttl` (units of the granted TTL). */

export const DURATION_UNITS = ['ms', 's', 'min', 'ttl'] as const;
type DurationUnit = (typeof DURATION_UNITS)[number];

export interface Duration {
  amount: number;
  unit: DurationUnit;
}

const PATTERN = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|min|ttl)$/;

/** Undefined for what is no duration: a number alone would leave the unit to be guessed. */
export function parseDuration(text: string): Duration | undefined {
  const match = PATTERN.exec(text.toLowerCase());
  return match === null ? undefined : { amount: Number(match[1]), unit: match[2] as DurationUnit };
}

export function renderDuration({ amount, unit }: Duration): string {
  return `${amount}${unit}`;
}

/** In whole milliseconds. */
export function durationMs({ amount, unit }: Duration, ttlMs: number): number {
  return Math.round(amount * { ms: 1, s: 1000, min: 60_000, ttl: ttlMs }[unit]);
}

/** Sums and quantiles over equal stretches of the run. */

/** About a pixel or two each on a wide screen. */
export const BUCKETS = 600;

export interface Buckets {
  /** The middle of each bucket, in ns. */
  readonly x: Float64Array;
  /** How many of the times fall into each bucket, for each second of it. */
  rate(times: Float64Array): Float64Array;
  /** Of the values at those times: one column for each quantile from 0 to 1; NaN where there is no value. */
  quantiles(times: Float64Array, values: Float64Array, quantiles: readonly number[]): Float64Array[];
}

export function bucketsOf(endNs: number): Buckets {
  const width = endNs / BUCKETS;
  const placeOf = (time: number): number => Math.min(BUCKETS - 1, Math.max(0, Math.floor(time / width)));
  const sizes = (times: Float64Array): Int32Array => {
    const count = new Int32Array(BUCKETS);
    for (const time of times) count[placeOf(time)] = (count[placeOf(time)] as number) + 1;
    return count;
  };
  return {
    x: Float64Array.from({ length: BUCKETS }, (_, n) => Math.round((n + 0.5) * width)),
    rate: (times) => Float64Array.from(sizes(times), (count) => Number(((count / width) * 1e9).toPrecision(4))),
    quantiles(times, values, quantiles) {
      const end = sizes(times);
      for (let n = 1; n < BUCKETS; n++) end[n] = (end[n] as number) + (end[n - 1] as number);
      const next = end.slice();
      const sorted = new Float64Array(values.length);
      times.forEach((time, at) => {
        const bucket = placeOf(time);
        const place = (next[bucket] as number) - 1;
        next[bucket] = place;
        sorted[place] = values[at] as number;
      });
      // Now `next` has where each bucket begins.
      const parts = Array.from(end, (to, n) => sorted.subarray(next[n], to).sort());
      return quantiles.map((q) => Float64Array.from(parts, (part) => quantile(part, q)));
    },
  };
}

/** Of sorted values the one that a share of `q` is not above (nearest rank); NaN of none. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** What the runs of a campaign come to: figures of a cell, how often each state was reached, how a stop's length tells on the data. Pure. */
import type { z } from 'zod';
import type { CampaignRun } from './campaign.js';
import type { cellStatisticsSchema, coverageSchema, curveSchema } from './campaign-schema.js';
import { KINDS } from './kinds.js';
import { rate } from './pairs.js';
import { STATES, type State } from './reached-states.js';
import { wilson } from './wilson.js';

export type CellStatistics = z.infer<typeof cellStatisticsSchema>;
export type Coverage = z.infer<typeof coverageSchema>;
export type CurvePoint = z.infer<typeof curveSchema>;

/** What of a run is counted. */
export type Counted = Pick<CampaignRun, 'verdict' | 'counts' | 'settings' | 'checkers' | 'statistics'>;

export function cellStatistics(runs: readonly Counted[]): CellStatistics {
  const sum = (of: (run: Counted) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const unknown = runs.filter(({ verdict }) => verdict === 'unknown').length;
  const harmed = runs.filter(({ verdict }) => verdict === 'violated').length;
  const stops = runs.flatMap(({ statistics }) => statistics?.stops ?? []);
  const ttls = runs.map(({ settings }) => settings.ttlMs);
  const violations: Record<string, number> = {};
  for (const { counts } of runs)
    for (const [kind, n] of Object.entries(counts)) if (n > 0) violations[kind] = (violations[kind] ?? 0) + n;
  return {
    runs: runs.length,
    unknown,
    holds: sum((run) => figure(run, 'holds')),
    handOvers: sum((run) => figure(run, 'handOvers')),
    handOversUnderFault: sum((run) => figure(run, 'handOversUnderFault')),
    violations,
    harmed: rate(harmed, runs.length - unknown),
    staleStops: rate(stops.filter(({ stale }) => stale).length, stops.length),
    firstViolationMs: spread(runs.flatMap((run) => firstHarm(run) ?? [])),
    ttlMs: ttls.length === 0 ? null : { min: Math.min(...ttls), max: Math.max(...ttls) },
    stopMs: spread(stops.map(({ lengthMs }) => lengthMs)),
  };
}

const DATA_KINDS = KINDS.filter(({ part }) => part === 'data').map(({ kind }) => kind);

/** When the data first came to harm; undefined: never, or nobody knows. */
function firstHarm({ statistics }: Counted): number | undefined {
  const times = DATA_KINDS.flatMap((kind) => statistics?.firstViolationMs[kind] ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Nearest ranks: values that occurred. */
function spread(values: readonly number[]): CellStatistics['firstViolationMs'] {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number;
  return sorted.length === 0 ? null : { of: sorted.length, median: at(0.5), p90: at(0.9), max: at(1) };
}

function figure({ checkers }: Counted, name: string): number {
  return checkers.find(({ figures }) => figures[name] !== undefined)?.figures[name] ?? 0;
}

/** A row for every state. */
export function coverageOf(runs: readonly Counted[], wanted: readonly State[]): Coverage[] {
  return STATES.map((state) => {
    const counts = runs.map(({ statistics }) => statistics?.coverage[state] ?? 0);
    return {
      state,
      count: counts.reduce((total, n) => total + n, 0),
      runs: counts.filter((n) => n > 0).length,
      wanted: wanted.includes(state),
    };
  });
}

/** States that were wanted and never reached: the campaign is unknown if there is one. */
export function missingStates(coverage: readonly Coverage[]): State[] {
  return coverage.filter(({ wanted, count }) => wanted && count === 0).map(({ state }) => state);
}

/** Bounds of the bins, in TTLs: finer about 1, where a lease that is not renewed runs out. */
const BOUNDS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5] as const;

/** Without empty bins. */
export function curveOf(runs: readonly Counted[]): CurvePoint[] {
  const stops = runs.flatMap(({ statistics }) => statistics?.stops ?? []);
  return BOUNDS.flatMap((from, at): CurvePoint[] => {
    const to = BOUNDS[at + 1] ?? null;
    const own = stops.filter(({ lengthMs, ttlMs }) => {
      const ratio = lengthMs / ttlMs;
      return ratio >= from && (to === null || ratio < to);
    });
    const stale = own.filter((stop) => stop.stale).length;
    const interval = wilson(stale, own.length);
    return interval === undefined ? [] : [{ from, to, stops: own.length, stale, ...interval }];
  });
}

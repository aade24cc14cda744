import { describe, expect, it } from 'vitest';
import { cellStatistics, type Counted, coverageOf, curveOf, missingStates } from './campaign-statistics.js';
import { STATES } from './reached-states.js';
import { SETTINGS } from './testing/records.js';
import { type RunStatistics, VIOLATION_KINDS } from './verdict-schema.js';

const NONE = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, 0])) as Counted['counts'];
const STATISTICS: RunStatistics = {
  handOvers: 0,
  handOversUnderFault: 0,
  firstViolationMs: {},
  stops: [],
  coverage: {},
};
const stop = (lengthMs: number, stale: boolean) => ({ kind: 'pause', lengthMs, ttlMs: 2000, stale });

function run(over: Partial<Counted> & { given?: Partial<RunStatistics> } = {}): Counted {
  const { given, ...rest } = over;
  const figures = { holds: 100, handOvers: 90, handOversUnderFault: 7 };
  return {
    ...{ verdict: 'clean', counts: NONE, settings: SETTINGS },
    checkers: [{ checker: 'assumptions', outcome: 'clean', counts: {}, figures }],
    statistics: { ...STATISTICS, ...given },
    ...rest,
  };
}

describe('cellStatistics', () => {
  it('puts runs together', () => {
    const harmed = (ms: number) =>
      run({
        verdict: 'violated',
        counts: { ...NONE, 'stale-write': 3, 'overlapping-sections': 2 },
        given: { firstViolationMs: { 'lost-update': ms + 1, 'stale-write': ms, 'overlapping-sections': 1 } },
      });
    const cell = cellStatistics([harmed(4000), harmed(2000), run({ verdict: 'unknown' }), run(), harmed(9000)]);
    expect(cell).toMatchObject({
      ...{ runs: 5, unknown: 1, holds: 500, handOvers: 450, handOversUnderFault: 35 },
      violations: { 'stale-write': 9, 'overlapping-sections': 6 },
      harmed: { hits: 3, of: 4 },
      staleStops: null,
      // Of the data alone: sections may overlap sooner.
      firstViolationMs: { of: 3, median: 4000, p90: 9000, max: 9000 },
      ttlMs: { min: 2000, max: 2000 },
      stopMs: null,
    });
    expect(cell.harmed?.low).toBeCloseTo(0.3, 2);
  });

  it('counts the stops of holders', () => {
    const cell = cellStatistics([run({ given: { stops: [stop(4000, true), stop(1000, false)] } }), run()]);
    expect(cell.staleStops).toMatchObject({ hits: 1, of: 2 });
    expect(cell.stopMs).toEqual({ of: 2, median: 1000, p90: 4000, max: 4000 });
  });

  it('is nothing of nothing, and asks nothing of runs of an older version', () => {
    expect(cellStatistics([])).toMatchObject({ runs: 0, harmed: null, firstViolationMs: null, ttlMs: null });
    const { statistics: _, ...old } = run();
    expect(cellStatistics([old])).toMatchObject({ runs: 1, holds: 100, stopMs: null });
    expect(curveOf([old])).toEqual([]);
  });
});

describe('coverageOf', () => {
  const runs = [
    run({ given: { coverage: { 'two-holders': 4 } } }),
    run({ given: { coverage: { 'two-holders': 1 } } }),
    run(),
  ];

  it('counts states and the runs that reached them', () => {
    const coverage = coverageOf(runs, ['two-holders']);
    expect(coverage.map(({ state }) => state)).toEqual([...STATES]);
    expect(coverage[1]).toEqual({ state: 'two-holders', count: 5, runs: 2, wanted: true });
    expect(coverage[0]).toEqual({ state: 'lease-expired-holder-alive', count: 0, runs: 0, wanted: false });
  });

  it('names what was wanted and not reached', () => {
    expect(missingStates(coverageOf(runs, ['two-holders', 'waiter-lease-expired']))).toEqual(['waiter-lease-expired']);
    expect(missingStates(coverageOf(runs, []))).toEqual([]);
  });
});

describe('curveOf', () => {
  it('puts stops into bins of their length in TTLs, the lower bound included', () => {
    const stops = [stop(1999, false), stop(2000, false), stop(2400, true), stop(2500, true), stop(60_000, true)];
    const curve = curveOf([run({ given: { stops: stops.slice(0, 3) } }), run({ given: { stops: stops.slice(3) } })]);
    expect(curve.map(({ from, to, stops: n, stale }) => [from, to, n, stale])).toEqual([
      [0.75, 1, 1, 0],
      [1, 1.25, 2, 1],
      [1.25, 1.5, 1, 1],
      [5, null, 1, 1],
    ]);
    expect(curve[1]?.low).toBeCloseTo(0.0945, 3);
    expect(curve[0]).toMatchObject({ low: 0 });
  });
});

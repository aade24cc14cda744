/**
 * What must hold for every history: sound runs are never accused, and where something is wrong the checkers find exactly
 * what the plainest search finds. Each property prints how many histories it tried and how many of them had something in them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { assumptions } from './assumptions.js';
import { judge } from './judge.js';
import { lostUpdates } from './lost-updates.js';
import { overlap } from './overlap.js';
import { CHECKERS } from './registry.js';
import { staleWrites } from './stale-writes.js';
import { interleavedSeqs, losses, miscountedSeqs, overlappingPairs, staleSeqs } from './testing/brute-force.js';
import { type ModelOptions, simulate } from './testing/model.js';
import type { CheckerResult, ViolationKind } from './verdict.js';

const RUNS = 2000;

const choices = fc.array(fc.nat(2 ** 30), { minLength: 50, maxLength: 300, size: 'max' });
const world = (lock: ModelOptions['lock'], fencing: readonly ModelOptions['fencing'][]) =>
  fc
    .record({
      lock: fc.constant(lock),
      fencing: fc.constantFrom(...fencing),
      onLoss: fc.constantFrom('ignore' as const, 'stop' as const),
      lanes: fc.constantFrom(1, 2),
      clients: fc.constantFrom(2, 3, 5),
      choices,
    })
    .map(simulate);

/** Runs the property and prints what it went through; `notable` counts the histories that were worth trying. */
function tried(name: string, arbitrary: fc.Arbitrary<RunRecord>, property: (run: RunRecord) => boolean): void {
  let histories = 0;
  let operations = 0;
  let notable = 0;
  fc.assert(
    fc.property(arbitrary, (run) => {
      histories++;
      operations += run.history.length;
      if (property(run)) notable++;
    }),
    { numRuns: RUNS },
  );
  console.log(`${name}: ${histories} histories, ${operations} entries, ${notable} of them notable`);
  // A property over histories in which nothing happens shows nothing.
  expect(notable).toBeGreaterThan(RUNS / 50);
}

const count = ({ counts }: CheckerResult, kind: ViolationKind) => counts[kind] ?? 0;
const writesOf = (run: RunRecord) => run.decisions.filter((d) => d.f === 'write' && d.verdict === 'accepted').length;

describe('soundness', () => {
  it('never accuses a lock that keeps sections apart', () => {
    tried('exclusive lock, any fencing', world('exclusive', ['off', 'monotonic', 'on']), (run) => {
      const { data, exclusion, results } = judge(tablesOf(run), CHECKERS);
      expect(results.flatMap((result) => result.violations)).toEqual([]);
      expect([data, exclusion]).not.toContain('violated');
      for (const { checker, doubts } of results) if (checker !== 'assumptions') expect(doubts).toEqual([]);
      const { accepted, present } = lostUpdates.check(tablesOf(run)).figures;
      expect([accepted, present]).toEqual([writesOf(run), writesOf(run)]);
      return writesOf(run) > 2;
    });
  });

  it('never accuses the data of a storage that fences reads and writes, whatever the lock does', () => {
    let overlapping = 0;
    for (const lock of ['expiring', 'none'] as const) {
      tried(`${lock} lock, fencing on`, world(lock, ['on']), (run) => {
        expect(staleWrites.check(tablesOf(run))).toMatchObject({ outcome: 'clean', doubts: [] });
        expect(lostUpdates.check(tablesOf(run))).toMatchObject({ outcome: 'clean', doubts: [] });
        const overlaps = overlap.check(tablesOf(run)).outcome === 'violated';
        if (overlaps) overlapping++;
        return overlaps;
      });
    }
    // Fencing does not restore exclusion.
    expect(overlapping).toBeGreaterThan(0);
  });

  it('never finds a stale write behind a storage that fences writes alone, only what slips in before the first one', () => {
    tried('expiring lock, fencing monotonic', world('expiring', ['monotonic']), (run) => {
      expect(count(staleWrites.check(tablesOf(run)), 'stale-write')).toBe(0);
      return lostUpdates.check(tablesOf(run)).outcome === 'violated';
    });
  });

  it('finds the logs of a true record in agreement', () => {
    tried('any lock, assumptions', fc.oneof(world('expiring', ['off', 'on']), world('none', ['monotonic'])), (run) => {
      const { doubts, outcome } = assumptions.check(tablesOf(run));
      expect(outcome).not.toBe('violated');
      const allowed =
        /too few to conclude from|had fewer than|no write was acknowledged|planned faults|were not healed|no lease of a holder/;
      expect(doubts.filter((doubt) => !allowed.test(doubt))).toEqual([]);
      return doubts.length < 3;
    });
  });
});

describe('exactness against brute force', () => {
  const anything = fc.oneof(world('expiring', ['off', 'monotonic', 'on']), world('none', ['off', 'monotonic']));

  it('finds the same overlapping sections', () => {
    tried('overlap', anything, (run) => {
      const result = overlap.check(tablesOf(run));
      const expected = overlappingPairs(run);
      expect(count(result, 'overlapping-sections')).toBe(expected.length);
      const found = result.violations.map(({ first, second }) =>
        [first?.acquire ?? 0, second?.acquire ?? 0].sort((a, b) => a - b).join('-'),
      );
      expect(new Set(found).size).toBe(found.length);
      if (expected.length <= 100) expect(found.sort()).toEqual(expected.sort());
      return expected.length > 0;
    });
  });

  it('finds the same stale writes and interleavings', () => {
    tried('stale writes', anything, (run) => {
      const { violations, doubts } = staleWrites.check(tablesOf(run));
      const late = (kind: ViolationKind) => violations.filter((v) => v.kind === kind).map((v) => v.decisions.at(-1));
      expect(doubts).toEqual([]);
      expect(ascending(late('stale-write'))).toEqual(ascending(staleSeqs(run)));
      expect(ascending(late('interleaved-sections'))).toEqual(ascending(interleavedSeqs(run)));
      return violations.length > 0;
    });
  });

  it('finds the same lost updates with the same pairs, and the values add up', () => {
    tried('lost updates', anything, (run) => {
      const { violations, figures, doubts } = lostUpdates.check(tablesOf(run));
      expect(doubts).toEqual([]);
      const pairs = violations.map(
        ({ kind, numbers }) => `${kind}: ${numbers['lostSeq']} by ${numbers['undoneBySeq']}`,
      );
      expect(pairs.sort()).toEqual(
        losses(run)
          .map((pair) => `lost-update: ${pair}`)
          .sort(),
      );
      expect(figures['present']).toBe((figures['accepted'] ?? 0) - (figures['lost'] ?? 0));
      return violations.length > 0;
    });
  });

  it('finds the same wrong values', () => {
    const corrupted = fc
      .tuple(anything, fc.array(fc.tuple(fc.nat(), fc.nat(4)), { minLength: 1, maxLength: 4 }))
      .map(([run, changes]) => changes.reduce(changeValue, run));
    tried('wrong counts', corrupted, (run) => {
      const result = lostUpdates.check(tablesOf(run));
      const wrong = result.violations.filter((v) => v.kind === 'wrong-count').map((v) => v.decisions.at(-1));
      expect(result.doubts).toEqual([]);
      expect(ascending(wrong)).toEqual(ascending(miscountedSeqs(run)));
      return wrong.length > 0;
    });
  });

  it('believes a log exactly if its order is one that the operations allow', () => {
    const reordered = fc
      .tuple(anything, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }))
      .map(([run, swaps]) => {
        const decisions = [...run.decisions];
        for (const [a, b] of swaps) {
          const [x, y] = [a % decisions.length, b % decisions.length];
          const [one, other] = [decisions[x], decisions[y]];
          if (one !== undefined && other !== undefined) [decisions[x], decisions[y]] = [other, one];
        }
        return { ...run, decisions: decisions.map((decision, n) => ({ ...decision, seq: n + 1 })) };
      });
    tried('order of the log', reordered, (run) => {
      const impossible = run.decisions.some((later, n) =>
        run.decisions.slice(0, n).some((earlier) => completionOf(run, later.op) < earlier.op),
      );
      const { doubts, violations } = staleWrites.check(tablesOf(run));
      expect(doubts.length > 0).toBe(impossible);
      if (impossible) expect([violations, lostUpdates.check(tablesOf(run)).violations]).toEqual([[], []]);
      return impossible;
    });
  });
});

const ascending = (seqs: readonly (number | undefined)[]) => seqs.map(Number).sort((a, b) => a - b);

/** Index of the definite answer to an operation; infinite if there is none. */
function completionOf({ history }: RunRecord, op: number): number {
  const { process } = history[op] ?? {};
  const next = history.find((e) => e.index > op && e.process === process && e.f !== 'lost');
  return next === undefined || next.type === 'info' ? Number.POSITIVE_INFINITY : next.index;
}

/** Another value for one accepted operation, in all places where it is recorded. */
function changeValue(run: RunRecord, [which, value]: readonly [number, number]): RunRecord {
  const accepted = run.decisions.filter((d) => d.verdict === 'accepted');
  const chosen = accepted[which % accepted.length];
  if (chosen === undefined) return run;
  const answered = completionOf(run, chosen.op);
  const history = run.history.map((entry) => {
    const isHalf = (chosen.f === 'write' && entry.index === chosen.op) || entry.index === answered;
    return isHalf && entry.process !== 'nemesis' ? { ...entry, value } : entry;
  });
  return { ...run, history, decisions: run.decisions.map((d) => (d === chosen ? { ...d, value } : d)) };
}

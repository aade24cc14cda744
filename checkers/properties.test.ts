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
import {
  canFollowEachOther,
  interleavedSeqs,
  losses,
  miscountedSeqs,
  overlappingPairs,
  replayedSeqs,
  staleSeqs,
} from './testing/brute-force.js';
import { history, invoke, ok, record } from './testing/builders.js';
import { type ModelOptions, simulate } from './testing/model.js';
import { tried } from './testing/runs.js';
import type { CheckerResult, ViolationKind } from './verdict.js';

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

const count = ({ counts }: CheckerResult, kind: ViolationKind) => counts[kind] ?? 0;
const writesOf = (run: RunRecord) => run.decisions.filter((d) => d.f === 'write' && d.verdict === 'accepted').length;

describe('soundness', () => {
  it('never accuses a lock that keeps sections apart', () => {
    tried('exclusive lock, any fencing', world('exclusive', ['off', 'monotonic', 'on']), (run) => {
      const { data, exclusion, results } = judge(tablesOf(run), CHECKERS);
      const { accepted, present } = results.find(({ checker }) => checker === 'lost-updates')?.figures ?? {};
      expect(results.flatMap((result) => result.violations)).toEqual([]);
      expect([data, exclusion]).not.toContain('violated');
      for (const { checker, doubts } of results) if (checker !== 'assumptions') expect(doubts).toEqual([]);
      expect([accepted, present]).toEqual([writesOf(run), writesOf(run)]);
      return writesOf(run) > 2;
    });
  });

  it('never accuses the data of a storage that fences reads and writes, whatever the lock does', () => {
    let overlapping = 0;
    for (const lock of ['expiring', 'none'] as const) {
      tried(`${lock} lock, fencing on`, world(lock, ['on']), (run) => {
        const tables = tablesOf(run);
        expect(staleWrites.check(tables)).toMatchObject({ outcome: 'clean', doubts: [] });
        expect(lostUpdates.check(tables)).toMatchObject({ outcome: 'clean', doubts: [] });
        const overlaps = overlap.check(tables).outcome === 'violated';
        if (overlaps) overlapping++;
        return overlaps;
      });
    }
    // Fencing does not restore exclusion.
    expect(overlapping).toBeGreaterThan(0);
  });

  it('never finds a stale write behind a storage that fences writes alone, only what slips in before the first one', () => {
    tried('expiring lock, fencing monotonic', world('expiring', ['monotonic']), (run) => {
      const tables = tablesOf(run);
      expect(count(staleWrites.check(tables), 'stale-write')).toBe(0);
      return lostUpdates.check(tables).outcome === 'violated';
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

  it('calls holds that all were answered overlapping exactly if no order of them is possible', () => {
    const holds = fc.integer({ min: 2, max: 5 }).chain((count) => fc.tuple(fc.constant(count), steps(count)));
    tried('orders of holds', holds, ([count, order]) => {
      const done = new Array<number>(count).fill(0);
      const run = record(history(order.map((process) => half(process, (done[process] as number)++))));
      const possible = canFollowEachOther(run);
      expect(overlap.check(tablesOf(run)).outcome).toBe(possible ? 'clean' : 'violated');
      return possible;
    });
  });

  it('finds the same replays, and doubts neither the log nor the run for them', () => {
    const replayed = fc
      .tuple(anything, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }))
      .map(([run, copies]) => {
        const decisions = [...run.decisions];
        const writes = run.decisions.filter((d) => d.f === 'write' && d.verdict === 'accepted');
        for (const [which, behind] of copies) {
          const write = writes[which % writes.length];
          if (write === undefined) break;
          const first = decisions.indexOf(write);
          decisions.splice(first + 1 + (behind % (decisions.length - first)), 0, { ...write });
        }
        return { ...run, decisions: decisions.map((decision, n) => ({ ...decision, seq: n + 1 })) };
      });
    tried('replayed writes', replayed, (run) => {
      const { violations, doubts } = staleWrites.check(tablesOf(run));
      const found = violations.filter((v) => v.kind === 'replayed-write');
      expect(ascending(found.map((v) => v.decisions.at(-1)))).toEqual(replayedSeqs(run));
      for (const {
        decisions: [first, again],
      } of found)
        expect(run.decisions[(first ?? 0) - 1]?.op).toBe(run.decisions[(again ?? 0) - 1]?.op);
      expect(doubts).toEqual([]);
      return found.length > 1;
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
      const impossible = run.decisions.some((later, n) => {
        const completed = completionOf(run, later.op);
        return run.decisions.slice(0, n).some((earlier) => completed < earlier.op);
      });
      const tables = tablesOf(run);
      const { doubts, violations } = staleWrites.check(tables);
      expect(doubts.length > 0).toBe(impossible);
      if (impossible) expect([violations, lostUpdates.check(tables).violations]).toEqual([[], []]);
      return impossible;
    });
  });
});

/** Every process four times, in any order. */
const steps = (count: number) =>
  fc.array(fc.nat(), { minLength: 4 * count, maxLength: 4 * count }).map((dice) => {
    const left = Array.from({ length: 4 * count }, (_, n) => n % count);
    return dice.map((die) => left.splice(die % left.length, 1)[0] as number);
  });

/** The n-th entry of a process that takes the lock and gives it back. */
function half(process: number, n: number) {
  const f = n < 2 ? 'acquire' : 'release';
  return n % 2 === 0 ? invoke(process, f) : ok(process, f, { token: String(5 + process) });
}

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

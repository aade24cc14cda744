/** The watch checker on whole records: what it makes of the anomalies, and what it leaves open. (watch-anomalies.test.ts has the rest.) */
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { done, fail, fault, history, info, invoke, keyLife, record, TICK } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, world } from './testing/worlds.js';
import { watch } from './watch.js';

const check = (run: RunRecord) => watch.check(tablesOf(run));
/** Three keys on two members, and the hold of the second. */
const LIVES = ['5', '7', '9'].flatMap((token) => keyLife(token, 3 * TICK, 4 * TICK));
const both = (events: readonly OwnershipEvent[]) => events.flatMap((e) => [e, { ...e, member: 'etcd2' }]);
const hold = history(...done(0, 'acquire', { token: '7' }));
const without = (place: number) => both(LIVES).filter((_, at) => at !== place);

describe('watch', () => {
  it('has no objection to watches that agree', () => {
    const result = check(record(hold, { ownership: both(LIVES) }));
    expect(result).toMatchObject({ outcome: 'clean', doubts: [], figures: { watchEvents: 12, watchedChanges: 6 } });
  });

  it('names the events and says what is wrong', () => {
    const result = check(record(hold, { ownership: without(4) }));
    expect(result.counts).toEqual({ 'watch-anomaly': 1 });
    expect(result.violations).toEqual([
      {
        kind: 'watch-anomaly',
        lane: 0,
        events: [4],
        detail: 'etcd1 left it out, and told of what came before and after',
        decisions: [],
        from: 3 * TICK,
        to: 3 * TICK,
        numbers: {},
      },
    ]);
  });

  it('finds a key that was told of before it had been asked for', () => {
    const early = both(LIVES).map((e) => ({ ...e, time: 0 }));
    expect(check(record(hold, { ownership: early }))).toMatchObject({
      counts: { 'watch-anomaly': 1 },
      violations: [{ detail: 'it was read before the acquire that created the key had been asked for' }],
    });
  });

  it('takes no key for told too early that an acquire without an answer may have created', () => {
    const early = LIVES.map((e) => ({ ...e, time: 0 }));
    // Process 3 is process 0 again.
    const again = (...opened: ReturnType<typeof done>) =>
      check(
        record(
          history(
            invoke(0, 'acquire'),
            info(0, 'acquire', 'timeout'),
            ...opened,
            ...done(3, 'acquire', { token: '7' }),
          ),
          { ownership: early },
        ),
      ).counts;
    expect(again()).toEqual({});
    expect(again(...done(3, 'open'))).toEqual({ 'watch-anomaly': 1 });
    expect(again(...done(2, 'open'))).toEqual({});
    expect(again(invoke(3, 'open'), fail(3, 'open', 'unavailable'))).toEqual({});
  });

  it('holds against a key only what may have created it', () => {
    const early = LIVES.map((e) => ({ ...e, time: 0 }));
    const after = (...before: ReturnType<typeof done>) =>
      check(record(history(before, done(0, 'acquire', { token: '7' })), { ownership: early })).counts;
    expect(after(invoke(0, 'acquire'), fail(0, 'acquire', 'unavailable'))).toEqual({ 'watch-anomaly': 1 });
    expect(after(...done(0, 'acquire', { token: '5' }), ...done(0, 'release'))).toEqual({ 'watch-anomaly': 2 });
    const unanswered = history(invoke(0, 'release'), info(0, 'release', 'timeout'), done(3, 'acquire', { token: '7' }));
    expect(check(record(unanswered, { ownership: early })).counts).toEqual({ 'watch-anomaly': 1 });
    const other = history(invoke(1, 'acquire'), info(1, 'acquire', 'timeout'), done(0, 'acquire', { token: '7' }));
    for (const clients of [3, 0]) {
      const settings = { clients };
      expect(check(record(other, { ownership: early, settings })).counts).toEqual({ 'watch-anomaly': 1 });
    }
  });

  it('takes a key that two were told of for asked for by the first', () => {
    const twice = history(done(0, 'acquire', { token: '7' }), done(0, 'release'), done(1, 'acquire', { token: '7' }));
    expect(check(record(twice, { ownership: both(LIVES) })).counts).toEqual({});
    const early = LIVES.map((e) => ({ ...e, time: 0 }));
    expect(check(record(twice, { ownership: early })).counts).toEqual({ 'watch-anomaly': 1 });
  });

  it('says from when to when the events were read that show it', () => {
    const [first, ...rest] = LIVES as [OwnershipEvent, ...OwnershipEvent[]];
    const events = [{ ...first, time: TICK }, ...rest, { ...first, time: 9 * TICK }];
    expect(check(record(hold, { ownership: events })).violations).toMatchObject([
      { detail: 'etcd1 told of it twice', events: [0, 6], from: TICK, to: 9 * TICK },
    ]);
  });

  it('forgives what a compaction may have taken that the record does not tell of', () => {
    const counts = (...parts: Parameters<typeof record>) => check(record(...parts)).counts;
    const ownership = without(4);
    const planned = { plannedFaults: 1, faultKinds: ['etcd'] };
    const broken: RunRecord['end'] = { kind: 'environment', message: 'the agent ended', mend: [] };
    expect(counts(hold, { ownership, settings: planned })).toEqual({ 'watch-anomaly': 1 });
    expect(counts(hold, { ownership, settings: planned, end: { kind: 'interrupted' } })).toEqual({});
    expect(counts(hold, { ownership, settings: { plannedFaults: 1 }, end: broken })).toEqual({});
    const others = { plannedFaults: 1, faultKinds: ['pause'] };
    expect(counts(hold, { ownership, settings: others, end: broken })).toEqual({ 'watch-anomaly': 1 });
    // Where no fault was planned none was begun.
    const calm = { plannedFaults: 0, faultKinds: ['etcd'] };
    expect(counts(hold, { ownership, settings: calm, end: { kind: 'interrupted' } })).toEqual({ 'watch-anomaly': 1 });
    const healed = (kind: string) => counts(history(fault('heal', 0, true, { kind })), { ownership });
    expect([healed('etcd'), healed('pause')]).toEqual([{}, { 'watch-anomaly': 1 }]);
  });

  it('forgives nothing for the sake of a fault that compacts nothing', () => {
    const under = (options: unknown) => {
      const other = fault('inject', 0, true, { kind: 'etcd', options } as never);
      return check(record(history(other), { ownership: without(4) })).counts;
    };
    expect([under({ operation: 'defragment' }), under({}), under(undefined)]).toEqual(
      Array(3).fill({ 'watch-anomaly': 1 }),
    );
  });

  it('forgives what may have been compacted, and what followed it not', () => {
    const compaction = (evidence: Record<string, unknown>) =>
      fault('inject', 0, true, {
        kind: 'etcd',
        processes: 'all',
        options: { operation: 'compact' },
        receipt: { proven: true, evidence },
      });
    const compacted = (evidence: Record<string, unknown>) =>
      check(record(history(compaction(evidence)), { ownership: without(4) })).counts;
    expect(compacted({ revision: 7 })).toEqual({});
    expect(compacted({ revision: 6 })).toEqual({ 'watch-anomaly': 1 });
    expect(compacted({})).toEqual({});
  });

  it('does not know what is missing from a log that could not be read', () => {
    const ownership = [...without(4), { type: 'torn' } as unknown as OwnershipEvent];
    expect(check(record(hold, { ownership }))).toMatchObject({
      outcome: 'unknown',
      doubts: ['1 events are missing, but 1 lines of the log could not be read'],
    });
  });

  it('says so where nobody watched', () => {
    expect(check(record(hold))).toMatchObject({ outcome: 'unknown', doubts: ['no watch told of anything'] });
    expect(check(record(history()))).toMatchObject({ outcome: 'clean' });
  });

  it('never accuses the watch of a true execution', () => {
    tried('watch of a true execution', world('expiring', ANY_FENCING), (run) => {
      const { outcome, doubts } = check(run);
      expect([outcome, doubts]).toEqual(['clean', []]);
      return run.ownership.length > 5;
    });
  });
});

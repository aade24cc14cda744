import { describe, expect, it } from 'vitest';
import type { RunSettings } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf } from './evidence.js';
import {
  done,
  type Draft,
  event,
  fail,
  fault,
  history,
  increment,
  info,
  invoke,
  record,
  TICK,
} from './testing/builders.js';
import { measure, trafficDoubts } from './traffic.js';

const evidence = (drafts: (Draft | readonly Draft[])[], settings: Partial<RunSettings> = {}) =>
  evidenceOf(tablesOf(record(history(...drafts), { settings })));
const figures = (...drafts: (Draft | readonly Draft[])[]) => measure(evidence(drafts)).figures;
function doubts(drafts: (Draft | readonly Draft[])[], settings: Partial<RunSettings> = {}): string[] {
  const given = evidence(drafts, settings);
  return trafficDoubts(given, measure(given));
}
const atMs = <Entry extends object>(ms: number, entry: Entry) => ({ ...entry, time: ms * TICK });

/** Process 1 is told that it has the lock so many ms after a fault began on process 0, which had it. */
function underFault(ms: number, from: number, token: number): Draft[] {
  const id = `pause-${from}`;
  return [
    ...done(0, 'acquire', { token: `${token}` }).map((draft, n) => atMs(from - 2 + n, draft)),
    atMs(from, fault('inject', 0, true, { id })),
    atMs(from + ms, invoke(1, 'acquire')),
    atMs(from + ms, { ...(done(1, 'acquire', { token: `${token + 1}` })[1] as Draft) }),
    atMs(from + ms, fault('heal', 0, true, { id })),
  ];
}

describe('the figures of the traffic', () => {
  it('count what was done, and what became of it', () => {
    expect(
      figures(
        increment(0, '1', null),
        [invoke(0, 'acquire'), fail(0, 'acquire', 'timeout')],
        [invoke(0, 'write', { value: 1 }), fail(0, 'write', 'fenced')],
        [invoke(1, 'write', { value: 1 }), fail(1, 'write', 'fenced')],
        [invoke(0, 'read'), fail(0, 'read', 'lock-lost')],
        [invoke(0, 'read'), info(0, 'read', 'timeout')],
        [invoke(1, 'write'), info(1, 'write', 'timeout')],
        [invoke(2, 'write')],
      ),
    ).toMatchObject({
      operations: 11,
      acknowledgedWrites: 1,
      refusedByFencing: 2,
      refusedByClient: 1,
      indeterminate: 3,
    });
  });

  it('are of the time from the first operation to the last, without sessions and stalls around them', () => {
    const { trafficMs, operationsPerSecond } = figures(
      done(0, 'open'),
      done(1, 'stall'),
      done(0, 'acquire', { token: '1' }),
      done(0, 'release'),
      done(1, 'stall'),
      done(0, 'close'),
    );
    expect(trafficMs).toBe(3);
    expect(operationsPerSecond).toBe(2000);
  });

  it('are 0 a minute where no time went by', () => {
    const none = { operationsPerSecond: 0, handOversPerMinute: 0, handOversUnderFaultPerMinute: 0, trafficMs: 0 };
    expect(figures()).toMatchObject(none);
    expect(figures(done(0, 'read').map((draft) => atMs(1, draft)))).toMatchObject({ ...none, operations: 1 });
  });

  it('count locks that were said to be lost, and not what else was said unasked', () => {
    const said = [event(0, 'lost'), event(1, 'lost'), event(2, 'harness-error', 'malformed-line')];
    expect(figures(...said)).toMatchObject({ lostEvents: 2 });
  });

  it('count the faults of which both halves have a receipt', () => {
    const half = (inject: boolean, heal?: boolean) => [
      fault('inject', 0, inject, { id: `${inject} ${heal}` }),
      ...(heal === undefined ? [] : [fault('heal', 0, heal, { id: `${inject} ${heal}` })]),
    ];
    const faults = [half(true, true), half(true, false), half(false, true), half(false, false), half(true)];
    expect(figures(...faults)).toMatchObject({ injections: 5, receipts: 1 });
  });

  it('say how long hand-overs under a fault took, where there was one', () => {
    const { handOversUnderFault, faultToHandOverMedianMs, faultToHandOverMaxMs } = figures(
      underFault(9, 100, 1),
      underFault(5, 200, 3),
      underFault(30, 300, 5),
      underFault(7, 400, 7),
    );
    expect({ handOversUnderFault, faultToHandOverMedianMs, faultToHandOverMaxMs }).toEqual({
      handOversUnderFault: 4,
      faultToHandOverMedianMs: 7,
      faultToHandOverMaxMs: 30,
    });
    expect(Object.keys(figures(increment(0, '1', null))).filter((name) => name.startsWith('fault'))).toEqual([]);
  });
});

describe('doubts about the traffic', () => {
  const sections = Array.from({ length: 10 }, (_, n) => increment(n % 2, `${n + 1}`, n === 0 ? null : n));
  const inLane = (lane: number, drafts: Draft[]) => drafts.map((draft) => ({ ...draft, lane }));

  it('are none of lanes that had two holds, and are of one that had a single one', () => {
    const second = [inLane(1, increment(2, '20', 10)), inLane(1, increment(2, '21', 11))];
    expect(doubts([...sections, ...second], { lanes: 2 })).toEqual([]);
    expect(doubts([...sections, second[0] as Draft[]], { lanes: 2 })).toEqual(['1 of 2 lanes had fewer than 2 holds']);
  });

  it('are of hand-overs under a fault only where these are all that the workload is about', () => {
    const faults = (count: number) =>
      Array.from({ length: count }, (_, n) => underFault(5, 100 * (n + 1), 100 + 2 * n));
    const about = (count: number, workload: string) =>
      doubts([...sections, ...faults(count)], { workload, plannedFaults: count, leaseless: true });
    expect(about(2, 'hand-over')).toEqual([
      '2 hand-overs under a fault are too few for the workload hand-over, 3 are needed: give more time, or --faults kill',
    ]);
    expect(about(3, 'hand-over')).toEqual([]);
    expect(about(2, 'counter')).toEqual([]);
  });
});

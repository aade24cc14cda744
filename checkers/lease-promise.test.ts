import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import type { RunRecord } from '../harness/history/run-record.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { judgeEnding, leasePromise } from './lease-promise.js';
import { plainEndings } from './testing/brute-leases.js';
import { done, type Draft, fail, fault, history, info, invoke, ok, record, TICK } from './testing/builders.js';
import { type Deletion, promisedEnd, simulateLeases } from './testing/leases.js';
import { tried } from './testing/runs.js';
import type { CheckerResult } from './verdict.js';

const check = (run: RunRecord): CheckerResult => leasePromise.check(tablesOf(run));
const TTL_MS = 2000;

/** Events of one member about the key of a lease, `LANE/<lease>`; times in ticks. */
function life(lease: string, created: number, put: number, deleted?: [revision: number, at: number]): OwnershipEvent[] {
  const base = { member: 'etcd1', key: `locks/lane-0/${lease}`, lane: 0, createRevision: `${created}`, lease };
  const events: OwnershipEvent[] = [{ ...base, time: put * TICK, revision: `${created}`, type: 'put' }];
  if (deleted !== undefined)
    events.push({ ...base, time: deleted[1] * TICK, revision: `${deleted[0]}`, type: 'delete' });
  return events;
}

const opened = (process: number, lease: string, ttlMs = TTL_MS) => done(process, 'open', { value: { ttlMs, lease } });
const CONTROLLED = { keepAlive: 'controller' } as const;
const controlled = (entries: ReturnType<typeof history>, ownership: OwnershipEvent[], over = {}): RunRecord =>
  record(entries, { ownership, settings: CONTROLLED, ...over });

/** At that time, in ms since the run began. */
function atMs<Entry extends object>(ms: number, entry: Entry): Entry & { time: number } {
  return { ...entry, time: ms * TICK };
}

/** Process 0 opens a session at 1 ms and holds the lock, with token 10, from 4 ms on: promised until 1981 ms. */
const HOLDING = [...opened(0, 'aa'), ...done(0, 'acquire', { token: '10' })];
const PROMISED_MS = 1981;

describe('lease-promise', () => {
  it('holds a key that was gone before its time against etcd', () => {
    const entries = history(...HOLDING);
    const result = check(controlled(entries, life('aa', 10, 4, [11, 1000])));
    expect(result).toMatchObject({
      outcome: 'violated',
      counts: { 'premature-expiry': 1 },
      figures: { prematureHolds: 1, expiredHolds: 0, undecidedHolds: 0, smallestMarginMs: -981 },
    });
    expect(result.violations).toEqual([
      {
        kind: 'premature-expiry',
        lane: 0,
        first: { process: 0, token: '10', acquire: 2, operations: [] },
        detail: 'its key was deleted at least 981 ms before the end of what etcd had promised',
        operations: [0],
        events: [1],
        decisions: [],
        from: TICK,
        to: PROMISED_MS * TICK,
        numbers: { earlyNs: 981 * TICK },
      },
    ]);
  });

  it('does not mix it with what has expired', () => {
    const entries = history(
      ...HOLDING,
      atMs(1990, invoke(1, 'open')),
      ok(1, 'open', { value: { ttlMs: TTL_MS, lease: 'bb' } }),
      ...done(1, 'acquire', { token: '11' }),
    );
    const ownership = [...life('aa', 10, 4), ...life('bb', 11, 1993), ...life('aa', 10, 4, [12, 2000]).slice(1)];
    expect(check(controlled(entries, ownership))).toMatchObject({
      outcome: 'clean',
      figures: { prematureHolds: 0, expiredHolds: 1, undecidedHolds: 0, smallestMarginMs: 12 },
    });
    // The library's own keep-alives may have been promised more.
    const unrecorded = record(entries, { ownership });
    expect(check(unrecorded).figures).toEqual({ prematureHolds: 0, expiredHolds: 0, undecidedHolds: 1 });
  });

  it('leaves open what was deleted nobody knows when', () => {
    const result = check(controlled(history(...HOLDING), life('aa', 10, 4, [11, 1982])));
    expect(result).toMatchObject({ outcome: 'clean', figures: { undecidedHolds: 1, expiredHolds: 0 } });
  });

  it.each([
    ['acknowledged', ok(0, 'keep-alive', { value: { ttlMs: TTL_MS, lease: 'aa' } }), 1],
    ['of another lease', ok(0, 'keep-alive', { value: { ttlMs: TTL_MS, lease: 'ab' } }), 0],
    ['without an answer', info(0, 'keep-alive', 'timeout'), 0],
    ['with an answer that is none', ok(0, 'keep-alive', { value: { ttlMs: '2000', lease: 7 } }), 0],
  ])('extends the promise from the sending of a keep-alive on: one %s', (_what, answer, premature) => {
    const entries = history(...HOLDING, atMs(1500, invoke(0, 'keep-alive')), atMs(1900, answer));
    const result = check(controlled(entries, life('aa', 10, 4, [11, 3479])));
    expect(result.figures).toMatchObject({ prematureHolds: premature, undecidedHolds: 1 - premature });
    if (premature === 1) expect(result.violations[0]).toMatchObject({ operations: [4], numbers: { earlyNs: TICK } });
  });

  it('takes the TTL that was answered, whatever was asked for', () => {
    const entries = history(...opened(0, 'aa', 5000), ...done(0, 'acquire', { token: '10' }));
    expect(check(controlled(entries, life('aa', 10, 4, [11, 4950]))).counts).toEqual({ 'premature-expiry': 1 });
    expect(check(controlled(entries, life('aa', 10, 4, [11, 4952]))).counts).toEqual({});
  });

  it('holds nothing against etcd that the client did itself', () => {
    const life0 = life('aa', 10, 4, [11, 1000]);
    for (const f of ['release', 'close', 'open', 'acquire'] as const) {
      const asked = history(...HOLDING, atMs(1000, invoke(0, f)));
      expect(check(controlled(asked, life0)).figures).toMatchObject({ prematureHolds: 0, undecidedHolds: 0 });
      const askedLater = history(...HOLDING, atMs(1001, invoke(0, f)));
      expect(check(controlled(askedLater, life0)).figures).toMatchObject({ prematureHolds: 1 });
    }
    // Under the number that goes on after an answer that never came.
    const retired = history(...HOLDING, invoke(0, 'read'), info(0, 'read', 'timeout'), invoke(3, 'close'));
    expect(check(controlled(retired, life0)).counts).toEqual({});
    const broken = history(...HOLDING, {
      process: 0,
      type: 'info',
      f: 'harness-error',
      lane: 0,
      error: 'client-exited',
    });
    expect(check(controlled(broken, life0)).counts).toEqual({});
    const other = history(...HOLDING, invoke(1, 'close'));
    expect(check(controlled(other, life0)).counts).toEqual({ 'premature-expiry': 1 });
  });

  it('believes a release that found no key to delete', () => {
    // The watch told of it after the release, whose answer alone says that it was gone before.
    const released = (value: object) =>
      history(...HOLDING, atMs(1000, invoke(0, 'release')), atMs(1200, ok(0, 'release', { value })));
    const told = life('aa', 10, 4, [11, 2500]);
    const early = check(controlled(released({ deleted: false }), told));
    expect(early.figures).toMatchObject({ prematureHolds: 1, smallestMarginMs: -781 });
    expect(early.violations).toMatchObject([
      {
        operations: [0, 4],
        events: [1],
        numbers: { earlyNs: 781 * TICK },
        detail: expect.stringMatching(/^its key was/),
      },
    ]);
    // Told of before, and not by the release.
    expect(check(controlled(released({ deleted: false }), life('aa', 10, 4, [11, 1100]))).violations).toMatchObject([
      { operations: [0], numbers: { earlyNs: 881 * TICK } },
    ]);
    for (const entries of [
      released({ deleted: true }),
      released({}),
      history(...HOLDING, atMs(1000, invoke(0, 'release')), info(0, 'release', 'timeout')),
      // An earlier try may have deleted it.
      history(
        ...HOLDING,
        invoke(0, 'release'),
        fail(0, 'release', 'unavailable'),
        ...released({ deleted: false }).slice(4),
      ),
      history(...HOLDING, invoke(3, 'close'), ...released({ deleted: false }).slice(4)),
    ])
      expect(check(controlled(entries, told)).figures).toMatchObject({ prematureHolds: 0, undecidedHolds: 0 });
    const late = history(...HOLDING, atMs(2000, invoke(0, 'release')), ok(0, 'release', { value: { deleted: false } }));
    expect(check(controlled(late, told)).figures).toMatchObject({ prematureHolds: 0, undecidedHolds: 1 });
  });

  it('holds nothing against etcd where the harness lost the program next', () => {
    const lost = { process: 0, type: 'info', f: 'harness-error', lane: 0, error: 'client-exited' } as const;
    const end = { kind: 'interrupted' } as const;
    const entries = history(...HOLDING, atMs(1500, lost));
    expect(check(controlled(entries, life('aa', 10, 4, [11, 1000]), { end })).counts).toEqual({});
    expect(check(controlled(entries, life('aa', 10, 4, [11, 1000])))).toMatchObject({
      outcome: 'clean',
      figures: { prematureHolds: 0, undecidedHolds: 0 },
    });
  });

  it('takes it for early if another was granted the lock before the end of the promise', () => {
    const entries = history(
      ...HOLDING,
      ...opened(1, 'bb'),
      invoke(1, 'acquire'),
      atMs(1000, ok(1, 'acquire', { token: '11' })),
    );
    // The watch lags: its word alone proves nothing.
    const ownership = [...life('aa', 10, 4), ...life('bb', 11, 9), ...life('aa', 10, 4, [12, 2500]).slice(1)];
    const result = check(controlled(entries, ownership));
    expect(result.counts).toEqual({ 'premature-expiry': 1 });
    expect(result.violations[0]).toMatchObject({
      first: { process: 0 },
      second: { process: 1, token: '11', acquire: 6 },
      detail: 'the lock was given to another at least 981 ms before the end of what etcd had promised',
    });
    // Granted before the key can have gone: that is no early end of a lease.
    const third = [...entries, ...history(...opened(2, 'cc'), ...done(2, 'acquire', { token: '13' }))].map(
      (entry, index) => ({
        ...entry,
        index,
        time: index < entries.length ? entry.time : (2600 + index) * TICK,
      }),
    );
    const late = [...ownership.slice(0, 2), ...life('cc', 13, 2620), ...life('aa', 10, 4, [14, 2700]).slice(1)];
    expect(check(controlled(third, late)).counts).toEqual({});
  });

  it.each([
    ['the one whose key came next', 1500, 1000, { process: 1, earlyNs: 981 }],
    ['the one whose key came later', 1000, 1500, { process: 2, earlyNs: 981 }],
  ])('goes by who was granted it first: %s', (_what, third, second, { process, earlyNs }) => {
    const grants = [atMs(second, ok(1, 'acquire', { token: '11' })), atMs(third, ok(2, 'acquire', { token: '12' }))];
    const entries = history(
      ...HOLDING,
      ...opened(1, 'bb'),
      ...opened(2, 'cc'),
      invoke(1, 'acquire'),
      invoke(2, 'acquire'),
      ...grants.sort((a, b) => a.time - b.time),
    );
    const ownership = [...life('aa', 10, 4), ...life('bb', 11, 12), ...life('cc', 12, 13)];
    const gone = life('aa', 10, 4, [13, 2500]).slice(1);
    expect(check(controlled(entries, [...ownership, ...gone])).violations).toMatchObject([
      { first: { process: 0 }, second: { process }, numbers: { earlyNs: earlyNs * TICK } },
    ]);
  });

  describe('where another was granted the lock', () => {
    /** Process 1 with the younger key 11 asks at `asked` and is granted it at `granted`; the end of key 10 is told at `gone`. */
    const overtaken = (asked: number, granted: number, gone: number, ...more: Draft[]) =>
      check(
        controlled(
          history(
            ...HOLDING,
            ...opened(1, 'bb'),
            atMs(asked, invoke(1, 'acquire')),
            atMs(granted, ok(1, 'acquire', { token: '11' })),
            ...more,
          ),
          [...life('aa', 10, 4), ...life('bb', 11, granted), ...life('aa', 10, 4, [12, gone]).slice(1)],
        ),
      );

    it('takes for proof what came at the very moment from which on the end was possible', () => {
      expect(overtaken(1000, 1000, 2500).violations).toMatchObject([{ second: { process: 1 } }]);
    });

    it('names the watch where that says the same', () => {
      const { violations } = overtaken(900, 1000, 1000);
      expect(violations).toMatchObject([{ detail: expect.stringMatching(/^its key was/) }]);
      expect(violations[0]?.second).toBe(undefined);
    });

    it('proves the end although the client gave the lock back later', () => {
      const closed = atMs(1200, invoke(0, 'close'));
      expect(overtaken(900, 1000, 2500, closed).violations).toMatchObject([{ second: { process: 1 } }]);
      expect(overtaken(900, 1000, 2500, atMs(1000, invoke(0, 'close'))).figures).toMatchObject({ undecidedHolds: 0 });
    });

    it('says nothing of a lease if that was before its client was told that it has the lock', () => {
      const entries = history(
        ...opened(0, 'aa'),
        invoke(0, 'acquire'),
        ...opened(1, 'bb'),
        ...done(1, 'acquire', { token: '11' }),
        ok(0, 'acquire', { token: '10' }),
      );
      const ownership = [...life('aa', 10, 4), ...life('bb', 11, 7), ...life('aa', 10, 4, [12, 2500]).slice(1)];
      expect(check(controlled(entries, ownership))).toMatchObject({
        outcome: 'clean',
        figures: { undecidedHolds: 1 },
      });
    });

    it.each([1100, 1200])('knows that the client closed its session by then, at %s ms', (closed) => {
      // The grant of key 11 at 8 ms is before key 10 can have gone: key 13 was asked for at 1000 ms.
      const entries = history(
        ...HOLDING,
        ...opened(1, 'bb'),
        ...done(1, 'acquire', { token: '11' }),
        ...opened(2, 'cc'),
        atMs(1000, invoke(2, 'acquire')),
        atMs(closed, invoke(0, 'close')),
        atMs(1900, ok(2, 'acquire', { token: '13' })),
      );
      const ownership = [...life('aa', 10, 4), ...life('bb', 11, 8), ...life('aa', 10, 4, [14, 1200]).slice(1)];
      const third = life('cc', 13, 1900);
      expect(check(controlled(entries, [...ownership, ...third])).figures).toMatchObject({
        prematureHolds: 0,
        undecidedHolds: 0,
      });
    });
  });

  it('names the release only where that alone says that the key was gone', () => {
    const entries = history(
      ...HOLDING,
      atMs(1000, invoke(0, 'release')),
      atMs(1200, ok(0, 'release', { value: { deleted: false } })),
    );
    const ownership = life('aa', 10, 4, [11, 1200]);
    expect(check(controlled(entries, ownership)).violations).toMatchObject([{ operations: [0] }]);
  });

  it('knows what may have ended the first hold of a key, whatever the client was told later', () => {
    const entries = history(...HOLDING, ...done(0, 'acquire', { token: '10' }));
    expect(check(controlled(entries, life('aa', 10, 4, [11, 1000]))).figures).toMatchObject({
      prematureHolds: 0,
      undecidedHolds: 0,
    });
  });

  it('names them queue by queue', () => {
    const open = (process: number, lane: number) =>
      [...opened(process, `a${process}`), ...done(process, 'acquire', { token: `${10 + process}` })].map((draft) => ({
        ...draft,
        lane,
      }));
    const entries = history(...open(0, 0), ...open(1, 1), ...open(2, 0));
    const key = (process: number, lane: number) =>
      life(`a${process}`, 10 + process, 1, [20 + process, 1000]).map((event) => ({
        ...event,
        lane,
        key: event.key.replace('0', `${lane}`),
      }));
    const ownership = [...key(0, 0), ...key(1, 1), ...key(2, 0)];
    const { violations } = check(controlled(entries, ownership, { settings: { ...CONTROLLED, lanes: 2 } }));
    expect(violations.map(({ lane, first }) => [lane, first?.token])).toEqual([
      [0, '12'],
      [0, '10'],
      [1, '11'],
    ]);
  });

  describe('by what holds of other lanes tell of the time', () => {
    /** Process 1 holds lane 1 with that token, asked for and answered then; key 10 of lane 0 was deleted at 14. */
    const beside = (token: string | undefined, asked: number, granted: number, told: number, own: OwnershipEvent[]) => {
      const drafts = [
        ...opened(1, 'bb'),
        atMs(asked, invoke(1, 'acquire')),
        atMs(granted, ok(1, 'acquire', token === undefined ? {} : { token })),
      ].map((draft) => ({ ...draft, lane: 1 }));
      const ownership = [...life('aa', 10, 4), ...own, ...life('aa', 10, 4, [14, told]).slice(1)];
      const settings = { ...CONTROLLED, lanes: 2 };
      return check(controlled(history(...HOLDING, ...drafts), ownership, { settings })).figures;
    };
    const key = (lease: string, created: number, name = `locks/lane-1/${lease}`) =>
      life(lease, created, 2600).map((event) => ({ ...event, lane: 1, key: name }));

    it('takes a key of a session of its own for as old as the acquire that was told of it', () => {
      // Answered before the end of the promise with a later revision; asked for after it, with an earlier one.
      expect(beside('20', 400, 500, 2600, key('bb', 20))).toMatchObject({ prematureHolds: 1 });
      expect(beside('12', 1990, 1995, 2600, key('bb', 12))).toMatchObject({ expiredHolds: 1 });
    });

    it.each([
      ['no watch told of', undefined],
      ['is of another session', key('cc', 20)],
      ['others may have made', key('bb', 20, 'locks/lane-1')],
    ])('does not know how old a key is that %s', (_what, own) => {
      const created = (token: number) =>
        (own ?? []).map((event) => ({ ...event, revision: `${token}`, createRevision: `${token}` }));
      expect(beside('20', 400, 500, 2600, created(20))).toMatchObject({ undecidedHolds: 1 });
      expect(beside('12', 1990, 1995, 2600, created(12))).toMatchObject({ undecidedHolds: 1 });
      expect(beside(undefined, 1990, 1995, 2600, [])).toMatchObject({ undecidedHolds: 1 });
    });
  });

  it('holds keys that others may delete against nobody', () => {
    const bare = life('aa', 10, 4, [11, 1000]).map((event) => ({ ...event, key: 'locks/lane-0' }));
    expect(check(controlled(history(...HOLDING), bare))).toMatchObject({
      outcome: 'clean',
      figures: { prematureHolds: 0, undecidedHolds: 0 },
    });
    // A key that was put again under another lease.
    const [put, gone] = life('aa', 10, 4, [11, 1000]) as [OwnershipEvent, OwnershipEvent];
    expect(
      check(controlled(history(...HOLDING), [put, { ...gone, lease: 'ab', key: 'locks/lane-0/ab' }])).counts,
    ).toEqual({});
  });

  it('knows nothing of a lease whose grant is not in the record', () => {
    const entries = history(...done(0, 'acquire', { token: '10' }));
    expect(check(controlled(entries, life('aa', 10, 4, [11, 1000]))).figures).toMatchObject({ undecidedHolds: 0 });
    const others = history(...opened(0, 'ab'), ...done(0, 'acquire', { token: '10' }), ...opened(1, 'aa'));
    expect(check(controlled(others, life('aa', 10, 4, [11, 1000]))).counts).toEqual({});
  });

  it('does not conclude from a run whose environment broke', () => {
    const end = { kind: 'environment', message: 'the agent ended', mend: [] } as const;
    expect(check(controlled(history(...HOLDING), life('aa', 10, 4, [11, 1000]), { end }))).toMatchObject({
      outcome: 'unknown',
      violations: [],
      doubts: [expect.stringContaining('broke off')],
    });
  });

  it('concludes from an interrupted run only where the client still answered afterwards', () => {
    const end = { kind: 'interrupted' } as const;
    const told = life('aa', 10, 4, [11, 1000]);
    expect(check(controlled(history(...HOLDING), told, { end }))).toMatchObject({
      outcome: 'unknown',
      doubts: [expect.stringContaining('broke off')],
    });
    const read = (ms: number) => [atMs(ms, invoke(0, 'read')), ok(0, 'read', { value: null })];
    expect(check(controlled(history(...HOLDING, ...read(900)), told, { end })).counts).toEqual({});
    expect(check(controlled(history(...HOLDING, ...read(1000)), told, { end })).counts).toEqual({
      'premature-expiry': 1,
    });
    const outcomeOf = (over: object, ...more: Draft[]) =>
      check(controlled(history(...HOLDING, ...more), told, { end, ...over })).outcome;
    const readAt = (process: number, ms: number) =>
      [invoke(process, 'read'), ok(process, 'read', { value: null })].map((draft) => atMs(ms, draft));
    expect(outcomeOf({}, ...readAt(0, 1000))).toBe('violated');
    // Under the number that goes on; but no other client, and no answer that never came.
    const timedOut = [atMs(900, invoke(0, 'read')), info(0, 'read', 'timeout')];
    expect(outcomeOf({}, ...timedOut, ...readAt(3, 1100))).toBe('violated');
    expect(outcomeOf({}, ...readAt(1, 1100))).toBe('unknown');
    expect(outcomeOf({}, atMs(1100, invoke(0, 'read')), info(0, 'read', 'timeout'))).toBe('unknown');
    expect(outcomeOf({ settings: { ...CONTROLLED, clients: 0 } }, ...readAt(1, 1100))).toBe('unknown');
    const environment = { kind: 'environment', message: 'the agent ended', mend: [] };
    expect(outcomeOf({ end: environment }, ...readAt(0, 1100))).toBe('unknown');
  });

  it("names a fault on a member's clock before any other", () => {
    const on = (id: string, kind: string, nodes: string[], processes: number[] | 'all') => ({
      id,
      kind,
      nodes,
      processes,
    });
    const entries = history(
      fault('inject', 0, true, on('a', 'clock', ['etcd2'], [])),
      ...HOLDING,
      fault('inject', 0, true, on('b', 'pause', ['etcd1'], 'all')),
      fault('inject', 0, true, on('c', 'cpu', ['storage'], 'all')),
    );
    const ownership = life('aa', 10, 4, [11, 1000]);
    expect(check(controlled(entries, ownership)).violations[0]?.fault).toBe(0);
    const without = history(...HOLDING, ...entries.slice(5));
    expect(check(controlled(without, ownership)).violations[0]?.fault).toBe(4);
  });

  it('names a fault that was in force between the promise and the end', () => {
    const over = { kind: 'pause', nodes: ['clients1', 'etcd1'], processes: [] };
    const named = (from: number, to: number, given: object = over) => {
      const entries = [
        atMs(from, fault('inject', 0, true, given)),
        atMs(to, fault('heal', 0, true, given)),
        ...HOLDING,
      ];
      const held = HOLDING.map((entry, at) => atMs(1 + at, entry));
      const drafts = [...entries.slice(0, 2), ...held].sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
      return check(controlled(history(...drafts), life('aa', 10, 4, [11, 1000]))).violations[0]?.fault;
    };
    // The promise was asked for at 1 ms, the key was gone at 1000 ms.
    expect([named(0.2, 0.5), named(0.2, 1), named(1000, 1100), named(1001, 1100)]).toEqual([
      undefined,
      0,
      4,
      undefined,
    ]);
    // Not one that hinders neither a member nor everybody.
    expect(named(0.2, 5, { nodes: ['clients1'], processes: [0] })).toBe(undefined);
    expect(named(0.2, 5, { nodes: ['clients1'], processes: 'all' })).toBe(0);
  });

  it('names the fault that began last', () => {
    const on = (id: string, begun: number) => ({ id, kind: 'pause', nodes: ['etcd1'], processes: [], begun });
    const faults = (a: number, b: number) => [
      fault('inject', 0, true, on('a', a * TICK)),
      fault('inject', 0, true, on('b', b * TICK)),
    ];
    const named = (a: number, b: number) =>
      check(controlled(history(...HOLDING, ...faults(a, b)), life('aa', 10, 4, [11, 1000]))).violations[0]?.fault;
    expect([named(2, 3), named(3, 2)]).toEqual([5, 4]);
  });

  it('says why when the history is of no use', () => {
    const broken = history(...HOLDING).map((entry) => ({ ...entry, index: 7 }));
    expect(check(controlled(broken, life('aa', 10, 4, [11, 1000])))).toMatchObject({
      outcome: 'unknown',
      violations: [],
    });
  });

  it('tells what was early by bounds that are strict on one side', () => {
    const until = 100;
    const judge = (notBefore: number, notAfter: number) => judgeEnding({ until, notBefore, notAfter }, true);
    expect(judge(0, 99)).toBe('premature');
    expect(judge(0, 100)).toBe('undecided');
    expect(judge(99, 120)).toBe('undecided');
    expect(judge(100, 120)).toBe('expired');
    expect(judge(100, 100)).toBe('expired');
    expect(judgeEnding({ until, notBefore: 110, notAfter: 120 }, false)).toBe('undecided');
  });
});

const drawn = fc.record({
  lanes: fc.integer({ min: 1, max: 2 }),
  clients: fc.integer({ min: 2, max: 3 }),
  choices: fc.array(fc.integer({ min: 0, max: 2 ** 30 }), { minLength: 80, maxLength: 160, size: 'max' }),
  keepAlive: fc.constantFrom('controller' as const, 'controller' as const, 'client' as const),
});

/** What the checker says of each end, as its violations and figures have it. */
function verdictsOf(run: RunRecord): { premature: string[]; figures: number[] } {
  const { violations, figures } = check(run);
  const count = (name: string): number => figures[name] ?? Number.NaN;
  return {
    premature: violations.map(({ first }) => first?.token ?? '').sort(),
    figures: [count('prematureHolds'), count('expiredHolds'), count('undecidedHolds')],
  };
}

function plainVerdictsOf(run: RunRecord): ReturnType<typeof verdictsOf> {
  const endings = plainEndings(run);
  const of = (kind: string): string[] => endings.filter((ending) => ending.kind === kind).map(({ created }) => created);
  return {
    premature: of('premature').sort(),
    figures: [of('premature').length, of('expired').length, of('undecided').length],
  };
}

const truthOf = (deletions: readonly Deletion[], token: string): Deletion | undefined =>
  deletions.find(({ created }) => `${created}` === token);

/** Drops or repeats a watch event, has it read a while before, or has a lease promised for longer. */
function mutate(
  { history: entries, ownership }: RunRecord,
  how: 'drop' | 'repeat' | 'sooner' | 'longer',
  where: number,
): void {
  const event = ownership[where % Math.max(1, ownership.length)];
  const answers = entries.filter(({ type, f }) => type === 'ok' && (f === 'open' || f === 'keep-alive'));
  const answer = answers[where % Math.max(1, answers.length)];
  if (event === undefined || answer === undefined) return;
  const at = ownership.indexOf(event);
  if (how === 'drop') ownership.splice(at, 1);
  else if (how === 'repeat') ownership.splice(at + 1, 0, event);
  else if (how === 'sooner') ownership[at] = { ...event, time: Math.max(0, event.time - (where % 5) * 1000 * TICK) };
  else (answer.value as { ttlMs: number }).ttlMs += 5000;
}

describe('lease-promise, on executions', () => {
  it('never accuses an etcd that keeps its word', () => {
    tried('leases that are kept', drawn, (options) => {
      const { run, deletions } = simulateLeases(options);
      expect(check(run)).toMatchObject({ outcome: 'clean', counts: {} });
      return deletions.some(({ byClient }) => !byClient);
    });
  });

  it('accuses an etcd that does not, of nothing that it did not do', () => {
    tried('leases that are not kept', drawn, (options) => {
      const { run, deletions } = simulateLeases({ ...options, early: true });
      const { premature } = verdictsOf(run);
      for (const token of premature) {
        const truth = truthOf(deletions, token);
        expect(truth?.byClient).toBe(false);
        expect(truth?.at).toBeLessThan(promisedEnd(run, Number(token)));
      }
      return premature.length > 0;
    });
  });

  it('finds what one change of the record makes wrong', () => {
    const change = fc.record({
      how: fc.constantFrom('drop' as const, 'repeat' as const, 'sooner' as const, 'longer' as const),
      where: fc.nat(),
    });
    tried('records with one change', fc.tuple(drawn, change), ([options, { how, where }]) => {
      const { run } = simulateLeases(options);
      const before = verdictsOf(run);
      mutate(run, how, where);
      const verdicts = verdictsOf(run);
      expect(verdicts).toEqual(plainVerdictsOf(run));
      return JSON.stringify(verdicts) !== JSON.stringify(before);
    });
  });

  it('finds what the plainest search finds', () => {
    tried('ends of leases, twice', fc.tuple(drawn, fc.boolean(), fc.boolean()), ([options, early, forgetful]) => {
      const { run } = simulateLeases({ ...options, early, forgetful });
      const verdicts = verdictsOf(run);
      expect(verdicts).toEqual(plainVerdictsOf(run));
      return verdicts.figures.some((figure) => figure > 0);
    });
  });
});

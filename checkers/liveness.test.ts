/** Liveness: golden histories for each kind, and figures. */
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { liveness } from './liveness.js';
import { plainOvertaken } from './testing/brute-holds.js';
import {
  done,
  type Draft,
  event,
  fail,
  fault,
  history,
  info,
  invoke,
  keyLife,
  logOf,
  ok,
  record,
  recovered,
  TICK,
} from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, anything, world } from './testing/worlds.js';
import { evidenceOf } from './evidence.js';
import { findWaits } from './waits.js';
import fc from 'fast-check';

const check = (run: RunRecord) => liveness.check(tablesOf(run));
const S = 1e9;
const at = (time: number, draft: Draft): Draft => ({ ...draft, time: time * S });
const hold = (process: number, token: string) => [...done(process, 'acquire', { token }), ...done(process, 'release')];

const COMPACTION = ['inject', 'heal'].map((f) =>
  fault(f as 'inject' | 'heal', 0, true, { kind: 'etcd', processes: [], options: { operation: 'compact' } }),
);

describe('a refused owner', () => {
  /** A key of a session's own, put and deleted. */
  const queueKey = (token: string, put: number, deleted: number): OwnershipEvent[] =>
    keyLife(token, put * TICK, deleted * TICK).map((e) => ({ ...e, key: 'lane-0/ff' }));
  const refusal = (deleted: boolean): Draft[] => [
    ...done(0, 'acquire', { token: '5' }),
    invoke(0, 'write', { value: 1 }),
    fail(0, 'write', 'fenced'),
    invoke(0, 'release'),
    ok(0, 'release', { value: { deleted } }),
  ];
  const runOf = (deleted: boolean, ownership: OwnershipEvent[]): RunRecord => {
    const entries = history(refusal(deleted));
    return record(entries, { ownership, decisions: logOf(entries) });
  };

  it('is one whose own key was still there at its release', () => {
    expect(check(runOf(true, queueKey('5', 2, 6)))).toMatchObject({
      counts: { 'refused-owner': 1 },
      violations: [{ first: { process: 0, token: '5', operations: [2, 4] }, decisions: [1] }],
    });
  });

  it('is none whose key was gone, and none of a key that is not its own', () => {
    expect(check(runOf(false, queueKey('5', 2, 3))).counts).toEqual({});
    expect(check(runOf(true, keyLife('5', 2 * TICK, 6 * TICK))).counts).toEqual({});
    expect(check(runOf(true, [])).counts).toEqual({});
  });

  it('names no decision where the log has none', () => {
    const run = { ...runOf(true, queueKey('5', 2, 6)), decisions: [] };
    expect(check(run).violations).toMatchObject([{ kind: 'refused-owner', decisions: [] }]);
  });

  it('is none that was not the first of the queue for certain', () => {
    const own = queueKey('5', 2, 6);
    expect(check(runOf(true, [...queueKey('3', 1, 2), ...own])).counts).toEqual({ 'refused-owner': 1 });
    expect(check(runOf(true, [...queueKey('3', 1, 5), ...own])).counts).toEqual({});
    const stays = queueKey('3', 1, 2).slice(0, 1);
    expect(check(runOf(true, [...stays, ...own])).counts).toEqual({});
    expect(check(runOf(true, [...stays, ...queueKey('4', 1, 2), ...own])).counts).toEqual({});
  });

  it('is none where nobody may have told of an older key: lines could not be read, or history was compacted', () => {
    const own = queueKey('5', 2, 6);
    expect(check(runOf(true, [...own, 'torn' as unknown as OwnershipEvent])).counts).toEqual({});
    const entries = history(refusal(true), COMPACTION);
    expect(check(record(entries, { ownership: own, decisions: logOf(entries) })).counts).toEqual({});
  });
});

describe('a lock that is never free again', () => {
  const last = hold(0, '5');
  /** TTL is 2 s, so that more than 16 s of waiting count. */
  const waiting = (from: number, to: number): Draft[] => [
    at(from, invoke(1, 'acquire')),
    at(to, info(1, 'acquire', 'timeout')),
  ];

  it('is one that somebody waited for in vain for longer than the bound', () => {
    expect(check(record(history(last, waiting(1, 18))))).toMatchObject({
      counts: { 'never-free': 1 },
      violations: [{ lane: 0, operations: [0, 4], numbers: { waitedNs: 17 * S } }],
    });
    expect(check(record(history(last, waiting(1, 16)))).counts).toEqual({});
  });

  it('counts what several waited, once', () => {
    const several = [...waiting(1, 10), at(5, invoke(2, 'acquire')), at(20, info(2, 'acquire', 'timeout'))].sort(
      (a, b) => (a.time ?? 0) - (b.time ?? 0),
    );
    expect(check(record(history(last, several))).violations).toMatchObject([{ numbers: { waitedNs: 19 * S } }]);
    const inside = [invoke(1, 'acquire'), invoke(2, 'acquire'), info(2, 'acquire', 'timeout')].map((d, n) =>
      at(n + 1, d),
    );
    const entries = history(last, inside, at(20, info(1, 'acquire', 'timeout')));
    expect(check(record(entries)).violations).toMatchObject([
      { operations: [0, 4, 5], from: 4 * TICK, to: 20 * S, decisions: [], numbers: { waitedNs: 19 * S } },
    ]);
  });

  it('names the first three that waited after the last hold, and the end of the longest wait', () => {
    const early = [at(0.001, invoke(9, 'acquire')), at(0.002, info(9, 'acquire', 'timeout'))];
    const inTurn = (f: (process: number) => Draft, from: number) => [1, 2, 3, 4].map((p) => at(from + p, f(p)));
    const waits = [...inTurn((p) => invoke(p, 'acquire'), 1), ...inTurn((p) => info(p, 'acquire', 'timeout'), 20)];
    const holdLate = last.map((draft, n) => at(0.003 + n / 1000, draft));
    expect(check(record(history(early, holdLate, waits))).violations).toMatchObject([
      { operations: [2, 6, 7, 8], to: 24 * S, detail: '4 acquires waited in vain after the last hold had ended' },
    ]);
    const longest = [at(30, info(5, 'acquire', 'timeout'))];
    expect(check(record(history(last, invoke(5, 'acquire'), waits, longest))).violations).toMatchObject([
      { operations: [0, 5, 6, 7], to: 30 * S },
    ]);
  });

  it('is none that was waited for no longer than the bound, nor one whose release nobody knows of', () => {
    expect(check(record(history(last, waiting(1, 17)))).counts).toEqual({});
    const unknown = [...done(0, 'acquire', { token: '5' }), invoke(0, 'release'), info(0, 'release', 'timeout')];
    expect(check(record(history(unknown, waiting(1, 18)))).counts).toEqual({});
  });

  it('is none that was waited for no longer than the bound after its release', () => {
    const asked = [...done(0, 'acquire', { token: '5' }), invoke(1, 'acquire'), ...done(0, 'release')];
    const until = (time: number) => check(record(history(asked, { ...info(1, 'acquire', 'timeout'), time }))).counts;
    expect([until(5 * TICK + 16 * S), until(5 * TICK + 16 * S + 1)]).toEqual([{}, { 'never-free': 1 }]);
  });

  it('is none for an acquire that was refused, or whose session ended', () => {
    const ended = (end: Draft) => check(record(history(last, at(1, invoke(1, 'acquire')), at(18, end)))).counts;
    expect(ended(fail(1, 'acquire', 'unavailable'))).toEqual({});
    expect(ended(info(1, 'acquire', 'session-expired'))).toEqual({});
  });

  it('is one although a client lost its lock', () => {
    expect(check(record(history(event(2, 'lost'), last, waiting(1, 18)))).counts).toEqual({ 'never-free': 1 });
  });

  it('is one whose last holder was certainly killed', () => {
    const killed = (process: number, kind: string, proven = true, when = 1) => {
      const over = { kind, processes: [process] };
      const kill = [at(when, fault('inject', process, proven, over)), at(when + 1, fault('heal', process, true, over))];
      const held = done(0, 'acquire', { token: '5' }).map((draft) => at(5, draft));
      const before = when < 5 ? [...kill, ...held] : [...held, ...kill];
      return check(record(history(before, waiting(10, 28)))).counts;
    };
    expect(killed(0, 'kill', true, 6)).toEqual({ 'never-free': 1 });
    expect(killed(0, 'pause', true, 6)).toEqual({});
    expect(killed(0, 'kill', false, 6)).toEqual({});
    expect(killed(1, 'kill', true, 6)).toEqual({});
    expect(killed(0, 'kill', true, 1)).toEqual({});
  });

  it('counts what was not answered up to the end of the traffic', () => {
    const open = [at(1, invoke(1, 'acquire')), at(30, invoke(2, 'acquire'))];
    expect(check(record(history(last, open))).counts).toEqual({ 'never-free': 1 });
    const broken = [...open, at(31, event(1, 'harness-error', 'client-exited'))];
    expect(check(record(history(last, broken))).counts).toEqual({});
    // A program that the harness lost may have the lock for good.
    const lost = [event(2, 'harness-error', 'client-exited'), ...waiting(1, 18)];
    expect(check(record(history(last, lost))).counts).toEqual({});
  });

  it('is none that somebody was granted, or whose last hold may still go on', () => {
    expect(
      check(record(history(last, waiting(1, 18), at(19, invoke(2, 'acquire')), ok(2, 'acquire', { token: '9' }))))
        .counts,
    ).toEqual({});
    const goesOn = record(history(done(0, 'acquire', { token: '5' }), waiting(1, 18)));
    expect(check(goesOn).counts).toEqual({});
    expect(check({ ...goesOn, ownership: keyLife('5', 0, S) }).counts).toEqual({ 'never-free': 1 });
  });

  it('counts what was waited for until the controller ended the program at last', () => {
    const ended = [at(1, invoke(1, 'acquire')), at(30, info(1, 'acquire', 'client-exited'))];
    expect(check(record(history(last, ended))).counts).toEqual({ 'never-free': 1 });
    expect(check(record(history(last, ended, event(1, 'harness-error', 'client-exited')))).counts).toEqual({});
  });

  it('ends with the program that was killed with the lock, if that is proven', () => {
    const killed = (kind: string, process: number, proven = true) =>
      check(
        record(
          history(
            done(0, 'acquire', { token: '5' }),
            fault('inject', process, proven, { kind }),
            at(1, fault('heal', process, true, { kind })),
            waiting(2, 20),
          ),
          { ownership: keyLife('5', 0) },
        ),
      ).counts;
    expect(killed('kill', 0)).toEqual({ 'never-free': 1 });
    // Another number of the same slot: that one may have been granted it, and nothing is said.
    expect(killed('kill', 3)).toEqual({});
    expect(killed('kill', 1)).toEqual({});
    expect(killed('pause', 0)).toEqual({});
    expect(killed('kill', 0, false)).toEqual({});
  });

  it('counts from the heal of the last fault on, and not where one is not healed for certain', () => {
    const faulty = (heal: number, proven = true) =>
      check(
        record(
          history(
            last,
            fault('inject', 1),
            at(1, invoke(1, 'acquire')),
            at(heal, fault('heal', 1, proven)),
            at(30, info(1, 'acquire', 'timeout')),
          ),
        ),
      ).counts;
    expect(faulty(10)).toEqual({ 'never-free': 1 });
    expect(faulty(20)).toEqual({});
    expect(faulty(10, false)).toEqual({});
  });

  it('is none that the recovery after the faults could take', () => {
    const ended = (lanesNotLocked: number[]) =>
      check(record(history(last, waiting(1, 18), recovered({ lanesNotLocked })))).counts;
    expect(ended([])).toEqual({});
    expect(ended([0])).toEqual({ 'never-free': 1 });
  });
});

describe('a starved waiter', () => {
  /** 31 holds of others go by; the lane has three clients. */
  const passed = (holds: number, ...end: Draft[]) => [
    invoke(9, 'acquire'),
    ...Array.from({ length: holds }, (_, n) => hold(n % 3, String(10 + n))).flat(),
    ...end,
  ];

  const counts = (...drafts: Draft[]) => check(record(history(...drafts))).counts;

  it('is passed over by more than ten times as many holds as there are clients', () => {
    expect(check(record(history(passed(31, ok(9, 'acquire', { token: '9' }))))).violations).toMatchObject([
      { kind: 'starved-waiter', operations: [0], decisions: [], numbers: { grants: 31, waitedNs: 125 * TICK } },
    ]);
    expect(counts(...passed(30, ok(9, 'acquire', { token: '9' })))).toEqual({});
    const { figures } = check(record(history(passed(5, ok(9, 'acquire', { token: '9' })))));
    expect(figures).toMatchObject({ longestWaitMs: 21, mostOvertaken: 5 });
  });

  it('is none that came into the queue later than those before it, or nobody knows when', () => {
    expect(counts(...passed(31, ok(9, 'acquire', { token: '99' })))).toEqual({});
    expect(counts(...passed(31, ok(9, 'acquire', { token: '10' })))).toEqual({});
    expect(counts(...passed(31, ok(9, 'acquire')))).toEqual({});
    expect(counts(...passed(31))).toEqual({});
    expect(counts(...passed(31, info(9, 'acquire', 'timeout')))).toEqual({});
    const leases = record(history(passed(31, ok(9, 'acquire', { token: '9' }))), { settings: { token: 'lease-id' } });
    expect(check(leases).counts).toEqual({});
  });

  it('is one whose key was there while so many younger ones came and went', () => {
    const key = (lease: string, created: number, deleted?: number): OwnershipEvent[] =>
      keyLife(`${created}`, 5 * TICK).flatMap((put) => {
        const mine = { ...put, lease, key: `lane-0/${lease}` };
        const gone = { ...mine, type: 'delete' as const, revision: `${deleted}`, time: 9 * TICK };
        return deleted === undefined ? [mine] : [mine, gone];
      });
    const drafts = [
      ...done(9, 'open', { value: { ttlMs: 2000, lease: 'aaa' } }),
      invoke(9, 'acquire'),
      ...Array.from({ length: 31 }, (_, n) => hold(n % 3, String(10 + 2 * n))).flat(),
    ];
    const waits = history(drafts);
    const others = Array.from({ length: 31 }, (_, n) => key(`b${n}`, 10 + 2 * n, 11 + 2 * n)).flat();
    const withKey = (...own: OwnershipEvent[]) => check(record(waits, { ownership: [...own, ...others] })).counts;
    expect(withKey(...key('aaa', 9))).toEqual({ 'starved-waiter': 1 });
    expect(withKey(...key('aaa', 9, 99))).toEqual({ 'starved-waiter': 1 });
    expect([withKey(...key('aaa', 9, 40)), withKey(...key('aaa', 45)), withKey(...key('aab', 9)), withKey()]).toEqual(
      Array(4).fill({}),
    );
    // Its end may be what could not be read, or what was compacted.
    expect(withKey(...key('aaa', 9), 'torn' as unknown as OwnershipEvent)).toEqual({});
    const compacted = history(COMPACTION, drafts);
    expect(check(record(compacted, { ownership: [...key('aaa', 9), ...others] })).counts).toEqual({});
  });

  it('is none whose session ended, whose process failed, or that a fault reached', () => {
    const granted = ok(9, 'acquire', { token: '9' });
    expect(counts(...passed(31, info(9, 'acquire', 'session-expired')))).toEqual({});
    expect(counts(...passed(31, event(9, 'harness-error', 'client-exited')))).toEqual({});
    expect(counts(fault('inject', 9), ...passed(31, granted))).toEqual({});
    expect(counts(fault('inject', 0, true, { processes: 'all' }), ...passed(31, granted))).toEqual({});
    const healedBefore = (seconds: number) =>
      counts(
        fault('inject', 9),
        fault('heal', 9),
        ...passed(31, granted).map((draft, n) => (n === 0 ? at(seconds, draft) : draft)),
      );
    // A TTL of two seconds, and two for a call that was under way.
    expect([healedBefore(3.9), healedBefore(4.1)]).toEqual([{}, { 'starved-waiter': 1 }]);
  });
});

describe('figures', () => {
  it('measures takeovers from the deletion of the key, or from the last sign of its holder', () => {
    const dies = [...done(0, 'acquire', { token: '5' }), ...done(0, 'read', { value: null })];
    const run = record(history(dies, invoke(1, 'acquire'), at(3, ok(1, 'acquire', { token: '6' }))));
    expect(check(run).figures).toMatchObject({ takeovers: 1, takeoverMedianMs: 2995 });
    expect(check({ ...run, ownership: keyLife('5', 0, 2 * S) }).figures).toMatchObject({
      takeoverMaxMs: 1000,
      takeoverP99Ms: 1000,
    });
  });

  it('counts no hold that was given back, and none of which nobody knows the next', () => {
    const given = history(hold(0, '5'), hold(1, '6'), done(0, 'acquire', { token: '7' }));
    expect(check(record(given)).figures).toEqual({ longestWaitMs: 1, mostOvertaken: 0 });
    const gone = [
      ...done(0, 'acquire', { token: '5' }),
      invoke(0, 'release'),
      ok(0, 'release', { value: { deleted: false } }),
    ];
    expect(check(record(history(gone, hold(1, '6')))).figures).toMatchObject({ takeovers: 1 });
  });
});

describe('properties', () => {
  it('accuses no true execution: nobody waits for long in it, and all faults reach those that do', () => {
    tried('liveness of a true lock', world('exclusive', ANY_FENCING), (run) => {
      expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [] });
      return run.decisions.length > 3;
    });
  });

  it('counts who was overtaken by how many as the plainest search does', () => {
    tried('overtaken', fc.oneof(anything, world('exclusive', ANY_FENCING)), (run) => {
      const evidence = evidenceOf(tablesOf(run));
      const { operations } = evidence;
      const found = findWaits(evidence).flatMap(({ acquire: acquires, overtaken }) =>
        Array.from(acquires, (acquire, at) => ({
          acquire,
          line: `${operations.invocation[acquire]}: ${overtaken[at]}`,
        }))
          .filter(({ acquire }) => operations.succeeded(acquire))
          .map(({ line }) => line),
      );
      expect(found.sort()).toEqual(plainOvertaken(run).sort());
      return found.some((line) => !line.endsWith(': 0'));
    });
  });
});

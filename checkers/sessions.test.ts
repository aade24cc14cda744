import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { NONE } from '../harness/history/tables.js';
import { FIRST_LARGE } from '../harness/history/token-codes.js';
import { evidenceOf } from './evidence.js';
import { readSessions } from './sessions.js';
import { done, type Draft, event, fail, history, info, invoke, keyLife, ok, record, TICK } from './testing/builders.js';

const of = (run: RunRecord) => readSessions(evidenceOf(tablesOf(run)));
const sessions = (...drafts: (Draft | readonly Draft[])[]) => of(record(history(...drafts)));
const opened = (process: number, lease: string, ttlMs: unknown = 2000) =>
  done(process, 'open', { value: { ttlMs, lease } });
const kept = (process: number, lease: string, ttlMs = 2000) => done(process, 'keep-alive', { value: { ttlMs, lease } });
const acquired = (process: number, token: string, value?: unknown) =>
  done(process, 'acquire', { token, ...(value === undefined ? {} : { value }) });

/** What is left of a TTL of 2 s if etcd's clock runs as much faster as is allowed. */
const PROMISED = 1980 * TICK;

describe('the session of a hold', () => {
  it('is the one that its process opened last', () => {
    const { sessionOf, lease } = sessions(
      opened(0, 'aa'),
      opened(1, 'bb'),
      acquired(0, '1'),
      acquired(1, '2'),
      opened(0, 'cc'),
      acquired(0, '3'),
    );
    expect([...sessionOf]).toEqual([0, 1, 2]);
    expect(lease).toEqual([0xaa, 0xbb, 0xcc]);
  });

  it('is the same one where two openings were given one lease', () => {
    const { sessionOf, lease } = sessions(opened(0, 'aa'), opened(1, 'aa'), acquired(0, '1'), acquired(1, '2'));
    expect([...sessionOf]).toEqual([0, 0]);
    expect(lease).toEqual([0xaa]);
  });

  it.each<[string, readonly Draft[]]>([
    ['was closed', done(0, 'close')],
    ['may have been closed', [invoke(0, 'close'), fail(0, 'close', 'unavailable')]],
    ['was followed by one that was not opened', [invoke(0, 'open'), fail(0, 'open', 'unavailable')]],
    ['was followed by one that nobody knows the lease of', done(0, 'open')],
  ])('is not known once it %s', (_, after) => {
    expect([...sessions(opened(0, 'aa'), after, acquired(0, '1')).sessionOf]).toEqual([NONE]);
  });

  it.each<[string, readonly Draft[]]>([
    ['a keep-alive of another lease', kept(0, 'bb')],
    ['a refused keep-alive', [invoke(0, 'keep-alive'), fail(0, 'keep-alive', 'lease-lost')]],
    ['a stall', done(0, 'stall')],
    ['a check', done(0, 'check')],
    ['an acquire that failed', [invoke(0, 'acquire'), fail(0, 'acquire', 'timeout')]],
    ['a release', done(0, 'release')],
    ["another process's close", done(1, 'close')],
  ])('stays the same after %s', (_, after) => {
    expect([...sessions(opened(0, 'aa'), after, acquired(0, '1')).sessionOf]).toEqual([0]);
  });

  it('is none where the acquire was answered with a lease of its own, and with no other value', () => {
    const under = (value: unknown) => sessions(opened(0, 'aa'), acquired(0, '1', value)).sessionOf[0];
    expect(under({ lease: 'bb' })).toBe(NONE);
    for (const value of [{ node: 'lease' }, {}, null, 'lease', 7]) expect(under(value)).toBe(0);
  });

  it('is not what a process said that did two things at once', () => {
    const { sessionOf, lease } = sessions(
      invoke(0, 'read'),
      opened(0, 'aa'),
      opened(1, 'bb'),
      acquired(0, '1'),
      acquired(1, '2'),
    );
    expect([...sessionOf]).toEqual([0]);
    expect(lease).toEqual([0xbb]);
  });
});

describe('the promise of a lease', () => {
  it('goes from the invocation on for the TTL of the answer, less what clocks may differ by', () => {
    const { until, promisedBy } = sessions(opened(1, 'aa'), opened(0, 'bb', 5000));
    expect(until).toEqual([TICK + PROMISED, 3 * TICK + 4950 * TICK]);
    expect(promisedBy).toEqual([0, 1]);
  });

  it('is that which goes furthest, and of two that go as far the first', () => {
    const later = sessions(opened(0, 'aa'), kept(0, 'aa'));
    expect([later.until, later.promisedBy]).toEqual([[3 * TICK + PROMISED], [1]]);
    const shorter = sessions(opened(0, 'aa'), kept(0, 'aa', 1000));
    expect([shorter.until, shorter.promisedBy]).toEqual([[TICK + PROMISED], [0]]);
    const same = sessions(
      { ...invoke(0, 'open'), time: TICK },
      { ...invoke(1, 'keep-alive'), time: TICK },
      ok(0, 'open', { value: { ttlMs: 2000, lease: 'aa' } }),
      ok(1, 'keep-alive', { value: { ttlMs: 2000, lease: 'aa' } }),
    );
    expect([same.until, same.promisedBy]).toEqual([[TICK + PROMISED], [0]]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'aa'],
    ['a number', 7],
    ['no TTL', { lease: 'aa' }],
    ['a TTL that is a text', { ttlMs: '2000', lease: 'aa' }],
    ['a TTL of nothing', { ttlMs: 0, lease: 'aa' }],
    ['a TTL below nothing', { ttlMs: -1, lease: 'aa' }],
    ['a TTL that is no number', { ttlMs: Number.NaN, lease: 'aa' }],
    ['an endless TTL', { ttlMs: Number.POSITIVE_INFINITY, lease: 'aa' }],
    ['no lease', { ttlMs: 2000 }],
    ['a lease that is a number', { ttlMs: 2000, lease: 170 }],
    ['an empty lease', { ttlMs: 2000, lease: '' }],
    ['a lease that is no hex number', { ttlMs: 2000, lease: 'ag' }],
    ['a lease with something before it', { ttlMs: 2000, lease: '-aa' }],
    ['a lease with something behind it', { ttlMs: 2000, lease: 'aa ' }],
    ['a lease that is too long', { ttlMs: 2000, lease: '1'.repeat(17) }],
  ])('is not made by an answer with %s', (_, value) => {
    const { sessionOf, lease } = sessions(
      done(0, 'open', value === undefined ? {} : { value }),
      done(0, 'keep-alive', value === undefined ? {} : { value }),
      acquired(0, '1'),
    );
    expect([...sessionOf]).toEqual([NONE]);
    expect(lease).toEqual([]);
  });

  it('is made for leases above 2^53 that a watch told of, and for no other ones', () => {
    const leases = ['7000000000000001', '7000000000000002', '7000000000000003'];
    const told = (lease: string, n: number): OwnershipEvent[] =>
      keyLife(`${10 + n}`, TICK).map((put) => ({ ...put, lease }));
    const ask = (...asked: string[]) =>
      of(
        record(history(...asked.map((lease, process) => opened(process, lease))), {
          ownership: leases.flatMap(told),
        }),
      ).lease;
    expect(ask(...leases)).toEqual([FIRST_LARGE, FIRST_LARGE + 2, FIRST_LARGE + 4]);
    expect(ask('7000000000000000', '7000000000000004', '1000000000000000')).toEqual([]);
    expect(ask('7000000000000004', '7000000000000004')).toEqual([]);
  });
});

describe('what may have ended a hold', () => {
  /** The row that ended the only hold, which process 0 asks for in row 0. */
  const endOf = (...after: (Draft | readonly Draft[])[]) => sessions(acquired(0, '1'), ...after).endedRow[0];
  const harnessError = (process: number) => event(process, 'harness-error', 'client-exited');

  it.each(['release', 'close', 'open', 'acquire'] as const)('is a later %s of its client', (f) => {
    expect(endOf(invoke(0, f))).toBe(2);
    expect(endOf(done(0, f), done(0, 'release'), done(0, 'close'))).toBe(2);
    expect(endOf(invoke(1, f))).toBe(NONE);
  });

  it.each(['read', 'write', 'check', 'stall', 'keep-alive'] as const)('is no %s', (f) => {
    expect(endOf(done(0, f))).toBe(NONE);
    expect(endOf(done(0, f), done(0, 'close'))).toBe(4);
  });

  it('is the end of its program, and not the loss of its lock', () => {
    expect(endOf(harnessError(0))).toBe(2);
    expect(endOf(event(0, 'lost'))).toBe(NONE);
    expect(endOf(event(0, 'lost'), harnessError(1), done(0, 'read'), harnessError(0))).toBe(6);
    expect(endOf(harnessError(0), harnessError(0), harnessError(1))).toBe(2);
    expect(endOf(done(0, 'close'), harnessError(0))).toBe(2);
    expect(endOf(harnessError(0), done(3, 'close'))).toBe(2);
  });

  it('is nothing that came before', () => {
    const { endedRow } = sessions(harnessError(0), done(0, 'close'), acquired(0, '1'), acquired(0, '2'));
    expect([...endedRow]).toEqual([5, NONE]);
  });

  it('may come under the number with which its client goes on', () => {
    expect(endOf(invoke(0, 'read'), info(0, 'read', 'timeout'), invoke(3, 'close'))).toBe(4);
    expect(endOf(invoke(4, 'close'))).toBe(NONE);
  });

  it('comes under the same number where no plan says how many clients there are', () => {
    const run = record(history(acquired(0, '1'), invoke(3, 'close'), invoke(0, 'close')), { settings: { clients: 0 } });
    expect([...of(run).endedRow]).toEqual([3]);
  });
});

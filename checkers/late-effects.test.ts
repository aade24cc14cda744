/** Late writes and stale reads: golden histories, true ones, and random ones against the plainest search. */
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { lateEffects } from './late-effects.js';
import { plainLateEffects } from './testing/brute-holds.js';
import { decisions, done, type Draft, fault, history, invoke, keyLife, logOf, ok, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, anything, world } from './testing/worlds.js';

const check = (run: RunRecord) => lateEffects.check(tablesOf(run));
const runOf = (...drafts: (Draft | readonly Draft[])[]): RunRecord => {
  const entries = history(...drafts);
  return record(entries, { decisions: logOf(entries) });
};
const take = (process: number, token?: string) => done(process, 'acquire', token === undefined ? {} : { token });
const read = (process: number, value: unknown = null) => done(process, 'read', { value });
const write = (process: number, value: number) => done(process, 'write', { value });

describe('late effects', () => {
  it('finds nothing in holds that follow each other', () => {
    const first = [take(0, '5'), read(0), write(0, 1), done(0, 'release')];
    const run = runOf(first.flat(), take(1, '6'), read(1, 1), write(1, 2), done(1, 'release'), take(0, '7'));
    expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [], figures: { replacedHolds: 2 } });
  });

  it('finds a write that was sent after the next holder had been granted, with the fault that explains it', () => {
    const run = runOf(take(0, '5'), read(0), fault('inject', 0), take(1, '6'), fault('heal', 0), write(0, 1));
    expect(check(run)).toMatchObject({
      outcome: 'violated',
      counts: { 'late-write': 1 },
      violations: [
        {
          kind: 'late-write',
          first: { process: 0, token: '5', operations: [8] },
          second: { process: 1, token: '6', acquire: 5 },
          decisions: [2],
          fault: 4,
          numbers: { lateNs: 2_000_000 },
        },
      ],
    });
  });

  it('finds a read that was sent so', () => {
    expect(check(runOf(take(0, '5'), take(1, '6'), read(0))).counts).toEqual({ 'stale-read': 1 });
    // The first to be granted the lock afterwards is not the first that asked for it.
    const asked = [...take(0), invoke(1, 'acquire'), invoke(2, 'acquire'), ok(2, 'acquire')];
    expect(check(runOf(asked, read(0), ok(1, 'acquire'))).counts).toEqual({ 'stale-read': 1 });
    expect(check(runOf(take(0), invoke(1, 'acquire'), invoke(2, 'acquire'), read(0), ok(2, 'acquire'))).counts).toEqual(
      {},
    );
  });

  it('leaves a write to the stale writes once the newer holder has written', () => {
    const replaced = [take(0, '5'), take(1, '6'), write(1, 1), write(0, 1)].flat();
    expect(check(runOf(replaced)).counts).toEqual({});
    // Also if the old holder had written before, or writes once more.
    expect(check(runOf(take(0, '5'), write(0, 1), take(1, '6'), write(1, 2), write(0, 3))).counts).toEqual({});
    expect(check(runOf(replaced, write(0, 2))).counts).toEqual({});
  });

  it('finds the late write of a holder without a token, which no token makes a stale one', () => {
    const run = runOf(take(0), take(1, '6'), write(1, 1), write(0, 1));
    expect(check(run).counts).toEqual({ 'late-write': 1 });
  });

  it('takes no lease id for younger than another', () => {
    const entries = history(
      invoke(0, 'acquire'),
      take(1, '9'),
      done(1, 'release'),
      ok(0, 'acquire', { token: '12' }),
      done(0, 'release'),
      invoke(1, 'acquire'),
      invoke(2, 'acquire'),
      ok(1, 'acquire', { token: '10' }),
      ok(2, 'acquire', { token: '11' }),
      write(1, 1),
    );
    const leased = (token: 'create-revision' | 'lease-id') =>
      check(record(entries, { decisions: logOf(entries), settings: { token } })).counts;
    expect([leased('create-revision'), leased('lease-id')]).toEqual([{ 'late-write': 1 }, {}]);
  });

  it('accuses neither what was sent before the grant, nor what was refused', () => {
    const early = history(take(0, '5'), invoke(0, 'write', { value: 1 }), take(1, '6'), ok(0, 'write', { value: 1 }));
    expect(check(record(early, { decisions: logOf(early) })).outcome).toBe('clean');
    const late = history(take(0, '5'), take(1, '6'), write(0, 1));
    expect(check(record(late, { decisions: decisions(late, [0, 'write', 0, { verdict: 'refused' }]) })).counts).toEqual(
      {},
    );
  });

  it('accuses no hold whose answer came after that of the newer one', () => {
    const run = runOf(
      invoke(0, 'acquire'),
      take(1, '6'),
      done(1, 'release'),
      ok(0, 'acquire', { token: '5' }),
      write(0, 1),
    );
    expect(check(run).outcome).toBe('clean');
  });

  it('knows the order of holds without tokens where one was asked for after the other had been granted', () => {
    expect(check(runOf(take(0), take(1), write(0, 1))).counts).toEqual({ 'late-write': 1 });
    const concurrent = runOf(
      invoke(0, 'acquire'),
      invoke(1, 'acquire'),
      ok(0, 'acquire'),
      ok(1, 'acquire'),
      write(0, 1),
    );
    expect(check(concurrent).counts).toEqual({});
  });

  it('draws no order from lease ids', () => {
    const run = runOf(
      invoke(0, 'acquire'),
      invoke(1, 'acquire'),
      ok(0, 'acquire', { token: '255' }),
      ok(1, 'acquire', { token: '256' }),
      write(0, 1),
    );
    expect(check(run).counts).toEqual({ 'late-write': 1 });
    expect(check({ ...run, ownership: keyLife('5', 0) }).counts).toEqual({});
  });

  it('calls the late one of two holds the older one, whatever their lease ids are', () => {
    const entries = history(take(0, '9'), take(1, '5'), write(0, 1));
    const run = record(entries, { decisions: logOf(entries), settings: { token: 'lease-id' } });
    expect(check(run).violations).toMatchObject([
      { kind: 'late-write', first: { process: 0, operations: [4] }, second: { process: 1, operations: [2] } },
    ]);
  });

  it('tells of a late write once, however often it was decided', () => {
    const run = runOf(take(0, '5'), take(1, '6'), write(0, 1));
    const again = run.decisions.map((d) => ({ ...d, seq: 2 }));
    expect(check({ ...run, decisions: [...run.decisions, ...again] }).counts).toEqual({ 'late-write': 1 });
  });

  it('says nothing by a log whose order is not the true one', () => {
    const run = runOf(take(0, '5'), write(0, 1), take(1, '6'), write(0, 2));
    const [a, b] = run.decisions;
    const swapped = [
      { ...b, seq: 1 },
      { ...a, seq: 2 },
    ] as RunRecord['decisions'];
    expect(check({ ...run, decisions: swapped })).toMatchObject({ outcome: 'unknown', counts: {} });
  });
});

describe('properties', () => {
  it('never accuses a lock that keeps sections apart', () => {
    tried('late effects, exclusive lock', world('exclusive', ANY_FENCING), (run) => {
      expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [] });
      return run.decisions.length > 3;
    });
  });

  it('finds what the plainest search finds', () => {
    tried('late effects', anything, (run) => {
      const found = check(run).violations.map(({ kind, decisions: [seq] }) => `${kind} ${seq}`);
      expect(found.sort()).toEqual(plainLateEffects(run).sort());
      return found.length > 0;
    });
  });
});

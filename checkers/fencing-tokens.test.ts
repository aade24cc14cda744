/** Fencing tokens: golden histories, true ones, and corrupted ones against the plainest search. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { fencingTokens } from './fencing-tokens.js';
import { plainTokenFaults } from './testing/brute-holds.js';
import { done, type Draft, fail, history, info, invoke, ok, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, anything, world } from './testing/worlds.js';

const check = (run: RunRecord) => fencingTokens.check(tablesOf(run));
const counts = (...drafts: (Draft | readonly Draft[])[]) => check(record(history(...drafts))).counts;
const hold = (process: number, token: string) => [...done(process, 'acquire', { token }), ...done(process, 'release')];

describe('fencing tokens', () => {
  it('has no objection to tokens that grow, nor to those of acquires that ran side by side', () => {
    expect(counts(hold(0, '5'), hold(1, '9'), hold(0, '10'))).toEqual({});
    expect(
      counts(
        invoke(0, 'acquire'),
        invoke(1, 'acquire'),
        ok(0, 'acquire', { token: '9' }),
        ok(1, 'acquire', { token: '5' }),
      ),
    ).toEqual({});
  });

  it('finds a token that falls, and names the hold with the largest before', () => {
    const run = record(history(hold(0, '8'), hold(1, '7'), hold(2, '6')));
    expect(check(run)).toMatchObject({
      outcome: 'violated',
      counts: { 'token-order': 2 },
      figures: { tokens: 3 },
      violations: [
        { lane: 0, first: { token: '8', acquire: 0 }, second: { token: '7', acquire: 4 }, decisions: [] },
        { first: { token: '8', acquire: 0 }, second: { token: '6', acquire: 8 }, decisions: [] },
      ],
    });
  });

  it('finds one token for two clients', () => {
    expect(counts(done(0, 'acquire', { token: '5' }), done(1, 'acquire', { token: '5' }))).toEqual({
      'token-reused': 1,
    });
  });

  it('finds one token for two holds of a client in between which it was given back', () => {
    expect(counts(hold(0, '5'), hold(0, '5'))).toEqual({ 'token-reused': 1 });
    expect(counts(done(0, 'acquire', { token: '5' }), done(0, 'close'), done(0, 'open'), hold(0, '5'))).toEqual({
      'token-reused': 1,
    });
    expect(counts(done(0, 'acquire', { token: '5' }), done(0, 'open'), hold(0, '5'))).toEqual({ 'token-reused': 1 });
  });

  it('takes for one hold what one session asked for again without having given it back for certain', () => {
    const again = done(0, 'acquire', { token: '5' });
    expect(counts(again, again)).toEqual({});
    expect(check(record(history(again, again), { settings: { clients: 0 } })).counts).toEqual({});
    expect(counts(again, invoke(0, 'release'), fail(0, 'release', 'connection-refused'), again)).toEqual({});
    const successor = done(3, 'acquire', { token: '5' });
    expect(counts(again, invoke(0, 'release'), info(0, 'release', 'timeout'), successor)).toEqual({});
    expect(
      counts(again, invoke(0, 'release'), info(0, 'release', 'timeout'), done(1, 'acquire', { token: '5' })),
    ).toEqual({ 'token-reused': 1 });
  });

  it('compares tokens above 2^53, and leaves out holds without one', () => {
    const [a, b] = ['9223372036854775806', '9223372036854775807'];
    expect(counts(hold(0, a), hold(1, b))).toEqual({});
    expect(counts(hold(0, b), hold(1, a))).toEqual({ 'token-order': 1 });
    const without = check(record(history(done(0, 'acquire'), done(1, 'acquire'), hold(0, '5'))));
    expect(without).toMatchObject({ counts: {}, figures: { tokens: 1 } });
    const none = [...done(1, 'acquire'), ...done(1, 'release')];
    expect(counts(none, hold(0, '5'), none, hold(0, '6'), none)).toEqual({});
    expect(counts(hold(0, '8'), none, hold(0, '7'))).toEqual({ 'token-order': 1 });
  });

  it('minds each lane by itself', () => {
    const other = [invoke(1, 'acquire', { lane: 1 }), ok(1, 'acquire', { lane: 1, token: '5' })];
    expect(counts(hold(0, '5'), other)).toEqual({});
  });
});

/** Another token for one hold, in its answer and in all that it sent. */
function withToken(run: RunRecord, [which, token]: readonly [number, number]): RunRecord {
  const grants = run.history.filter((e) => e.f === 'acquire' && e.type === 'ok');
  const chosen = grants[which % Math.max(1, grants.length)];
  if (chosen === undefined) return run;
  const history = run.history.map((e) => (e === chosen ? ({ ...e, token: String(token) } as HistoryEntry) : e));
  return { ...run, history };
}

describe('properties', () => {
  it('never accuses tokens that are create revisions', () => {
    const exclusive = world('exclusive', ANY_FENCING);
    tried('tokens of a true lock', fc.oneof(exclusive, world('expiring', ANY_FENCING)), (run) => {
      expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [] });
      return run.decisions.length > 3;
    });
  });

  it('finds what the plainest search finds', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 5, max: 20 })), { minLength: 1, maxLength: 3 });
    const corrupted = fc.tuple(anything, changes).map(([run, all]) => all.reduce(withToken, run));
    tried('corrupted tokens', corrupted, (run) => {
      const { history } = run;
      const found = check(run).violations.map(({ kind, first, second }) => {
        const acquires = [first?.acquire ?? -1, second?.acquire ?? -1];
        // The hold that breaks the rule is the one that was asked for later.
        return `${kind} ${Math.max(...acquires)}`;
      });
      expect(found.sort()).toEqual(plainTokenFaults(run).sort());
      return found.length > 0 && history.length > 0;
    });
  });
});

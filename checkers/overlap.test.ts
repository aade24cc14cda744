import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { overlap } from './overlap.js';
import {
  at,
  decisions,
  done,
  type Draft,
  event,
  fail,
  fault,
  history,
  info,
  invoke,
  keyLife,
  ok,
  record,
  TICK,
} from './testing/builders.js';

const read = { value: null };

describe('overlap', () => {
  it('calls sections that follow each other clean', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      invoke(2, 'acquire'),
      done(1, 'read', read),
      done(1, 'write', { value: 1 }),
      done(1, 'release'),
      ok(2, 'acquire', { token: '6' }),
      done(2, 'read', { value: 1 }),
      done(2, 'release'),
    );
    const result = overlap.check(tablesOf(record(entries)));
    expect(result).toMatchObject({ outcome: 'clean', violations: [], counts: {}, figures: { definiteSections: 2 } });
  });

  it('names the two operations that prove an overlap, its length and the pause that explains it', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(1, 'read', read),
      fault('inject', 1),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', read),
      invoke(1, 'write', { value: 1 }),
      fault('heal', 1),
      ok(1, 'write'),
      done(2, 'release'),
    );
    const { outcome, violations } = overlap.check(tablesOf(record(entries)));
    expect(outcome).toBe('violated');
    expect(violations).toEqual([
      {
        kind: 'overlapping-sections',
        lane: 0,
        first: { process: 1, token: '5', acquire: 0, operations: [at(entries, 1, 'write')] },
        second: { process: 2, token: '6', acquire: at(entries, 2, 'acquire'), operations: [at(entries, 2, 'release')] },
        fault: entries.findIndex((e) => e.f === 'inject'),
        decisions: [],
        from: entries[1]?.time,
        to: entries.at(-1)?.time,
        // From process 2's acquire ok to process 1's write.
        numbers: { overlapNs: 3 * TICK },
      },
    ]);
  });

  it('takes a refused operation as proof, for to be refused the client must have asked', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', read),
      invoke(1, 'write', { value: 1 }),
      fail(1, 'write', 'fenced'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).counts).toEqual({ 'overlapping-sections': 1 });
  });

  it('takes nothing that the client refused or that nobody knows of, unless the storage logged it', () => {
    const lockLost = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', read),
      invoke(1, 'write', { value: 1 }),
      fail(1, 'write', 'lock-lost'),
      done(1, 'release'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(lockLost))).outcome).toBe('clean');

    const unknown = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', read),
      invoke(1, 'write', { value: 1 }),
      info(1, 'write', 'timeout'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(unknown))).outcome).toBe('clean');
    const logged = record(unknown, { decisions: decisions(unknown, [2, 'read'], [1, 'write']) });
    expect(overlap.check(tablesOf(logged)).counts).toEqual({ 'overlapping-sections': 1 });
    const refused = decisions(unknown, [2, 'read'], [1, 'write', 0, { verdict: 'refused' }]);
    expect(overlap.check(tablesOf(record(unknown, { decisions: refused }))).outcome).toBe('violated');
    const another = decisions(unknown, [2, 'read'], [1, 'write', 0, { token: '9' }]);
    expect(overlap.check(tablesOf(record(unknown, { decisions: another }))).outcome).toBe('clean');
  });

  it('takes a release that was certainly not sent for no part of the section', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      invoke(1, 'release'),
      fail(1, 'release', 'unavailable'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).outcome).toBe('clean');
  });

  it('counts a release although an operation before it was refused for another reason', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      invoke(1, 'read'),
      fail(1, 'read', 'fenced'),
      done(2, 'acquire', { token: '6' }),
      done(1, 'release'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).counts).toEqual({ 'overlapping-sections': 1 });
  });

  it('counts a release whatever the next holder is told', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      invoke(2, 'read'),
      fail(2, 'read', 'lock-lost'),
      done(2, 'write', { value: 1 }),
      done(1, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).counts).toEqual({ 'overlapping-sections': 1 });
  });

  it('measures the longest overlap of all lanes', () => {
    const inLane = (lane: number, drafts: Draft[]) => drafts.map((draft) => ({ ...draft, lane })) as Draft[];
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      done(3, 'acquire', { token: '7' }),
      done(3, 'release'),
      done(1, 'release'),
      done(2, 'release'),
      inLane(1, [...done(4, 'acquire', { token: '8' }), ...done(4, 'release')]),
    );
    // Of processes 1 and 2: from the later grant to the earlier release.
    expect(overlap.check(tablesOf(record(entries))).figures).toEqual({ definiteSections: 4, longestOverlapMs: 5 });
  });

  it('does not count a release after the client was told that the lock is gone', () => {
    const section = (lost: boolean) =>
      history(
        done(1, 'acquire', { token: '5' }),
        done(2, 'acquire', { token: '6' }),
        done(2, 'read', read),
        lost ? event(1, 'lost') : [],
        done(1, 'release'),
        done(2, 'release'),
      );
    expect(overlap.check(tablesOf(record(section(false)))).outcome).toBe('violated');
    expect(overlap.check(tablesOf(record(section(true)))).outcome).toBe('clean');
  });

  it.each<[string, Draft[], Draft[], 'clean' | 'violated']>([
    ['that etcd did not answer', [], [info(1, 'release', 'timeout')], 'violated'],
    ['whose connection broke', [], [info(1, 'release', 'unavailable')], 'violated'],
    ['that was never carried out', [], [fail(1, 'release', 'not-held')], 'clean'],
    ['whose client never spoke', [], [info(1, 'release', 'no-answer')], 'clean'],
    ['whose client died', [], [info(1, 'release', 'client-exited')], 'clean'],
    ['that the run did not see the end of', [], [], 'clean'],
    ['behind word of the loss', [event(1, 'lost')], [info(1, 'release', 'timeout')], 'clean'],
    ['while word of the loss was under way', [], [event(1, 'lost'), ok(1, 'release')], 'clean'],
    ['that word of the loss follows', [], [ok(1, 'release'), event(1, 'lost')], 'violated'],
  ])('decides whether a release %s ends a section', (_what, before, after, outcome) => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', read),
      before,
      invoke(1, 'release'),
      after,
      done(2, 'release'),
    );
    const result = overlap.check(tablesOf(record(entries)));
    expect(result).toMatchObject({ outcome, figures: { definiteSections: outcome === 'clean' ? 1 : 2 } });
    if (outcome === 'violated') expect(result.violations[0]?.first?.operations).toEqual([at(entries, 1, 'release')]);
  });

  it('gives an acquire that nobody knows the end of no section, whatever comes to light later', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      invoke(2, 'acquire'),
      info(2, 'acquire', 'no-answer'),
      done(1, 'read', read),
      event(2, 'lost'),
      invoke(2, 'keep-alive'),
      ok(2, 'keep-alive'),
      done(1, 'release'),
    );
    const result = overlap.check(tablesOf(record(entries, { ownership: keyLife('6', 3 * TICK, 9 * TICK) })));
    expect(result).toMatchObject({ outcome: 'clean', figures: { definiteSections: 1 } });
  });

  it('takes keep-alives for no part of a section', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      invoke(1, 'read'),
      done(1, 'keep-alive'),
      ok(1, 'read', read),
      done(2, 'acquire', { token: '6' }),
      done(1, 'keep-alive'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries)))).toMatchObject({
      outcome: 'clean',
      figures: { definiteSections: 2 },
    });
  });

  it('lets sections touch in one instant', () => {
    const touchAt = (granted: number) =>
      history(
        done(1, 'acquire', { token: '5' }),
        invoke(2, 'acquire'),
        { ...ok(2, 'acquire', { token: '6' }), time: granted },
        { ...invoke(1, 'release'), time: 9 * TICK },
        { ...ok(1, 'release'), time: 9 * TICK },
        done(2, 'release'),
      );
    expect(overlap.check(tablesOf(record(touchAt(9 * TICK)))).outcome).toBe('clean');
    expect(overlap.check(tablesOf(record(touchAt(9 * TICK - 1)))).violations[0]?.numbers).toEqual({ overlapNs: 1 });
  });

  it('judges lanes apart', () => {
    const entries = history(
      done(1, 'acquire', { token: '5', lane: 0 }),
      done(2, 'acquire', { token: '6', lane: 1 }).map((e) => ({ ...e, lane: 1 })),
      done(2, 'release').map((e) => ({ ...e, lane: 1 })),
      done(1, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).outcome).toBe('clean');
  });

  it('leaves out a process that did two things at once', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      invoke(1, 'read'),
      invoke(1, 'read'),
      done(2, 'acquire', { token: '6' }),
      ok(1, 'read', read),
      done(1, 'release'),
      done(2, 'release'),
    );
    expect(overlap.check(tablesOf(record(entries))).outcome).toBe('clean');
  });

  it('says unknown where the history proves nothing', () => {
    const entries = history(done(1, 'acquire', { token: '5' }), done(1, 'release'));
    const backwards = entries.map((e) => ({ ...e, time: -e.time }));
    expect(overlap.check(tablesOf(record(backwards)))).toMatchObject({
      outcome: 'unknown',
      doubts: ['time runs backwards at entry 1 of the history'],
    });
  });

  it('counts all pairs and keeps the first hundred of a lane', () => {
    const many = 30;
    const processes = Array.from({ length: many }, (_, n) => n);
    const entries = history(
      processes.map((p) => done(p, 'acquire', { token: String(p + 1) })).flat(),
      // One hold without a section of any length.
      done(many, 'acquire', { token: String(many + 1) }),
      processes.map((p) => done(p, 'release')).flat(),
    );
    const { counts, violations } = overlap.check(tablesOf(record(entries)));
    expect(counts).toEqual({ 'overlapping-sections': (many * (many - 1)) / 2 });
    expect(violations).toHaveLength(100);
    expect(new Set(violations.map((v) => `${v.first?.process}-${v.second?.process}`)).size).toBe(100);
  });
});

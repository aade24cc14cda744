import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import type { HistoryEntry } from '../harness/history/operation.js';
import { staleWrites } from './stale-writes.js';
import {
  at,
  type Decided,
  decisions,
  done,
  fault,
  history,
  info,
  invoke,
  keyLife,
  ok,
  record,
  TICK,
} from './testing/builders.js';

/** Process 1 is paused right after its acquire; 2 has the lock meanwhile; 1 reads fresh and writes with its old token. */
const late = history(
  done(1, 'acquire', { token: '9' }),
  fault('inject', 1),
  done(2, 'acquire', { token: '10' }),
  done(2, 'read', { value: null }),
  done(2, 'write', { value: 1 }),
  done(2, 'release'),
  invoke(1, 'read'),
  fault('heal', 1),
  ok(1, 'read', { value: 1 }),
  done(1, 'write', { value: 2 }),
  done(1, 'release'),
);

/** Two sections whose operations fall on each other in the order of `decided`; the history leaves every order possible. */
function interleaved(...decided: Decided[]) {
  const entries = history(
    done(1, 'acquire', { token: '5' }),
    done(2, 'acquire', { token: '6' }),
    invoke(1, 'read'),
    invoke(2, 'read'),
    ok(1, 'read', { value: null }),
    ok(2, 'read', { value: null }),
    invoke(1, 'write', { value: 1 }),
    invoke(2, 'write', { value: 1 }),
    ok(1, 'write', { value: 1 }),
    ok(2, 'write', { value: 1 }),
  );
  return { entries, run: record(entries, { decisions: decisions(entries, ...decided) }) };
}

const seqs = (entries: readonly HistoryEntry[], ...decided: Decided[]) =>
  record([...entries], { decisions: decisions(entries, ...decided) });

describe('stale-writes', () => {
  it('calls sections that stand apart in the order of their tokens clean', () => {
    const entries = history(
      done(1, 'acquire', { token: '9' }),
      done(1, 'read', { value: null }),
      done(1, 'write', { value: 1 }),
      done(1, 'release'),
      done(2, 'acquire', { token: '10' }),
      done(2, 'read', { value: 1 }),
      done(2, 'write', { value: 2 }),
      done(2, 'release'),
    );
    const run = seqs(entries, [1, 'read'], [1, 'write'], [2, 'read'], [2, 'write']);
    expect(staleWrites.check(tablesOf(run))).toMatchObject({
      outcome: 'clean',
      counts: {},
      figures: { acceptedDecisions: 4 },
    });
  });

  it('finds a write with a smaller token after one with a larger, and the pause that made it late', () => {
    const run = seqs(late, [2, 'read'], [2, 'write'], [1, 'read'], [1, 'write']);
    const { violations, counts } = staleWrites.check(tablesOf(run));
    expect(counts).toEqual({ 'stale-write': 1 });
    expect(violations[0]).toMatchObject({
      lane: 0,
      key: 'counter-0',
      first: { process: 1, token: '9', acquire: 0, operations: [at(late, 1, 'write')] },
      second: { process: 2, token: '10', operations: [at(late, 2, 'write')] },
      decisions: [2, 4],
      fault: 2,
      from: late[1]?.time,
      // From process 2's grant to the sending of the late write.
      numbers: { lateNs: 10 * TICK },
    });
  });

  it('does not take what was refused for accepted', () => {
    const refused = history(
      ...late.slice(0, -4).map(({ index: _, ...draft }) => draft),
      invoke(1, 'write', { value: 2 }),
      { ...info(1, 'write', 'fenced'), type: 'fail' },
      done(1, 'release'),
    );
    const run = seqs(refused, [2, 'read'], [2, 'write'], [1, 'read'], [1, 'write', 0, { verdict: 'refused' }]);
    expect(staleWrites.check(tablesOf(run)).outcome).toBe('clean');
  });

  it('lets the log decide about an indeterminate write', () => {
    const unknown = history(...late.slice(0, -3).map(({ index: _, ...draft }) => draft), info(1, 'write', 'timeout'));
    expect(staleWrites.check(tablesOf(seqs(unknown, [2, 'read'], [2, 'write'], [1, 'read']))).outcome).toBe('clean');
    const accepted = seqs(unknown, [2, 'read'], [2, 'write'], [1, 'read'], [1, 'write']);
    expect(staleWrites.check(tablesOf(accepted)).counts).toEqual({ 'stale-write': 1 });
  });

  it('finds a write that was accepted twice, long after it had been answered', () => {
    const entries = history(
      done(1, 'acquire', { token: '9' }),
      done(1, 'read', { value: null }),
      done(1, 'write', { value: 1 }),
      done(1, 'release'),
      done(2, 'acquire', { token: '10' }),
      done(2, 'read', { value: 1 }),
      done(2, 'write', { value: 2 }),
      done(2, 'release'),
    );
    const again = seqs(entries, [1, 'read'], [1, 'write'], [2, 'read'], [1, 'write'], [2, 'write']);
    const { counts, violations, doubts } = staleWrites.check(tablesOf(again));
    expect(doubts).toEqual([]);
    expect(counts).toEqual({ 'interleaved-sections': 2, 'replayed-write': 1 });
    expect(violations.find(({ kind }) => kind === 'replayed-write')).toEqual({
      kind: 'replayed-write',
      lane: 0,
      key: 'counter-0',
      first: { process: 1, token: '9', acquire: 0, operations: [at(entries, 1, 'write')] },
      decisions: [2, 4],
      from: entries[1]?.time,
      to: entries[5]?.time,
      numbers: {},
    });
  });

  it('takes for a replay neither a read, nor a refusal, nor what does not fit the history', () => {
    const refused = { verdict: 'refused' as const };
    for (const twice of [
      [
        [1, 'read'],
        [1, 'read'],
        [1, 'write'],
      ],
      [
        [1, 'read'],
        [1, 'write'],
        [1, 'write', 0, refused],
      ],
      [
        [1, 'read'],
        [1, 'write'],
        [1, 'write', 0, { token: '7' }],
      ],
      [
        [1, 'read'],
        [1, 'write', 0, { token: '7' }],
        [1, 'write'],
      ],
    ] as Decided[][])
      expect(staleWrites.check(tablesOf(interleaved(...twice).run)).counts).toEqual({});
    // To a client that knows nothing, a refusal and an acceptance fit alike.
    const unknown = history(done(1, 'acquire', { token: '5' }), invoke(1, 'write', { value: 1 }));
    const first = seqs(unknown, [1, 'write', 0, refused], [1, 'write']);
    expect(staleWrites.check(tablesOf(first)).counts).toEqual({});
    const thrice = seqs(unknown, [1, 'write'], [1, 'write'], [1, 'write']);
    expect(staleWrites.check(tablesOf(thrice)).counts).toEqual({ 'replayed-write': 2 });
  });

  it('finds A, B, A', () => {
    const { entries, run } = interleaved([1, 'read'], [2, 'read'], [1, 'write'], [2, 'write']);
    const { counts, violations } = staleWrites.check(tablesOf(run));
    expect(counts).toEqual({ 'interleaved-sections': 2 });
    expect(violations.map((v) => v.decisions)).toEqual([
      [1, 2, 3],
      [2, 3, 4],
    ]);
    // In both the older hold comes first, though the second violation is about the younger one's return.
    expect(violations[1]).toMatchObject({
      first: { process: 1, operations: [at(entries, 1, 'write')] },
      second: { process: 2, operations: [at(entries, 2, 'read'), at(entries, 2, 'write')] },
    });
  });

  it('lets a read between reads pass, as the two could change places', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(1, 'read', { value: null }),
      done(2, 'acquire', { token: '6' }),
      done(2, 'read', { value: null }),
      done(1, 'read', { value: null }),
    );
    expect(staleWrites.check(tablesOf(seqs(entries, [1, 'read'], [2, 'read'], [1, 'read', 1]))).outcome).toBe('clean');
    const written = history(
      ...entries.slice(0, 6).map(({ index: _, ...draft }) => draft),
      done(2, 'write', { value: 1 }),
      done(1, 'read', { value: 1 }),
    );
    const run = seqs(written, [1, 'read'], [2, 'write'], [1, 'read', 1]);
    expect(staleWrites.check(tablesOf(run)).counts).toEqual({ 'interleaved-sections': 1 });
  });

  it('claims nothing where tokens do not tell who was first', () => {
    // Lease ids: process 2 queued behind 1 with a smaller one.
    const entries = history(
      invoke(2, 'acquire'),
      done(1, 'acquire', { token: '900' }),
      done(1, 'read', { value: null }),
      done(1, 'write', { value: 1 }),
      done(1, 'release'),
      ok(2, 'acquire', { token: '255' }),
      done(2, 'read', { value: 1 }),
      done(2, 'write', { value: 2 }),
    );
    const order: Decided[] = [
      [1, 'read'],
      [1, 'write'],
      [2, 'read'],
      [2, 'write'],
    ];
    const doubts = ['1 writes follow a larger token that does not tell the order of the holds'];
    const leases = record(entries, { decisions: decisions(entries, ...order), ownership: keyLife('7', 0) });
    expect(staleWrites.check(tablesOf(leases))).toMatchObject({ outcome: 'unknown', doubts });
    expect(staleWrites.check(tablesOf(seqs(entries, ...order))).outcome).toBe('violated');
    // The watch ended before the last keys; what is known of the lane's other tokens, or of the run, is enough.
    const opened = history(
      done(1, 'open', { value: { ttlMs: 2000, lease: '384' } }),
      ...entries.map(({ index: _, time: __, ...draft }) => draft),
    );
    const known = record(opened, { decisions: decisions(opened, ...order) });
    expect(staleWrites.check(tablesOf(known))).toMatchObject({ outcome: 'unknown', doubts });
    const said = record(entries, { decisions: decisions(entries, ...order), settings: { token: 'lease-id' } });
    expect(staleWrites.check(tablesOf(said))).toMatchObject({ outcome: 'unknown', doubts });
    // The smaller token was asked for when the larger had been granted: one of the two is wrong.
    const sequential = history(
      done(1, 'acquire', { token: '9' }),
      done(1, 'write', { value: 1 }),
      done(1, 'release'),
      done(2, 'acquire', { token: '5' }),
      done(2, 'write', { value: 2 }),
    );
    expect(staleWrites.check(tablesOf(seqs(sequential, [1, 'write'], [2, 'write'])))).toMatchObject({
      outcome: 'unknown',
      doubts,
    });
  });

  it('claims nothing from decisions that contradict the history', () => {
    const doubts = ['1 accepted decisions of the storage belong to no section'];
    const odd: Partial<Parameters<typeof Object.assign>[0]>[] = [
      { op: -1 },
      { op: 999 },
      { process: 7 },
      { key: 'counter-1' },
      { token: '8' },
      { value: 77 },
      { f: 'read' },
    ];
    for (const over of odd) {
      const run = seqs(late, [2, 'read'], [2, 'write'], [1, 'read'], [1, 'write', 0, over]);
      expect(staleWrites.check(tablesOf(run)), JSON.stringify(over)).toMatchObject({ outcome: 'unknown', doubts });
    }
  });

  it('claims nothing from a log in another order than that of the operations', () => {
    const run = seqs(late, [1, 'read'], [1, 'write'], [2, 'read'], [2, 'write']);
    expect(staleWrites.check(tablesOf(run))).toMatchObject({
      outcome: 'unknown',
      doubts: ["decision 3 comes after 2, but its operation was over before the other's began"],
    });
  });

  it('claims nothing about a key under two locks', () => {
    const entries = history(
      done(1, 'acquire', { token: '9' }),
      done(2, 'acquire', { token: '10' }).map((e) => ({ ...e, lane: 1 })),
      done(2, 'write', { value: 1 }).map((e) => ({ ...e, lane: 1 })),
      done(1, 'write', { value: 1 }),
    );
    expect(staleWrites.check(tablesOf(seqs(entries, [2, 'write'], [1, 'write'])))).toMatchObject({
      outcome: 'unknown',
      doubts: ['key counter-0 is used under more than one lock'],
    });
  });
});

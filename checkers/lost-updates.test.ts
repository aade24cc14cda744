import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { lostUpdates } from './lost-updates.js';
import {
  at,
  type Decided,
  decisions,
  done,
  fault,
  history,
  increment,
  info,
  invoke,
  ok,
  record,
} from './testing/builders.js';

/** Process 1 reads and is paused; 2 increments meanwhile; 1 writes on top of what it had read. */
const undone = history(
  done(1, 'acquire', { token: '5' }),
  done(1, 'read', { value: null }),
  fault('inject', 1),
  done(2, 'acquire', { token: '6' }),
  done(2, 'read', { value: null }),
  done(2, 'write', { value: 1 }),
  done(2, 'release'),
  invoke(1, 'write', { value: 1 }),
  fault('heal', 1),
  ok(1, 'write', { value: 1 }),
);
const inOrder: Decided[] = [
  [1, 'read'],
  [2, 'read'],
  [2, 'write'],
  [1, 'write'],
];
const check = (entries: ReturnType<typeof history>, ...decided: Decided[]) =>
  lostUpdates.check(tablesOf(record(entries, { decisions: decisions(entries, ...decided) })));

describe('lost-updates', () => {
  it('counts', () => {
    const entries = history(increment(1, '5', null), increment(2, '6', 1), increment(1, '7', 2));
    const result = check(
      entries,
      [1, 'read'],
      [1, 'write'],
      [2, 'read'],
      [2, 'write'],
      [1, 'read', 1],
      [1, 'write', 1],
    );
    expect(result).toMatchObject({
      outcome: 'clean',
      figures: { accepted: 3, acknowledged: 3, present: 3, lost: 0, lostAcknowledged: 0 },
    });
  });

  it('pairs the increment that is gone with the write that undid it, and with the pause', () => {
    const { counts, violations, figures } = check(undone, ...inOrder);
    expect(counts).toEqual({ 'lost-update': 1 });
    expect(figures).toEqual({ accepted: 2, acknowledged: 2, present: 1, lost: 1, lostAcknowledged: 1 });
    expect(violations[0]).toMatchObject({
      key: 'counter-0',
      first: { process: 1, token: '5', operations: [at(undone, 1, 'read'), at(undone, 1, 'write')] },
      second: { process: 2, token: '6', operations: [at(undone, 2, 'write')] },
      decisions: [1, 3, 4],
      fault: 4,
      numbers: { lostSeq: 3, undoneBySeq: 4 },
    });
  });

  it('counts every increment under the late write as lost, once', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(1, 'read', { value: null }),
      increment(2, '6', null),
      increment(3, '7', 1),
      done(1, 'write', { value: 1 }),
      increment(2, '8', 1),
    );
    const { counts, figures, violations } = check(
      entries,
      ...([
        [1, 'read'],
        [2, 'read'],
        [2, 'write'],
        [3, 'read'],
        [3, 'write'],
        [1, 'write'],
      ] as Decided[]),
      ...([
        [2, 'read', 1],
        [2, 'write', 1],
      ] as Decided[]),
    );
    expect(counts).toEqual({ 'lost-update': 2 });
    expect(figures).toMatchObject({ accepted: 4, present: 2, lost: 2 });
    expect(violations.map((v) => v.numbers)).toEqual([
      { lostSeq: 3, undoneBySeq: 6 },
      { lostSeq: 5, undoneBySeq: 6 },
    ]);
  });

  it('does not call an increment lost that a third write brought back', () => {
    // 3 reads what 2 wrote; 1 undoes 2; 3 writes on top of what it had read: 1 is undone, 2 is back.
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(1, 'read', { value: null }),
      increment(2, '6', null),
      done(3, 'acquire', { token: '7' }),
      done(3, 'read', { value: 1 }),
      done(1, 'write', { value: 1 }),
      done(3, 'write', { value: 2 }),
    );
    const { figures, violations } = check(
      entries,
      ...([
        [1, 'read'],
        [2, 'read'],
        [2, 'write'],
        [3, 'read'],
        [1, 'write'],
        [3, 'write'],
      ] as Decided[]),
    );
    expect(figures).toMatchObject({ accepted: 3, present: 2, lost: 1 });
    expect(violations.map((v) => v.numbers)).toEqual([{ lostSeq: 5, undoneBySeq: 6 }]);
  });

  it('lets the log decide about an indeterminate write', () => {
    const unknown = history(...undone.slice(0, -2).map(({ index: _, ...draft }) => draft), info(1, 'write', 'timeout'));
    expect(check(unknown, ...inOrder.slice(0, 3)).outcome).toBe('clean');
    expect(check(unknown, ...inOrder)).toMatchObject({ outcome: 'violated', figures: { acknowledged: 1, lost: 1 } });
  });

  it('finds a value that is not one more than what was read', () => {
    const entries = history(
      done(1, 'acquire', { token: '5' }),
      done(1, 'read', { value: null }),
      done(1, 'write', { value: 3 }),
    );
    const { counts, violations } = check(entries, [1, 'read'], [1, 'write']);
    expect(counts).toEqual({ 'wrong-count': 1 });
    expect(violations[0]).toMatchObject({
      first: { process: 1, operations: [at(entries, 1, 'write')] },
      decisions: [1, 2],
      numbers: { expected: 1, found: 3 },
    });
  });

  it('names no number where there is none', () => {
    const written = (process: number, token: string, before: unknown, value: unknown) => [
      ...done(process, 'acquire', { token }),
      ...done(process, 'read', { value: before }),
      ...done(process, 'write', { value }),
      ...done(process, 'release'),
    ];
    const entries = history(written(1, '5', null, 'x'), written(2, '6', 'x', 'y'), written(3, '7', 'y', 1));
    const all = [1, 2, 3].flatMap((process): Decided[] => [
      [process, 'read'],
      [process, 'write'],
    ]);
    const { violations } = check(entries, ...all);
    expect(violations.map(({ numbers }) => numbers)).toStrictEqual([{ expected: 1 }, {}, { found: 1 }]);
  });

  it('finds a first read that returns a value although nobody wrote one', () => {
    const entries = history(increment(1, '5', 4));
    const { counts, violations } = check(entries, [1, 'read'], [1, 'write']);
    expect(counts).toEqual({ 'wrong-count': 1 });
    expect(violations[0]).toMatchObject({ decisions: [1], numbers: { expected: 0, found: 4 } });
  });

  it('finds a read that does not return the last write', () => {
    const entries = history(increment(1, '5', null), increment(2, '6', null));
    const { counts, violations } = check(entries, [1, 'read'], [1, 'write'], [2, 'read'], [2, 'write']);
    expect(counts).toEqual({ 'wrong-count': 1 });
    expect(violations[0]).toMatchObject({ decisions: [2, 3], numbers: { expected: 1, found: 0 } });
  });

  it.each([
    [
      'a gap',
      [
        [1, 'read'],
        [1, 'write', 0, { seq: 3 }],
      ],
      'the log of the storage has gaps, so what a section had read is not certain',
    ],
    [
      'a hole',
      [
        [1, 'read'],
        [2, 'read', 0, { value: 1 }],
      ],
      'answered operations on key counter-0 are missing from the log of the storage',
    ],
    [
      'a repetition',
      [
        [1, 'read'],
        [1, 'write'],
        [1, 'write'],
      ],
      'operation 4 on key counter-0 was decided twice',
    ],
    [
      'a write by hand',
      [
        [1, 'read'],
        [1, 'write', 0, { op: -1 }],
      ],
      '1 accepted decisions of the storage belong to no section',
    ],
  ] as [string, Decided[], string][])('claims nothing where the log has %s', (_, decided, doubt) => {
    const entries = history(increment(1, '5', null), increment(2, '6', 1));
    expect(check(entries, ...decided)).toMatchObject({ outcome: 'unknown', doubts: [doubt], violations: [] });
  });

  it('claims nothing where a section wrote without having read', () => {
    const entries = history(done(1, 'acquire', { token: '5' }), done(1, 'write', { value: 1 }));
    const doubts = ['write 2 on key counter-0 was not preceded by a read of its section'];
    expect(check(entries, [1, 'write'])).toMatchObject({ outcome: 'unknown', doubts });
  });
});

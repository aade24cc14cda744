/** Which of the storage's decisions are held against a lock, key by key. */
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { judgedKeys } from './judged-keys.js';
import { type Decided, decisions, done, type Draft, fail, history, invoke, record } from './testing/builders.js';

const write = (process: number, key: string, lane = 0): Draft[] => done(process, 'write', { key, lane, value: 1 });
const acquire = (process: number, token: string, lane = 0): Draft[] =>
  done(process, 'acquire', { token }).map((draft) => ({ ...draft, lane }));

/** The keys with their lanes, decisions by `seq`, and how many were left out; and the doubts. */
function judged(drafts: readonly Draft[], ...decided: Decided[]) {
  const entries = history(drafts);
  const evidence = evidenceOf(tablesOf(record(entries, { decisions: decisions(entries, ...decided) })));
  const findings = createFindings('c');
  const keys = judgedKeys(evidence, findings);
  const later = createFindings('d');
  expect(judgedKeys(evidence, later)).toBe(keys);
  const { doubts } = findings.result({});
  expect(later.result({}).doubts).toEqual(doubts);
  const { log, tables } = evidence;
  for (const { key, place } of keys) expect(tables.history.keys[place]).toBe(key);
  return {
    keys: keys.map(({ key, lane, entries: places, outside }) => [
      key,
      lane,
      Array.from(places, (at) => log.seq(at)),
      outside,
    ]),
    doubts,
  };
}

const drafts = [
  ...acquire(0, '5'),
  ...acquire(1, '6', 3),
  ...[...write(0, 'a'), ...write(0, 'b'), ...write(0, 'a')],
  ...[...write(1, 'c', 3), ...write(1, 'd', 3)],
];

describe('keys that are judged', () => {
  it('stand in the order in which something was first accepted for them, with the lane of their sections', () => {
    const fenced = (process: number, key: string, lane = 0): Draft[] => [
      invoke(process, 'write', { key, lane, value: 1 }),
      { ...fail(process, 'write', 'fenced'), lane },
    ];
    const mixed = [
      ...[...acquire(0, '5'), ...acquire(1, '6', 3)],
      ...[...fenced(0, 'a'), ...write(1, 'c', 3), ...write(0, 'b'), ...write(0, 'a'), ...fenced(1, 'd', 3)],
    ];
    const inOrder: Decided[] = [
      [0, 'write', 0, { verdict: 'refused' }],
      [1, 'write', 0],
      [0, 'write', 1],
      [0, 'write', 2],
      [1, 'write', 1, { verdict: 'refused' }],
    ];
    // What was refused does not count, and a key without anything else is no key.
    expect(judged(mixed, ...inOrder).keys).toEqual([
      ['c', 3, [2], 0],
      ['b', 0, [3], 0],
      ['a', 0, [4], 0],
    ]);
  });

  it('are without what belongs to no section, which is counted by key, and in all', () => {
    const stray = { op: -1 };
    const found = judged(
      drafts,
      ...([
        [0, 'write', 0],
        [0, 'write', 0, stray],
        [0, 'write', 1, stray],
        [0, 'write', 2],
        [1, 'write', 0],
      ] as Decided[]),
    );
    expect(found).toEqual({
      keys: [
        ['a', 0, [1, 4], 1],
        ['c', 3, [5], 0],
      ],
      doubts: ['2 accepted decisions of the storage belong to no section'],
    });
  });

  it('are none under two locks, each of which is told', () => {
    const shared = [...acquire(0, '5'), ...acquire(1, '6', 3), ...write(0, 'a'), ...write(1, 'a', 3), ...write(0, 'b')];
    expect(judged(shared, [0, 'write', 0], [1, 'write', 0], [0, 'write', 1])).toEqual({
      keys: [['b', 0, [3], 0]],
      doubts: ['key a is used under more than one lock'],
    });
  });

  it('are none at all in a log whose order is not the truth', () => {
    expect(judged(drafts, [0, 'write', 1], [0, 'write', 0])).toEqual({
      keys: [],
      doubts: ["decision 2 comes after 1, but its operation was over before the other's began"],
    });
  });
});

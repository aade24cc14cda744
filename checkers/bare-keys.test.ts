/**
 * Records of recipes that are no queue of keys: one bare key that is created anew, put over, or deleted by whoever comes late; leases of a
 * hold's own; keys that are put and taken away by failed tries. Each checker is to find what is so, and nothing is to be laid at
 * etcd's door.
 */
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { CHECKERS } from './registry.js';
import { done, type Draft, fail, history, invoke, logOf, ok, record, TICK } from './testing/builders.js';

type Change = readonly [
  revision: number,
  type: 'put' | 'delete',
  lease: string,
  created: number,
  at: number,
  key?: string | undefined,
];

/** What two members tell of changes of lane 0's key; `at` in ticks. */
function told(...changes: readonly Change[]): OwnershipEvent[] {
  return changes.flatMap(([revision, type, lease, created, at, key = 'leasebreaker/run/lane-0']) =>
    ['etcd1', 'etcd2'].map((member, by) => ({
      ...{ member, type, lease, key, lane: 0, time: at * TICK + by },
      ...{ revision: String(revision), createRevision: String(created) },
    })),
  );
}

/** Kinds of violations that any checker finds, with how many; a checker that fails is one, too. */
function found(run: RunRecord): Record<string, number> {
  const results = CHECKERS.map((checker) => checker.check(tablesOf(run)));
  return Object.assign({}, ...results.map(({ counts }) => counts)) as Record<string, number>;
}

const read = (process: number): Draft[] => done(process, 'read', { value: null });
const SERVICE = CHECKERS.filter(({ decides }) => decides === 'service').map(({ name }) => name);

describe('one create revision for two clients', () => {
  // Both look, both put: entries 0 to 3.
  const entries = history(
    invoke(0, 'acquire'),
    invoke(1, 'acquire'),
    ok(0, 'acquire', { token: '10' }),
    ok(1, 'acquire', { token: '10' }),
    read(0),
    read(1),
    done(0, 'release', { value: { deleted: true } }),
    done(1, 'release', { value: { deleted: false } }),
  );
  const events = told([10, 'put', 'a', 10, 3], [11, 'put', 'b', 10, 3], [12, 'delete', 'b', 10, 9]);

  it('is found, as what the two were told, and as nothing else', () => {
    expect(found(record(entries, { ownership: events, decisions: logOf(entries) }))).toEqual({
      'overlapping-sections': 1,
      'shared-revision': 1,
      'token-reused': 1,
    });
  });

  it('is told of the two, with their acquires', () => {
    const run = tablesOf(record(entries, { ownership: events }));
    const shared = CHECKERS.find(({ name }) => name === 'ownership')?.check(run);
    expect(shared?.violations).toMatchObject([
      { kind: 'shared-revision', first: { process: 0, acquire: 0 }, second: { process: 1, acquire: 1 } },
    ]);
  });
});

it("a late unlock that removes the next holder's key is no fault of etcd's", () => {
  // 0 is stopped, its lease expires; 1 gets the lock; 0 comes back and deletes the key of 1; 2 gets it beside 1.
  const entries = history(
    done(0, 'open', { value: { ttlMs: 2000, lease: 'a' } }),
    done(1, 'open', { value: { ttlMs: 2000, lease: 'b' } }),
    done(2, 'open', { value: { ttlMs: 2000, lease: 'c' } }),
    done(0, 'acquire', { token: '10' }),
    done(1, 'acquire', { token: '12' }),
    done(0, 'release', { value: { deleted: true } }),
    done(2, 'acquire', { token: '14' }),
    read(2),
    done(1, 'release', { value: { deleted: true } }),
    done(2, 'release', { value: { deleted: false } }),
  );
  const ownership = told(
    ...([
      [10, 'put', 'a', 10, 7],
      [11, 'delete', 'a', 10, 9],
      [12, 'put', 'b', 12, 10],
      [13, 'delete', 'b', 12, 11],
      [14, 'put', 'c', 14, 13],
      [15, 'delete', 'c', 14, 18],
    ] as Change[]),
  );
  for (const keepAlive of ['client', 'controller'] as const)
    expect(found(record(entries, { ownership, decisions: logOf(entries), settings: { keepAlive } }))).toEqual({
      'overlapping-sections': 2,
    });
});

it('a lock that is taken over without asking overlaps, and no key was taken away by etcd', () => {
  const entries = history(
    done(0, 'open', { value: { lease: 'a' } }),
    done(1, 'open', { value: { lease: 'b' } }),
    done(0, 'acquire', { token: '10' }),
    done(1, 'acquire', { token: '12' }),
    read(0),
    done(0, 'release', { value: { deleted: false } }),
    done(0, 'acquire', { token: '14' }),
    done(1, 'release', { value: { deleted: false } }),
    done(0, 'release', { value: { deleted: true } }),
  );
  const ownership = told(
    ...([
      [10, 'put', 'a', 10, 5],
      [11, 'delete', 'a', 10, 7],
      [12, 'put', 'b', 12, 7],
      [13, 'delete', 'b', 12, 13],
      [14, 'put', 'a', 14, 13],
      [15, 'delete', 'a', 14, 17],
    ] as Change[]),
  );
  expect(found(record(entries, { ownership, decisions: logOf(entries) }))).toEqual({
    'overlapping-sections': 2,
    // Process 0 read when the lock had passed on to process 1.
    'stale-read': 1,
  });
});

it("nothing is promised of a hold's own lease, whatever the session's is", () => {
  const acquired = { token: '10', value: { lease: 'b' } };
  const entries = history(
    done(0, 'open', { value: { ttlMs: 2000, lease: 'a' } }),
    done(0, 'acquire', acquired),
    read(0),
    done(0, 'release', { value: { deleted: false } }),
  );
  const ownKey = 'leasebreaker/run/lane-0/b';
  for (const key of [undefined, ownKey]) {
    const ownership = told([10, 'put', 'b', 10, 3, key], [11, 'delete', 'b', 10, 4, key]);
    expect(found(record(entries, { ownership, settings: { keepAlive: 'controller' } }))).toEqual({});
  }
  // The session's own lease is: here its key goes after a few ms of 2 s.
  const session = history(
    done(0, 'open', { value: { ttlMs: 2000, lease: 'b' } }),
    done(0, 'acquire', { token: '10' }),
    read(0),
    done(0, 'release', { value: { deleted: false } }),
  );
  const ownership = told([10, 'put', 'b', 10, 3, ownKey], [11, 'delete', 'b', 10, 4, ownKey]);
  expect(found(record(session, { ownership }))).toEqual({ 'premature-expiry': 1 });
});

it('keys that failed tries put and take away are no holds, and no gap for the next one', () => {
  const [a, b] = ['leasebreaker/run/lane-0/a', 'leasebreaker/run/lane-0/b'];
  const entries = history(
    done(0, 'open', { value: { ttlMs: 2000, lease: 'a' } }),
    done(1, 'open', { value: { ttlMs: 2000, lease: 'b' } }),
    done(0, 'acquire', { token: '10', value: { failedTries: 0 } }),
    invoke(1, 'acquire'),
    read(0),
    done(0, 'release', { value: { deleted: true } }),
    ok(1, 'acquire', { token: '16', value: { failedTries: 2 } }),
    read(1),
    done(1, 'release', { value: { deleted: true } }),
  );
  const ownership = told(
    ...([
      [10, 'put', 'a', 10, 5, a],
      [11, 'put', 'b', 11, 8, b],
      [12, 'delete', 'b', 11, 8, b],
      [13, 'put', 'b', 13, 9, b],
      [14, 'delete', 'a', 10, 11, a],
      [15, 'delete', 'b', 13, 11, b],
      [16, 'put', 'b', 16, 11, b],
      [17, 'delete', 'b', 16, 16, b],
    ] as Change[]),
  );
  for (const keepAlive of ['client', 'controller'] as const)
    expect(found(record(entries, { ownership, decisions: logOf(entries), settings: { keepAlive } }))).toEqual({});
});

it('the owner of a bare key is not said to have been refused: another may have deleted its key and put one', () => {
  const entries = history(
    done(0, 'acquire', { token: '10' }),
    invoke(0, 'write', { value: 1 }),
    fail(0, 'write', 'fenced'),
    done(0, 'release', { value: { deleted: true } }),
  );
  for (const lease of ['a', '0']) {
    const ownership = told([10, 'put', lease, 10, 2], [11, 'delete', lease, 10, 6]);
    expect(found(record(entries, { ownership, decisions: logOf(entries) }))).toEqual({});
  }
});

it('every checker of the service has been asked', () => {
  expect(SERVICE).toEqual(['fencing-tokens', 'lease-promise', 'ownership', 'watch']);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationEntry } from '../harness/history/operation.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { ownership as checker } from './ownership.js';
import { plainNeverOwned, plainShared } from './testing/brute-leases.js';
import { done, event, fault, history, info, invoke, logOf, ok, record, TICK } from './testing/builders.js';
import { simulateLeases } from './testing/leases.js';
import { tried } from './testing/runs.js';
import type { CheckerResult } from './verdict.js';

const check = (run: RunRecord): CheckerResult => checker.check(tablesOf(run));

interface Told {
  lease?: string;
  created: number;
  type?: 'put' | 'delete';
  revision?: number;
  atMs?: number;
  member?: string;
  key?: string;
}

/** A watch event about the key of a lease, a put at its create revision unless it says otherwise. */
function told({ lease = 'aa', created, type = 'put', revision = created, atMs = 0, ...rest }: Told): OwnershipEvent {
  const { member = 'etcd1', key = `locks/lane-0/${lease}` } = rest;
  return {
    time: atMs * TICK,
    member,
    revision: `${revision}`,
    type,
    key,
    lane: 0,
    createRevision: `${created}`,
    lease,
  };
}

const run = (entries: ReturnType<typeof history>, ownership: OwnershipEvent[], rest = {}): RunRecord =>
  record(entries, { ownership, decisions: logOf(entries), ...rest });
const granted = (process: number, token: number) => done(process, 'acquire', { token: `${token}` });

describe('ownership, of an owner that was none', () => {
  const older = [
    told({ lease: 'aa', created: 10 }),
    told({ lease: 'aa', created: 10, type: 'delete', revision: 14, atMs: 9 }),
  ];
  const younger = [
    told({ lease: 'bb', created: 11 }),
    told({ lease: 'bb', created: 11, type: 'delete', revision: 13, atMs: 8 }),
  ];

  it('finds a key that was gone while an older one was still there', () => {
    const result = check(run(history(...granted(1, 11)), [older[0], ...younger, older[1]] as OwnershipEvent[]));
    expect(result).toMatchObject({ outcome: 'violated', counts: { 'never-owned': 1 } });
    expect(result.violations).toEqual([
      {
        kind: 'never-owned',
        lane: 0,
        first: { process: 1, token: '11', acquire: 0, operations: [] },
        detail: 'its key was deleted at revision 13, while the older one of revision 10 was still there',
        events: [0, 1, 2, 3],
        decisions: [],
        from: 0,
        to: 9 * TICK,
        numbers: {},
      },
    ]);
  });

  it('needs to know that the older one was there: a later put of it says so, its creation alone does not', () => {
    const put = told({ lease: 'aa', created: 10, revision: 15 });
    const entries = history(...granted(1, 11));
    expect(check(run(entries, [...younger, put])).counts).toEqual({ 'never-owned': 1 });
    expect(check(run(entries, [older[0] as OwnershipEvent, ...younger])).counts).toEqual({});
    const [gone] = older.slice(1);
    expect(check(run(entries, [{ ...(gone as OwnershipEvent), revision: '12' }, ...younger])).counts).toEqual({});
    // Another life of the key of that name.
    expect(check(run(entries, [...younger, told({ lease: 'aa', created: 15 })])).counts).toEqual({});
  });

  it('takes of several older ones the one that was there longest, and the oldest of those', () => {
    const oldest = (deleted: number) => [
      told({ lease: '99', created: 9 }),
      told({ lease: '99', created: 9, type: 'delete', revision: deleted }),
    ];
    const detailOf = (deleted: number) =>
      check(run(history(...granted(1, 11)), [...oldest(deleted), ...older, ...younger])).violations[0]?.detail;
    expect(detailOf(12)).toContain('the older one of revision 10 was');
    expect(detailOf(14)).toContain('the older one of revision 9 was');
  });

  it('says nothing of keys that were deleted at once', () => {
    const [put, gone] = older as [OwnershipEvent, OwnershipEvent];
    const entries = history(...granted(1, 11));
    expect(check(run(entries, [put, { ...gone, revision: '13' }, ...younger])).counts).toEqual({});
  });

  it('names the fault that was on the client while it asked', () => {
    const named = (inject: number, heal: number, process = 1) => {
      const drafts = [
        { ...fault('inject', process), time: inject * TICK },
        { ...fault('heal', process), time: heal * TICK },
        { ...invoke(1, 'acquire'), time: 4 * TICK },
        { ...ok(1, 'acquire', { token: '11' }), time: 6 * TICK },
      ].sort((a, b) => a.time - b.time);
      const [violation] = check(run(history(...drafts), [...older, ...younger])).violations;
      return violation && 'fault' in violation ? violation.fault : 'none';
    };
    expect([named(1, 2), named(1, 4), named(6, 8), named(7, 8), named(1, 8, 2)]).toEqual([
      'none',
      0,
      1,
      'none',
      'none',
    ]);
  });

  it('looks at one queue, and at keys that can stand side by side', () => {
    const entries = history(...granted(1, 11));
    const elsewhere = older.map((each) => ({ ...each, key: 'locks/other/aa' }));
    expect(check(run(entries, [...elsewhere, ...younger])).counts).toEqual({});
    const bare = [...older, ...younger].map((each) => ({ ...each, key: 'locks/lane-0' }));
    expect(check(run(entries, bare)).counts).toEqual({});
    const inOtherLane = older.map((each) => ({ ...each, lane: 1 }));
    expect(check(run(entries, [...inOtherLane, ...younger])).counts).toEqual({});
  });

  it('makes nothing of events that contradict each other', () => {
    const entries = history(...granted(1, 11));
    const other = { ...(younger[1] as OwnershipEvent), member: 'etcd2', revision: '15' };
    expect(check(run(entries, [...older, ...younger, other])).counts).toEqual({});
    const before = { ...(older[1] as OwnershipEvent), member: 'etcd2', revision: '10' };
    expect(check(run(entries, [...older, ...younger, before])).counts).toEqual({});
    const asked = history(...granted(1, 11).map((each) => ({ ...each, time: 9 * TICK })));
    expect(check(run(asked, [...younger, other])).counts).toEqual({});
  });

  it('finds a key that was gone before its owner asked', () => {
    const entries = history(...granted(1, 11).map((each) => ({ ...each, time: 9 * TICK })));
    expect(check(run(entries, younger)).violations[0]).toMatchObject({
      kind: 'never-owned',
      detail: 'its key had been deleted before it asked',
      events: [1],
      from: 8 * TICK,
    });
    // Read as it asked: the deletion may still have come after.
    const asItAsked = history(...granted(1, 11).map((each) => ({ ...each, time: 8 * TICK })));
    expect(check(run(asItAsked, younger)).counts).toEqual({});
  });

  it('finds a revision at which no key was created, if one watch leaves no room for it', () => {
    const entries = history(...granted(1, 12));
    const span = [told({ created: 10 }), told({ lease: 'bb', created: 14 })];
    expect(check(run(entries, span)).violations[0]).toMatchObject({
      kind: 'never-owned',
      detail: 'no key was created at revision 12',
      events: [],
    });
    const halves = [span[0], { ...span[1], member: 'etcd2' }] as OwnershipEvent[];
    expect(check(run(entries, halves)).counts).toEqual({});
    expect(check(run(entries, span.slice(0, 1))).counts).toEqual({});
    expect(check(run(entries, span.slice(1))).counts).toEqual({});
    expect(check(run(entries, [...span, 'no event' as unknown as OwnershipEvent])).counts).toEqual({});
    const compacted = history(
      fault('inject', 0, true, { kind: 'etcd', options: { operation: 'compact' } }),
      ...granted(1, 12),
    );
    expect(check(run(compacted, span)).counts).toEqual({});
    const untold = history(fault('heal', 0, true, { kind: 'etcd' }), ...granted(1, 12));
    expect(check(run(untold, span)).counts).toEqual({});
    expect(
      check(run(entries, [...span, told({ lease: 'cc', created: 12, type: 'delete', revision: 13, atMs: 9 })])).counts,
    ).toEqual({});
  });

  it('looks at each watch alone, and only at what lies inside it', () => {
    const entries = history(...granted(1, 12));
    const by = (member: string, ...events: Told[]) => events.map((each) => told({ ...each, member }));
    const span = by('etcd1', { created: 10 }, { lease: 'bb', created: 14 });
    expect(check(run(entries, [...span, ...by('etcd2', { lease: 'bb', created: 14 })])).counts).toEqual({
      'never-owned': 1,
    });
    const gone: Told = { created: 10, type: 'delete', revision: 12 };
    const [first, last]: [Told, Told] = [{ created: 10 }, { lease: 'bb', created: 14 }];
    expect(check(run(entries, [...by('etcd1', first), ...by('etcd2', gone, last)])).counts).toEqual({});
    expect(check(run(entries, [...by('etcd1', first, gone), ...by('etcd2', last)])).counts).toEqual({});
  });

  it('makes nothing of lease ids as tokens', () => {
    const entries = history(...granted(1, 0x0c));
    expect(check(run(entries, [told({ created: 10, lease: 'c' }), told({ lease: 'bb', created: 14 })])).counts).toEqual(
      {},
    );
  });
});

describe('ownership, of a revision that two were told', () => {
  const watch = [told({ created: 10 })];

  it('finds two clients', () => {
    const entries = history(...granted(0, 10), ...granted(1, 10), ...granted(2, 10));
    const result = check(run(entries, watch));
    expect(result.counts).toEqual({ 'shared-revision': 2 });
    expect(result.violations[0]).toMatchObject({
      first: { process: 0, acquire: 0 },
      second: { process: 1, acquire: 2 },
      detail: 'both were told that they own revision 10',
      events: [0],
      from: TICK,
    });
  });

  it('takes all numbers of a slot for one client', () => {
    expect(check(run(history(...granted(0, 10), ...granted(3, 10)), watch)).counts).toEqual({});
    const twice = history(...granted(0, 10), ...granted(0, 10));
    expect(check(run(twice, watch, { settings: { clients: 0 } })).counts).toEqual({});
  });

  it('needs etcd to say that it is a create revision, and lanes to be the same', () => {
    expect(check(run(history(...granted(0, 10), ...granted(1, 10)), [])).counts).toEqual({});
    const elsewhere = done(1, 'acquire', { token: '10', lane: 1 });
    const inBoth = [...watch, { ...watch[0], lane: 1 }] as OwnershipEvent[];
    const entries = history(...granted(0, 10), ...elsewhere.map((each) => ({ ...each, lane: 1 })));
    expect(check(run(entries, inBoth, { settings: { lanes: 2 } })).counts).toEqual({});
  });
});

describe('ownership, of the belief of the client', () => {
  const at = (ms: number) => ({ time: ms * TICK });
  const watch = [told({ created: 10 }), told({ created: 10, type: 'delete', revision: 11, atMs: 100 })];
  const gapsOf = (entries: ReturnType<typeof history>, rest = {}) => check(run(entries, watch, rest)).figures;

  it('measures from the end of the key to the last operation that was carried out', () => {
    const entries = history(
      ...granted(0, 10),
      { ...invoke(0, 'read'), ...at(120) },
      ok(0, 'read', { value: 1 }),
      { ...invoke(0, 'write', { value: 2 }), ...at(150) },
      ok(0, 'write'),
      { ...invoke(0, 'release'), ...at(160) },
      ok(0, 'release'),
    );
    expect(gapsOf(entries)).toEqual({ beliefGaps: 1, beliefGapMedianMs: 60, beliefGapMaxMs: 60 });
    const told = [...entries.slice(0, 6), { ...event(0, 'lost'), time: 155 * TICK }, ...entries.slice(6)];
    const numbered = told.map((entry, index) => ({ ...entry, index })) as typeof entries;
    expect(gapsOf(numbered)).toMatchObject({ beliefGapMaxMs: 50 });
    const refused = entries
      .slice(0, 5)
      .concat([{ ...(entries[5] as OperationEntry), type: 'fail', error: 'lock-lost' }]);
    expect(gapsOf(refused, { decisions: logOf(refused) })).toMatchObject({ beliefGapMaxMs: 20 });
  });

  it('knows a release for one that was sent in good faith: word of the loss came later, or it was carried out', () => {
    const [reads, releases] = [invoke(0, 'read'), invoke(0, 'release')];
    const until = [
      ...granted(0, 10),
      { ...reads, ...at(120) },
      ok(0, 'read', { value: 1 }),
      { ...releases, ...at(160) },
    ];
    expect(gapsOf(history(...until, event(0, 'lost'), ok(0, 'release')))).toMatchObject({ beliefGapMaxMs: 60 });
    expect(gapsOf(history(...until, info(0, 'release', 'timeout')))).toMatchObject({ beliefGapMaxMs: 20 });
  });

  it('counts nobody whose last word came at the very end of the key, or of whose key that is not certain', () => {
    const readAt = (ms: number) =>
      history(...granted(0, 10), { ...invoke(0, 'read'), ...at(ms) }, ok(0, 'read', { value: 1 }));
    expect(gapsOf(readAt(100))).toEqual({ beliefGaps: 0 });
    const elsewhere = told({ created: 10, type: 'delete', revision: 12, atMs: 100, member: 'etcd2' });
    expect(check(run(readAt(120), [...watch, elsewhere])).figures).toEqual({ beliefGaps: 0 });
  });

  it('counts nobody who was done before', () => {
    const entries = history(
      ...granted(0, 10),
      { ...invoke(0, 'release'), ...at(90) },
      { ...ok(0, 'release'), ...at(95) },
    );
    expect(gapsOf(entries)).toEqual({ beliefGaps: 0 });
    expect(gapsOf(history(...granted(0, 10)))).toEqual({ beliefGaps: 0 });
  });

  it('takes the lower one of two in the middle', () => {
    const late = (process: number, token: number, ms: number) => [
      ...granted(process, token),
      { ...invoke(process, 'read'), ...at(ms) },
      ok(process, 'read'),
    ];
    const keys = Object.entries({ 10: 60, 20: 90, 30: 125, 40: 138 }).flatMap(([lease, atMs]) => [
      told({ created: Number(lease), lease }),
      told({ created: Number(lease), lease, type: 'delete', revision: Number(lease) + 1, atMs }),
    ]);
    const entries = history(...late(0, 10, 110), ...late(1, 20, 120), ...late(2, 30, 130), ...late(1, 40, 140));
    expect(check(run(entries, keys)).figures).toEqual({ beliefGaps: 4, beliefGapMedianMs: 5, beliefGapMaxMs: 50 });
  });
});

it('says why when the history is of no use', () => {
  const broken = history(...granted(0, 10)).map((entry) => ({ ...entry, index: 7 }));
  expect(check(run(broken, [told({ created: 10 })]))).toMatchObject({ outcome: 'unknown', violations: [] });
});

const drawn = fc.record({
  lanes: fc.integer({ min: 1, max: 2 }),
  clients: fc.integer({ min: 2, max: 3 }),
  choices: fc.array(fc.integer({ min: 0, max: 2 ** 30 }), { minLength: 80, maxLength: 160, size: 'max' }),
  keepAlive: fc.constantFrom('controller' as const, 'client' as const),
});

/** Acquires of never-owned, pairs of shared revisions. */
function found(record: RunRecord): { never: number[]; shared: string[] } {
  const { violations } = check(record);
  const of = (kind: string) => violations.filter((violation) => violation.kind === kind);
  return {
    never: of('never-owned').map(({ first }) => first?.acquire ?? -1),
    shared: of('shared-revision').map(({ first, second }) => `${second?.acquire} after ${first?.acquire}`),
  };
}

const plain = (record: RunRecord): ReturnType<typeof found> => ({
  never: plainNeverOwned(record),
  shared: plainShared(record),
});

describe('ownership, on executions', () => {
  it('never accuses a lock that looks before it answers', () => {
    tried('owners that are owners', fc.tuple(drawn, fc.boolean()), ([options, early]) => {
      const { run, deletions } = simulateLeases({ ...options, early });
      expect(check(run)).toMatchObject({ outcome: 'clean', counts: {} });
      return deletions.some(({ byClient }) => !byClient);
    });
  });

  it('finds what the plainest search finds, of a lock that does not look', () => {
    tried('owners that are none', fc.tuple(drawn, fc.boolean()), ([options, early]) => {
      const { run } = simulateLeases({ ...options, early, forgetful: true });
      const { never, shared } = found(run);
      expect({ never, shared }).toEqual(plain(run));
      return never.length > 0;
    });
  });

  it('finds what one change of the record makes wrong', () => {
    tried('records with one token changed', fc.tuple(drawn, fc.nat()), ([options, where]) => {
      const { run } = simulateLeases(options);
      const tokens = run.history.filter(
        (entry): entry is OperationEntry => 'token' in entry && entry.token !== undefined,
      );
      const entry = tokens[where % Math.max(1, tokens.length)];
      if (entry === undefined) return false;
      entry.token = `${Number(entry.token) + 1 + (where % 3)}`;
      const { never, shared } = found(run);
      expect({ never, shared }).toEqual(plain(run));
      return never.length + shared.length > 0;
    });
  });
});

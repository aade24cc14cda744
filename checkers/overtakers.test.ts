/** Who was passed over in a queue, and which owner was refused: random holds against the plainest definition, and golden queues. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { NONE } from '../harness/history/tables.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf } from './evidence.js';
import { holdsByLane } from './holds.js';
import { createOvertakers } from './overtakers.js';
import { forEachRefusedOwner } from './refused-owners.js';
import { done, type Draft, event, fail, history, info, invoke, ok, record, TICK } from './testing/builders.js';
import { tried } from './testing/runs.js';

/** By how many each acquire was passed over, by the index of its invocation. */
function overtakersOf(run: RunRecord): Map<number, number> {
  const evidence = evidenceOf(tablesOf(run));
  const { holds, operations } = evidence;
  const overtakers = createOvertakers(evidence, holdsByLane(holds));
  const acquires = Array.from({ length: operations.count }, (_, operation) => operation).filter(
    (operation) => run.history[operations.invocation[operation] as number]?.f === 'acquire',
  );
  return new Map(acquires.map((acquire) => [operations.invocation[acquire] as number, overtakers(acquire)]));
}

interface Key {
  lease: string;
  created: number;
  /** Revision; missing where nobody told of it. */
  deleted?: number;
  putMs?: number;
  deletedMs?: number;
  lane?: number;
  /** Its name, if that is not the lease in the queue of its lane. */
  name?: string;
}

function told({ lease, created, deleted, putMs = 50, deletedMs = 60, lane = 0, name }: Key): OwnershipEvent[] {
  const put: OwnershipEvent = {
    ...{ time: putMs * TICK, member: 'etcd1', type: 'put', key: name ?? `lane-${lane}/${lease}`, lane, lease },
    ...{ revision: `${created}`, createRevision: `${created}` },
  };
  if (deleted === undefined) return [put];
  return [put, { ...put, type: 'delete', revision: `${deleted}`, time: deletedMs * TICK }];
}

describe('overtakers of an acquire that was granted the lock', () => {
  const drawn = fc.record({
    holds: fc.array(
      fc.record({
        asked: fc.integer({ min: 0, max: 12 }),
        wait: fc.integer({ min: 1, max: 12 }),
        lane: fc.constantFrom(0, 0, 0, 1),
        token: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 8 }),
        isGranted: fc.constantFrom(true, true, true, false),
      }),
      { minLength: 2, maxLength: 8, size: 'max' },
    ),
    source: fc.constantFrom('create-revision' as const, 'create-revision' as const, 'lease-id' as const),
  });

  it('are those that asked later, were granted earlier, and have a larger token', () => {
    tried('overtakers', drawn, ({ holds, source }) => {
      const halves = holds.flatMap(({ asked, wait, lane, token, isGranted }, process): [number, Draft][] => [
        [asked, invoke(process, 'acquire', { lane })],
        [
          asked + wait,
          isGranted
            ? ok(process, 'acquire', { lane, ...(token === undefined ? {} : { token: String(token) }) })
            : { ...fail(process, 'acquire', 'unavailable'), lane },
        ],
      ]);
      const entries = history(halves.sort(([a], [b]) => a - b).map(([, draft]) => draft));
      const all = holds.map(({ isGranted, ...rest }, process) => {
        const [asked, granted] = entries.filter((entry) => entry.process === process).map(({ index }) => index);
        return { ...rest, isGranted, asked: asked as number, granted: granted as number };
      });
      const expected = all.map((own) => {
        const { token } = own;
        if (!own.isGranted || token === undefined || source === 'lease-id') return [own.asked, 0];
        const passed = all.filter(
          (other) =>
            other.isGranted &&
            other.lane === own.lane &&
            other.asked > own.asked &&
            other.granted < own.granted &&
            (other.token ?? NONE) > token,
        );
        return [own.asked, passed.length];
      });
      const found = overtakersOf(record(entries, { settings: { token: source } }));
      expect([...found].sort(([a], [b]) => a - b)).toEqual(expected.sort(([a = 0], [b = 0]) => a - b));
      return expected.some(([, passed]) => passed !== 0);
    });
  });
});

describe('overtakers of an acquire that was not granted the lock', () => {
  const session = (lease: string): Draft[] => done(9, 'open', { value: { ttlMs: 2000, lease } });
  /** Process 9 asks in vain; meanwhile processes 0 and 1 get the lock under the keys 20 and 24, one after the other. */
  const waits = (before: readonly Draft[], over: Partial<{ process: number }> = {}) =>
    history(
      before,
      { ...invoke(over.process ?? 9, 'acquire'), time: 40 * TICK },
      ...[20, 24].map((token, n) => [...done(n, 'acquire', { token: `${token}` }), ...done(n, 'release')]),
    );
  const others = [
    told({ lease: 'b1', created: 20, deleted: 22 }),
    told({ lease: 'b2', created: 24, deleted: 26 }),
  ].flat();
  const own: Key = { lease: 'aa', created: 10 };
  const passedBy = (keys: OwnershipEvent[], before: readonly Draft[] = session('aa')) => {
    const run = record(waits(before), { ownership: keys });
    return [...overtakersOf(run).values()][0];
  };
  const withOwn = (over: Partial<Key> = {}) => passedBy([...told({ ...own, ...over }), ...others]);

  it('are those whose keys came after its own and went before it', () => {
    expect(withOwn()).toBe(2);
    expect([21, 22, 23, 25, 26, 27].map((deleted) => withOwn({ deleted }))).toEqual([0, 0, 1, 1, 1, 2]);
    expect([19, 21, 23, 25].map((created) => withOwn({ created }))).toEqual([2, 1, 1, 0]);
  });

  it('are none whose end, or whose key, nobody told of', () => {
    const [b1, b2] = [others.slice(0, 2), others.slice(2)];
    expect(passedBy([...told(own), ...b1.slice(0, 1), ...b2])).toBe(1);
    expect(passedBy([...told(own), ...b2])).toBe(1);
    expect(passedBy(others)).toBe(0);
  });

  it('are none of another queue, nor of keys that stand in none', () => {
    const bare = (name: string) => [...told({ lease: 'b1', created: 20, deleted: 22, name }), ...others.slice(2)];
    expect(passedBy([...told(own), ...bare('lane-0/x/b1')])).toBe(1);
    expect(passedBy([...told(own), ...bare('bare')])).toBe(1);
    expect(withOwn({ name: 'bare' })).toBe(0);
    expect(passedBy([...told({ ...own, name: 'bare' }), ...bare('bare')])).toBe(0);
  });

  it('are known by the key that bears the lease of its session: of its lane, told of after it asked, and of no hold', () => {
    expect([withOwn({ lane: 1 }), withOwn({ lease: 'ab' })]).toEqual([0, 0]);
    // The session asks for the locks of two lanes.
    expect(passedBy([...told({ ...own, created: 9, lane: 1 }), ...told(own), ...others])).toBe(2);
    expect([39, 40, 41].map((putMs) => withOwn({ putMs }))).toEqual([0, 2, 2]);
    // Its key of another acquire of the session, which was granted.
    const earlier = [...session('b1')];
    expect(passedBy(others, earlier)).toBe(0);
    expect(passedBy([...others, ...told({ lease: 'b1', created: 23 })], earlier)).toBe(1);
  });

  it('are unknown where its session is', () => {
    const keys = [...told(own), ...others];
    const sessions: [drafts: Draft[], passed: number][] = [
      [session('aa'), 2],
      [[], 0],
      [[...session('bb'), ...session('aa')], 2],
      [[...session('aa'), ...session('bb')], 0],
      [[...session('aa'), ...done(9, 'close')], 0],
      [[...session('aa'), ...done(8, 'close'), ...done(8, 'open', { value: { ttlMs: 1, lease: 'bb' } })], 2],
      [[...session('aa'), ...done(9, 'release')], 2],
      [[...session('aa'), invoke(9, 'open'), fail(9, 'open', 'unavailable')], 0],
      [done(8, 'open', { value: { ttlMs: 1, lease: 'aa' } }), 0],
    ];
    expect(sessions.map(([drafts]) => passedBy(keys, drafts))).toEqual(sessions.map(([, passed]) => passed));
    const failed = { ...fail(9, 'open', 'unavailable'), value: { lease: 'aa' } } as Draft;
    expect(passedBy(keys, [invoke(9, 'open'), failed])).toBe(0);
    expect(passedBy(keys, done(9, 'close', { value: { lease: 'aa' } }))).toBe(0);
    const number = done(9, 'open', { value: { lease: 12 } });
    expect(passedBy([...told({ ...own, lease: '12' }), ...others], number)).toBe(0);
    const refusedFirst = history(
      ...[{ ...invoke(9, 'acquire'), time: 40 * TICK }, fail(9, 'acquire', 'unavailable'), ...session('aa')],
      ...[20, 24].map((token, n) => [...done(n, 'acquire', { token: `${token}` }), ...done(n, 'release')]),
    );
    expect([...overtakersOf(record(refusedFirst, { ownership: keys })).values()][0]).toBe(0);
    const answers = [
      null,
      'aa',
      {},
      { lease: 170 },
      { lease: '' },
      { lease: 'AA' },
      { lease: 'xaa' },
      { lease: 'aax' },
    ];
    const answered = answers.map((value) => passedBy(keys, done(9, 'open', { value: value as never })));
    expect(answered).toEqual(answers.map(() => 0));
    expect(passedBy(keys, done(9, 'open', { value: { lease: `${'0'.repeat(14)}aa` } }))).toBe(2);
    expect(passedBy(keys, done(9, 'open', { value: { lease: `${'0'.repeat(15)}aa` } }))).toBe(0);
  });

  it('are known of leases beyond what a number can hold', () => {
    const lease = '694d8a1f2b3c4d5e';
    expect(passedBy([...told({ ...own, lease }), ...others], session(lease))).toBe(2);
    expect(passedBy([...told({ ...own, lease }), ...others], session('694d8a1f2b3c4d5f'))).toBe(0);
  });
});

describe('an owner that was refused', () => {
  const fenced = (process: number): Draft[] => [
    invoke(process, 'write', { value: 1 }),
    fail(process, 'write', 'fenced'),
  ];
  const released = (process: number, value: unknown = { deleted: true }): Draft[] => [
    invoke(process, 'release'),
    ok(process, 'release', { value: value as never }),
  ];
  const refused = (drafts: (Draft | readonly Draft[])[], keys: OwnershipEvent[]) => {
    const evidence = evidenceOf(tablesOf(record(history(...drafts), { ownership: keys })));
    const found: number[][] = [];
    forEachRefusedOwner(evidence, (hold, operation) =>
      found.push([evidence.holds.askedRow(hold), evidence.operations.invocation[operation] as number]),
    );
    return found;
  };
  const own = told({ lease: 'aa', created: 10, deleted: 30, putMs: 1, deletedMs: 60 });
  /** Refused at 10 ms. */
  const section = (...end: Draft[]): Draft[] => [
    ...done(0, 'acquire', { token: '10' }),
    ...fenced(0).map((draft, n) => ({ ...draft, time: (10 + n) * TICK })),
    ...end,
  ];

  it('is told with the first of its operations that was refused', () => {
    expect(refused([section(...released(0))], own)).toEqual([[0, 2]]);
    expect(refused([section(...fenced(0), ...released(0))], own)).toEqual([[0, 2]]);
    const before = [...done(0, 'acquire', { token: '10' }), invoke(0, 'read'), fail(0, 'read', 'unavailable')];
    expect(refused([before, fenced(0), released(0)], own)).toEqual([[0, 4]]);
  });

  it('is told in the order in which the holds were asked for', () => {
    const second = told({ lease: 'bb', created: 12, deleted: 40, putMs: 1 });
    const first = told({ lease: 'aa', created: 10, deleted: 11, putMs: 1, deletedMs: 2 });
    const drafts = [done(0, 'acquire', { token: '10' }), done(1, 'acquire', { token: '12' }), fenced(1), fenced(0)];
    expect(refused([...drafts, released(0), released(1)], [...first, ...second])).toEqual([
      [0, 6],
      [2, 4],
    ]);
  });

  it('is none without a release that says that its key was there', () => {
    const unknown = [invoke(0, 'release'), info(0, 'release', 'timeout')];
    const failed = [invoke(0, 'release'), fail(0, 'release', 'unavailable')];
    const unlikely = [invoke(0, 'release'), { ...info(0, 'release', 'timeout'), value: { deleted: true } } as Draft];
    for (const end of [
      unlikely,
      [],
      unknown,
      failed,
      released(0, { deleted: false }),
      released(0, null),
      released(0, { deleted: 'yes' }),
    ])
      expect(refused([section(...end)], own)).toEqual([]);
    expect(refused([[...fenced(0), event(0, 'lost')], released(0)], own)).toEqual([]);
  });

  it('is none of a key in no queue', () => {
    expect(refused([section(...released(0))], told({ lease: 'aa', created: 10, deleted: 30, name: 'bare' }))).toEqual(
      [],
    );
    expect(refused([section(...released(0))], told({ lease: 'aa', created: 11, deleted: 30 }))).toEqual([]);
  });

  it('is the first of its lane: every older key had been told to be gone before the operation was sent', () => {
    const beside = (...keys: OwnershipEvent[]) => refused([section(...released(0))], [...keys, ...own]).length;
    const older = (over: Partial<Key>) => told({ lease: 'bb', created: 5, deleted: 7, putMs: 1, ...over });
    expect([9, 10, 11].map((deletedMs) => beside(...older({ deletedMs })))).toEqual([1, 1, 0]);
    expect(beside(...older({}).slice(0, 1))).toBe(0);
    expect(beside(...older({ lane: 1, deletedMs: 40 }))).toBe(1);
    expect(beside(...older({ created: 12, deleted: 14, deletedMs: 40 }))).toBe(1);
    // One that was gone late among others that were gone early.
    const [early, late] = [older({ deletedMs: 3 }), older({ lease: 'cc', created: 6, deletedMs: 40 })];
    expect([beside(...early, ...late), beside(...late, ...early)]).toEqual([0, 0]);
    const last = older({ lease: 'cc', created: 4, deletedMs: 40 });
    expect([beside(...early, ...last), beside(...last, ...early)]).toEqual([0, 0]);
    // Deleted at two revisions: nobody knows when.
    const doubtful = [...older({ deletedMs: 3 }), ...older({ deleted: 8, deletedMs: 3 }).slice(1)];
    expect(beside(...doubtful)).toBe(0);
  });

  it('is none where a key of which nobody knows how old it is may have been there', () => {
    const beside = (type: 'put' | 'delete', ms: number, lane = 0) => {
      const [unnamed] = told({ lease: 'bb', created: 0, putMs: ms, lane }).map((e) => ({ ...e, type, revision: '20' }));
      return refused([section(...released(0))], [unnamed as OwnershipEvent, ...own]).length;
    };
    expect([beside('delete', 9), beside('delete', 10), beside('delete', 11)]).toEqual([1, 1, 0]);
    expect([beside('put', 9), beside('put', 9, 1), beside('delete', 11, 1)]).toEqual([0, 1, 1]);
  });
});

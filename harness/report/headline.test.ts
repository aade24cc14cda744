import { describe, expect, it } from 'vitest';
import type { Violation, ViolationKind } from '../../checkers/verdict.js';
import type { FaultRecord } from '../history/operation.js';
import { tablesOf } from '../history/table-builders.js';
import { headline, type Told } from './headline.js';
import { indexRecord } from './record-index.js';
import { judgementOf, lateWriter, SETTINGS } from './testing/records.js';
import { VIOLATION_KINDS } from './verdict-schema.js';
import { violationSentence } from './violation-text.js';

const NONE = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, 0])) as Record<ViolationKind, number>;

function told(
  more: Partial<Omit<Told, 'counts'>> & { fencing?: 'off' | 'on' | 'equality'; counts?: Partial<typeof NONE> } = {},
): Told {
  return {
    settings: { ...SETTINGS, fencing: more.fencing ?? 'off' },
    end: { kind: 'completed' },
    verdict: 'clean',
    exclusion: 'clean',
    service: 'clean',
    liveness: 'clean',
    refused: { reads: 0, writes: 0 },
    doubts: [],
    faults: { injected: 12, proven: 12, healed: 12, kinds: [] },
    caused: 0,
    unexplained: 0,
    recovery: 'clean',
    recovered: { withinMs: 40_000, tookMs: 900, lanesNotLocked: [], cluster: [] },
    ...more,
    counts: { ...NONE, ...more.counts },
  };
}

describe('headline', () => {
  it.each<[string, Told, string]>([
    [
      'stale writes',
      told({
        verdict: 'violated',
        exclusion: 'violated',
        counts: { 'stale-write': 37, 'lost-update': 1, 'overlapping-sections': 2 },
      }),
      'With fencing off the storage accepted 37 writes by clients that no longer held the lock, and 1 update was lost. Sections overlapped 2 times.',
    ],
    [
      'fencing that held',
      told({
        fencing: 'on',
        exclusion: 'violated',
        refused: { reads: 20, writes: 21 },
        counts: { 'overlapping-sections': 33 },
      }),
      'With fencing on the storage refused all 41 attempts with an outdated token. Sections still overlapped 33 times: fencing guards the data, it does not restore mutual exclusion.',
    ],
    [
      'nothing at all',
      told(),
      'With fencing off no write with an outdated token came to the storage. No two sections overlapped.',
    ],
    [
      'overlaps that did no harm',
      told({ exclusion: 'violated', counts: { 'overlapping-sections': 1 } }),
      'With fencing off no write with an outdated token came to the storage. Sections overlapped once.',
    ],
    [
      'no proof',
      told({
        verdict: 'unknown',
        exclusion: 'unknown',
        doubts: [{ checker: 'assumptions', doubt: 'only 3 holds, at least 20 are needed' }],
      }),
      'Unknown: only 3 holds, at least 20 are needed.',
    ],
    [
      'a proof in a run that was cut short',
      told({ verdict: 'violated', end: { kind: 'interrupted' }, counts: { 'stale-write': 1 } }),
      'With fencing off the storage accepted 1 write by clients that no longer held the lock. The run was interrupted before its plan was done.',
    ],
    [
      'equality, where a refusal says nothing about lateness',
      told({ fencing: 'equality', refused: { reads: 0, writes: 9 } }),
      'With fencing equality the storage refused 9 operations whose token differed from the first. No two sections overlapped.',
    ],
    [
      'leases that ended in a run without faults',
      told({
        exclusion: 'violated',
        counts: { 'overlapping-sections': 2 },
        caused: 2,
        unexplained: 2,
        faults: { injected: 0, proven: 0, healed: 0, kinds: [] },
      }),
      'With fencing off no write with an outdated token came to the storage. Sections overlapped 2 times. No fault was in force: none was injected. Either the lock is broken, or leases ended on an overloaded machine.',
    ],
    [
      'violations beside all faults',
      told({ verdict: 'violated', counts: { 'stale-write': 1 }, caused: 1, unexplained: 1 }),
      'With fencing off the storage accepted 1 write by clients that no longer held the lock. No fault was in force on these clients: none of the 12 injected faults explains it.',
    ],
    [
      'violations of which a fault explains some',
      told({ verdict: 'violated', counts: { 'stale-write': 2 }, caused: 2, unexplained: 1 }),
      'With fencing off the storage accepted 2 writes by clients that no longer held the lock.',
    ],
    [
      'a system that did not recover',
      told({
        recovery: 'violated',
        recovered: { withinMs: 40_000, lanesNotLocked: [3, 5], cluster: ['etcd2 does not answer'] },
        counts: { 'not-recovered': 1 },
      }),
      'With fencing off no write with an outdated token came to the storage. No two sections overlapped. The system did not recover within 40 s of the last heal: nobody got the lock of lanes 3, 5; etcd2 does not answer.',
    ],
    [
      'one that recovered late',
      told({
        recovery: 'violated',
        recovered: { withinMs: 40_000, tookMs: 41_000, lanesNotLocked: [], cluster: [] },
        counts: { 'not-recovered': 1 },
      }),
      'With fencing off no write with an outdated token came to the storage. No two sections overlapped. The system did not recover within 40 s of the last heal: it took 41 s.',
    ],
  ])('says of %s what was found and no more', (_what, input, expected) => {
    expect(headline(input)).toBe(expected);
  });

  it('never calls an unknown verdict clean', () => {
    expect(headline(told({ verdict: 'unknown', refused: { reads: 5, writes: 5 }, fencing: 'on' }))).not.toContain(
      'refused all',
    );
  });
});

describe('violationSentence', () => {
  it('tells each kind', () => {
    const writer = lateWriter('off');
    const index = indexRecord(tablesOf(writer.record));
    const sentences = judgementOf(writer).results.flatMap(({ violations }) =>
      violations.map((violation) => violationSentence(violation, index)),
    );
    expect(sentences).toEqual([
      'Process 5 and process 9 were both inside their sections under the lock of lane 0 for 23 ms; process 5 had been paused for 4.61 s.',
      'Process 5 had a write of "counter-0" accepted with token 33, after the storage had accepted process 9\'s with token 35; process 5 had been paused for 4.61 s.',
      'The update "counter-0" = 7 by process 9 is lost: process 5 wrote 7 over it, made from a value without it; process 5 had been paused for 4.61 s.',
    ]);
  });

  it('says who had been under which fault: the client where it is named, what was hit where all were hindered', () => {
    const writer = lateWriter('off');
    const stale = judgementOf(writer).results[2]?.violations[0] ?? expect.fail('no violation');
    const causeUnder = (over: Partial<FaultRecord>) => {
      const history = writer.record.history.map((entry) =>
        entry.f === 'inject' ? { ...entry, value: { ...entry.value, ...over } } : entry,
      );
      return violationSentence(stale, indexRecord(tablesOf({ ...writer.record, history }))).replace(/^.*; /, '');
    };
    expect(causeUnder({ kind: 'clock', options: { drift: 0.25, impossible: false } })).toBe(
      "process 5's clocks had been bent (rate 0.25) for 4.61 s.",
    );
    const partition = { kind: 'partition', options: { shape: 'isolate-leader' }, targets: ['etcd1'], nodes: ['etcd1'] };
    expect(causeUnder({ ...partition, processes: 'all' })).toBe(
      'etcd1 had been in a partition (isolate-leader) for 4.61 s.',
    );
    const everything = {
      kind: 'delay',
      options: { ms: 200 },
      targets: ['etcd1', 'etcd2', 'etcd3', 'storage', 'clients1'],
    };
    expect(causeUnder({ ...everything, processes: 'all' })).toBe(
      "etcd1, etcd2, etcd3, the storage and 1 more's packets had been held back for 200 ms each for 4.61 s.",
    );
    expect(causeUnder({ kind: 'partition', processes: [37], options: { shape: 'halves' }, targets: [] })).toMatch(
      /^the target of the fault partition had been/,
    );
    const { fault: _, ...unexplained } = stale;
    expect(violationSentence(unexplained, indexRecord(tablesOf(writer.record)))).toMatch(
      /; no fault was in force on them\.$/,
    );
  });

  it('names the lanes and members that did not recover', () => {
    const index = indexRecord(tablesOf(lateWriter('off').record));
    const violation: Violation = { kind: 'not-recovered', lane: -1, decisions: [], from: 0, to: 1, numbers: {} };
    const recovery = { entry: 9, withinMs: 40_000, lanesNotLocked: [7], cluster: ['etcd3: no leader'] };
    expect(violationSentence({ ...violation, recovery }, index)).toBe(
      'Within 40 s of the last heal the system was not itself again: nobody got the lock of lane 7; etcd3: no leader.',
    );
  });

  it('does without sections and without a fault', () => {
    const index = indexRecord(tablesOf(lateWriter('off').record));
    const bare = { lane: 0, key: 'k', decisions: [], from: 0, to: 1 };
    expect(violationSentence({ ...bare, kind: 'wrong-count', numbers: { expected: 9, found: 7 } }, index)).toBe(
      'The value of "k" is 7 where 9 follows from the accepted writes.',
    );
    expect(violationSentence({ ...bare, kind: 'stale-write', numbers: {} }, index)).toMatch(/^A client had a write/);
  });
});

import { describe, expect, it } from 'vitest';
import { headline, type Told, violationSentence } from './headline.js';
import { indexRecord } from './record-index.js';
import { judgementOf, lateWriter, SETTINGS } from './testing/records.js';

const NONE = {
  'stale-write': 0,
  'lost-update': 0,
  'interleaved-sections': 0,
  'wrong-count': 0,
  'overlapping-sections': 0,
};

function told(
  more: Partial<Omit<Told, 'counts'>> & { fencing?: 'off' | 'on' | 'equality'; counts?: Partial<typeof NONE> } = {},
): Told {
  return {
    settings: { ...SETTINGS, fencing: more.fencing ?? 'off' },
    end: { kind: 'completed' },
    verdict: 'clean',
    exclusion: 'clean',
    refused: { reads: 0, writes: 0 },
    doubts: [],
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
    const index = indexRecord(writer.record);
    const sentences = judgementOf(writer).results.flatMap(({ violations }) =>
      violations.map((violation) => violationSentence(violation, index)),
    );
    expect(sentences).toEqual([
      'Process 5 and process 9 were both inside their sections under the lock of lane 0 for 23 ms; process 5 had been paused for 4.61 s.',
      'Process 5 had a write of "counter-0" accepted with token 33, after the storage had accepted process 9\'s with token 35; process 5 had been paused for 4.61 s.',
      'The update "counter-0" = 7 by process 9 is lost: process 5 wrote 7 over it, made from a value without it; process 5 had been paused for 4.61 s.',
    ]);
  });

  it('does without sections and without a fault', () => {
    const index = indexRecord(lateWriter('off').record);
    const bare = { lane: 0, key: 'k', decisions: [], from: 0, to: 1 };
    expect(violationSentence({ ...bare, kind: 'wrong-count', numbers: { expected: 9, found: 7 } }, index)).toBe(
      'The value of "k" is 7 where 9 follows from the accepted writes.',
    );
    expect(violationSentence({ ...bare, kind: 'stale-write', numbers: {} }, index)).toMatch(/^A client had a write/);
  });
});

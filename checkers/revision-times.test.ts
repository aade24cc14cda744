/** Bounds for the times of revisions: what any number of sightings proves, against the plainest search. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundRevisions, Sightings } from './revision-times.js';
import { tried } from './testing/runs.js';

type Sighting = readonly [revision: number, time: number];

function sightings(all: readonly Sighting[]): Sightings {
  const known = new Sightings(all.length);
  for (const [revision, time] of all) known.add(revision, time);
  return known;
}

/** By revisions and times in any order, falling ones among them, and several of one revision or of one time. */
const drawn = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)), { maxLength: 9, size: 'max' });
/** Below all, between, and above all. */
const REVISIONS = Array.from({ length: 12 }, (_, revision) => revision);

describe('when a revision came about', () => {
  it('is bounded by the earliest sight of it or of a later one, and by the latest that asked for it or an earlier one', () => {
    tried('bounds of revisions', fc.record({ asked: drawn, seen: drawn }), ({ asked, seen }) => {
      const times = boundRevisions(sightings(asked.map(([revision, time]) => [-revision, -time])), sightings(seen));
      for (const revision of REVISIONS) {
        const after = seen.filter(([other]) => other >= revision).map(([, time]) => time);
        const before = asked.filter(([other]) => other <= revision).map(([, time]) => time);
        expect(times.notAfter(revision)).toBe(Math.min(Number.POSITIVE_INFINITY, ...after));
        // -0 and 0 are one time.
        expect(times.notBefore(revision) + 0).toBe(Math.max(Number.NEGATIVE_INFINITY, ...before));
      }
      return seen.length > 2;
    });
  });

  it('is known better from an earlier revision that was seen earlier, though it was told of later', () => {
    const seen: Sighting[] = [
      [7, 40],
      [5, 30],
      [6, 50],
    ];
    const { notAfter } = boundRevisions(sightings([]), sightings(seen));
    expect([4, 5, 6, 7, 8].map(notAfter)).toEqual([30, 30, 40, 40, Number.POSITIVE_INFINITY]);
  });
});

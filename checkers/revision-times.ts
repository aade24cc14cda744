/**
 * When a change of etcd's store truly came about, as far as the controller's clock can tell: no earlier than this, no later than
 * that. It needs nothing but that revisions are numbered in the order of time (etcd documentation, "KV API guarantees").
 */
import { sortByKey } from './group.js';

/** Revisions, each with a time in ns since the run began, in any order. */
export interface Sightings {
  revision: Float64Array;
  time: Float64Array;
}

export interface RevisionTimes {
  /** A time before which the revision certainly had not come about: the latest known, or -Infinity. O(log n). */
  notBefore(revision: number): number;
  /** A time after which it certainly had: the earliest known, or Infinity. O(log n). */
  notAfter(revision: number): number;
}

/**
 * `asked`: revisions brought about by an operation, with the time of its invocation: they and all later ones came after it.
 * `seen`: revisions that were read of or answered, with the time of that: they and all earlier ones came before it.
 * O(n log(stretches of falling time)).
 */
export function boundRevisions(asked: Sightings, seen: Sightings): RevisionTimes {
  // Of what was asked for, only what nothing later asked for undercuts tells anything; of what was seen, only what is beyond all
  // that had been seen. Both are lists of ascending revisions at ascending times.
  const lower = frontier(asked, byTime(asked).reverse(), (revision, least) => revision < least).reverse();
  const upper = frontier(seen, byTime(seen), (revision, largest) => revision > largest);
  return {
    notBefore(revision) {
      const at = lower[countWhile(lower, (each) => (asked.revision[each] as number) <= revision) - 1];
      return at === undefined ? Number.NEGATIVE_INFINITY : (asked.time[at] as number);
    },
    notAfter(revision) {
      const at = upper[countWhile(upper, (each) => (seen.revision[each] as number) < revision)];
      return at === undefined ? Number.POSITIVE_INFINITY : (seen.time[at] as number);
    },
  };
}

function byTime({ time }: Sightings): Int32Array {
  return sortByKey(
    Int32Array.from(time, (_, at) => at),
    time,
  );
}

/** Those of the items, in order, whose revision beats that of every one before them. */
function frontier(
  { revision }: Sightings,
  items: Int32Array,
  beats: (revision: number, best: number) => boolean,
): number[] {
  const kept: number[] = [];
  let best: number | undefined;
  for (const item of items) {
    const at = revision[item] as number;
    if (best !== undefined && !beats(at, best)) continue;
    best = at;
    kept.push(item);
  }
  return kept;
}

/** How many items at the beginning pass; those that pass come before those that do not. */
function countWhile(items: readonly number[], passes: (item: number) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(items[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

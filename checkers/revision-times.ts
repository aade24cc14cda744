/**
 * When a change of etcd's store truly came about, as far as the controller's clock can tell: no earlier than this, no later than
 * that. It needs nothing but that revisions are numbered in the order of time (etcd documentation, "KV API guarantees").
 */
import { sortByKey } from './group.js';

/** Revisions with times in ns since the run began, in any order; those that another one makes needless are left out at once. */
export class Sightings {
  readonly #revision: Float64Array;
  readonly #time: Float64Array;
  #count = 0;

  /** `most`: how many there can be. Places that are never used take no memory. */
  constructor(most: number) {
    this.#revision = new Float64Array(most);
    this.#time = new Float64Array(most);
  }

  /** O(1). Most of what three members' watches tell, one has told before. */
  add(revision: number, time: number): void {
    const last = this.#count - 1;
    if (last >= 0 && revision <= (this.#revision[last] as number) && time >= (this.#time[last] as number)) return;
    this.#revision[this.#count] = revision;
    this.#time[this.#count++] = time;
  }

  /**
   * Answers with the earliest time of a revision that is as high or higher; Infinity if there is none. O(log n) each, after
   * O(n log(stretches of falling time)).
   */
  earliestFrom(): (revision: number) => number {
    const inTime = sortByKey(
      Int32Array.from({ length: this.#count }, (_, at) => at),
      this.#time,
    );
    const revisions = new Float64Array(this.#count);
    const times = new Float64Array(this.#count);
    let kept = 0;
    for (const at of inTime) {
      const revision = this.#revision[at] as number;
      if (kept > 0 && revision <= (revisions[kept - 1] as number)) continue;
      revisions[kept] = revision;
      times[kept++] = this.#time[at] as number;
    }
    return (revision) => {
      let [low, high] = [0, kept];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((revisions[middle] as number) < revision) low = middle + 1;
        else high = middle;
      }
      return low < kept ? (times[low] as number) : Number.POSITIVE_INFINITY;
    };
  }
}

export interface RevisionTimes {
  /** A time before which the revision certainly had not come about: the latest known, or -Infinity. O(log n). */
  notBefore(revision: number): number;
  /** A time after which it certainly had: the earliest known, or Infinity. O(log n). */
  notAfter(revision: number): number;
}

/**
 * `seen`: revisions that were read of or answered, with the time of that: they and all earlier ones came before it. `asked`:
 * revisions brought about by an operation, with the time of its invocation: they and all later ones came after it. The one is the
 * other's mirror image, so revisions and times of `asked` are given with the opposite sign.
 */
export function boundRevisions(asked: Sightings, seen: Sightings): RevisionTimes {
  const earliestSeen = seen.earliestFrom();
  let latestAsked: ((revision: number) => number) | undefined;
  return {
    notBefore: (revision) => -(latestAsked ??= asked.earliestFrom())(-revision),
    notAfter: earliestSeen,
  };
}

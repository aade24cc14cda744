/**
 * The events of all members' watches put together: what one change of the store looked like to each member that told of it.
 * Bookkeeping on columns; what is wrong with it is for watch.ts to say.
 */
import type { OwnershipTable } from '../harness/history/tables.js';
import { sortByKey } from './group.js';

export interface WatchGroups {
  /** Groups: one for each revision and key that any member told of, in the order of revisions. */
  count: number;
  /** Group g has the rows `rows[starts[g]]` up to before `rows[starts[g + 1]]`, in the order in which they were read. */
  rows: Int32Array;
  starts: Int32Array;
  /** The group before it that is about the same key; -1 for none. */
  before: Int32Array;
  /** By member: the lowest and the highest revision that its watch told of. */
  first: Float64Array;
  last: Float64Array;
}

/** O(n log(stretches in order)). */
export function groupEvents(ownership: OwnershipTable): WatchGroups {
  const { length, revision, member, members } = ownership;
  const rows = sortByKey(
    Int32Array.from({ length }, (_, row) => row),
    revision,
  );
  const starts = new Int32Array(length + 1);
  const before = new Int32Array(length);
  const first = new Float64Array(members.length).fill(Number.POSITIVE_INFINITY);
  const last = new Float64Array(members.length).fill(Number.NEGATIVE_INFINITY);
  const keys = createKeys(ownership);
  let count = 0;
  for (let from = 0; from < length; ) {
    const at = revision[rows[from] as number] as number;
    let to = from + 1;
    while (to < length && revision[rows[to] as number] === at) to++;
    if (to - from > 1) standTogether(rows.subarray(from, to), ownership);
    for (let n = from; n < to; n++) {
      const row = rows[n] as number;
      const by = member[row] as number;
      first[by] = Math.min(first[by] as number, at);
      last[by] = at;
      if (n > from && isSameKey(ownership, rows[n - 1] as number, row)) continue;
      before[count] = keys.replace(row, count);
      starts[count++] = n;
    }
    from = to;
  }
  starts[count] = length;
  return { count, rows, starts, before, first, last };
}

/** Puts rows of one revision in the order of their keys, in place; those of one key stay as they are. They are few, and mostly of one. */
function standTogether(rows: Int32Array, ownership: OwnershipTable): void {
  if (rows.every((row, n) => n === 0 || isSameKey(ownership, rows[n - 1] as number, row))) return;
  const { prefix, endsWithLease, lease } = ownership;
  rows.sort(
    (a, b) =>
      (prefix[a] as number) - (prefix[b] as number) ||
      (endsWithLease[a] as number) - (endsWithLease[b] as number) ||
      (endsWithLease[a] === 1 ? (lease[a] as number) - (lease[b] as number) : 0),
  );
}

function isSameKey({ prefix, endsWithLease, lease }: OwnershipTable, a: number, b: number): boolean {
  return (
    prefix[a] === prefix[b] &&
    endsWithLease[a] === endsWithLease[b] &&
    (endsWithLease[a] === 0 || lease[a] === lease[b])
  );
}

/** The last group of each key. */
function createKeys({ prefix, prefixes, endsWithLease, lease }: OwnershipTable) {
  const byLease = prefixes.map(() => new Map<number, number>());
  const whole = new Int32Array(prefixes.length).fill(-1);
  return {
    /** Puts `group` in the place of the key's last one, which it returns. */
    replace(row: number, group: number): number {
      const of = prefix[row] as number;
      if (endsWithLease[row] === 0) {
        const last = whole[of] as number;
        whole[of] = group;
        return last;
      }
      const leases = byLease[of] as Map<number, number>;
      const last = leases.get(lease[row] as number) ?? -1;
      leases.set(lease[row] as number, group);
      return last;
    },
  };
}

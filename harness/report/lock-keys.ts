/**
 * The life of every lock key, from the watch events: when it was there, and when it was the oldest of its lane. The owner is the
 * oldest key under the lock's prefix (etcd client/v3/concurrency, Mutex): a key owns from when it is there and every older one
 * is gone. Several members tell the same event; the first telling counts.
 */
import type { OwnershipEvent } from '../history/ownership.js';
import type { RunTables } from '../history/run-record.js';
import { leaseOf, ownershipAt } from '../history/table-entries.js';
import { NONE } from '../history/tables.js';
import { compareTokens } from '../history/token.js';
import { largeTokenCode, smallTokenCode, tokenOf } from '../history/token-codes.js';
import { lazily } from './lazily.js';

/** What etcd says of one lock key. Times in ns since the run began, as the observer first read them. */
export interface KeyLife {
  /** Create revision of the key, a decimal string. */
  revision: string;
  /** In hex. */
  lease: string;
  put: OwnershipEvent | undefined;
  deleted: OwnershipEvent | undefined;
  /** From when to when it was the oldest key of its lane, and so the owner; missing if it never was or nobody saw it. */
  owned: { from: number; to: number | undefined } | undefined;
}

export interface LockKeys {
  /**
   * The lock key that a hold's token stands for: by its create revision or, where the token is a lease id, the last key of
   * that lease before the grant.
   */
  keyOf(lane: number, token: string, grantedAt: number): KeyLife | undefined;
  /** How many keys of a lane came to own the lock from the one time on and before the other, besides these. */
  ownersWithin(lane: number, from: number, to: number, besides: readonly (KeyLife | undefined)[]): number;
}

/** How much later than a grant the watch may tell of the key that it rests on, in ns. */
const WATCH_DELAY_NS = 200e6;

/** A key as rows of the ownership log and codes; `NONE` for a row that is missing. */
interface Life {
  revision: number;
  lease: number;
  put: number;
  deleted: number;
  ownedFrom: number;
  ownedTo: number;
}

/** O(events + keys log keys) at the first question. */
export function indexLockKeys(record: RunTables): LockKeys {
  const { largeTokens, ownership } = record;
  const lanes = lazily(() => readLanes(record));
  const timeOf = (row: number): number => ownership.time[row] ?? 0;
  const eventAt = (row: number): OwnershipEvent | undefined => (row === NONE ? undefined : ownershipAt(record, row));
  const tell = ({ revision, lease, put, deleted, ownedFrom, ownedTo }: Life): KeyLife => ({
    revision: tokenOf(revision, largeTokens),
    lease: leaseOf(lease, largeTokens),
    put: eventAt(put),
    deleted: eventAt(deleted),
    owned: ownedFrom < ownedTo ? { from: ownedFrom, to: Number.isFinite(ownedTo) ? ownedTo : undefined } : undefined,
  });
  return {
    keyOf(lane, token, grantedAt) {
      const keys = lanes().get(lane);
      const code = codeOf(token, largeTokens);
      if (keys === undefined || code === undefined) return undefined;
      const found =
        keys.byRevision.get(code) ??
        keys.ordered.findLast(
          ({ lease, put }) => lease === code && (put === NONE || timeOf(put) <= grantedAt + WATCH_DELAY_NS),
        );
      return found && tell(found);
    },
    ownersWithin(lane, from, to, besides) {
      const known = new Set(besides.flatMap((key) => (key && codeOf(key.revision, largeTokens)) ?? []));
      let owners = 0;
      for (const { ownedFrom, ownedTo, revision } of lanes().get(lane)?.ordered ?? [])
        if (ownedFrom < ownedTo && ownedFrom >= from && ownedFrom < to && !known.has(revision)) owners++;
      return owners;
    },
  };
}

interface Lane {
  byRevision: Map<number, Life>;
  /** By create revision, which is the order of ownership. */
  ordered: Life[];
}

function readLanes({ ownership }: RunTables): Map<number, Lane> {
  const lanes = new Map<number, Lane>();
  const isEarlier = (row: number, than: number): boolean =>
    than === NONE || (ownership.time[row] ?? 0) < (ownership.time[than] ?? 0);
  for (let row = 0; row < ownership.length; row++) {
    const number = ownership.lane[row] ?? NONE;
    let lane = lanes.get(number);
    if (lane === undefined) lanes.set(number, (lane = { byRevision: new Map(), ordered: [] }));
    const revision = ownership.createRevision[row] ?? NONE;
    let life = lane.byRevision.get(revision);
    if (life === undefined) {
      life = { revision, lease: ownership.lease[row] ?? 0, put: NONE, deleted: NONE, ownedFrom: 0, ownedTo: 0 };
      lane.byRevision.set(revision, life);
      lane.ordered.push(life);
    }
    if (ownership.deleted[row] === 1) {
      if (isEarlier(row, life.deleted)) life.deleted = row;
    } else if (isEarlier(row, life.put)) life.put = row;
  }
  for (const { ordered } of lanes.values()) {
    ordered.sort((a, b) => a.revision - b.revision);
    let olderGone = Number.NEGATIVE_INFINITY;
    for (const key of ordered) {
      const put = key.put === NONE ? Number.POSITIVE_INFINITY : (ownership.time[key.put] ?? 0);
      key.ownedFrom = Math.max(put, olderGone);
      key.ownedTo = key.deleted === NONE ? Number.POSITIVE_INFINITY : (ownership.time[key.deleted] ?? 0);
      olderGone = Math.max(olderGone, key.ownedTo);
    }
  }
  return lanes;
}

/** The code of a token of this record; undefined for what is no token or not in it. O(log n) in the number of large ones. */
function codeOf(token: string, large: readonly string[]): number | undefined {
  if (!/^\d+$/.test(token)) return undefined;
  const small = smallTokenCode(token);
  if (small !== undefined) return small;
  let [low, high] = [0, large.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareTokens(large[middle] ?? '', token) < 0) low = middle + 1;
    else high = middle;
  }
  return large[low] === token ? largeTokenCode(low) : undefined;
}

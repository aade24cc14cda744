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
  owned: Owned | undefined;
}

interface Owned {
  from: number;
  to: number | undefined;
}

export interface LockKeys {
  /**
   * The lock key that a hold's token stands for: by its create revision or, where the token is a lease id, the last key of
   * that lease before the grant.
   */
  keyOf(lane: number, token: string, grantedAt: number): KeyLife | undefined;
  /** The same by the token's code, and of the key no more than when it owned the lock; `to` is missing where nobody told of its end. */
  ownedBy(lane: number, token: number, grantedAt: number): Owned | undefined;
  /** How many keys of a lane came to own the lock from the one time on and before the other, besides these. */
  ownersWithin(lane: number, from: number, to: number, besides: readonly (KeyLife | undefined)[]): number;
}

/** How much later than a grant the watch may tell of the key that it rests on, in ns. */
const WATCH_DELAY_NS = 200e6;

/** The keys of one lane, as columns by the order of their first events; rows of the ownership log are `NONE` where missing. */
interface Lane {
  /** By the code of the create revision: the key's place. */
  places: Map<number, number>;
  /** The place of the key that the last event was about. */
  latest: number;
  revision: number[];
  put: number[];
  deleted: number[];
  /** When it came to own the lock, and when it was gone, in ns; the latter is not behind the former if it never owned it. */
  ownedFrom: Float64Array;
  ownedTo: Float64Array;
  /** By the code of the lease: places of its keys by ascending create revisions; made when it is first asked for. */
  byLease: Map<number, number[]> | undefined;
}

/** O(events + keys log keys) at the first question. */
export function indexLockKeys(record: RunTables): LockKeys {
  const { largeTokens, ownership } = record;
  const lanes = lazily(() => readLanes(record));
  const eventAt = (row: number): OwnershipEvent | undefined => (row === NONE ? undefined : ownershipAt(record, row));
  const ownedAt = ({ ownedFrom, ownedTo }: Lane, place: number): Owned | undefined => {
    const [from, to] = [ownedFrom[place] ?? 0, ownedTo[place] ?? 0];
    return from < to ? { from, to: Number.isFinite(to) ? to : undefined } : undefined;
  };
  const tell = (lane: Lane, place: number): KeyLife => {
    const { revision, put, deleted } = lane;
    const [putRow, deletedRow] = [put[place] ?? NONE, deleted[place] ?? NONE];
    return {
      revision: tokenOf(revision[place] ?? 0, largeTokens),
      lease: leaseOf(ownership.lease[putRow === NONE ? deletedRow : putRow] ?? 0, largeTokens),
      put: eventAt(putRow),
      deleted: eventAt(deletedRow),
      owned: ownedAt(lane, place),
    };
  };

  /**
   * The last key of a lease, by create revisions, that was there by that time; one of which nobody told when it came counts as
   * there. O(log keys of the lease).
   */
  const lastOfLease = (lane: Lane, lease: number, by: number): number | undefined => {
    lane.byLease ??= placesByLease(lane, ownership);
    const places = lane.byLease.get(lease) ?? [];
    const isThere = (nth: number): boolean => {
      const row = lane.put[places[nth] ?? NONE] ?? NONE;
      return row === NONE || (ownership.time[row] ?? 0) <= by;
    };
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isThere(middle)) low = middle + 1;
      else high = middle;
    }
    return places[low - 1];
  };
  const find = (keys: Lane, code: number, grantedAt: number): number | undefined =>
    keys.places.get(code) ?? lastOfLease(keys, code, grantedAt + WATCH_DELAY_NS);
  return {
    keyOf(lane, token, grantedAt) {
      const keys = lanes().get(lane);
      const code = codeOf(token, largeTokens);
      if (keys === undefined || code === undefined) return undefined;
      const found = find(keys, code, grantedAt);
      return found === undefined ? undefined : tell(keys, found);
    },
    ownedBy(lane, token, grantedAt) {
      const keys = lanes().get(lane);
      const found = keys && find(keys, token, grantedAt);
      return found === undefined ? undefined : ownedAt(keys as Lane, found);
    },
    ownersWithin(lane, from, to, besides) {
      const keys = lanes().get(lane);
      if (keys === undefined) return 0;
      const known = new Set(besides.flatMap((key) => (key && codeOf(key.revision, largeTokens)) ?? []));
      let owners = 0;
      keys.ownedFrom.forEach((since, place) => {
        const isOwner = since >= from && since < to && since < (keys.ownedTo[place] ?? 0);
        if (isOwner && !known.has(keys.revision[place] ?? NONE)) owners++;
      });
      return owners;
    },
  };
}

function readLanes({ ownership }: RunTables): Map<number, Lane> {
  const { length, lane: laneOf, createRevision, deleted: isDeletion, time } = ownership;
  const lanes = new Map<number, Lane>();
  const timeOf = (row: number): number => (row === NONE ? Number.POSITIVE_INFINITY : (time[row] ?? 0));
  for (let row = 0; row < length; row++) {
    const number = laneOf[row] ?? NONE;
    const lane = lanes.get(number) ?? emptyLane();
    if (lane.revision.length === 0) lanes.set(number, lane);
    const code = createRevision[row] ?? NONE;
    // The members tell of one change at about the same time.
    let place = lane.revision[lane.latest] === code ? lane.latest : lane.places.get(code);
    if (place === undefined) {
      place = lane.revision.length;
      lane.places.set(code, place);
      lane.revision.push(code);
      lane.put.push(NONE);
      lane.deleted.push(NONE);
    }
    lane.latest = place;
    const side = isDeletion[row] === 1 ? lane.deleted : lane.put;
    if (timeOf(row) < timeOf(side[place] ?? NONE)) side[place] = row;
  }
  for (const lane of lanes.values()) {
    const { revision, put, deleted } = lane;
    const order = Int32Array.from(revision, (_, place) => place);
    order.sort((a, b) => (revision[a] ?? 0) - (revision[b] ?? 0));
    lane.ownedFrom = new Float64Array(order.length);
    lane.ownedTo = new Float64Array(order.length);
    let olderGone = Number.NEGATIVE_INFINITY;
    for (const place of order) {
      const to = timeOf(deleted[place] ?? NONE);
      lane.ownedFrom[place] = Math.max(timeOf(put[place] ?? NONE), olderGone);
      lane.ownedTo[place] = to;
      olderGone = Math.max(olderGone, to);
    }
  }
  return lanes;
}

function placesByLease({ revision, put, deleted }: Lane, ownership: RunTables['ownership']): Map<number, number[]> {
  const places = new Map<number, number[]>();
  const order = revision.map((_, place) => place).sort((a, b) => (revision[a] ?? 0) - (revision[b] ?? 0));
  for (const place of order) {
    const row = put[place] ?? NONE;
    const lease = ownership.lease[row === NONE ? (deleted[place] ?? NONE) : row] ?? NONE;
    const known = places.get(lease);
    if (known === undefined) places.set(lease, [place]);
    else known.push(place);
  }
  return places;
}

function emptyLane(): Lane {
  const none = new Float64Array(0);
  const columns = { revision: [], put: [], deleted: [], ownedFrom: none, ownedTo: none };
  return { places: new Map(), latest: 0, ...columns, byLease: undefined };
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

/**
 * The lives of the lock keys, from creation to deletion, in etcd's revisions, as the watches told of them. It judges nothing.
 *
 * A life is known by its place. Events of one life carry its create revision, a deletion's too (etcd hands over the key as it was
 * before, clientv3.WithPrevKV), so that a life is certain wherever two events of it are, whatever a watch left out in between.
 */
import { NONE, type OwnershipTable } from '../harness/history/tables.js';
import { sortByKey } from './group.js';
import { TokenIndex } from './token-index.js';

export class KeyLives {
  readonly count: number;
  readonly lane: Int32Array;
  /** Code of the create revision. */
  readonly created: Float64Array;
  /** Code of the revision that deleted it; `NONE` where nobody told of that. */
  readonly deleted: Float64Array;
  /** Row of the watch event that told of the deletion first; `NONE`. */
  readonly deletedRow: Int32Array;
  /** Row of the first event of this life. */
  readonly firstRow: Int32Array;
  /** The last revision of a put of this life: it was alive then. */
  readonly lastPut: Float64Array;
  /** 1 where the events contradict each other, or where two keys of the lane have one create revision: of no use as a proof. */
  readonly doubtful: Uint8Array;
  /** Rows of the events that do not say of which life they are: what was compacted is deleted without a create revision. */
  readonly unnamed: readonly number[];
  readonly #index: TokenIndex;
  #byCreation: Int32Array | undefined;
  #queues: { count: number; of: Int32Array } | undefined;

  /** O(events). */
  constructor(private readonly events: OwnershipTable) {
    const { length, createRevision, revision, deleted, lane, time } = events;
    const index = new TokenIndex(length / 4);
    // Places for as many lives as there are events: what is never touched takes no memory.
    const created = new Float64Array(length);
    const end = new Float64Array(length);
    const endRow = new Int32Array(length);
    const firstRow = new Int32Array(length);
    const lastPut = new Float64Array(length);
    const doubtful = new Uint8Array(length);
    const unnamed: number[] = [];
    let count = 0;
    for (let row = 0; row < length; row++) {
      const creation = createRevision[row] as number;
      if (creation <= 0) {
        unnamed.push(row);
        continue;
      }
      let life = index.get(lane[row] as number, creation);
      if (life === NONE) {
        life = count++;
        index.set(lane[row] as number, creation, life);
        created[life] = creation;
        firstRow[life] = row;
        lastPut[life] = end[life] = endRow[life] = NONE;
      } else if (!this.#isSameKey(firstRow[life] as number, row)) doubtful[life] = 1;
      const at = revision[row] as number;
      if (deleted[row] === 0) {
        if (at > (lastPut[life] as number)) lastPut[life] = at;
      } else if (end[life] === NONE) {
        end[life] = at;
        endRow[life] = row;
      } else if (end[life] !== at) doubtful[life] = 1;
      else if ((time[row] as number) < (time[endRow[life] as number] as number)) endRow[life] = row;
    }
    for (let life = 0; life < count; life++) {
      const alive = Math.max(lastPut[life] as number, created[life] as number);
      if (end[life] !== NONE && (end[life] as number) <= alive) doubtful[life] = 1;
    }
    this.#index = index;
    this.count = count;
    this.created = created.slice(0, count);
    this.deleted = end.slice(0, count);
    this.deletedRow = endRow.slice(0, count);
    this.firstRow = firstRow.slice(0, count);
    this.lastPut = lastPut.slice(0, count);
    this.doubtful = doubtful.slice(0, count);
    this.lane = this.firstRow.map((row) => lane[row] as number);
    this.unnamed = unnamed;
  }

  /** The life of the lane's key with that create revision (code); `NONE`. O(1). */
  find(lane: number, created: number): number {
    return this.#index.get(lane, created);
  }

  /** When the controller first read of the deletion, in ns since the run began. Only where `deletedRow` is not `NONE`. */
  deletedAt(life: number): number {
    return this.events.time[this.deletedRow[life] as number] as number;
  }

  /** Code of the lease. */
  lease(life: number): number {
    return this.events.lease[this.firstRow[life] as number] as number;
  }

  /** All lives by ascending create revision. O(n log n), and O(n) where keys were told of in the order of their creation; once. */
  get byCreation(): Int32Array {
    return (this.#byCreation ??= sortByKey(
      this.lane.map((_, life) => life),
      this.created,
    ));
  }

  /** Queues, and by life the place of the one in which its key stands; `NONE` for other keys and for doubtful ones. O(n), once. */
  get queues(): { count: number; of: Int32Array } {
    return (this.#queues ??= this.#findQueues());
  }

  #findQueues(): { count: number; of: Int32Array } {
    const { prefix, prefixes, endsWithLease } = this.events;
    const places = new TokenIndex(0);
    let count = 0;
    const of = this.firstRow.map((row, life) => {
      // Named by their leases, so that several stand side by side; a bare key may end with one's letters by chance.
      const isNamed = endsWithLease[row] === 1 && (prefixes[prefix[row] as number] as string).endsWith('/');
      if (!isNamed || this.doubtful[life] === 1) return NONE;
      const lane = this.lane[life] as number;
      let place = places.get(lane, prefix[row] as number);
      if (place === NONE) places.set(lane, prefix[row] as number, (place = count++));
      return place;
    });
    return { count, of };
  }

  #isSameKey(a: number, b: number): boolean {
    const { prefix, endsWithLease, lease } = this.events;
    if (prefix[a] !== prefix[b] || endsWithLease[a] !== endsWithLease[b]) return false;
    return endsWithLease[a] === 0 || lease[a] === lease[b];
  }
}

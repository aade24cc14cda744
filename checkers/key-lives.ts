/**
 * The lives of the lock keys, from creation to deletion, in etcd's revisions, as the watches told of them. It judges nothing.
 *
 * A life is known by its place. Events of one life carry its create revision, a deletion's too (etcd hands over the key as it was
 * before, clientv3.WithPrevKV), so that a life is certain wherever two events of it are, whatever a watch left out in between.
 */
import { NONE, type OwnershipTable } from '../harness/history/tables.js';
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
  readonly #index: TokenIndex;

  /** O(events). */
  constructor(private readonly events: OwnershipTable) {
    const { length, createRevision, revision, deleted, lane, time } = events;
    this.#index = new TokenIndex(length / 4);
    const first: number[] = [];
    const lifeOf = new Int32Array(length).fill(NONE);
    for (let row = 0; row < length; row++) {
      const created = createRevision[row] as number;
      // What was deleted is not known any more once it has been compacted.
      if (created <= 0) continue;
      const known = this.#index.get(lane[row] as number, created);
      const life = known === NONE ? first.push(row) - 1 : known;
      if (known === NONE) this.#index.set(lane[row] as number, created, life);
      lifeOf[row] = life;
    }
    this.count = first.length;
    this.firstRow = Int32Array.from(first);
    this.lane = this.firstRow.map((row) => lane[row] as number);
    this.created = Float64Array.from(first, (row) => createRevision[row] as number);
    this.deleted = new Float64Array(this.count).fill(NONE);
    this.deletedRow = new Int32Array(this.count).fill(NONE);
    this.lastPut = new Float64Array(this.count).fill(NONE);
    this.doubtful = new Uint8Array(this.count);
    for (let row = 0; row < length; row++) {
      const life = lifeOf[row] as number;
      if (life === NONE) continue;
      const at = revision[row] as number;
      if (!this.#isSameKey(this.firstRow[life] as number, row)) this.doubtful[life] = 1;
      if (deleted[row] === 0) this.lastPut[life] = Math.max(this.lastPut[life] as number, at);
      else if (this.deleted[life] === NONE) {
        this.deleted[life] = at;
        this.deletedRow[life] = row;
      } else if (this.deleted[life] !== at) this.doubtful[life] = 1;
      else if ((time[row] as number) < this.deletedAt(life)) this.deletedRow[life] = row;
    }
    for (let life = 0; life < this.count; life++) {
      const end = this.deleted[life] as number;
      const lastAlive = Math.max(this.lastPut[life] as number, this.created[life] as number);
      if (end !== NONE && end <= lastAlive) this.doubtful[life] = 1;
    }
  }

  /** The life of the lane's key with that create revision (code); `NONE`. O(1). */
  find(lane: number, created: number): number {
    return this.#index.get(lane, created);
  }

  /** When the controller first read of the deletion, in ns since the run began. Only where `deletedRow` is not `NONE`. */
  deletedAt(life: number): number {
    return this.events.time[this.deletedRow[life] as number] as number;
  }

  /** Whether it is a queue's key: named by the lease under which it was put, so that several stand side by side. */
  isQueued(life: number): boolean {
    return this.events.endsWithLease[this.firstRow[life] as number] === 1;
  }

  /** Code of the lease. */
  lease(life: number): number {
    return this.events.lease[this.firstRow[life] as number] as number;
  }

  /** Place in the events' `prefixes`: of queue keys, the queue in which they stand. */
  queue(life: number): number {
    return this.events.prefix[this.firstRow[life] as number] as number;
  }

  #isSameKey(a: number, b: number): boolean {
    const { prefix, endsWithLease, lease } = this.events;
    if (prefix[a] !== prefix[b] || endsWithLease[a] !== endsWithLease[b]) return false;
    return endsWithLease[a] === 0 || lease[a] === lease[b];
  }
}

const known = new WeakMap<OwnershipTable, KeyLives>();

/** O(events), once for each record: all checkers of a run share them. Records are not changed once they are made. */
export function livesOf(events: OwnershipTable): KeyLives {
  let lives = known.get(events);
  if (lives === undefined) known.set(events, (lives = new KeyLives(events)));
  return lives;
}

/** Lives of queue keys that are not doubtful, queue by queue, each by ascending create revision. O(n log n). */
export function queuesOf(lives: KeyLives): Int32Array[] {
  const queues = new Map<string, number[]>();
  for (let life = 0; life < lives.count; life++) {
    if (!lives.isQueued(life) || lives.doubtful[life] === 1) continue;
    const name = `${lives.lane[life]} ${lives.queue(life)}`;
    const queue = queues.get(name);
    if (queue === undefined) queues.set(name, [life]);
    else queue.push(life);
  }
  return Array.from(queues.values(), (queue) =>
    Int32Array.from(queue).sort((a, b) => (lives.created[a] as number) - (lives.created[b] as number)),
  );
}

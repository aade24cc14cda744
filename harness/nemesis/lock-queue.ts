/**
 * Who queues for a lane's lock, as the observer sees it: the keys of a lock in the order of their create revisions, the
 * first of which is the holder's (etcd's concurrency.Mutex, client/v3/concurrency/mutex.go). A lock of one bare key has a holder and no
 * queue. Only for choosing whom to hit: it lags behind etcd by the way of an event.
 */
import type { OwnershipEvent } from '../history/ownership.js';

export interface LockQueue {
  /** A watch event of any member; the same event from another member changes nothing. */
  see(event: Pick<OwnershipEvent, 'type' | 'lane' | 'key' | 'createRevision' | 'lease'>): void;
  /** A client has opened a session with this lease (hex). */
  opened(slot: number, lease: string): void;
  /** Slot of the client behind the holder; undefined when nobody is known to queue. */
  nextAfterHolder(lane: number): number | undefined;
  /** Whether those who wait for the lane's lock stand in no order that etcd knows of: it has one key, named like the lock itself. */
  isUnordered(lane: number): boolean;
}

/** Deleted keys are remembered so far back, so that a slow member's old `put` does not bring one back. */
const REMEMBERED = 4096;

export function createLockQueue(): LockQueue {
  const lanes = new Map<number, Map<string, { createRevision: bigint; lease: string }>>();
  const slotOf = new Map<string, number>();
  const gone = new Set<string>();
  const bare = new Set<number>();
  return {
    see({ type, lane, key, createRevision, lease }) {
      if (/(^|\/)lane-\d+$/.test(key)) bare.add(lane);
      const keys = lanes.get(lane) ?? new Map<string, { createRevision: bigint; lease: string }>();
      lanes.set(lane, keys);
      const life = `${key} ${createRevision}`;
      if (type === 'delete') {
        if (keys.get(key)?.createRevision === BigInt(createRevision)) keys.delete(key);
        gone.add(life);
        for (const oldest of gone) {
          if (gone.size <= REMEMBERED) break;
          gone.delete(oldest);
        }
      } else if (!gone.has(life)) {
        keys.set(key, { createRevision: BigInt(createRevision), lease });
      }
    },
    opened(slot, lease) {
      slotOf.set(lease, slot);
    },
    nextAfterHolder(lane) {
      const queued = [...(lanes.get(lane)?.values() ?? [])].sort((a, b) =>
        a.createRevision < b.createRevision ? -1 : 1,
      );
      return slotOf.get(queued[1]?.lease ?? '');
    },
    isUnordered: (lane) => bare.has(lane),
  };
}

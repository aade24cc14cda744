/**
 * Holds that the storage refused although they were still their owners': for liveness.ts, which says why that is so.
 */
import { NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { sortByKey } from './group.js';
import { wasDeleted } from './takeovers.js';
import { TokenIndex } from './token-index.js';

/** Calls with each such hold and its first operation that was refused. O(n log n). */
export function forEachRefusedOwner(evidence: Evidence, visit: (hold: number, refused: number) => void): void {
  const { holds, operations } = evidence;
  let queue: Queue | undefined;
  for (let hold = 0; hold < holds.count; hold++) {
    const release = holds.release[hold] as number;
    if (release === NONE || !operations.succeeded(release) || wasDeleted(evidence, release) !== true) continue;
    const refused = holds.operationsOf(hold).find((operation) => operations.error(operation) === 'fenced');
    if (refused === undefined) continue;
    queue ??= readQueue(evidence);
    if (queue.owned(holds.lane[hold] as number, holds.token[hold] as number, operations.invokedAt(refused)))
      visit(hold, refused);
  }
}

interface Queue {
  /**
   * Whether a session of its own had put the key with that create revision, and all older keys of the lane were gone by that time (ns),
   * as the watches told.
   */
  owned(lane: number, token: number, time: number): boolean;
}

function readQueue({ tables: { ownership } }: Evidence): Queue {
  const { length, lane, createRevision, deleted, endsWithLease, time } = ownership;
  const index = new TokenIndex(length / 4);
  const keys: { lane: number; created: number; ofSession: boolean; goneAt: number }[] = [];
  for (let row = 0; row < length; row++) {
    const [of, created] = [lane[row] as number, createRevision[row] as number];
    const ofSession = endsWithLease[row] === 1;
    let at = index.get(of, created);
    if (at === NONE) {
      at = keys.push({ lane: of, created, ofSession, goneAt: Number.POSITIVE_INFINITY }) - 1;
      index.set(of, created, at);
    }
    const key = keys[at] as (typeof keys)[number];
    key.ofSession &&= ofSession;
    if (deleted[row] === 1) key.goneAt = Math.min(key.goneAt, time[row] as number);
  }
  /** By key: when the last of the older ones of its lane was gone. */
  const freeAt = new Float64Array(keys.length);
  const latest = new Map<number, number>();
  const byCreation = sortByKey(
    Int32Array.from(keys, (_, at) => at),
    Float64Array.from(keys, ({ created }) => created),
  );
  for (const at of byCreation) {
    const { lane, goneAt } = keys[at] as (typeof keys)[number];
    const before = latest.get(lane) ?? Number.NEGATIVE_INFINITY;
    freeAt[at] = before;
    latest.set(lane, Math.max(before, goneAt));
  }
  return {
    owned(lane, token, time) {
      const at = index.get(lane, token);
      return at !== NONE && keys[at]?.ofSession === true && (freeAt[at] as number) <= time;
    },
  };
}

/**
 * Holds that the storage refused although they were still their owners': for liveness.ts, which says why that is so.
 */
import { NONE } from '../harness/history/tables.js';
import { mayMissEvents } from './compaction.js';
import type { Evidence } from './evidence.js';
import { wasDeleted } from './takeovers.js';

/**
 * Calls with each such hold and its first operation that was refused; with none where nobody may have told of an older key.
 * O(n log n).
 */
export function forEachRefusedOwner(evidence: Evidence, visit: (hold: number, refused: number) => void): void {
  const { holds, operations, lives, lifeOf } = evidence;
  let freeAt: Float64Array | undefined;
  if (mayMissEvents(evidence)) return;
  for (const [hold, refused] of [...firstRefused(evidence)].sort(([a], [b]) => a - b)) {
    const release = holds.release[hold] as number;
    if (release === NONE || !operations.succeeded(release) || wasDeleted(evidence, release) !== true) continue;
    const life = lifeOf[hold] as number;
    // Its session had put the key, and all older keys of the lane were gone before.
    if (life === NONE || lives.queues.of[life] === NONE) continue;
    freeAt ??= findFree(evidence);
    if ((freeAt[life] as number) <= operations.invokedAt(refused)) visit(hold, refused);
  }
}

/** By hold: its first operation that the storage refused. Operations of a hold stand in order. */
function firstRefused({ holds, operations, tables }: Evidence): Map<number, number> {
  const first = new Map<number, number>();
  if (!tables.history.errors.includes('fenced')) return first;
  for (let operation = 0; operation < operations.count; operation++) {
    if (operations.error(operation) !== 'fenced') continue;
    const hold = holds.holdOf[operation] as number;
    if (hold !== NONE && !first.has(hold)) first.set(hold, operation);
  }
  return first;
}

/**
 * By life: when the last of the older keys of its lane was gone, in ns, as the watches told; infinite where one may still have been
 * there. A deletion of nobody knows which key may be that of an older one.
 */
function findFree({ lives, tables: { ownership } }: Evidence): Float64Array {
  const freeAt = new Float64Array(lives.count);
  const latest = new Map<number, number>();
  const goOn = (lane: number, goneAt: number): void =>
    void latest.set(lane, Math.max(latest.get(lane) ?? Number.NEGATIVE_INFINITY, goneAt));
  for (const row of lives.unnamed)
    goOn(
      ownership.lane[row] as number,
      ownership.deleted[row] === 1 ? (ownership.time[row] as number) : Number.POSITIVE_INFINITY,
    );
  for (const life of lives.byCreation) {
    const lane = lives.lane[life] as number;
    const isGone = lives.deletedRow[life] !== NONE && lives.doubtful[life] === 0;
    freeAt[life] = latest.get(lane) ?? Number.NEGATIVE_INFINITY;
    goOn(lane, isGone ? lives.deletedAt(life) : Number.POSITIVE_INFINITY);
  }
  return freeAt;
}

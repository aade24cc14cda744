/**
 * Lock keys whose clients were never told that they have the lock: what became of the acquires that put them there. By the lease that
 * both the session's opening and the watch events name; where a recipe does not tell its lease, nothing is known.
 */
import type { Evidence } from '../../checkers/evidence.js';
import { F, NONE } from '../history/tables.js';
import { tokenOf } from '../history/token-codes.js';
import { valueAt } from '../history/value-columns.js';

export interface UngrantedKeys {
  /** Keys that etcd deleted in the queue, before their turn, of clients whose session or program had ended. */
  expiredWaiting: number;
  /** Keys that came to own the lock, though nobody knows what became of the acquire. */
  tookEffect: number;
}

/** Errors of an acquire whose client cannot have taken its key back: its session was over, or its program. */
const LEFT_BEHIND: ReadonlySet<string> = new Set(['session-expired', 'client-exited']);

/** O(operations + lives log lives). */
export function countUngrantedKeys(evidence: Evidence): UngrantedKeys {
  const { holds, lives, lifeOf, operations, tables } = evidence;
  const counts = { expiredWaiting: 0, tookEffect: 0 };
  const acquires = openAcquires(evidence);
  if (acquires.size === 0) return counts;
  const isGranted = new Uint8Array(lives.count);
  for (let hold = 0; hold < holds.count; hold++) {
    const life = lifeOf[hold] as number;
    if (life !== NONE) isGranted[life] = 1;
  }
  /** By queue: the latest deletion of the keys that are older. */
  const freeAt = new Float64Array(lives.queues.count).fill(NONE);
  for (const life of lives.byCreation) {
    if (lives.doubtful[life] === 1) continue;
    const queue = lives.queues.of[life] as number;
    const end = lives.deletedRow[life] === NONE ? Number.POSITIVE_INFINITY : (lives.deleted[life] as number);
    // A key that is in no queue has the lock as soon as it is there.
    const hadItsTurn = queue === NONE || (freeAt[queue] as number) < end;
    if (queue !== NONE) freeAt[queue] = Math.max(freeAt[queue] as number, end);
    if (isGranted[life] === 1) continue;
    const acquire = acquires.get(tokenOf(lives.lease(life), tables.largeTokens));
    if (acquire === undefined || operations.lane(acquire) !== lives.lane[life]) continue;
    if ((tables.ownership.time[lives.firstRow[life] as number] as number) < operations.invokedAt(acquire)) continue;
    if (hadItsTurn) counts.tookEffect++;
    else if (end < Number.POSITIVE_INFINITY && LEFT_BEHIND.has(operations.error(acquire) ?? ''))
      counts.expiredWaiting++;
  }
  return counts;
}

/** Acquires of which nobody knows whether they took effect, by the lease of their process's session, as a decimal string. */
function openAcquires({ operations, tables: { history } }: Evidence): Map<string, number> {
  const acquires = new Map<number, number>();
  for (let operation = 0; operation < operations.count; operation++)
    if (operations.f(operation) === F.acquire && operations.isIndeterminate(operation))
      acquires.set(operations.process(operation), operation);
  const byLease = new Map<string, number>();
  if (acquires.size === 0) return byLease;
  for (let operation = 0; operation < operations.count; operation++) {
    if (operations.f(operation) !== F.open || !operations.succeeded(operation)) continue;
    const acquire = acquires.get(operations.process(operation));
    const lease = leaseOf(valueAt(history, operations.completion[operation] as number));
    if (acquire !== undefined && acquire > operation && lease !== undefined) byLease.set(lease, acquire);
  }
  return byLease;
}

function leaseOf(value: unknown): string | undefined {
  const lease = typeof value === 'object' && value !== null && 'lease' in value ? value.lease : undefined;
  return typeof lease === 'string' && /^[0-9a-f]{1,16}$/.test(lease) ? BigInt(`0x${lease}`).toString() : undefined;
}

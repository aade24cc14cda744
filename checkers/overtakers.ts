/** By how many holds an acquire was passed over in the queue, by the revisions of the keys: for liveness.ts, which says why that is so. */
import { F, NONE, OK } from '../harness/history/tables.js';
import { tokenOf } from '../harness/history/token-codes.js';
import { valueAt } from '../harness/history/value-columns.js';
import { mayMissEvents } from './compaction.js';
import type { Evidence } from './evidence.js';
import { tokensTellOrder } from './token-order.js';

/** O(holds of the lane) for each acquire that is asked about; O(operations) more for one that was not granted the lock. */
export function createOvertakers(
  evidence: Evidence,
  inLane: ReadonlyMap<number, Int32Array>,
): (acquire: number) => number {
  const { holds, operations, lives, lifeOf } = evidence;
  let holdOf: Map<number, number> | undefined;
  const count = (acquire: number, test: (hold: number) => boolean): number => {
    let passed = 0;
    for (const hold of inLane.get(operations.lane(acquire)) ?? [])
      if ((holds.acquire[hold] as number) > acquire && test(hold)) passed++;
    return passed;
  };

  const passedGranted = (acquire: number): number => {
    holdOf ??= new Map(Array.from(holds.acquire, (acquire, hold) => [acquire, hold]));
    const own = holdOf.get(acquire);
    const token = own === undefined ? NONE : (holds.token[own] as number);
    if (own === undefined || token === NONE) return 0;
    return count(
      acquire,
      (hold) =>
        holds.grantedRow(hold) < holds.grantedRow(own) &&
        (holds.token[hold] as number) > token &&
        tokensTellOrder(evidence, own, hold),
    );
  };

  const passedWaiting = (acquire: number): number => {
    const own = keyOf(evidence, acquire);
    // The end of the key may be what is missing.
    if (own === NONE || mayMissEvents(evidence)) return 0;
    const end = lives.deleted[own] === NONE ? Number.POSITIVE_INFINITY : (lives.deleted[own] as number);
    return count(acquire, (hold) => {
      const life = lifeOf[hold] as number;
      if (life === NONE || lives.queues.of[life] !== lives.queues.of[own] || lives.deletedRow[life] === NONE)
        return false;
      return (lives.created[life] as number) > (lives.created[own] as number) && (lives.deleted[life] as number) < end;
    });
  };

  return (acquire) => (operations.outcome(acquire) === OK ? passedGranted(acquire) : passedWaiting(acquire));
}

/** The life of the queue's key that an acquire without a grant created, as a watch told of it after it was asked for; `NONE`. */
function keyOf(evidence: Evidence, acquire: number): number {
  const { operations, lives, lifeOf, tables } = evidence;
  const lease = leaseOf(evidence, acquire);
  if (lease === undefined) return NONE;
  const granted = new Set(lifeOf);
  for (let life = 0; life < lives.count; life++) {
    if (lives.lane[life] !== operations.lane(acquire) || lives.queues.of[life] === NONE || granted.has(life)) continue;
    if (tokenOf(lives.lease(life), tables.largeTokens) !== lease) continue;
    const told = tables.ownership.time[lives.firstRow[life] as number] as number;
    if (told >= operations.invokedAt(acquire)) return life;
  }
  return NONE;
}

/** The id of the lease of its process's session, as a decimal string; undefined if it is not known. */
function leaseOf({ operations, tables: { history } }: Evidence, acquire: number): string | undefined {
  const process = operations.process(acquire);
  for (let operation = acquire - 1; operation >= 0; operation--) {
    const f = operations.f(operation);
    if (operations.process(operation) !== process || (f !== F.open && f !== F.close)) continue;
    if (f === F.close || !operations.succeeded(operation)) return undefined;
    const value = valueAt(history, operations.completion[operation] as number);
    const lease = typeof value === 'object' && value !== null && 'lease' in value ? value.lease : undefined;
    return typeof lease === 'string' && /^[0-9a-f]{1,16}$/.test(lease) ? BigInt(`0x${lease}`).toString() : undefined;
  }
  return undefined;
}

/** Lanes whose fencing tokens do not say which of two holds is the older one. */
import { F, NONE } from '../harness/history/tables.js';
import type { RunTables } from '../harness/history/run-record.js';
import { tokenOf } from '../harness/history/token-codes.js';
import { valueAt } from '../harness/history/value-columns.js';
import type { HoldTable } from './holds.js';
import type { Operations } from './operations.js';
import type { WatchedKeys } from './watched-keys.js';

/**
 * All lanes where the run's tokens are no create revisions, and every lane one of whose tokens is known to be the id of a lease: by a
 * watch, or by the answer to an open. One is enough, because a lock makes all its tokens in one way, and a watch that ended early
 * knows nothing of the last ones. `lifeOf`: by hold, the life of the key that was created at its token; `NONE`. O(operations).
 */
export function orderlessLanes(
  { settings, history, largeTokens }: RunTables,
  operations: Operations,
  holds: HoldTable,
  lifeOf: Int32Array,
  watched: WatchedKeys,
): ReadonlySet<number> {
  const isRevision = (settings.token ?? 'create-revision') === 'create-revision';
  if (!isRevision) return new Set(holds.lane);
  const orderless = new Set<number>();
  let leases: ReadonlySet<string> | undefined;
  for (let hold = 0; hold < holds.count; hold++) {
    const lane = holds.lane[hold] as number;
    const token = holds.token[hold] as number;
    if (token === NONE || lifeOf[hold] !== NONE || orderless.has(lane)) continue;
    leases ??= leasesOfSessions(history, operations);
    const isLease = watched.kindOf(lane, token) === 'lease';
    if (isLease || (leases.size > 0 && leases.has(tokenOf(token, largeTokens)))) orderless.add(lane);
  }
  return orderless;
}

/** Ids of the leases that sessions were opened with, as decimal strings. */
function leasesOfSessions(history: RunTables['history'], operations: Operations): Set<string> {
  const leases = new Set<string>();
  for (let operation = 0; operation < operations.count; operation++) {
    if (operations.f(operation) !== F.open || !operations.succeeded(operation)) continue;
    const value = valueAt(history, operations.completion[operation] as number);
    const lease = typeof value === 'object' && value !== null && 'lease' in value ? value.lease : undefined;
    if (typeof lease === 'string' && /^[0-9a-f]{1,16}$/.test(lease)) leases.add(BigInt(`0x${lease}`).toString());
  }
  return leases;
}

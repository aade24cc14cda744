/** All holds of a run as the page's columns: what the client believed beside what etcd had. */
import type { Evidence } from '../../../checkers/evidence.js';
import { NONE } from '../../history/tables.js';
import type { HoldColumns } from '../page-data.js';
import type { LockKeys } from '../lock-keys.js';
import type { ClientRows } from './client-rows.js';
import type { Interner } from './interner.js';
import { tokenWriter } from './operation-columns.js';

/**
 * A client that is told of its loss when etcd ends the lease knows it a moment later, and what the watch told took its time, too:
 * up to so much, belief and truth are the same, in ns.
 */
export const SAME_NS = 20e6;

/** O(rows of the history). */
export function holdColumns(
  evidence: Evidence,
  { clientOf }: ClientRows,
  keys: Pick<LockKeys, 'ownedBy'>,
  strings: Interner,
  endNs: number,
): HoldColumns {
  const { holds, tables } = evidence;
  const { count } = holds;
  const order = holds.inGrantOrder;
  const tokens = tokenWriter(tables.largeTokens, strings);
  const columns = {
    length: count,
    client: new Uint16Array(count),
    waitFrom: new Float64Array(count),
    from: new Float64Array(count),
    to: new Float64Array(count),
    etcdFrom: new Float64Array(count).fill(-1),
    etcdTo: new Float64Array(count).fill(-1),
    token: new Float64Array(count),
    digits: new Int32Array(count).fill(-1),
    late: new Uint8Array(count),
  };
  order.forEach((hold, row) => {
    const granted = holds.grantedAt(hold);
    const token = holds.token[hold] as number;
    const believed = Math.max(granted, beliefEnd(evidence, hold) ?? endNs);
    columns.client[row] = Math.max(0, clientOf(holds.process[hold] as number));
    columns.waitFrom[row] = holds.askedAt(hold);
    columns.from[row] = granted;
    columns.to[row] = believed;
    tokens.put(columns, row, token);
    const owned = token === NONE ? undefined : keys.ownedBy(holds.lane[hold] as number, token, granted);
    if (owned === undefined) return;
    columns.etcdFrom[row] = owned.from;
    columns.etcdTo[row] = owned.to ?? -1;
    if (owned.to !== undefined && believed > owned.to + SAME_NS) columns.late[row] = 1;
  });
  return columns;
}

/** When the client gave the lock up, or was told that it is gone; undefined if neither came. */
export function beliefEnd({ holds, operations, tables }: Evidence, hold: number): number | undefined {
  const lost = holds.lost[hold] as number;
  const given = holds.release[hold] as number;
  const endedBy = given === NONE ? (holds.endedBy[hold] as number) : given;
  const times = [
    ...(lost === NONE ? [] : [tables.history.time[lost] as number]),
    ...(endedBy === NONE ? [] : [operations.invokedAt(endedBy)]),
  ];
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * Late writes, whatever the storage made of them: those of a hold that a newer one had replaced. The checkers tell of those that were
 * accepted; here those that fencing refused count like them, as the question is what was tried.
 *
 * A write is late if something of a newer hold was accepted for its key before it, in the storage's own order, or if it was sent
 * after a newer hold had been granted. What was refused by the client itself (--on-loss stop) never reached the storage and is none.
 */
import type { Evidence } from '../../checkers/evidence.js';
import { precedesByToken } from '../../checkers/token-order.js';
import { NONE } from '../history/tables.js';

export interface LateWrites {
  /** Writes before anything that the newer hold wrote for the key: no comparison of tokens at writes can tell them. */
  beforeFirst: number;
  /** Writes behind one of a newer hold. */
  afterFirst: number;
  /** By hold: 1 if one of its writes was late. */
  isLate: Uint8Array;
}

/** `replacedBy`: `replacements(evidence)`. O(decisions). Nothing, where the order of the storage's log is not the truth. */
export function findLateWrites(evidence: Evidence, replacedBy: Int32Array): LateWrites {
  const { log, holds, operations, tables } = evidence;
  const found = { beforeFirst: 0, afterFirst: 0, isLate: new Uint8Array(holds.count) };
  if (log.disorder !== undefined) return found;
  // By key: the newest hold of which something was accepted, and of which a write was.
  const user = new Int32Array(tables.history.keys.length).fill(NONE);
  const writer = user.slice();
  for (let place = 0; place < log.count; place++) {
    const operation = log.operation[place] as number;
    // What is decided again was sent in time, or has been counted already.
    if (operation === NONE || log.again[place] === 1) continue;
    const hold = log.hold(place);
    const key = log.key(place);
    const isBehind = (latest: Int32Array): boolean => isOlder(evidence, hold, latest[key] as number);
    if (log.isWrite(place)) {
      const newer = replacedBy[hold] as number;
      const isReplaced = newer !== NONE && holds.grantedRow(newer) < (operations.invocation[operation] as number);
      const isAfterFirst = isBehind(writer);
      if (isAfterFirst) found.afterFirst++;
      else if (isReplaced || isBehind(user)) found.beforeFirst++;
      if (isAfterFirst || isReplaced || isBehind(user)) found.isLate[hold] = 1;
    }
    if (!log.isAccepted(place)) continue;
    if (!isBehind(user)) user[key] = hold;
    if (log.isWrite(place) && !isBehind(writer)) writer[key] = hold;
  }
  return found;
}

/** Whether another hold of the lane is newer for certain: by its token, or as it was asked for after the grant. */
function isOlder(evidence: Evidence, hold: number, other: number): boolean {
  const { holds } = evidence;
  if (other === NONE || other === hold || holds.lane[other] !== holds.lane[hold]) return false;
  return precedesByToken(evidence, hold, other) || holds.askedRow(other) > holds.grantedRow(hold);
}

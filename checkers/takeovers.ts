/** How long a lock stood still after its holder had died or lost it: figures, no verdicts. */
import { F, NONE } from '../harness/history/tables.js';
import { valueAt } from '../harness/history/value-columns.js';
import type { Evidence } from './evidence.js';
import { sortByKey } from './group.js';
import { holdsByLane } from './holds.js';

const NS_PER_MS = 1e6;

/**
 * Ms, ascending, for each hold that was not given back: from its end to the next grant of the lane. Its end is etcd's deletion of its
 * key, when the first watch told of it, else the last sign of the hold; where nobody was waiting then, the moment at which the next
 * acquire was asked for. O(n log n).
 */
export function takeoversMs(evidence: Evidence): Float64Array {
  const { holds, lives, lifeOf } = evidence;
  let granted: Float64Array | undefined;
  const took: number[] = [];
  for (const inLane of holdsByLane(holds).values()) {
    const haveTokens = inLane.every((hold) => holds.token[hold] !== NONE);
    sortByKey(inLane, haveTokens ? holds.token : (granted ??= holds.token.map((_, hold) => holds.grantedRow(hold))));
    for (let at = 1; at < inLane.length; at++) {
      const [from, to] = [inLane[at - 1] as number, inLane[at] as number];
      if (wasGivenBack(evidence, from)) continue;
      const life = lifeOf[from] as number;
      const isTold = life !== NONE && lives.deletedRow[life] !== NONE;
      const end = isTold ? lives.deletedAt(life) : lastSign(evidence, from);
      took.push(Math.max(0, holds.grantedAt(to) - Math.max(end, holds.askedAt(to))) / NS_PER_MS);
    }
  }
  return Float64Array.from(took).sort();
}

/** Whether its client released it or closed its session, and had word that this ended it. */
function wasGivenBack(evidence: Evidence, hold: number): boolean {
  const { holds, operations } = evidence;
  const endedBy = holds.endedBy[hold] as number;
  if (endedBy === NONE || !operations.succeeded(endedBy)) return false;
  const f = operations.f(endedBy);
  return f === F.close || (f === F.release && wasDeleted(evidence, endedBy) !== false);
}

/** What the answer to a release says of the lock's key: whether it was still there; undefined where it does not say. */
export function wasDeleted({ operations, tables: { history } }: Evidence, release: number): boolean | undefined {
  const row = operations.completion[release] as number;
  if (row === NONE) return undefined;
  const value = valueAt(history, row);
  const deleted = typeof value === 'object' && value !== null && 'deleted' in value ? value.deleted : undefined;
  return typeof deleted === 'boolean' ? deleted : undefined;
}

/** When the last answer to the hold's client was read, or the last operation was sent. */
function lastSign({ holds, operations }: Evidence, hold: number): number {
  const last = holds.operationsOf(hold).at(-1);
  return last === undefined ? holds.grantedAt(hold) : operations.endedAt(last);
}

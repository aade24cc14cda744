/** What the fast algorithms found out about each object, and the proofs. */
import type { CheckedTable } from './checked-table.js';
import { INDETERMINATE, NEVER, type Witness } from './operations.js';

export const MAX_WITNESSES = 100;

/** Codes in `state`; from `LEFT` on, the place of a reason in `reasons`. */
export const CLEAN = 0;
export const VIOLATED = 1;
/** Another algorithm sees to this object. */
export const ELSEWHERE = 2;
const LEFT = 3;

export interface ObjectVerdicts {
  table: CheckedTable;
  /** By object. */
  state: Uint8Array;
  /** Why objects are left to the search. */
  reasons: string[];
  violated: number;
  witnesses: Witness[];
  /** By position: the row that returns there; made when it is first asked for. */
  returns: Int32Array | undefined;
  /** By row of an update: the operation that shows that it took effect, and where, if need be; else -1. */
  shownBy: Int32Array | undefined;
}

export function createVerdicts(table: CheckedTable): ObjectVerdicts {
  const state = new Uint8Array(table.objects);
  return { table, state, reasons: [], violated: 0, witnesses: [], returns: undefined, shownBy: undefined };
}

/** Leaves an object to the search, unless something is known about it already. */
export function leave(verdicts: ObjectVerdicts, object: number, reason: string): void {
  if (verdicts.state[object] !== CLEAN) return;
  let place = verdicts.reasons.indexOf(reason);
  if (place === -1) place = verdicts.reasons.push(reason) - 1;
  verdicts.state[object] = LEFT + place;
}

/** Why the object was left to the search, or undefined if it was not. */
export function reasonLeft({ state, reasons }: ObjectVerdicts, object: number): string | undefined {
  return reasons[(state[object] as number) - LEFT];
}

/** Only the first violation of an object counts. Rows may be there twice, or be -1 for none. */
export function contradict(verdicts: ObjectVerdicts, object: number, rows: readonly number[], why: string): void {
  const { table, shownBy } = verdicts;
  const { outcome } = table.operations;
  violate(verdicts, object, () => {
    const shown = rows.map((row) => (outcome[row] === INDETERMINATE ? (shownBy?.[row] ?? -1) : -1));
    const operations = [...new Set([...rows, ...shown])].filter((row) => row >= 0).sort((x, y) => x - y);
    return { kind: 'contradiction', object: table.nameOf(object), operations, why };
  });
}

/** The witness is asked for only if it is among those that are kept. */
export function violate(verdicts: ObjectVerdicts, object: number, witness: () => Witness): void {
  if (verdicts.state[object] !== CLEAN) return;
  verdicts.state[object] = VIOLATED;
  verdicts.violated++;
  if (verdicts.witnesses.length < MAX_WITNESSES) verdicts.witnesses.push(witness());
}

/** Row of the operation that was called at the position, or -1. O(log n). */
export function calledAt({ table: { call, length } }: ObjectVerdicts, position: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((call[middle] as number) < position) low = middle + 1;
    else high = middle;
  }
  return call[low] === position && low < length ? low : -1;
}

/** Row of the operation that returned at the position, or -1. O(n) the first time, then O(1). */
export function returnedAt(verdicts: ObjectVerdicts, position: number): number {
  const { length, ret, events } = verdicts.table;
  if (verdicts.returns === undefined) {
    verdicts.returns = new Int32Array(events).fill(-1);
    for (let row = 0; row < length; row++) {
      if (ret[row] !== NEVER) verdicts.returns[ret[row] as number] = row;
    }
  }
  return verdicts.returns[position] ?? -1;
}

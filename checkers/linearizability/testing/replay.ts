/** Whether an order of operations is what a search says it is, step by step. For tests; not part of the program. */
import { INDETERMINATE, type Model, type Operations, READ, UNKNOWN_VALUE } from '../operations.js';
import { initialState, type State, step } from './brute-force.js';

/** What is wrong with the order, or undefined: the object must allow it, and nobody may come after one who called later than it returned. */
export function faultOf(model: Model, operations: Operations, order: readonly number[]): string | undefined {
  if (new Set(order).size !== order.length) return 'an operation twice';
  let state: State = initialState(model);
  let latestCall = -1;
  for (const row of order) {
    const after = step(model, operations, row, state);
    if (after === undefined)
      return `operation ${row} is not possible after ${JSON.stringify(state)} in ${order.join()}`;
    state = after;
    if ((operations.ret[row] as number) < latestCall) return `operation ${row} comes too late in ${order.join()}`;
    latestCall = Math.max(latestCall, operations.call[row] as number);
  }
  return undefined;
}

/** Rows that took effect for certain and say something, and returned before the position. */
export function definiteBefore({ length, outcome, f, a, ret }: Operations, position: number): number[] {
  return Array.from({ length }, (_, row) => row).filter(
    (row) =>
      outcome[row] !== INDETERMINATE &&
      !(f[row] === READ && a[row] === UNKNOWN_VALUE) &&
      (ret[row] as number) < position,
  );
}

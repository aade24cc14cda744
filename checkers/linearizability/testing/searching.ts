/** The search as its tests use it: what it answers is looked at before it is believed. For tests; not part of the program. */
import { type Budget, DEFAULT_BUDGET, type Model, NEVER, type Operations } from '../operations.js';
import { type SearchResult, type Strategy, searchObject } from '../search.js';
import { inWords } from './batches.js';
import { bruteForce } from './brute-force.js';
import { definiteBefore, faultOf } from './replay.js';

/** All operations, which are on one object. Throws if its order is not one, or lacks what must be in it. */
export function search(
  model: Model,
  operations: Operations,
  only?: Strategy,
  budget: Budget = DEFAULT_BUDGET,
): SearchResult {
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  const result = searchObject(model, operations, rows, budget, only);
  const fault = faultOf(model, operations, result.order);
  if (fault !== undefined) throw new Error(fault);
  if ((result.outcome === 'violated') !== (result.stuck !== undefined)) throw new Error('a stuck operation, or none');
  // Where it gives up or counts few supplies, it may know that there is no order, and not how far one goes.
  const isWhole = budget === DEFAULT_BUDGET && only !== 'few-supplies' && result.outcome !== 'unknown';
  const until = result.stuck === undefined ? NEVER : (operations.ret[result.stuck] as number);
  const missing = definiteBefore(operations, until).filter((row) => !result.order.includes(row));
  if (isWhole && missing.length > 0) throw new Error(`${missing.join()} missing from the order`);
  return result;
}

const WAYS = [undefined, 'depth-first', 'few-supplies', 'breadth-first'] as const;

/** Whether the oracle says that it is linearizable; throws unless the search says so as well, in whatever way it goes. */
export function agreed(model: Model, operations: Operations, budget?: Budget): boolean {
  const isGood = bruteForce(model, operations);
  for (const way of WAYS) {
    const { outcome } = search(model, operations, way, budget);
    const mayGiveUp = way === 'few-supplies' || budget !== undefined;
    if (outcome === (isGood ? 'clean' : 'violated') || (outcome === 'unknown' && mayGiveUp)) continue;
    throw new Error(`${model}, ${way ?? 'all ways'}: ${outcome}:\n${inWords(operations)}`);
  }
  return isGood;
}

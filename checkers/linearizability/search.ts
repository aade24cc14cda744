/**
 * Whether the operations on one object are linearizable, by search: for what the fast algorithms cannot decide, such as values
 * that are written more than once, or a CAS that failed without telling what it found.
 *
 * HEAD
 */
import { type Budget, DEFAULT_BUDGET, type Model, type Operations, type Outcome } from './operations.js';
import { explore, type Strategy } from './search/explore.js';
import type { Nodes } from './search/nodes.js';
import { orderTo } from './search/order.js';
import { type Problem, problemOf } from './search/problem.js';

export interface SearchResult {
  outcome: Outcome;
  /**
   * Rows in an order that the object allows. If clean, all definite operations and those indeterminate ones that they need; if
   * violated, what can be ordered up to the return of `stuck`. Reads without a result are left out.
   */
  order: number[];
  /** If violated: the row of the first operation that nothing lets return, whatever the order of those before. */
  stuck: number | undefined;
  /** Configurations. */
  visited: number;
  /** The most that configurations took at one time. */
  bytes: number;
  /** Why the outcome is not known. */
  reason?: string;
}

const STRATEGIES: readonly Strategy[] = ['depth-first', 'breadth-first'];

/** `rows`: those of one object, in the order of their calls. Each strategy gets an equal share of the configurations. */
export function searchObject(
  model: Model,
  operations: Operations,
  rows: Int32Array,
  budget: Budget = DEFAULT_BUDGET,
  strategies: readonly Strategy[] = STRATEGIES,
): SearchResult {
  const unknown = { outcome: 'unknown' as const, order: [], stuck: undefined };
  const problem = problemOf(model, operations, rows, budget.bytes);
  if (typeof problem === 'string') return { ...unknown, visited: 0, bytes: 0, reason: problem };
  if (problem.count === 0) return { outcome: 'clean', order: [], stuck: undefined, visited: 0, bytes: 0 };
  const share = { ...budget, configurations: Math.ceil(budget.configurations / strategies.length) };
  let visited = 0;
  let bytes = 0;
  let reason = 'nothing was tried';
  for (const strategy of strategies) {
    const { outcome, nodes } = explore(problem, strategy, share);
    visited += nodes.count;
    bytes = Math.max(bytes, nodes.bytes);
    if (outcome.kind === 'gave-up') {
      reason = outcome.reason;
      continue;
    }
    if (outcome.kind === 'end') {
      const order = orderTo(problem, nodes, outcome.node);
      return { outcome: 'clean', order, stuck: undefined, visited, bytes };
    }
    return { outcome: 'violated', ...furthest(problem, strategy, share, nodes, outcome.node), visited, bytes };
  }
  return { ...unknown, visited, bytes, reason };
}

/**
 * How far an order can go. A search that was told what is hopeless has stopped before the operation that is, so that it is done
 * once more without; if that takes too long, the order is one that could still go on for a while.
 */
function furthest(
  problem: Problem,
  strategy: Strategy,
  budget: Budget,
  nodes: Nodes,
  node: number,
): Pick<SearchResult, 'order' | 'stuck'> {
  const { hopeless, ...automaton } = problem.automaton;
  if (hopeless !== undefined) {
    const again = explore({ ...problem, automaton }, strategy, budget);
    if (again.outcome.kind === 'nowhere') [nodes, node] = [again.nodes, again.outcome.node];
  }
  if (nodes.count === 0) return { order: [], stuck: problem.row[0] };
  return { order: orderTo(problem, nodes, node), stuck: problem.row[nodes.key(node) >> 1] };
}

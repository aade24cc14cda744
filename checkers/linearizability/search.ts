/**
 * Whether the operations on one object are linearizable, by search: for what the fast algorithms cannot decide, such as values
 * that are written more than once, or a CAS that failed without telling what it found.
 *
 * A linearization is built from return to return (just in time: Lowe, "Testing for linearizability", 2017, section 5, after Wing
 * and Gong 1993): before an operation may return it must be done, with whatever has to come before it and nothing else; all
 * else waits until something needs it. What is remembered is not which of n operations are done but only which of those that
 * are open (search/moves.ts has the rules, search/nodes.ts what makes a configuration needless), so that the size of a
 * configuration depends on the number of clients and not on the length of the history. At an instant at which nobody is open it
 * is the state alone: histories fall apart there by themselves. Different objects are searched apart, by the caller (Herlihy and
 * Wing 1990; Horn and Kroening, "Faster linearizability checking via P-compositionality", 2015). Depth first with a limit and
 * then breadth first is Knossos' competition of two algorithms, one after the other.
 *
 * Sound: every configuration stands for an order that the object allows and that respects who precedes whom; `order` is that
 * order, and can be replayed. Complete: what is left out could be replaced in any linearization:
 * - A read, a failed CAS or an update that changes nothing is done when the state suits it: its place disturbs nobody. An update
 *   may still be applied later, which is then its place, even if it is the one that is to return; but not one that can never
 *   change anything again, such as the add of what is in a set.
 * - Where a write is applied, all open writes and appends are done: they fit in just before it, and it covers them. This goes for
 *   a write of the value that is there as well, so that it is applied where it covers something.
 * - Another operation than the one that is to return is applied only if its state suits an open read or makes a CAS (acquire,
 *   append...) possible, or if it is a definite CAS (acquire, append...) itself, which nothing can cover. Any other would be
 *   covered by the next write, or can wait.
 * - Of operations that do the same, the one that returns first goes first, and a definite one before an indeterminate one: they
 *   can be exchanged. Indeterminate ones are counted by what they do, and are never forced.
 * - Values that no later operation looks at are one state; a state from which some list or set that was read cannot grow is a
 *   dead end, as is a fenced mutex with a token above one that is still to be given out.
 *
 * Cost: deciding it is NP-complete (Gibbons and Korach 1997), so that it is exponential in the number of open operations at
 * worst. Usually about as many configurations as operations are visited, each in time proportional to the square of the number
 * of open operations at worst. Past the budget it says `unknown`; that is never a wrong verdict.
 */
import { type Budget, DEFAULT_BUDGET, type Model, type Operations, type Outcome } from './operations.js';
import { type Exploration, explore, type Order } from './search/explore.js';
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

/**
 * Ways to search. Depth first finds orders at once where there is one. With endless supplies of crashed operations, little is
 * left to tell configurations apart, which shows quickly that there is no order where it is not for lack of supplies. Breadth
 * first goes through the same configurations as depth first, and has better worst cases on some histories without an order.
 */
export type Strategy = 'depth-first' | 'endless-supplies' | 'breadth-first';

/** What is tried one after the other, and which share of the configurations it may visit. */
const ATTEMPTS: readonly { strategy: Strategy; share: number }[] = [
  { strategy: 'depth-first', share: 0.005 },
  { strategy: 'endless-supplies', share: 0.3 },
  { strategy: 'depth-first', share: 0.3 },
  { strategy: 'breadth-first', share: 0.395 },
];

/** `rows`: those of one object, in the order of their calls. `only`: this strategy alone, with all of the budget. */
export function searchObject(
  model: Model,
  operations: Operations,
  rows: Int32Array,
  budget: Budget = DEFAULT_BUDGET,
  only?: Strategy,
): SearchResult {
  const problem = problemOf(model, operations, rows, budget.bytes);
  if (typeof problem === 'string')
    return { outcome: 'unknown', order: [], stuck: undefined, visited: 0, bytes: 0, reason: problem };
  const goal = firstImpossible(problem);
  const attempts = only === undefined ? ATTEMPTS : [{ strategy: only, share: 1 }];
  let visited = 0;
  let bytes = 0;
  let reason = 'nothing could be tried';
  /** The furthest that an order without endless supplies came. */
  let best: Reached = { order: [], event: 0 };

  for (const { strategy, share } of attempts) {
    const endless = strategy === 'endless-supplies';
    if (endless && (problem.crashed.length === 0 || problem.automaton.isUnbounded === true)) continue;
    const limited = { ...budget, configurations: Math.ceil(budget.configurations * share) };
    const order = endless ? 'depth-first' : strategy;
    const found = explore({ ...problem, endless }, order, limited, goal);
    visited += found.nodes.count;
    bytes = Math.max(bytes, found.nodes.bytes);
    const reached = reachedBy(problem, found);
    if (reached !== undefined && reached.event >= best.event) best = reached;
    if (found.kind === 'unreachable') {
      if (problem.automaton.hopeless !== undefined) best = furthest(problem, order, limited, best);
      return { outcome: 'violated', order: best.order, stuck: problem.row[best.event], visited, bytes };
    }
    if (found.kind === 'reached' && reached !== undefined) {
      const stuck = problem.row[goal];
      return { outcome: stuck === undefined ? 'clean' : 'violated', order: reached.order, stuck, visited, bytes };
    }
    reason = found.reason ?? 'only an order that uses indeterminate operations more than once';
  }
  // Nothing makes it possible, however far an order could have come.
  if (goal < problem.count) return { outcome: 'violated', order: best.order, stuck: problem.row[goal], visited, bytes };
  return { outcome: 'unknown', order: [], stuck: undefined, visited, bytes, reason };
}

interface Reached {
  order: number[];
  /** The return that it waits for. */
  event: number;
}

function reachedBy(problem: Problem, { nodes, node, event }: Exploration): Reached | undefined {
  const order = node === -1 ? [] : orderTo(problem, nodes, node);
  return order === undefined ? undefined : { order, event };
}

/** The first return of an operation that nothing called before makes possible, such as a read of what nobody wrote; or the end. */
function firstImpossible({ automaton, count, ret, classOf }: Problem): number {
  if (automaton.since === undefined) return count;
  for (let event = 0; event < count; event++) {
    if (automaton.since(classOf[event] as number) > (ret[event] as number)) return event;
  }
  return count;
}

/**
 * How far an order can go. A search that was told what is hopeless has stopped before the operation that is, so that it is done
 * once more without; if that takes too long, the order is one that could still go on for a while.
 */
function furthest(problem: Problem, order: Order, budget: Budget, best: Reached): Reached {
  const { hopeless: _, ...automaton } = problem.automaton;
  const again = explore({ ...problem, automaton }, order, budget, problem.count);
  const reached = reachedBy(problem, again);
  return reached !== undefined && reached.event > best.event ? reached : best;
}

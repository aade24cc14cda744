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
 * Wing 1990; Horn and Kroening, "Faster linearizability checking via P-compositionality", 2015).
 *
 * Depth first finds an order at once where there is an easy one. That there is none is mostly shown by simpler problems, which
 * allow more (search/refine.ts): a few returns around the one where depth first is stuck, in any state; and the whole, with as few
 * counts of indeterminate operations as it takes, which also finds the orders that have to be sparing with them. They are
 * tried in turns with growing limits (search/turns.ts).
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
import { problemOf } from './search/problem.js';
import { Turns } from './search/turns.js';

export interface SearchResult {
  outcome: Outcome;
  /**
   * Rows in an order that the object allows. If clean, all definite operations and those indeterminate ones that they need; if
   * violated, what can be ordered up to the return of `stuck`. Reads without a result are left out.
   */
  order: number[];
  /**
   * If violated: the row of the first operation that nothing lets return, whatever the order of those before. That there is no order
   * may be known long before how far one goes; if finding that takes too long, it is the row of the first one that was not got past.
   */
  stuck: number | undefined;
  /** Configurations. */
  visited: number;
  /** The most that configurations took at one time. */
  bytes: number;
  /** Why the outcome is not known. */
  reason?: string;
}

/**
 * Ways to search. Depth first finds orders at once where there is one. Few supplies is the whole history with as few counts of
 * crashed operations as it takes to show that there is no order (search/refine.ts), or to find one that uses what there is. Breadth first goes
 * through the same configurations as depth first, and has better worst cases on some histories without an order.
 */
export type Strategy = 'depth-first' | 'few-supplies' | 'breadth-first';

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
  const turns = new Turns(problem, budget);
  const { outcome, order, stuck } = turns.take(only) ?? { outcome: 'unknown', order: [], stuck: undefined };
  const { visited, bytes, reason } = turns;
  return { outcome, order, stuck, visited, bytes, ...(outcome === 'unknown' ? { reason } : {}) };
}

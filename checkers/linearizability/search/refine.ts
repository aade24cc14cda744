/**
 * Shows that no order lets an operation return, or finds one that does, without going through all orders of what came before.
 *
 * Two simplifications, each of which only allows more:
 *
 * - *A window*: the search begins at a later return, in any state, with all that is open done, and with all crashed operations
 *   unused. Whatever an order of the operations before has led to, one of these configurations dominates it (nodes.ts). Most
 *   contradictions are between a few operations that are near each other, whatever happened before.
 * - *Supplies*: crashed operations are not counted at first, so that they never run out. If that leads to the goal, the way there is
 *   looked at. Where it used more than there are, these are counted, and it is tried again (counterexample-guided abstraction
 *   refinement: Clarke, Grumberg, Jha, Lu and Veith, CAV 2000): first all that lead to one value as one supply, as each time that the
 *   value comes up again takes one of them, whichever it is; then those classes of which there were too few. Fewer counts are fewer
 *   configurations: a few numbers that are seldom different, where all classes are a vector that is hardly ever twice the same.
 *
 * So if the simplified problem has no order, the whole has none. If it has one, then in a window the question stays open; in the
 * whole history it is an order up to where it first used what is not there.
 */
import { Exploration, type Limits } from './explore.js';
import { crashedClassOf } from './moves.js';
import { orderTo } from './order.js';
import { alike, type Problem, type Supply, suppliesOf } from './problem.js';

export interface Refined {
  /** No order goes beyond this event; `goal` if that is not known. */
  most: number;
  /** An order that goes to this event is known, if the window is the whole history. */
  reached: number;
  order: () => number[];
  /** What had to be counted. */
  supplies: readonly Supply[];
  visited: number;
  bytes: number;
}

/** Begins before the return of `start`, and goes on until `goal`. `counted`: supplies to begin with. */
export function refine(
  problem: Problem,
  counted: readonly Supply[],
  [start, goal]: readonly [number, number],
  { configurations, isOver }: Limits,
  room: number,
): Refined {
  const result: Refined = { most: goal, reached: -1, order: () => [], supplies: counted, visited: 0, bytes: 0 };
  for (;;) {
    const exploration = new Exploration({ ...problem, supplies: result.supplies }, 'breadth-first', goal, room, start);
    const end = exploration.run({ configurations: configurations - result.visited, isOver });
    const { nodes, event } = exploration;
    result.visited += nodes.count;
    result.bytes = Math.max(result.bytes, nodes.bytes);
    if (end === 'unreachable') result.most = event;
    const { last, short } = inspect(problem, exploration);
    if (start === 0 && last !== -1 && nodes.key(last) >> 1 > result.reached) {
      result.reached = nodes.key(last) >> 1;
      result.order = () => orderTo(problem, nodes, last);
    }
    if (end !== 'reached' || short.size === 0) return result;
    result.supplies = counting(problem, result.supplies, short);
  }
}

/** The last configuration on the way up to which no crashed operations were used that are not there, and the classes of these. */
function inspect({ crashed, ret }: Problem, { nodes, furthest }: Exploration): { last: number; short: Set<number> } {
  const path: number[] = [];
  for (let node = furthest; node !== -1; node = nodes.parent(node)) path.push(node);
  const used = new Int32Array(crashed.length);
  const short = new Set<number>();
  let last = -1;
  let event = 0;
  for (const node of path.reverse()) {
    const k = crashedClassOf(nodes.move(node));
    if (k >= 0) {
      const call = crashed[k]?.calls[used[k] as number] ?? Number.POSITIVE_INFINITY;
      used[k] = (used[k] as number) + 1;
      if (call > (ret[event] as number)) short.add(k);
    }
    if (short.size === 0) last = node;
    event = nodes.key(node) >> 1;
  }
  return { last, short };
}

/**
 * What is to be counted as well or instead: of a class that there were too few of, all that lead to the same value as one supply;
 * where that is so already, each of them.
 */
function counting({ crashed, automaton }: Problem, counted: readonly Supply[], short: ReadonlySet<number>): Supply[] {
  let supplies = [...counted];
  for (const classes of alike(automaton, crashed)) {
    if (!classes.some((k) => short.has(k))) continue;
    const isCounted = supplies.some((supply) => supply.classes.includes(classes[0] as number));
    supplies = supplies.filter((supply) => !supply.classes.includes(classes[0] as number));
    const calls = classes.flatMap((k) => crashed[k]?.calls ?? []).sort((x, y) => x - y);
    if (isCounted) supplies.push(...suppliesOf({ crashed, automaton }, classes));
    else supplies.push({ classes, calls, standsInFor: 0 });
  }
  return supplies;
}

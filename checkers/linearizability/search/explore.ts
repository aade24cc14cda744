/**
 * Goes through the configurations of an object, depth first or breadth first, until one has seen every return, none is left, or
 * the budget is used up.
 */
import type { Budget } from '../operations.js';
import { Moves } from './moves.js';
import { Nodes } from './nodes.js';
import { countsOf, type Problem } from './problem.js';

export type Order = 'depth-first' | 'breadth-first';

export interface Exploration {
  /** Whether some configuration waits for the goal, none can, or nobody knows. */
  kind: 'reached' | 'unreachable' | 'gave-up';
  /** One that waits for the goal, or else for the last event that was reached; -1 if there is none. */
  node: number;
  /** The event it waits for. */
  event: number;
  nodes: Nodes;
  reason?: string;
}

/** Expansions between two questions whether time is up. */
const PATIENCE = 1024;

/** `goal`: the event whose return is to be reached; the number of events for the end. */
export function explore(problem: Problem, order: Order, budget: Budget, goal: number): Exploration {
  const nodes = new Nodes(problem.words, countsOf(problem), budget.bytes);
  const moves = new Moves(problem);
  /** Found and not yet expanded, at this event; `later` those at the next one, which breadth first leaves for later. */
  let found: number[] = [];
  let later: number[] = [];
  let current = 0;
  let furthest = -1;
  let furthestEvent = -1;
  let expanding = -1;

  const emit = (event: number, mustFinish: boolean, move: number, configuration: Int32Array): boolean => {
    const node = nodes.add(event * 2 + (mustFinish ? 1 : 0), expanding, move, configuration);
    if (node === -2) return false;
    if (node === -1) return true;
    if (event >= furthestEvent) [furthest, furthestEvent] = [node, event];
    (order === 'depth-first' || event === current ? found : later).push(node);
    return true;
  };
  const read = (into: Int32Array) => nodes.read(expanding, into);

  const end = (kind: Exploration['kind'], reason?: string): Exploration => ({
    kind,
    node: furthest,
    event: Math.max(0, furthestEvent),
    nodes,
    ...(reason === undefined ? {} : { reason }),
  });

  let fits = moves.start(emit);
  for (let steps = 1; fits && furthestEvent < goal; steps++) {
    if (found.length === 0) {
      [found, later, current] = [later, found, current + 1];
      if (found.length === 0) return end('unreachable');
    }
    if (nodes.count > budget.configurations) return end('gave-up', `more than ${budget.configurations} configurations`);
    if (steps % PATIENCE === 0 && budget.isOver?.() === true) return end('gave-up', 'out of time');
    expanding = found.pop() as number;
    if (nodes.isDominated(expanding)) continue;
    const key = nodes.key(expanding);
    const before = found.length;
    fits = moves.expand(key >> 1, (key & 1) === 1, read, emit);
    reverseFrom(found, before);
  }
  return fits ? end('reached') : end('gave-up', `more than ${budget.bytes} bytes of configurations`);
}

/** The last one in is the first one out, and should be the most promising one, which was found first. */
function reverseFrom(list: number[], start: number): void {
  for (let low = start, high = list.length - 1; low < high; low++, high--) {
    const first = list[low] as number;
    list[low] = list[high] as number;
    list[high] = first;
  }
}

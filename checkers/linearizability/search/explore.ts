/**
 * Goes through the configurations of an object, depth first or breadth first, until one has seen every return, none is left, or
 * the budget is used up.
 */
import type { Budget } from '../operations.js';
import { Moves } from './moves.js';
import { Nodes } from './nodes.js';
import type { Problem } from './problem.js';

export type Strategy = 'depth-first' | 'breadth-first';

export interface Exploration {
  /** `end` is a configuration after the last return; `nowhere` is one that waits for the last event that was reached. */
  outcome: { kind: 'end' | 'nowhere'; node: number } | { kind: 'gave-up'; reason: string };
  nodes: Nodes;
}

/** Expansions between two questions whether time is up. */
const PATIENCE = 1024;

export function explore(problem: Problem, strategy: Strategy, budget: Budget): Exploration {
  const { count, words, crashed } = problem;
  const nodes = new Nodes(words, crashed.length, budget.bytes);
  const moves = new Moves(problem);
  /** Found and not yet expanded, at this event; `later` those at the next one, which breadth first leaves for later. */
  let found: number[] = [];
  let later: number[] = [];
  let current = 0;
  let furthest = 0;
  let furthestEvent = -1;
  let reached = -1;
  let expanding = -1;

  const emit = (event: number, mustFinish: boolean, move: number, configuration: Int32Array): boolean => {
    const node = nodes.add(event * 2 + (mustFinish ? 1 : 0), expanding, move, configuration);
    if (node === -2) return false;
    if (node === -1) return true;
    if (event >= furthestEvent) [furthest, furthestEvent] = [node, event];
    if (event === count) reached = node;
    (strategy === 'depth-first' || event === current ? found : later).push(node);
    return true;
  };
  const read = (into: Int32Array) => nodes.read(expanding, into);

  let fits = moves.start(emit);
  for (let steps = 1; fits && reached === -1; steps++) {
    if (found.length === 0) {
      [found, later, current] = [later, found, current + 1];
      if (found.length === 0) return { outcome: { kind: 'nowhere', node: furthest }, nodes };
    }
    if (nodes.count > budget.configurations) {
      return gaveUp(`more than ${budget.configurations} configurations`, nodes);
    }
    if (steps % PATIENCE === 0 && budget.isOver?.() === true) return gaveUp('out of time', nodes);
    expanding = found.pop() as number;
    if (nodes.isDominated(expanding)) continue;
    const key = nodes.key(expanding);
    fits = moves.expand(key >> 1, (key & 1) === 1, read, emit);
  }
  if (!fits) return gaveUp(`more than ${budget.bytes} bytes of configurations`, nodes);
  return { outcome: { kind: 'end', node: reached }, nodes };
}

const gaveUp = (reason: string, nodes: Nodes): Exploration => ({ outcome: { kind: 'gave-up', reason }, nodes });

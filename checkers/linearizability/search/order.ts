/** The order of operations that a configuration stands for, as rows: where those go that were slipped in unnoticed. */
import { has } from './masks.js';
import { crashedClassOf, NOTHING } from './moves.js';
import type { Nodes } from './nodes.js';
import type { Problem } from './problem.js';

/** The configuration must not have used more crashed operations than there were. */
export function orderTo(problem: Problem, nodes: Nodes, last: number): number[] {
  const path: number[] = [];
  for (let node = last; node !== -1; node = nodes.parent(node)) path.push(node);
  path.reverse();
  const applied = new Uint8Array(problem.count);
  for (const node of path) if (nodes.move(node) >= 0) applied[nodes.move(node)] = 1;
  const order: number[] = [];
  const done = new Uint8Array(problem.count);
  const usedUp = problem.crashed.map(() => 0);
  const configuration = new Int32Array(nodes.body);
  let before = 0;

  for (const node of path) {
    nodes.read(node, configuration);
    const event = nodes.key(node) >> 1;
    const state = configuration[0] as number;
    const move = nodes.move(node);
    // What was waited for is gone; if it was neither done before nor applied, it was done by this very move.
    const left = event > before && done[before] === 0 ? before : NOTHING;
    const settled: number[] = [];
    if (left !== NOTHING) settle(left);
    const end = event < problem.count ? (problem.openStart[event + 1] as number) : 0;
    for (let n = problem.openStart[event] as number; n < end; n++) {
      const o = problem.open[n] as number;
      if (done[o] === 0 && has(configuration, 1, problem.slot[o] as number)) settle(o);
    }
    const isAfter = (o: number) => o === left || leavesAsIs(problem, state, problem.classOf[o] as number, event);
    for (const o of settled) if (!isAfter(o)) order.push(problem.row[o] as number);
    if (move >= 0) order.push(problem.row[move] as number);
    else if (move !== NOTHING) {
      const k = crashedClassOf(move);
      const place = usedUp[k] as number;
      usedUp[k] = place + 1;
      order.push(problem.crashed[k]?.rows[place] as number);
    }
    for (const o of settled) if (isAfter(o)) order.push(problem.row[o] as number);
    before = event;

    function settle(o: number): void {
      done[o] = 1;
      if (applied[o] === 0) settled.push(o);
    }
  }
  return order;
}

function leavesAsIs({ automaton, ret, count }: Problem, state: number, operation: number, event: number): boolean {
  const after = automaton.step(state, operation);
  if (event >= count || automaton.observed === undefined) return after === state;
  return automaton.observed(after, ret[event] as number) === state;
}

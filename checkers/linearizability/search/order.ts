/** The order of operations that a configuration stands for, as rows: where those go that were slipped in unnoticed. */
import { QUERY } from './automaton.js';
import { NOTHING } from './moves.js';
import type { Nodes } from './nodes.js';
import type { Problem } from './problem.js';

/** None for a configuration that used more crashed operations than there were. */
export function orderTo(problem: Problem, nodes: Nodes, last: number): number[] | undefined {
  const path: number[] = [];
  for (let node = last; node !== -1; node = nodes.parent(node)) path.push(node);
  path.reverse();
  const applied = new Set(path.map((node) => nodes.move(node)).filter((move) => move >= 0));
  const order: number[] = [];
  const placed = new Set<number>();
  const nextCrashed = problem.crashed.map(() => 0);
  const configuration = new Int32Array(nodes.body);
  let before = { event: 0, done: new Set<number>() };

  for (const node of path) {
    nodes.read(node, configuration);
    const event = nodes.key(node) >> 1;
    const done = doneAt(problem, event, configuration);
    const state = configuration[0] as number;
    const move = nodes.move(node);
    // What was waited for is gone; if it was neither done before nor applied, it was done by this very move.
    const left = event > before.event && move !== before.event && !before.done.has(before.event) ? [before.event] : [];
    const settled = [...left, ...done].filter((o) => !before.done.has(o) && !applied.has(o) && !placed.has(o));
    const isAfter = (o: number) => {
      const operation = problem.classOf[o] as number;
      return (
        problem.automaton.kind[operation] === QUERY || leavesAsIs(problem, state, operation, event) || left.includes(o)
      );
    };
    for (const o of settled) placed.add(o);
    order.push(...settled.filter((o) => !isAfter(o)).map((o) => problem.row[o] as number));
    if (move >= 0) order.push(problem.row[move] as number);
    else if (move !== NOTHING) {
      const row = nextCrashedRow(problem, nextCrashed, -2 - move, before.event);
      if (row === undefined) return undefined;
      order.push(row);
    }
    order.push(...settled.filter(isAfter).map((o) => problem.row[o] as number));
    before = { event, done };
  }
  return order;
}

function doneAt({ count, open, openStart, slot }: Problem, event: number, configuration: Int32Array): Set<number> {
  if (event >= count) return new Set();
  const here = open.subarray(openStart[event], openStart[event + 1]);
  return new Set(
    here.filter((o) => {
      const bit = slot[o] as number;
      return ((configuration[1 + (bit >> 5)] as number) & (1 << (bit & 31))) !== 0;
    }),
  );
}

function leavesAsIs({ automaton, ret, count }: Problem, state: number, operation: number, event: number): boolean {
  const after = automaton.step(state, operation);
  if (event >= count || automaton.observed === undefined) return after === state;
  return automaton.observed(after, ret[event] as number) === state;
}

/** The first one of its class that is left, if it was called before the event. */
function nextCrashedRow({ crashed, ret }: Problem, next: number[], k: number, event: number): number | undefined {
  const place = next[k] as number;
  next[k] = place + 1;
  const call = crashed[k]?.calls[place];
  return call !== undefined && call < (ret[event] as number) ? crashed[k]?.rows[place] : undefined;
}

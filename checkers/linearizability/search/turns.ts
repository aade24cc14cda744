/**
 * What a search tries, in turns, until something has decided it or the budget is used up: depth first for a while, which finds
 * orders; then simpler problems (refine.ts), which show that there is none; then depth first again, for longer; at last breadth first.
 */
import type { Budget } from '../operations.js';
import type { SearchResult, Strategy } from '../search.js';
import { Exploration, type Order } from './explore.js';
import { orderTo } from './order.js';
import type { Problem, Supply } from './problem.js';
import { type Refined, refine } from './refine.js';

type Answer = Pick<SearchResult, 'outcome' | 'order' | 'stuck'>;

/** Shares of the configurations: up to how many depth first has come, and how many windows and the whole history may visit then. */
const STAGES = [
  { depthFirst: 0.0003, windows: 0.0002, whole: 0.001 },
  { depthFirst: 0.0008, windows: 0.001, whole: 0.01 },
  { depthFirst: 0.01, windows: 0.02, whole: 0.1 },
  { depthFirst: 0.1, windows: 0.05, whole: 0.3 },
];
const BREADTH_FIRST = 0.2;
/** Where there is no order for certain, how far one goes is asked in so many stages, and may take so much of the whole's share. */
const STAGES_FOR_WITNESS = 2;
const WHOLE_FOR_WITNESS = 0.2;
const GOING_ON = 0.2;
/** How many returns before and after the one where it is stuck the windows reach. */
const WINDOWS = [2, 8, 32, 128];

export class Turns {
  visited = 0;
  bytes = 0;
  reason = 'only an order that uses indeterminate operations more often than there are';
  /** The furthest event that an order is known to go to, and that order. */
  private reached = 0;
  private order: () => number[] = () => [];
  /** The furthest event that an order could go to: the end, or where nothing called before makes the return possible. */
  private most: number;
  /** Bytes of the exploration that something simpler is tried beside. */
  private alsoKept = 0;
  /** What has to be counted of the whole history. */
  private supplies: readonly Supply[] = [];

  constructor(
    private readonly problem: Problem,
    private readonly budget: Budget,
  ) {
    this.most = firstImpossible(problem);
  }

  take(only?: Strategy): Answer | undefined {
    const { configurations, bytes } = this.budget;
    if (only === undefined) this.takeAll();
    else if (only === 'few-supplies') this.refineAll(configurations, bytes);
    else this.explore(this.begin(only, bytes), configurations);
    return this.answer();
  }

  private takeAll(): void {
    const { configurations, bytes } = this.budget;
    // Two are in memory at a time.
    const room = bytes / 2;
    const depthFirst = this.begin('depth-first', room);
    for (const [n, { depthFirst: share, windows, whole }] of STAGES.entries()) {
      this.explore(depthFirst, Math.ceil(configurations * share));
      if (!this.isDecided()) this.refineNear(Math.ceil(configurations * windows), room);
      const part = this.isViolated() ? WHOLE_FOR_WITNESS : 1;
      if (!this.isDecided()) this.refineAll(Math.ceil(configurations * whole * part), room);
      if (this.isDecided() || (this.isViolated() && n + 1 >= STAGES_FOR_WITNESS)) return;
    }
    this.explore(this.begin('breadth-first', room), configurations * BREADTH_FIRST);
  }

  private isDecided(): boolean {
    return this.reached === this.most;
  }

  private isViolated(): boolean {
    return this.most < this.problem.count;
  }

  private begin(order: Order, room: number): Exploration {
    return new Exploration(this.problem, order, this.most, room);
  }

  private explore(exploration: Exploration, configurations: number): void {
    const { nodes } = exploration;
    const before = nodes.count;
    const end = exploration.run({ configurations, isOver: this.budget.isOver });
    const { furthest, event } = exploration;
    this.visited += nodes.count - before;
    this.bytes = Math.max(this.bytes, nodes.bytes);
    this.alsoKept = nodes.bytes;
    this.know(event, () => orderTo(this.problem, nodes, furthest));
    if (end === 'unreachable') this.most = Math.min(this.most, event);
    if (end === 'gave-up') this.reason = exploration.reason;
  }

  /** Windows around the event that nothing was found to go beyond, from the shortest on. */
  private refineNear(configurations: number, room: number): void {
    const { problem, reached } = this;
    if (problem.automaton.wants === undefined) return;
    let left = configurations;
    for (const window of WINDOWS) {
      const start = reached + 1 - window;
      if (left <= 0 || start <= 0) return;
      const span = [start, Math.min(this.most, reached + window)] as const;
      const { most, visited, supplies } = this.simplified(span, [], left, room);
      if (most < reached + window && most < this.most) {
        this.most = most;
        this.supplies = supplies;
        if (this.isDecided()) return;
      }
      left -= visited;
    }
  }

  /** The whole history, with what has to be counted. */
  private refineAll(configurations: number, room: number): void {
    const { problem } = this;
    // It would be no simpler.
    if (problem.crashed.length === 0 || problem.automaton.isUnbounded === true) return;
    let left = configurations;
    while (!this.isDecided() && left > 0) {
      const { most, reached, order, visited, supplies } = this.simplified([0, this.most], this.supplies, left, room);
      this.know(reached, order);
      this.supplies = supplies;
      if (most === this.most) return;
      this.most = most;
      left -= visited;
    }
  }

  private simplified(
    span: readonly [number, number],
    supplies: readonly Supply[],
    configurations: number,
    room: number,
  ): Refined {
    const found = refine(this.problem, supplies, span, { configurations, isOver: this.budget.isOver }, room);
    this.visited += found.visited;
    this.bytes = Math.max(this.bytes, found.bytes + this.alsoKept);
    return found;
  }

  private know(reached: number, order: () => number[]): void {
    if (reached <= this.reached) return;
    this.reached = reached;
    this.order = order;
  }

  private answer(): Answer | undefined {
    const { problem } = this;
    if (this.isViolated()) {
      if (problem.automaton.hopeless !== undefined) this.goOn();
      return { outcome: 'violated', order: this.order(), stuck: problem.row[this.reached] };
    }
    return this.isDecided() ? { outcome: 'clean', order: this.order(), stuck: undefined } : undefined;
  }

  /**
   * How far an order can go. A search that was told what is hopeless has stopped before the operation that is, so that it is done
   * once more without; if that takes too long, the order is one that could still go on for a while.
   */
  private goOn(): void {
    const { hopeless: _, ...automaton } = this.problem.automaton;
    const again = new Exploration(
      { ...this.problem, automaton },
      'depth-first',
      this.problem.count,
      this.budget.bytes / 2,
    );
    this.explore(again, this.budget.configurations * GOING_ON);
  }
}

/** The first return of an operation that nothing called before makes possible, such as a read of what nobody wrote; or the end. */
function firstImpossible({ automaton, count, ret, classOf }: Problem): number {
  if (automaton.since === undefined) return count;
  for (let event = 0; event < count; event++) {
    if (automaton.since(classOf[event] as number) > (ret[event] as number)) return event;
  }
  return count;
}

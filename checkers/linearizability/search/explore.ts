/**
 * Goes through the configurations of an object, depth first or breadth first, until one has seen every return that is asked for,
 * none is left, or the limit is reached; from there it can go on.
 */
import { Moves } from './moves.js';
import { Nodes } from './nodes.js';
import type { Problem } from './problem.js';

export type Order = 'depth-first' | 'breadth-first';

export interface Limits {
  /** Configurations, of the whole exploration. */
  configurations: number;
  isOver?: (() => boolean) | undefined;
}

/** Expansions between two questions whether time is up. */
const PATIENCE = 1024;

export class Exploration {
  /** A configuration that waits for the goal, or else for the last event that was reached; -1 if there is none. */
  furthest = -1;
  readonly nodes: Nodes;
  /** Why it gave up. */
  reason = '';
  private readonly moves: Moves;
  /** Found and not yet expanded, at this event; `later` those at the next one, which breadth first leaves for later. */
  private found: number[] = [];
  private later: number[] = [];
  private current: number;
  private furthestEvent = -1;
  private expanding = -1;
  private steps = 0;
  /** Whether there was room for all that was found. */
  private fits: boolean | undefined;

  /** `goal`: the event whose return is to be reached; the number of events for the end. `room`: bytes for configurations. */
  constructor(
    problem: Problem,
    private readonly order: Order,
    private readonly goal: number,
    room: number,
    private readonly start = 0,
  ) {
    const standsInFor = Int32Array.from(problem.supplies, (supply) => supply.standsInFor);
    this.nodes = new Nodes(problem.words, standsInFor, room);
    this.moves = new Moves(problem);
    this.current = start;
  }

  /** The last event that was reached. */
  get event(): number {
    return Math.max(0, this.furthestEvent);
  }

  /** Whether some configuration waits for the goal, none can, or nobody knows yet. */
  run({ configurations, isOver }: Limits): 'reached' | 'unreachable' | 'gave-up' {
    const { nodes, moves } = this;
    this.fits ??= moves.startAt(this.start, this.emit);
    while (this.fits && this.furthestEvent < this.goal) {
      if (this.found.length === 0) {
        [this.found, this.later, this.current] = [this.later, this.found, this.current + 1];
        if (this.found.length === 0) return 'unreachable';
      }
      if (nodes.count > configurations) return this.giveUp(`more than ${configurations} configurations`);
      if (++this.steps % PATIENCE === 0 && isOver?.() === true) return this.giveUp('out of time');
      this.expanding = this.found.pop() as number;
      if (nodes.isDominated(this.expanding)) continue;
      const key = nodes.key(this.expanding);
      const before = this.found.length;
      this.fits = moves.expand(key >> 1, (key & 1) === 1, this.read, this.emit);
      reverseFrom(this.found, before);
    }
    return this.fits ? 'reached' : this.giveUp(`more than ${nodes.room} bytes of configurations`);
  }

  private giveUp(reason: string): 'gave-up' {
    this.reason = reason;
    return 'gave-up';
  }

  private readonly read = (into: Int32Array): void => this.nodes.read(this.expanding, into);

  private readonly emit = (event: number, mustFinish: boolean, move: number, configuration: Int32Array): boolean => {
    const node = this.nodes.add(event * 2 + (mustFinish ? 1 : 0), this.expanding, move, configuration);
    if (node === -2) return false;
    if (node === -1) return true;
    if (event > this.furthestEvent) {
      this.furthest = node;
      this.furthestEvent = event;
    }
    (this.order === 'depth-first' || event === this.current ? this.found : this.later).push(node);
    return true;
  };
}

/** The last one in is the first one out, and should be the most promising one, which was found first. */
function reverseFrom(list: number[], start: number): void {
  for (let low = start, high = list.length - 1; low < high; low++, high--) {
    const first = list[low] as number;
    list[low] = list[high] as number;
    list[high] = first;
  }
}

/** How long clients waited for a lock, who was granted it before them, and whether anybody still was. Figures; no verdicts. */
import { IntMap } from '../harness/history/int-map.js';
import { F, INFO, NONE, OK } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';

/** Acquires of a lane that were answered, that gave up after a timeout or with their program, or that nobody answered to the end of the record. */
export interface LaneWaits {
  lane: number;
  /** The operations, in the order of their answers. The columns have as many places. */
  acquire: Int32Array;
  /** Until when it waited, in ns since the run began. The end of the traffic for one that was not answered. */
  to: Float64Array;
  /** Holds of the lane that were asked for after it and granted before its end. */
  overtaken: Int32Array;
  /** The acquire that was granted last, whoever asked; `NONE` if none was. */
  lastGrant: number;
}

/** By lane. O(n log n). */
export function findWaits(evidence: Evidence): LaneWaits[] {
  const { operations, tables } = evidence;
  const places = new IntMap();
  const lanes: Lane[] = [];
  /** By row of the history: the acquire that it answers. */
  const answers = new Int32Array(tables.history.length).fill(NONE);
  const unanswered: number[] = [];
  const rankOf = new Int32Array(operations.count);
  let end = 0;
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    if (f !== F.acquire && f !== F.read && f !== F.write && f !== F.release) continue;
    end = Math.max(end, operations.endedAt(operation));
    if (f !== F.acquire) continue;
    const row = operations.completion[operation] as number;
    if (row === NONE) unanswered.push(operation);
    else answers[row] = operation;
    const number = operations.lane(operation);
    if (places.get(number) === NONE) places.set(number, lanes.push({ number, acquires: 0 }) - 1);
    rankOf[operation] = (lanes[places.get(number)] as Lane).acquires++;
  }
  const waits = lanes.map((lane) => new WaitsOfLane(evidence, lane, end));
  const broken = brokenProcesses(evidence);
  const answer = (operation: number): void =>
    (waits[places.get(operations.lane(operation))] as WaitsOfLane).answer(
      operation,
      rankOf[operation] as number,
      broken,
    );
  for (const operation of answers) if (operation !== NONE) answer(operation);
  for (const operation of unanswered) answer(operation);
  return waits.map((lane) => lane.result());
}

interface Lane {
  number: number;
  acquires: number;
}

/** Takes the acquires of one lane in the order of their answers, last those without one. */
class WaitsOfLane {
  readonly #lane: Lane;
  readonly #acquire: Int32Array;
  readonly #to: Float64Array;
  readonly #overtaken: Int32Array;
  readonly #counts: ReturnType<typeof createCounts>;
  #waits = 0;
  #granted = 0;
  #lastGrant = NONE;

  /** `trafficEnds`: time of the last entry of an operation on a lock or a storage. */
  constructor(
    private readonly evidence: Evidence,
    lane: Lane,
    private readonly trafficEnds: number,
  ) {
    this.#lane = lane;
    this.#acquire = new Int32Array(lane.acquires);
    this.#to = new Float64Array(lane.acquires);
    this.#overtaken = new Int32Array(lane.acquires);
    this.#counts = createCounts(lane.acquires);
  }

  /** `rank`: how many acquires of the lane were asked for before it. */
  answer(operation: number, rank: number, broken: ReadonlySet<number>): void {
    const { operations } = this.evidence;
    const outcome = operations.outcome(operation);
    const isBroken = broken.has(operations.process(operation));
    const error = outcome === INFO ? operations.error(operation) : undefined;
    // A program that was ended waited until then, be it killed by a fault or stopped when the run was over.
    const gaveUp = error === 'timeout' || (error === 'client-exited' && !isBroken);
    const isPending = outcome === NONE && !isBroken;
    if (outcome === OK || gaveUp || isPending) {
      this.#acquire[this.#waits] = operation;
      this.#to[this.#waits] =
        operations.completedAt(operation) ?? Math.max(operations.invokedAt(operation), this.trafficEnds);
      this.#overtaken[this.#waits++] = this.#granted - this.#counts.upTo(rank);
    }
    if (outcome !== OK) return;
    this.#granted++;
    this.#counts.add(rank);
    this.#lastGrant = operation;
  }

  result(): LaneWaits {
    return {
      lane: this.#lane.number,
      acquire: this.#acquire.subarray(0, this.#waits),
      to: this.#to.subarray(0, this.#waits),
      overtaken: this.#overtaken.subarray(0, this.#waits),
      lastGrant: this.#lastGrant,
    };
  }
}

/** Numbers that were added, counted up to any (Fenwick, "A new data structure for cumulative frequency tables", 1994). */
function createCounts(size: number): { add(at: number): void; upTo(at: number): number } {
  const tree = new Int32Array(size + 1);
  return {
    add(at) {
      for (let n = at + 1; n <= size; n += n & -n) tree[n] = (tree[n] as number) + 1;
    },
    upTo(at) {
      let sum = 0;
      for (let n = at + 1; n > 0; n -= n & -n) sum += tree[n] as number;
      return sum;
    },
  };
}

/** Processes of which the harness had to say something: their waiting may have ended with them. */
function brokenProcesses({ events, tables: { history } }: Evidence): Set<number> {
  const broken = new Set<number>();
  for (const row of events) if (history.f[row] === F['harness-error']) broken.add(history.process[row] as number);
  return broken;
}

/** How long clients waited for a lock, who was granted it before them, and whether anybody still was. Figures; no verdicts. */
import { F, INFO, NONE, OK } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { append, sortByKey } from './group.js';

/** One acquire that waited, as far as the record tells. */
export interface Wait {
  /** The operation. */
  acquire: number;
  /** Ns since the run began. The end of the traffic for one that was not answered. */
  from: number;
  to: number;
  /** Holds of the lane that were asked for after it and granted before its end. */
  overtaken: number;
}

export interface LaneWaits {
  lane: number;
  /** Acquires that were answered, that gave up after a timeout, or that nobody answered to the end of the record. */
  waits: Wait[];
  /** The acquire that was granted last, whoever asked; `NONE` if none was. */
  lastGrant: number;
}

/** By lane. O(n log n). */
export function findWaits(evidence: Evidence): LaneWaits[] {
  const { operations } = evidence;
  const lanes = new Map<number, number[]>();
  for (let operation = 0; operation < operations.count; operation++)
    if (operations.f(operation) === F.acquire) append(lanes, operations.lane(operation), operation);
  const end = trafficEnd(evidence);
  const broken = brokenProcesses(evidence);
  return [...lanes].map(([lane, acquires]) => waitsOf(evidence, lane, Int32Array.from(acquires), end, broken));
}

function waitsOf(
  { operations, tables }: Evidence,
  lane: number,
  acquires: Int32Array,
  trafficEnds: number,
  broken: ReadonlySet<number>,
): LaneWaits {
  const answered = Float64Array.from(acquires, (acquire) => {
    const row = operations.completion[acquire] as number;
    return row === NONE ? tables.history.length : row;
  });
  const inOrder = sortByKey(
    acquires.map((_, rank) => rank),
    answered,
  );
  const counts = createCounts(acquires.length);
  const waits: Wait[] = [];
  let granted = 0;
  let lastGrant = NONE;
  for (const rank of inOrder) {
    const acquire = acquires[rank] as number;
    const overtaken = granted - counts.upTo(rank);
    const outcome = operations.outcome(acquire);
    const gaveUp = outcome === INFO && operations.error(acquire) === 'timeout';
    const isPending = outcome === NONE && !broken.has(operations.process(acquire));
    if (outcome === OK || gaveUp || isPending) {
      const from = operations.invokedAt(acquire);
      waits.push({ acquire, from, to: operations.completedAt(acquire) ?? Math.max(from, trafficEnds), overtaken });
    }
    if (outcome !== OK) continue;
    granted++;
    counts.add(rank);
    lastGrant = acquire;
  }
  return { lane, waits, lastGrant };
}

/** Numbers that were added, counted up to any (Fenwick, "A new data structure for cumulative frequency tables", 1994). */
function createCounts(size: number): { add(at: number): void; upTo(at: number): number } {
  const tree = new Int32Array(size + 1);
  return {
    add(at) {
      for (let n = at + 1; n <= size; n += n & -n) (tree[n] as number)++;
    },
    upTo(at) {
      let sum = 0;
      for (let n = at + 1; n > 0; n -= n & -n) sum += tree[n] as number;
      return sum;
    },
  };
}

const TRAFFIC: ReadonlySet<number> = new Set([F.acquire, F.read, F.write, F.release]);

/** Time of the last entry of an operation on a lock or a storage. */
function trafficEnd({ operations }: Evidence): number {
  let end = 0;
  for (let operation = 0; operation < operations.count; operation++)
    if (TRAFFIC.has(operations.f(operation))) end = Math.max(end, operations.endedAt(operation));
  return end;
}

/** Processes of which the harness had to say something: their waiting may have ended with them. */
function brokenProcesses({ events, tables: { history } }: Evidence): Set<number> {
  const broken = new Set<number>();
  for (const row of events) if (history.f[row] === F['harness-error']) broken.add(history.process[row] as number);
  return broken;
}

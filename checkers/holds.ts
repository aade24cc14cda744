/**
 * Holds: each process's times with a lock, read off the paired operations. It judges nothing.
 *
 * A hold begins with an acquire that answered `ok`. Reads and writes that its process invokes afterwards belong to it, until
 * the process invokes a release that is not definitely refused, closes or opens its session, or asks for the lock again.
 * A process is one logical client that does one thing at a time, so no timing is needed for that; keep-alives and stalls go
 * beside it and change nothing. A check that answers that the lock is gone is word of its loss.
 */
import { IntMap } from '../harness/history/int-map.js';
import { F, FAIL, type HistoryTable, NONE } from '../harness/history/tables.js';
import { gather, placesBelow } from './group.js';
import type { Operations } from './operations.js';

/** Holds by place, in the order in which they were asked for. */
export class HoldTable {
  readonly count: number;
  readonly lane: Int32Array;
  readonly process: Int32Array;
  /** Code of the fencing token (harness/history/token-codes.ts); `NONE` where the lock hands out none. */
  readonly token: Float64Array;
  /** Operation: the acquire. */
  readonly acquire: Int32Array;
  /** Operation: the release that ended it, or the last one tried; `NONE`. */
  readonly release: Int32Array;
  /** Operation that ended it: a release that was not definitely refused, a close, an open, another acquire; `NONE`. */
  readonly endedBy: Int32Array;
  /**
   * Row of the first word from the client that the lock is gone, by its lock library unasked or as the answer to a check, read before
   * the operation that ended the hold was completed; `NONE`.
   */
  readonly lost: Int32Array;
  /** By operation: the hold under which a read or write was invoked; `NONE`. */
  readonly holdOf: Int32Array;
  /** Reads and writes, as operations, hold by hold and in order; those of hold h begin at `firstUnder[h]` and end before that of h + 1. */
  readonly under: Int32Array;
  readonly firstUnder: Int32Array;
  readonly #time: Float64Array;
  readonly #askedRow: Int32Array;
  readonly #grantedRow: Int32Array;
  #inGrantOrder: Int32Array | undefined;
  #grantsByLane: ReadonlyMap<number, Int32Array> | undefined;

  /** `acquires` that succeeded, in order. What else is known of them is filled in by `findHolds`. */
  constructor(history: HistoryTable, operations: Operations, acquires: Int32Array, fill: (holds: HoldTable) => void) {
    const count = acquires.length;
    const none = () => new Int32Array(count).fill(NONE);
    this.#time = history.time;
    this.count = count;
    this.acquire = acquires;
    this.lane = new Int32Array(count);
    this.process = new Int32Array(count);
    this.token = new Float64Array(count);
    this.#askedRow = new Int32Array(count);
    this.#grantedRow = new Int32Array(count);
    for (let hold = 0; hold < count; hold++) {
      const asked = operations.invocation[acquires[hold] as number] as number;
      const granted = operations.completion[acquires[hold] as number] as number;
      this.#askedRow[hold] = asked;
      this.#grantedRow[hold] = granted;
      this.lane[hold] = history.lane[asked] as number;
      this.process[hold] = history.process[asked] as number;
      this.token[hold] = history.token[granted] as number;
    }
    [this.release, this.endedBy, this.lost] = [none(), none(), none()];
    this.holdOf = new Int32Array(operations.count).fill(NONE);
    fill(this);
    [this.firstUnder, this.under] = gather(this.holdOf, count);
  }

  /** Reads and writes invoked under the hold, as operations, in order. */
  operationsOf(hold: number): Int32Array {
    return this.under.subarray(this.firstUnder[hold], this.firstUnder[hold + 1]);
  }

  /** Holds in the order in which the controller read that they were granted. O(rows of the history), once. */
  get inGrantOrder(): Int32Array {
    return (this.#inGrantOrder ??= inOrderOfRows(this.#grantedRow, this.#time.length));
  }

  /** The same for each lane; lanes in the order in which they were first asked for. */
  get grantsByLane(): ReadonlyMap<number, Int32Array> {
    return (this.#grantsByLane ??= holdsByLane(this, this.inGrantOrder));
  }

  /** Index of the acquire's invocation. */
  askedRow(hold: number): number {
    return this.#askedRow[hold] as number;
  }

  /** When the acquire was invoked, in ns since the run began. */
  askedAt(hold: number): number {
    return this.#time[this.#askedRow[hold] as number] as number;
  }

  /** Index of the entry that says that the client has the lock. */
  grantedRow(hold: number): number {
    return this.#grantedRow[hold] as number;
  }

  /** When the controller read that, in ns since the run began. */
  grantedAt(hold: number): number {
    return this.#time[this.#grantedRow[hold] as number] as number;
  }
}

/** Places in the order of their rows, each below `length` and of one place alone: put where they belong, which is faster than to sort them. */
function inOrderOfRows(rows: Int32Array, length: number): Int32Array {
  const nextTo = new Int32Array(length);
  for (let place = 0; place < rows.length; place++) nextTo[rows[place] as number] = place + 1;
  const order = new Int32Array(rows.length);
  let count = 0;
  for (let row = 0; count < order.length; row++) if (nextTo[row] !== 0) order[count++] = (nextTo[row] as number) - 1;
  return order;
}

/**
 * Holds of each lane, in the order given: that in which they were asked for, or another one of all of them. Lanes in the order of
 * their first hold. O(holds).
 */
export function holdsByLane(holds: HoldTable, order: Int32Array = placesBelow(holds.count)): Map<number, Int32Array> {
  const places = new IntMap();
  const lanes: number[] = [];
  for (let hold = 0; hold < holds.count; hold++) {
    const lane = holds.lane[hold] as number;
    if (places.get(lane) === NONE) places.set(lane, lanes.push(lane) - 1);
  }
  const groupOf = new Int32Array(holds.count);
  for (let at = 0; at < holds.count; at++) groupOf[at] = places.get(holds.lane[order[at] as number] as number);
  const [first, items] = gather(groupOf, lanes.length);
  for (let at = 0; at < items.length; at++) items[at] = order[items[at] as number] as number;
  return new Map(lanes.map((lane, at) => [lane, items.subarray(first[at], first[at + 1])]));
}

/** `events`: rows of the history. Operations of `unruly` processes belong to no hold and make none. O(operations). */
export function findHolds(
  history: HistoryTable,
  operations: Operations,
  events: Int32Array,
  unruly: ReadonlySet<number>,
): HoldTable {
  const { invocation, completion } = operations;
  const { f: name, process: processes, lane: lanes } = history;
  const isUsable = (process: number): boolean => unruly.size === 0 || !unruly.has(process);
  return new HoldTable(history, operations, succeededAcquires(history, operations, isUsable), (holds) => {
    /** Hold of each process, as long as it goes on, and the last one that it had. */
    const current = new IntMap();
    const latest = new IntMap();
    let next = 0;
    let nextEvent = 0;

    const noteLosses = (before: number): void => {
      for (; nextEvent < events.length && (events[nextEvent] as number) < before; nextEvent++) {
        const row = events[nextEvent] as number;
        if (name[row] !== F.lost) continue;
        const hold = latest.get(processes[row] as number);
        if (hold !== NONE && isUnderWay(hold, row)) noteLoss(hold, row);
      }
    };

    const noteLoss = (hold: number, row: number): void => {
      const known = holds.lost[hold] as number;
      if (known === NONE || row < known) holds.lost[hold] = row;
    };

    /** What comes before the grant is about an earlier hold; what comes before the end of the release may have been known before it. */
    const isUnderWay = (hold: number, row: number): boolean => {
      if (row < holds.grantedRow(hold)) return false;
      const endedBy = holds.endedBy[hold] as number;
      const ended = endedBy === NONE ? NONE : (completion[endedBy] as number);
      return ended === NONE || row < ended;
    };

    // An unruly process has no holds, so that none of its operations belongs to one.
    for (let operation = 0; operation < operations.count; operation++) {
      const row = invocation[operation] as number;
      noteLosses(row);
      const process = processes[row] as number;
      const f = name[row] as number;
      if (f === KEEP_ALIVE || f === STALL) continue;
      const hold = current.get(process);
      if (f === READ || f === WRITE) {
        if (hold !== NONE && holds.lane[hold] === lanes[row]) holds.holdOf[operation] = hold;
        continue;
      }
      if (f === CHECK) {
        if (hold !== NONE && operations.error(operation) === 'lock-lost')
          noteLoss(hold, completion[operation] as number);
        continue;
      }
      if (f === RELEASE && hold !== NONE) holds.release[hold] = operation;
      // A release that certainly did not happen leaves the hold as it was; its process may try again.
      if (f === RELEASE && operations.outcome(operation) === FAIL) continue;
      if (hold !== NONE) holds.endedBy[hold] = operation;
      const begins = holds.acquire[next] === operation;
      if (begins) latest.set(process, next);
      current.set(process, begins ? next++ : NONE);
    }
    noteLosses(Number.POSITIVE_INFINITY);
  });
}

const { acquire: ACQUIRE, release: RELEASE, read: READ, write: WRITE, check: CHECK, stall: STALL } = F;
const KEEP_ALIVE = F['keep-alive'];

function succeededAcquires(
  { f: name, process: processes }: HistoryTable,
  operations: Operations,
  isUsable: (process: number) => boolean,
): Int32Array {
  // Places for as many as there are operations: what is never touched takes no memory.
  const acquires = new Int32Array(operations.count);
  let count = 0;
  for (let operation = 0; operation < operations.count; operation++) {
    const row = operations.invocation[operation] as number;
    if (name[row] === ACQUIRE && operations.succeeded(operation) && isUsable(processes[row] as number))
      acquires[count++] = operation;
  }
  return acquires.slice(0, count);
}

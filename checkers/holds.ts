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
import { gather, sortByKey } from './group.js';
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
  readonly #operations: Operations;
  /** Reads and writes, hold by hold; those of hold h begin at `#first[h]`. */
  readonly #under: Int32Array;
  readonly #first: Int32Array;

  /** `acquires` that succeeded, in order. What else is known of them is filled in by `findHolds`. */
  constructor(history: HistoryTable, operations: Operations, acquires: Int32Array, fill: (holds: HoldTable) => void) {
    const none = () => new Int32Array(acquires.length).fill(NONE);
    this.#operations = operations;
    this.count = acquires.length;
    this.acquire = acquires;
    this.lane = acquires.map((acquire) => operations.lane(acquire));
    this.process = acquires.map((acquire) => operations.process(acquire));
    this.token = Float64Array.from(
      acquires,
      (acquire) => history.token[operations.completion[acquire] as number] ?? NONE,
    );
    [this.release, this.endedBy, this.lost] = [none(), none(), none()];
    this.holdOf = new Int32Array(operations.count).fill(NONE);
    fill(this);
    [this.#first, this.#under] = gather(this.holdOf, this.count);
  }

  /** Reads and writes invoked under the hold, as operations, in order. */
  operationsOf(hold: number): Int32Array {
    return this.#under.subarray(this.#first[hold], this.#first[hold + 1]);
  }

  /** Index of the acquire's invocation. */
  askedRow(hold: number): number {
    return this.#operations.invocation[this.acquire[hold] as number] as number;
  }

  /** When the acquire was invoked, in ns since the run began. */
  askedAt(hold: number): number {
    return this.#operations.invokedAt(this.acquire[hold] as number);
  }

  /** Index of the entry that says that the client has the lock. */
  grantedRow(hold: number): number {
    return this.#operations.completion[this.acquire[hold] as number] as number;
  }

  /** When the controller read that, in ns since the run began. */
  grantedAt(hold: number): number {
    return this.#operations.endedAt(this.acquire[hold] as number);
  }
}

/** Holds in the order in which the controller read that they were granted. O(n) where few stand out of order. */
export function inGrantOrder(holds: HoldTable): Int32Array {
  const granted = new Float64Array(holds.count);
  for (let hold = 0; hold < holds.count; hold++) granted[hold] = holds.grantedRow(hold);
  return sortByKey(
    holds.acquire.map((_, hold) => hold),
    granted,
  );
}

/** Holds of each lane, in the order in which they were asked for; lanes in the order of their first hold. O(holds). */
export function holdsByLane(holds: HoldTable): Map<number, Int32Array> {
  const places = new IntMap();
  const lanes: number[] = [];
  const groupOf = holds.lane.map((lane) => {
    if (places.get(lane) === NONE) places.set(lane, lanes.push(lane) - 1);
    return places.get(lane);
  });
  const [first, items] = gather(groupOf, lanes.length);
  return new Map(lanes.map((lane, at) => [lane, items.subarray(first[at], first[at + 1])]));
}

/** `events`: rows of the history. Operations of `unruly` processes belong to no hold and make none. O(operations). */
export function findHolds(
  history: HistoryTable,
  operations: Operations,
  events: Int32Array,
  unruly: ReadonlySet<number>,
): HoldTable {
  const isUsable = (operation: number): boolean => unruly.size === 0 || !unruly.has(operations.process(operation));
  return new HoldTable(history, operations, succeededAcquires(operations, isUsable), (holds) => {
    /** Hold of each process, as long as it goes on, and the last one that it had. */
    const current = new IntMap();
    const latest = new IntMap();
    let next = 0;
    let nextEvent = 0;

    const noteLosses = (before: number): void => {
      for (; nextEvent < events.length && (events[nextEvent] as number) < before; nextEvent++) {
        const row = events[nextEvent] as number;
        if (history.f[row] !== F.lost) continue;
        const hold = latest.get(history.process[row] as number);
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
      const ended = endedBy === NONE ? NONE : (operations.completion[endedBy] as number);
      return ended === NONE || row < ended;
    };

    for (let operation = 0; operation < operations.count; operation++) {
      noteLosses(operations.invocation[operation] as number);
      if (!isUsable(operation)) continue;
      const f = operations.f(operation);
      const process = operations.process(operation);
      const hold = current.get(process);
      if (f === F.read || f === F.write) {
        if (hold !== NONE && holds.lane[hold] === operations.lane(operation)) holds.holdOf[operation] = hold;
        continue;
      }
      if (f === F['keep-alive'] || f === F.stall) continue;
      if (f === F.check) {
        if (hold !== NONE && operations.error(operation) === 'lock-lost')
          noteLoss(hold, operations.completion[operation] as number);
        continue;
      }
      if (f === F.release && hold !== NONE) holds.release[hold] = operation;
      // A release that certainly did not happen leaves the hold as it was; its process may try again.
      if (f === F.release && operations.outcome(operation) === FAIL) continue;
      if (hold !== NONE) holds.endedBy[hold] = operation;
      const begins = holds.acquire[next] === operation;
      if (begins) latest.set(process, next);
      current.set(process, begins ? next++ : NONE);
    }
    noteLosses(Number.POSITIVE_INFINITY);
  });
}

function succeededAcquires(operations: Operations, isUsable: (operation: number) => boolean): Int32Array {
  const begins = (operation: number): boolean =>
    operations.f(operation) === F.acquire && operations.succeeded(operation) && isUsable(operation);
  let count = 0;
  for (let operation = 0; operation < operations.count; operation++) if (begins(operation)) count++;
  const acquires = new Int32Array(count);
  let next = 0;
  for (let operation = 0; operation < operations.count; operation++)
    if (begins(operation)) acquires[next++] = operation;
  return acquires;
}

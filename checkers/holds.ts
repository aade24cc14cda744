/**
 * Holds: each process's times with a lock, read off the paired operations. It judges nothing.
 *
 * A hold begins with an acquire that answered `ok`. Reads and writes that its process invokes afterwards belong to it, until
 * the process invokes a release that is not definitely refused, closes or opens its session, or asks for the lock again.
 * A process is one logical client that does one thing at a time, so no timing is needed for that.
 */
import type { Operation, OperationEntry } from '../harness/history/operation.js';
import { isToken } from './token-shape.js';

export interface Hold {
  lane: number;
  process: number;
  /** Fencing token, a decimal string without leading zeros; missing where the lock hands out none. */
  token: string | undefined;
  acquire: CompletedOperation;
  /** Reads and writes invoked under the hold, in order. */
  operations: Operation[];
  /** The release that ended it, or the last one tried. */
  release: Operation | undefined;
  /** The operation that ended it: a release that was not definitely refused, a close, an open, another acquire. */
  endedBy: Operation | undefined;
  /** The first unasked word from the client's lock library that the lock is gone. */
  lost: OperationEntry | undefined;
}

export type CompletedOperation = Operation & { completion: OperationEntry };

/**
 * `operations` and `events` in the order of the history, which has `length` entries. `holdOf` is indexed like the history: the
 * hold under which a read or write was invoked. O(operations).
 */
export function findHolds(
  operations: readonly Operation[],
  events: readonly OperationEntry[],
  length: number,
): { holds: Hold[]; holdOf: (Hold | undefined)[] } {
  const holds: Hold[] = [];
  const holdOf = new Array<Hold | undefined>(length);
  const current = new Map<number, Hold>();
  const losses = events.filter((event) => event.f === 'lost');
  let nextLoss = 0;

  const noteLosses = (before: number): void => {
    for (let event = losses[nextLoss]; event !== undefined && event.index < before; event = losses[++nextLoss]) {
      const hold = current.get(event.process);
      if (hold !== undefined) hold.lost ??= event;
    }
  };

  const end = (operation: Operation): void => {
    const { process } = operation.invocation;
    const hold = current.get(process);
    if (hold !== undefined) hold.endedBy = operation;
    current.delete(process);
  };

  for (const operation of operations) {
    const { index, process, f, lane } = operation.invocation;
    noteLosses(index);
    const hold = current.get(process);
    switch (f) {
      case 'acquire':
        end(operation);
        if (hasSucceeded(operation)) {
          const begun = beginHold(operation);
          holds.push(begun);
          current.set(process, begun);
        }
        break;
      case 'read':
      case 'write':
        if (hold?.lane !== lane) break;
        hold.operations.push(operation);
        holdOf[index] = hold;
        break;
      case 'release':
        if (hold !== undefined) hold.release = operation;
        // A release that certainly did not happen leaves the hold as it was; its process may try again.
        if (operation.completion?.type !== 'fail') end(operation);
        break;
      case 'open':
      case 'close':
        end(operation);
        break;
      case 'stall':
      case 'keep-alive':
        break;
    }
  }
  noteLosses(Number.POSITIVE_INFINITY);
  return { holds, holdOf };
}

function hasSucceeded(operation: Operation): operation is CompletedOperation {
  return operation.completion?.type === 'ok';
}

function beginHold(acquire: CompletedOperation): Hold {
  const { lane, process } = acquire.invocation;
  const token = isToken(acquire.completion.token) ? acquire.completion.token : undefined;
  return { lane, process, token, acquire, operations: [], release: undefined, endedBy: undefined, lost: undefined };
}

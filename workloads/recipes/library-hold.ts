/**
 * What the adapters of other people's locks have in common: a session without a lease of its own, as these libraries make one for
 * each hold and keep it to themselves, and the life of a hold as the library tells of it. Nothing here looks at a clock to find out
 * whether the lock is still held: a hold is believed in until the library says otherwise, as its users do.
 */
import { completionType } from '../../harness/history/errors.js';
import type { Clock } from './ports.js';
import type { Acquired, Closed, EndReason, Failure, Hold, LossReason, Released, Session } from './recipe.js';

type HoldFacts = Pick<Hold, 'key' | 'createRevision' | 'headerRevision' | 'leaseHex' | 'failedTries' | 'relay'>;

/** `lose`: the library said that the lock is gone; of no effect once the hold has ended. */
export function createLibraryHold(
  facts: HoldFacts,
  giveBack: () => Promise<Released>,
): { hold: Hold; lose: (reason: LossReason) => void } {
  let ended: EndReason | undefined;
  let lost: LossReason | undefined;
  let tell: ((reason: LossReason) => void) | undefined;
  return {
    hold: {
      ...facts,
      endReason: () => ended,
      onLost(callback) {
        if (lost === undefined) tell = callback;
        else callback(lost);
      },
      async release() {
        const released = await giveBack();
        if (isOver(released)) ended ??= 'released';
        return released;
      },
    },
    lose(reason) {
      if (ended !== undefined) return;
      ended = lost = reason;
      tell?.(reason);
    },
  };
}

export interface Library {
  /** Asks for the lock until it has it, an error stands in the way, or `isOver` is true. */
  acquire(lock: string, isOver: () => boolean): Promise<Acquired>;
  /** Ends connections, and what an acquire still waits for. */
  disconnect(): Promise<void> | void;
}

/** `deadlineMs`: how long the end of a session waits for a hold to be given back. */
export function createLibrarySession(library: Library, clock: Clock, deadlineMs: number): Session {
  let over = false;
  let held: Hold | undefined;
  return {
    endReason: () => (over ? 'closed' : undefined),
    async acquire(lock) {
      if (over) return closed();
      const acquired = await library.acquire(lock, () => over);
      if (!acquired.ok) return acquired;
      const { hold } = acquired;
      const release = async (): Promise<Released> => {
        const released = await hold.release();
        if (isOver(released)) held = undefined;
        return released;
      };
      if (over) {
        await release();
        return { ok: false, error: 'session-expired', message: 'the session was closed meanwhile' };
      }
      held = hold;
      return { ok: true, hold: { ...hold, release } };
    },
    keepAlive: () =>
      Promise.resolve({ ok: false, error: 'unsupported', message: 'the library keeps its leases to itself' }),
    async close(withinMs = deadlineMs): Promise<Closed> {
      over = true;
      const late: Promise<Failure> = clock
        .sleep(withinMs)
        .then(() => ({ ok: false, error: 'timeout', message: `the lock was not given back in ${withinMs} ms` }));
      const released = held === undefined ? undefined : await Promise.race([held.release(), late]);
      held = undefined;
      await library.disconnect();
      return released === undefined || released.ok ? { ok: true } : released;
    },
  };
}

/** An acquire on a session that is closed, or closed while it was waiting. */
export function closed(): Failure {
  return { ok: false, error: 'not-open', message: 'the session is over: closed' };
}

/** After a release that certainly did nothing, the hold is as it was. */
function isOver(released: Released): boolean {
  return released.ok || completionType(released.error) === 'info';
}

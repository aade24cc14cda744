/**
 * Sessions without a lease: nothing keeps their locks but the locks themselves. What one of them may have left at etcd is
 * cleaned up when it is closed, as by a program that ends in good order; one that is killed leaves it there.
 */
import { randomBytes } from 'node:crypto';
import { toFailure } from './failure.js';
import { createLife, type Life } from './life.js';
import type { Etcd } from './ports.js';
import type { Acquired, Failure, Hold, Opened } from './recipe.js';

export interface PlainLock {
  etcd: Etcd;
  /** Of the session. */
  session: Life;
  lock: string;
  /** What may have to be cleaned up when the session is closed. */
  leavings: Set<CleanUp>;
}

/** Rejects with the `EtcdFailure` of a call to etcd. */
export type CleanUp = (deadlineMs?: number) => Promise<unknown>;

/**
 * `acquire` is called while the session lives, and answers undefined when it ended before the lock was got. `leaseHex`: the name that
 * the session puts into its keys, if it has one.
 */
export function openPlain(
  etcd: Etcd,
  acquire: (asked: PlainLock) => Promise<Hold | undefined>,
  leaseHex?: string,
): Promise<Opened> {
  const session = createLife();
  const leavings = new Set<CleanUp>();

  async function tryToAcquire(lock: string): Promise<Acquired> {
    const before = session.endReason();
    if (before !== undefined) return { ok: false, error: 'not-open', message: `the session is over: ${before}` };
    const hold = await acquire({ etcd, session, lock, leavings });
    const ended = session.endReason();
    if (hold !== undefined && ended === undefined) return { ok: true, hold };
    await hold?.release();
    return { ok: false, error: 'session-expired', message: `the session ended while it waited: ${ended ?? 'closed'}` };
  }

  return Promise.resolve({
    ok: true,
    session: {
      ...(leaseHex === undefined ? {} : { leaseHex }),
      endReason: session.endReason,
      acquire: (lock) => tryToAcquire(lock).catch(toFailure),
      keepAlive: () => Promise.resolve({ ok: false, error: 'unsupported', message: 'the session has no lease' }),
      async close(deadlineMs) {
        session.end('closed');
        const failures = await Promise.all([...leavings].map((cleanUp) => failureOf(cleanUp, deadlineMs)));
        return failures.find((failure) => failure !== undefined) ?? { ok: true };
      },
    },
  });
}

async function failureOf(cleanUp: CleanUp, deadlineMs?: number): Promise<Failure | undefined> {
  return cleanUp(deadlineMs).then(() => undefined, toFailure);
}

/**
 * Makes the call that takes the lock. If it fails, `cleanUp` is tried at once, because nobody may know what became of it, and again when
 * the session is closed. A call that etcd carries out even later leaves what it leaves.
 */
export async function takeOrCleanUp<T>({ leavings }: PlainLock, cleanUp: CleanUp, take: () => Promise<T>): Promise<T> {
  leavings.add(cleanUp);
  try {
    return await take();
  } catch (error) {
    await failureOf(cleanUp);
    throw error;
  }
}

/** A random positive int64 in hex, as etcd writes lease ids. */
export function randomName(): string {
  return (randomBytes(8).readBigUInt64BE() >> 1n || 1n).toString(16);
}

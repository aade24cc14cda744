/** Sessions with one lease, under which every lock of theirs is taken. */
import { toFailure } from './failure.js';
import { type LeaseSession, openLeaseSession } from './lease-session.js';
import type { Etcd } from './ports.js';
import type { Acquired, Failure, Opened, RecipeEnvironment, SessionOptions } from './recipe.js';

export interface LeasedLock {
  etcd: Etcd;
  session: LeaseSession;
  /** Id of the lease, as etcd writes it. */
  leaseHex: string;
  lock: string;
}

/** `acquire` is called while the session lives. */
export async function openLeased(
  { etcd, clock }: RecipeEnvironment,
  options: SessionOptions,
  acquire: (asked: LeasedLock) => Promise<Acquired>,
): Promise<Opened> {
  try {
    const session = await openLeaseSession(etcd, clock, options);
    const leaseHex = leaseInHex(session.lease);
    return {
      ok: true,
      session: {
        grantedTtlMs: session.grantedTtlMs,
        leaseHex,
        endReason: session.endReason,
        async acquire(lock) {
          const gone = session.endReason();
          if (gone !== undefined) return { ok: false, error: 'not-open', message: `the session is over: ${gone}` };
          return acquire({ etcd, session, leaseHex, lock });
        },
        async keepAlive() {
          try {
            return await session.keepAlive();
          } catch (error) {
            return toFailure(error);
          }
        },
        async close(deadlineMs) {
          session.end('closed');
          try {
            await revoke(etcd, session.lease, deadlineMs);
            return { ok: true };
          } catch (error) {
            return toFailure(error);
          }
        },
      },
    };
  } catch (error) {
    return toFailure(error);
  }
}

export function leaseInHex(lease: bigint): string {
  return BigInt.asUintN(64, lease).toString(16);
}

/** Gives a lease back, and with it all its keys; false if the server did not know it. Rejects with any other `EtcdFailure`. */
export async function revoke(etcd: Etcd, lease: bigint, deadlineMs?: number): Promise<boolean> {
  try {
    await etcd.leaseRevoke(lease, deadlineMs);
    return true;
  } catch (error) {
    if (toFailure(error).error === 'session-expired') return false;
    throw error;
  }
}

/** The session ended before the lock was got. */
export function expired({ endReason }: Pick<LeaseSession, 'endReason'>): Failure {
  const why = endReason() ?? 'its key is gone';
  return { ok: false, error: 'session-expired', message: `the session ended while queueing: ${why}` };
}

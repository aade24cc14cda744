/**
 * The key that a session of the official queue puts under the lock's prefix, as in etcd's client/v3/concurrency/mutex.go: the one that
 * was created first owns the lock.
 */
import { completionType } from '../../harness/history/errors.js';
import { afterEffect, toFailure } from './failure.js';
import { createHold } from './hold.js';
import type { LeasedLock } from './leased-session.js';
import type { LeaseSession } from './lease-session.js';
import { type Etcd, EtcdFailure, type KeyValue } from './ports.js';
import type { Acquired, Hold } from './recipe.js';

/** The prefix under which a lock's keys stand, and the own one among them. */
export function queueNames({ lock, leaseHex }: Pick<LeasedLock, 'lock' | 'leaseHex'>): { prefix: string; key: string } {
  return { prefix: `${lock}/`, key: `${lock}/${leaseHex}` };
}

export interface Entered {
  /** Create revision of the own key. */
  own: bigint;
  /** The key that was created first, if it is not the own one. */
  owner: KeyValue | undefined;
  revision: bigint;
}

/** Puts the own key, if it is not there: it is when a session locks twice, or after a release whose outcome nobody knew. */
export async function enterQueue({ etcd, session, ...names }: LeasedLock): Promise<Entered> {
  const { prefix, key } = queueNames(names);
  const first = { do: 'get', key: prefix, prefix: true, only: 'first-created' } as const;
  const { succeeded, revision, results } = await etcd.txn({
    compare: [{ key, createRevision: 0n }],
    success: [{ do: 'put', key, value: '', lease: session.lease }, first],
    failure: [{ do: 'get', key }, first],
  });
  const own = succeeded ? revision : results[0]?.kvs[0]?.createRevision;
  if (own === undefined) throw new EtcdFailure('unavailable', 'etcd answered a transaction without its results');
  const owner = results[1]?.kvs[0];
  return { own, owner: owner?.createRevision === own ? undefined : owner, revision };
}

/** Deletes the own key; whether it was still there. */
export async function leaveQueue(etcd: Etcd, key: string): Promise<boolean> {
  const { results } = await etcd.txn({ compare: [], success: [{ do: 'delete', key }], failure: [] });
  return results[0]?.deleted === 1;
}

export function queueHold(
  { etcd, session, ...names }: LeasedLock,
  revisions: Pick<Hold, 'failedTries'> & { createRevision: bigint; headerRevision: bigint },
): Hold {
  const { key } = queueNames(names);
  return createHold({ key, ...revisions, life: session, remove: () => leaveQueue(etcd, key) });
}

/**
 * Runs an acquire, and makes sure that one which failed leaves no key behind for good. `note` is to be told when the key was put,
 * and when it was taken away, each as etcd has answered it.
 */
export async function leavingNothing(
  { etcd, session, ...names }: LeasedLock,
  acquire: (note: (isIn: boolean) => void) => Promise<Acquired>,
): Promise<Acquired> {
  let isIn = false;
  try {
    return await acquire((now) => (isIn = now));
  } catch (error) {
    const failure = toFailure(error);
    if (failure.error === 'session-expired') session.end('lease-not-found');
    if (!isIn && completionType(failure.error) === 'fail') return failure;
    if (session.endReason() === undefined) await abandon(etcd, session, queueNames(names).key);
    return afterEffect(failure);
  }
}

/** Leaves the queue. If that fails too, the session is given up, or its keep-alives would keep the key in everybody's way. */
async function abandon(etcd: Etcd, session: LeaseSession, key: string): Promise<void> {
  try {
    await leaveQueue(etcd, key);
  } catch {
    session.end('closed');
  }
}

/**
 * The official queue, as in etcd's client/v3/concurrency/mutex.go and key.go (since 3.5): everybody who wants the lock
 * puts a key of their own under its prefix; the one created first owns the lock, and each waits only for the key just before
 * its own, so that a release wakes one client and not all. After the wait it looks whether its own key still exists:
 * before 3.5 it did not, and a waiter whose lease had expired while it queued believed that it held the lock (etcd issue 11456).
 */
import { expired, type LeasedLock, openLeased } from './leased-session.js';
import { waitForDeletion } from './life.js';
import { enterQueue, leavingNothing, queueHold, queueNames } from './queue-key.js';
import type { Acquired, Recipe } from './recipe.js';

export const mutex: Recipe = {
  name: 'mutex',
  description: 'official queue: own key under a kept-alive lease, wait for the key just before it',
  source: 'etcd client/v3/concurrency/mutex.go',
  expected:
    'mutual exclusion breaks when a holder is paused or cut off for longer than the TTL; fencing by the create revision guards the storage',
  keepAlive: ['client', 'controller'],
  open: (environment, options) => openLeased(environment, options, acquire),
};

function acquire(asked: LeasedLock): Promise<Acquired> {
  const { etcd, session } = asked;
  return leavingNothing(asked, async (note) => {
    const { own, owner, revision } = await enterQueue(asked);
    note(true);
    let headerRevision = revision;
    if (owner !== undefined) {
      await waitForPredecessors(asked, own - 1n);
      const { key } = queueNames(asked);
      const now = session.endReason() === undefined ? await etcd.range({ key }) : undefined;
      if (now?.kvs[0]?.createRevision !== own) return expired(session);
      headerRevision = now.revision;
    }
    if (session.endReason() !== undefined) return expired(session);
    return { ok: true, hold: queueHold(asked, { createRevision: own, headerRevision }) };
  });
}

/** Resolves when no key of the queue is older than the own one, or when the session has ended. */
async function waitForPredecessors(asked: LeasedLock, maxCreateRevision: bigint): Promise<void> {
  const { etcd, session } = asked;
  const { prefix } = queueNames(asked);
  while (session.endReason() === undefined) {
    const { revision, kvs } = await etcd.range({ key: prefix, prefix: true, only: 'last-created', maxCreateRevision });
    const predecessor = kvs[0];
    if (predecessor === undefined || session.endReason() !== undefined) return;
    await waitForDeletion(etcd, session, predecessor.key, revision + 1n);
  }
}

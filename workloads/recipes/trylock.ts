/**
 * One try for the official queue's lock, after TryLock in etcd's client/v3/concurrency/mutex.go: the own key is put, and taken away again
 * if it is not the first. A failed try costs two revisions and two entries of the raft log.
 */
import { expired, type LeasedLock } from './leased-session.js';
import type { KeyValue } from './ports.js';
import { enterQueue, leaveQueue, leavingNothing, queueHold, queueNames } from './queue-key.js';
import type { Acquired } from './recipe.js';

/** Tries over and over. `wait`: until the next try is due, or the session has ended; told of the key that was in the way. */
export function acquireByTries(
  asked: LeasedLock,
  wait: (taken: { owner: KeyValue; revision: bigint }) => Promise<void>,
): Promise<Acquired> {
  const { etcd, session } = asked;
  const { key } = queueNames(asked);
  return leavingNothing(asked, async (note) => {
    for (let failedTries = 0; session.endReason() === undefined; failedTries++) {
      const { own, owner, revision } = await enterQueue(asked);
      note(true);
      if (session.endReason() !== undefined) break;
      if (owner === undefined)
        return { ok: true, hold: queueHold(asked, { createRevision: own, headerRevision: revision, failedTries }) };
      await leaveQueue(etcd, key);
      note(false);
      await wait({ owner, revision });
    }
    return expired(session);
  });
}

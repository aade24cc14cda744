/**
 * TryLock again whenever the watch on the lock's prefix tells of anything. Each failed try puts a key and deletes it, which wakes all who
 * wait, the one that has just failed included: while the lock is held the tries go on as fast as etcd answers them, and its raft log,
 * revisions and database grow with them.
 */
import { openLeased } from './leased-session.js';
import type { LeaseSession } from './lease-session.js';
import type { Etcd } from './ports.js';
import { queueNames } from './queue-key.js';
import type { Recipe } from './recipe.js';
import { acquireByTries } from './trylock.js';

export const trylockSpin: Recipe = {
  name: 'trylock-spin',
  description: 'TryLock, and TryLock again on every watch event under the lock',
  source: 'a published incident: etcd client/v3/concurrency/mutex.go, TryLock, in a loop over a watch',
  expected: 'as mutex, without its order; waiting burns revisions, raft log and database without end',
  keepAlive: ['client', 'controller'],
  open: (environment, options) =>
    openLeased(environment, options, async (asked) => {
      let events: EventSignal | undefined;
      try {
        return await acquireByTries(asked, ({ revision }) => {
          events ??= watchAll(asked.etcd, asked.session, queueNames(asked).prefix, revision + 1n);
          return events.next();
        });
      } finally {
        events?.cancel();
      }
    }),
};

interface EventSignal {
  /** Resolves when something was told since it resolved last, or when the session has ended. */
  next(): Promise<void>;
  cancel(): void;
}

/** Events that come while a try is under way are one reason for one more. */
function watchAll(etcd: Etcd, session: LeaseSession, prefix: string, fromRevision: bigint): EventSignal {
  // A session that is over tells nothing any more.
  let isDue = session.endReason() !== undefined;
  let wake = (): void => undefined;
  const tell = (): void => {
    isDue = true;
    wake();
  };
  const stopWatching = etcd.watch({ key: prefix, prefix: true, fromRevision }, { onEvent: tell, onCompacted: tell });
  const stopListening = session.onEnd(tell);
  return {
    async next() {
      if (!isDue) await new Promise<void>((resolve) => (wake = resolve));
      isDue = false;
    },
    cancel() {
      stopWatching();
      stopListening();
    },
  };
}

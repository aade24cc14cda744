/** TryLock once, and once more each time that the key in the way was deleted: the mend of `trylock-spin`. */
import { openLeased } from './leased-session.js';
import { waitForDeletion } from './life.js';
import type { Recipe } from './recipe.js';
import { acquireByTries } from './trylock.js';

export const trylockWait: Recipe = {
  name: 'trylock-wait',
  description: "TryLock; if it fails, wait for the deletion of the owner's key and try once more",
  source: 'etcd client/v3/concurrency/mutex.go, TryLock',
  expected: 'as mutex, without its order; a hand-over costs each waiter one try',
  keepAlive: ['client', 'controller'],
  open: (environment, options) =>
    openLeased(environment, options, (asked) =>
      acquireByTries(asked, ({ owner, revision }) =>
        waitForDeletion(asked.etcd, asked.session, owner.key, revision + 1n),
      ),
    ),
};

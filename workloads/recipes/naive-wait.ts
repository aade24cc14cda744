/**
 * `naive` with a watch: whoever finds the key waits until it is deleted, and looks again. The deletion wakes all who wait at once, so
 * that they meet in the gap between looking and putting almost every time.
 */
import { waitUntilAbsent } from './life.js';
import { takeByPut } from './naive.js';
import { openPlain, randomName } from './plain-session.js';
import type { Recipe } from './recipe.js';

export const naiveWait: Recipe = {
  name: 'naive-wait',
  description: 'get; if the key is there, watch until it is deleted and look again; put',
  source: 'the plain key-value store taken for a lock, with a watch',
  expected: 'mutual exclusion breaks without any fault, and more often than with naive: a deletion wakes all at once',
  keepAlive: ['client'],
  sharesRevisions: true,
  leaseless: true,
  open({ etcd }) {
    const name = randomName();
    return openPlain(
      etcd,
      async (asked) => {
        const { session, lock } = asked;
        await waitUntilAbsent(etcd, session, lock);
        return session.endReason() === undefined ? takeByPut(asked, name) : undefined;
      },
      name,
    );
  },
};

/**
 * Create the key if it is absent, in one transaction, and delete it afterwards. Nobody else ever gets in; but the key outlives its
 * owner.
 */
import { createIfAbsent, createWhenAbsent, removeCreated, removeNamed } from './bare-key.js';
import { createHold } from './hold.js';
import { openPlain, type PlainLock, randomName, takeOrCleanUp } from './plain-session.js';
import type { Hold, Recipe } from './recipe.js';

export const noLease: Recipe = {
  name: 'no-lease',
  description: 'create-if-absent in one transaction, without a lease; wait for the deletion',
  source: 'etcd documentation, transactions: compare the create revision with 0',
  expected: 'mutual exclusion holds; a holder that crashes, or is cut off as it takes the lock, locks it for ever',
  keepAlive: ['client'],
  leaseless: true,
  open({ etcd }) {
    const name = randomName();
    return openPlain(etcd, (asked) => acquire(asked, name), name);
  },
};

async function acquire(asked: PlainLock, name: string): Promise<Hold | undefined> {
  const { etcd, session, lock: key, leavings } = asked;
  const cleanUp = (deadlineMs?: number): Promise<boolean> => removeNamed(etcd, key, name, deadlineMs);
  const created = await createWhenAbsent(etcd, session, key, async () => {
    const answer = await takeOrCleanUp(asked, cleanUp, () => createIfAbsent(etcd, key, name));
    if (!answer.succeeded) leavings.delete(cleanUp);
    return answer;
  });
  if (created === undefined) return undefined;
  return createHold({
    key,
    createRevision: created,
    headerRevision: created,
    life: session,
    async remove() {
      const deleted = await removeCreated(etcd, key, created);
      leavings.delete(cleanUp);
      return deleted;
    },
  });
}

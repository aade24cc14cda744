/**
 * No lock at all: whoever wants it deletes the lock's key and creates it anew, without asking, and its create revision is the
 * token of a section whose writes etcd is to take only as long as that key is there (`--storage etcd --fencing guard`). Sections overlap
 * as they like; of two only the newer one's writes count.
 */
import { createIfAbsent, removeAny, removeCreated, removeNamed } from './bare-key.js';
import { createHold } from './hold.js';
import { openPlain, type PlainLock, randomName, takeOrCleanUp } from './plain-session.js';
import type { Hold, Recipe } from './recipe.js';

export const txnGuard: Recipe = {
  name: 'txn-guard',
  description: "no lock: takes the key over and never waits; for writes guarded by the key's create revision",
  source: 'etcd documentation, transactions: compare the create revision of the lock key beside the write',
  expected:
    'mutual exclusion never holds; with --storage etcd --fencing guard no stale write and no lost update, though stale reads; nothing outside etcd is guarded',
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
  while (session.endReason() === undefined) {
    // Two calls, since etcd refuses a transaction that deletes a key and puts it. Whoever comes in between is taken over as well.
    await removeAny(etcd, key);
    const { succeeded, revision } = await takeOrCleanUp(asked, cleanUp, () => createIfAbsent(etcd, key, name));
    if (!succeeded) {
      leavings.delete(cleanUp);
      continue;
    }
    return createHold({
      key,
      createRevision: revision,
      headerRevision: revision,
      life: session,
      async remove() {
        const deleted = await removeCreated(etcd, key, revision);
        leavings.delete(cleanUp);
        return deleted;
      },
    });
  }
  return undefined;
}

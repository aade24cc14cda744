/**
 * A lease of fixed length under the key, so that a crash does not lock it for ever; nobody renews it, and the holder does not look at
 * the clock. Unlocking gives the lease back, and with it the own key alone.
 */
import { createIfAbsent, createWhenAbsent } from './bare-key.js';
import { createHold } from './hold.js';
import { leaseInHex, revoke } from './leased-session.js';
import { type CleanUp, openPlain, type PlainLock, takeOrCleanUp } from './plain-session.js';
import type { Hold, Recipe } from './recipe.js';

export const leaseFixed: Recipe = {
  name: 'lease-fixed',
  description: 'create-if-absent under a lease of its own that nobody keeps alive; unlock by revoke',
  source: 'locks with an expiry, as with SET NX PX of Redis, carried over to etcd',
  expected: 'mutual exclusion breaks without any fault when a section takes longer than the TTL',
  keepAlive: ['client'],
  open: ({ etcd }, { ttlSeconds }) => openPlain(etcd, (asked) => acquire(asked, ttlSeconds)),
};

async function acquire(asked: PlainLock, ttlSeconds: number): Promise<Hold | undefined> {
  const { etcd, session, lock: key, leavings } = asked;
  let own: { lease: bigint; giveBack: CleanUp } | undefined;
  const createRevision = await createWhenAbsent(etcd, session, key, async () => {
    // The lease begins to run when it is granted: not before the lock seems to be free.
    const { revision, kvs } = await etcd.range({ key });
    if (kvs.length > 0) return { succeeded: false, revision };
    const { lease } = await etcd.leaseGrant(ttlSeconds);
    const giveBack = (deadlineMs?: number): Promise<boolean> => revoke(etcd, lease, deadlineMs);
    const answer = await takeOrCleanUp(asked, giveBack, () => createIfAbsent(etcd, key, '', lease));
    if (answer.succeeded) own = { lease, giveBack };
    else {
      await giveBack();
      leavings.delete(giveBack);
    }
    return answer;
  });
  if (createRevision === undefined || own === undefined) return undefined;
  const { lease, giveBack } = own;
  return createHold({
    key,
    createRevision,
    headerRevision: createRevision,
    leaseHex: leaseInHex(lease),
    life: session,
    async remove() {
      const deleted = await revoke(etcd, lease);
      leavings.delete(giveBack);
      return deleted;
    },
  });
}

/**
 * Wait until the key is absent, then grant a lease, put the key under it and keep it alive; unlocking gives the lease back. The gap
 * between looking and putting is that of `naive`, and a grant longer. The second put moves the key to its own lease, so that the
 * first holder's unlock removes nothing.
 */
import { putOver } from './bare-key.js';
import { createHold } from './hold.js';
import { openLeaseSession } from './lease-session.js';
import { leaseInHex, revoke } from './leased-session.js';
import { waitUntilAbsent } from './life.js';
import { openPlain, type PlainLock, takeOrCleanUp } from './plain-session.js';
import type { Clock } from './ports.js';
import type { Hold, Recipe } from './recipe.js';

export const leaseKeepalive: Recipe = {
  name: 'lease-keepalive',
  description: 'wait until the key is absent; grant a lease, put the key under it, keep it alive; unlock by revoke',
  source: 'articles on locks with etcd, where a lease and its keep-alive are added to get and put',
  expected: 'mutual exclusion breaks without any fault, as with naive-wait: the lease mends crashes, not the gap',
  keepAlive: ['client'],
  sharesRevisions: true,
  open: ({ etcd, clock }, { ttlSeconds }) => openPlain(etcd, (asked) => acquire(asked, clock, ttlSeconds)),
};

async function acquire(asked: PlainLock, clock: Clock, ttlSeconds: number): Promise<Hold | undefined> {
  const { etcd, session, lock: key, leavings } = asked;
  await waitUntilAbsent(etcd, session, key);
  if (session.endReason() !== undefined) return undefined;
  const own = await openLeaseSession(etcd, clock, { ttlSeconds, keepAlive: 'client' });
  const giveBack = (deadlineMs?: number): Promise<boolean> => {
    own.end('closed');
    return revoke(etcd, own.lease, deadlineMs);
  };
  const revisions = await takeOrCleanUp(asked, giveBack, () => putOver(etcd, key, '', own.lease));
  return createHold({
    key,
    ...revisions,
    leaseHex: leaseInHex(own.lease),
    life: own,
    async remove() {
      const deleted = await revoke(etcd, own.lease);
      leavings.delete(giveBack);
      return deleted;
    },
    onReleased: () => own.end('released'),
  });
}

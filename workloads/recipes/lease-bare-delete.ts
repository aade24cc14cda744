/**
 * Create the key if it is absent, under a lease that is kept alive; unlocking deletes the key, whoever owns it by then. Whoever comes
 * back after its lease had expired takes the lock away from the next holder, and lets a third one in beside it.
 */
import { createIfAbsent, createWhenAbsent, removeAny } from './bare-key.js';
import { isUnknown, toFailure } from './failure.js';
import { createHold } from './hold.js';
import { expired, type LeasedLock, openLeased, revoke } from './leased-session.js';
import type { Acquired, Recipe } from './recipe.js';

export const leaseBareDelete: Recipe = {
  name: 'lease-bare-delete',
  description: 'create-if-absent under a kept-alive lease; unlock deletes the key without looking whose it is',
  source: "the unlock that is written down most often; Redis' documentation of SET warns of it",
  expected:
    "mutual exclusion breaks when a holder is paused or cut off for longer than the TTL, and then between two others: its late unlock removes the next holder's key",
  keepAlive: ['client', 'controller'],
  open: (environment, options) => openLeased(environment, options, acquire),
};

async function acquire({ etcd, session, lock: key }: LeasedLock): Promise<Acquired> {
  try {
    const createRevision = await createWhenAbsent(etcd, session, key, () =>
      createIfAbsent(etcd, key, '', session.lease),
    );
    if (createRevision === undefined || session.endReason() !== undefined) return expired(session);
    const remove = (): Promise<boolean> => removeAny(etcd, key);
    const hold = createHold({ key, createRevision, headerRevision: createRevision, life: session, remove });
    return { ok: true, hold };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.error === 'session-expired') session.end('lease-not-found');
    else if (isUnknown(failure)) {
      // The key may be there, or come later: without its lease it cannot stay.
      session.end('closed');
      await revoke(etcd, session.lease).catch(toFailure);
    }
    return failure;
  }
}

/**
 * The first idea that everybody has: look whether the key is there, and put it if it is not. Between the two somebody else looks, too.
 * Unlocking deletes the key, whoever put it last.
 */
import { putOver, removeAny, removeNamed } from './bare-key.js';
import { createHold } from './hold.js';
import { openPlain, type PlainLock, randomName, takeOrCleanUp } from './plain-session.js';
import type { Clock } from './ports.js';
import type { Hold, Recipe } from './recipe.js';

/** How soon a key that was there is looked for again, in ms. */
const POLL_MS = 20;

export const naive: Recipe = {
  name: 'naive',
  description: 'get; if the key is absent, put it; else look again after 20 ms',
  source: 'the plain key-value store taken for a lock',
  expected: 'mutual exclusion breaks without any fault: two clients that look before either has put both get in',
  keepAlive: ['client'],
  sharesRevisions: true,
  leaseless: true,
  open({ etcd, clock }) {
    const name = randomName();
    return openPlain(etcd, (asked) => acquire(asked, clock, name), name);
  },
};

async function acquire(asked: PlainLock, clock: Clock, name: string): Promise<Hold | undefined> {
  const { etcd, session, lock: key } = asked;
  let failedTries = 0;
  while ((await etcd.range({ key })).kvs.length > 0) {
    failedTries++;
    await clock.sleep(POLL_MS);
    if (session.endReason() !== undefined) return undefined;
  }
  return takeByPut(asked, name, failedTries);
}

/** Puts the key over whatever is there by now, under the session's name. */
export async function takeByPut(asked: PlainLock, name: string, failedTries?: number): Promise<Hold> {
  const { etcd, session, lock: key, leavings } = asked;
  const cleanUp = (deadlineMs?: number): Promise<boolean> => removeNamed(etcd, key, name, deadlineMs);
  const revisions = await takeOrCleanUp(asked, cleanUp, () => putOver(etcd, key, name));
  return createHold({
    key,
    ...revisions,
    ...(failedTries === undefined ? {} : { failedTries }),
    life: session,
    async remove() {
      const deleted = await removeAny(etcd, key);
      leavings.delete(cleanUp);
      return deleted;
    },
  });
}

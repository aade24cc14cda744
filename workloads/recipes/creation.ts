/**
 * The create revision of a lock's key, for locks that name their key and hand out no token. Read from the key while it is there; from
 * etcd's history when it is gone, though the lock's library has just said that the lock is held. A user who fences reads the key and
 * finds out; one who does not has no reason to, and goes on. Recipes go on, and the history names the hold that they believe in.
 */
import type { Clock, Etcd } from './ports.js';

export interface Creation {
  /** Decimal. */
  createRevision: string;
  /** Store revision when it was read. */
  revision: string;
}

/**
 * `since`: a revision before the key was put; keys that are put more than once may not be asked for. Undefined when etcd does not tell in
 * `withinMs`, or no longer knows. Rejects with the `EtcdFailure` of the read.
 */
export async function readCreation(
  { etcd, clock }: { etcd: Etcd; clock: Clock },
  key: string,
  since: bigint,
  withinMs: number,
): Promise<Creation | undefined> {
  const { revision, kvs } = await etcd.range({ key });
  const created = kvs[0]?.createRevision ?? (await findInHistory(etcd, clock, key, since, withinMs));
  return created === undefined ? undefined : { createRevision: created.toString(), revision: revision.toString() };
}

function findInHistory(
  etcd: Etcd,
  clock: Clock,
  key: string,
  since: bigint,
  withinMs: number,
): Promise<bigint | undefined> {
  return new Promise((resolve) => {
    const done = (revision?: bigint): void => {
      cancelTimer();
      stopWatching();
      resolve(revision);
    };
    const cancelTimer = clock.timer(withinMs, () => done());
    const stopWatching = etcd.watch(
      { key, fromRevision: since + 1n },
      { onEvent: ({ type, revision }) => (type === 'put' ? done(revision) : undefined), onCompacted: () => done() },
    );
  });
}

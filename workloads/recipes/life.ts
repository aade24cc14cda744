/** For how long a session, or a hold with a lease of its own, goes on; and waiting for a key for no longer than that. */
import type { Etcd } from './ports.js';
import type { EndReason } from './recipe.js';

export interface Life {
  /** Undefined while it goes on. */
  endReason(): EndReason | undefined;
  /** Called back once when it ends; the answer takes the callback back. */
  onEnd(callback: (reason: EndReason) => void): () => void;
}

/** A life that ends only when it is told to; the first reason counts. */
export function createLife(): Life & { end(reason: EndReason): void } {
  const listeners = new Set<(reason: EndReason) => void>();
  let ended: EndReason | undefined;
  return {
    endReason: () => ended,
    onEnd(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    end(reason) {
      if (ended !== undefined) return;
      ended = reason;
      for (const listener of listeners) listener(reason);
      listeners.clear();
    },
  };
}

/**
 * Resolves when the key was deleted at `fromRevision` or later, when nobody can tell any more whether it was, or when the life has ended.
 * With the revision after that of a read in which the key was there, no deletion falls between the two.
 */
export function waitForDeletion(etcd: Etcd, life: Life, key: string, fromRevision: bigint): Promise<void> {
  if (life.endReason() !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stopWatching();
      stopListening();
      resolve();
    };
    const stopListening = life.onEnd(done);
    const stopWatching = etcd.watch(
      { key, fromRevision },
      { onEvent: (event) => (event.type === 'delete' ? done() : undefined), onCompacted: done },
    );
  });
}

/** Resolves when the key was not there, or when the life has ended. Rejects with the `EtcdFailure` of a read. */
export async function waitUntilAbsent(etcd: Etcd, life: Life, key: string): Promise<void> {
  while (life.endReason() === undefined) {
    const { revision, kvs } = await etcd.range({ key });
    if (kvs.length === 0) return;
    await waitForDeletion(etcd, life, key, revision + 1n);
  }
}

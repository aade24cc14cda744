/** Locks whose one key is named like the lock itself, with nothing that tells clients apart but its value or its lease. */
import { type Life, waitForDeletion } from './life.js';
import type { Etcd, TxnOperation } from './ports.js';

export interface Created {
  succeeded: boolean;
  /** Of the answer: the create revision of the key, if it was created. */
  revision: bigint;
}

function putOf(key: string, value: string, lease: bigint | undefined): TxnOperation {
  return { do: 'put', key, value, ...(lease === undefined ? {} : { lease }) };
}

/** Puts the key if there is none. */
export async function createIfAbsent(etcd: Etcd, key: string, value: string, lease?: bigint): Promise<Created> {
  const { succeeded, revision } = await etcd.txn({
    compare: [{ key, createRevision: 0n }],
    success: [putOf(key, value, lease)],
    failure: [],
  });
  return { succeeded, revision };
}

/**
 * Tries to create the key, and again each time that it was deleted; its create revision, or undefined when the life has ended. Rejects as
 * `create` does.
 */
export async function createWhenAbsent(
  etcd: Etcd,
  life: Life,
  key: string,
  create: () => Promise<Created>,
): Promise<bigint | undefined> {
  while (life.endReason() === undefined) {
    const { succeeded, revision } = await create();
    if (succeeded) return revision;
    await waitForDeletion(etcd, life, key, revision + 1n);
  }
  return undefined;
}

/** Puts the key, whatever is there; if that is one already, it keeps its create revision. */
export async function putOver(
  etcd: Etcd,
  key: string,
  value: string,
  lease?: bigint,
): Promise<{ createRevision: bigint; headerRevision: bigint }> {
  // The answer to a put tells nothing of the key. A read beside it, in one transaction, changes nothing.
  const { revision, results } = await etcd.txn({
    compare: [],
    success: [putOf(key, value, lease), { do: 'get', key }],
    failure: [],
  });
  return { createRevision: results[1]?.kvs[0]?.createRevision ?? revision, headerRevision: revision };
}

/** Deletes the key, whoever put it; whether there was one. */
export async function removeAny(etcd: Etcd, key: string): Promise<boolean> {
  const { results } = await etcd.txn({ compare: [], success: [{ do: 'delete', key }], failure: [] });
  return results[0]?.deleted === 1;
}

/** Deletes the key if it is the one that was created then; whether it was. */
export async function removeCreated(
  etcd: Etcd,
  key: string,
  createRevision: bigint,
  deadlineMs?: number,
): Promise<boolean> {
  const { succeeded } = await etcd.txn(
    { compare: [{ key, createRevision }], success: [{ do: 'delete', key }], failure: [] },
    deadlineMs,
  );
  return succeeded;
}

/** Deletes the key if its value is that name and nobody created it anew meanwhile; whether it did. */
export async function removeNamed(etcd: Etcd, key: string, name: string, deadlineMs?: number): Promise<boolean> {
  const { kvs } = await etcd.range({ key }, deadlineMs);
  const [own] = kvs;
  return own?.value === name && (await removeCreated(etcd, key, own.createRevision, deadlineMs));
}

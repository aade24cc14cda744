/**
 * One decision of the storage: a line of `storage.jsonl`. The order of `seq` is the order in which the storage took
 * them, and with it the ground truth for writes.
 */

/**
 * `off` takes everything. `equality`: the first token pins the key (etcd's contrib/lock example). `monotonic`: writes below the
 * highest token written are refused. `strict`: writes that are not above it are. `monotonic+register`: a section's first read raises
 * the highest token before it reads. `ask-etcd`: the storage takes everything, the client asks etcd before each write whether it
 * still owns the lock. `guard`: data in etcd, each write in a transaction that holds only while the lock's key is the one that
 * was acquired. `on` (fenced reads): reads carry the token too, are refused like writes, and raise the highest.
 */
export const FENCING = [
  'off',
  'equality',
  'monotonic',
  'strict',
  'monotonic+register',
  'ask-etcd',
  'guard',
  'on',
] as const;
export type Fencing = (typeof FENCING)[number];

/**
 * What a lock can guard. `http`: our own storage in memory; `http-durable`: the same with every decision on the disk before it is
 * answered; `postgres`, `redis`: a database in a container of its own; `etcd`: the cluster that keeps the lock too.
 */
export const STORAGES = ['http', 'http-durable', 'postgres', 'redis', 'etcd'] as const;
export type Storage = (typeof STORAGES)[number];

/** The schemes that a storage can do: all, but that only etcd sees the lock's key and the data in one transaction. */
export function schemesOf(storage: Storage): readonly Fencing[] {
  return storage === 'etcd' ? FENCING : FENCING.filter((scheme) => scheme !== 'guard');
}

export interface Decision {
  /** From 1, without gaps. */
  seq: number;
  /** Index of the invocation in the history, or -1 for a request made by hand. */
  op: number;
  process: number;
  f: 'read' | 'write';
  key: string;
  token: string;
  /** Written value, or the value that the read returned. */
  value?: unknown;
  verdict: 'accepted' | 'refused';
  /** Why it was refused. */
  reason?: string;
  /** Highest token seen for the key after this decision; `"0"` before any. */
  highest: string;
}

/**
 * The storage as the client sees it, whatever it is: reads and writes, each sent once. Which adapter speaks to it follows from
 * the protocol of its URL.
 */
import { type Fencing, schemesOf, type Storage } from '../../harness/history/decision.js';
import type { Etcd } from '../recipes/ports.js';
import type { ReadRequest, WriteRequest } from '../storages/protocol.js';
import { connectEtcdStorage } from './etcd-storage.js';
import { connectHttpStorage } from './http-storage.js';
import { keepConnection } from './kept-connection.js';
import type { StorageOutcome } from './storage-outcome.js';

/** The key in etcd that makes a client the owner of its lock, and its create revision, decimal. */
export interface LockKey {
  key: string;
  createRevision: string;
}

export interface StorageClient {
  read(body: ReadRequest): Promise<StorageOutcome>;
  /** `owner`: what etcd must still have for the writer to own the lock; of use to a storage that can ask etcd in the same step. */
  write(body: WriteRequest, owner?: LockKey): Promise<StorageOutcome>;
  /** Requests under way answer `unavailable`. */
  close(): Promise<void>;
}

export interface StorageOptions {
  /** For one request, connecting included, in ms. */
  deadlineMs: number;
  /** For the databases, where the statement that the client sends decides; an HTTP storage has its own. */
  fencing: Fencing;
  /** For `etcd:`, which is the cluster that keeps the locks. Not closed by the storage client. */
  etcd: Etcd;
}

/** How the kinds of storage are reached. */
const KINDS: Record<string, Exclude<Storage, 'http-durable'>> = {
  'http:': 'http',
  'https:': 'http',
  'postgres:': 'postgres',
  'redis:': 'redis',
  'etcd:': 'etcd',
};

/** Loads no more than the adapter that is needed. `url`: `http://HOST:PORT`, `postgres://USER@HOST:PORT/DATABASE`, `redis://HOST:PORT` or `etcd:`. */
export function connectStorage(
  url: string,
  { deadlineMs, fencing, etcd }: StorageOptions,
): StorageClient | { unsupported: string } {
  const kind = KINDS[new URL(url).protocol];
  if (kind === undefined) return { unsupported: `${url}: a storage is ${Object.keys(KINDS).join(', ')}` };
  if (!schemesOf(kind).includes(fencing)) {
    return { unsupported: `${kind} cannot do the scheme ${fencing}; it can do ${schemesOf(kind).join(', ')}` };
  }
  switch (kind) {
    case 'http':
      return connectHttpStorage(url, deadlineMs);
    case 'postgres':
      return keepConnection(async () => (await import('./postgres-storage.js')).openPostgres(url, fencing), deadlineMs);
    case 'redis':
      return keepConnection(async () => (await import('./redis-storage.js')).openRedis(url, fencing), deadlineMs);
    case 'etcd':
      return connectEtcdStorage(etcd, fencing);
  }
}

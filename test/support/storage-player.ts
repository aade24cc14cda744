/**
 * A program for a container of the node image: holds clients of storages and does with them what it is told, one JSON object a line
 * on stdin, one answer a line on stdout. With it a test speaks to a storage as the client program does, without a lock, and with the
 * tokens that it wants.
 */
import { createInterface } from 'node:readline';
import type { Fencing } from '../../harness/history/decision.js';
import { connectStorage, type LockKey, type StorageClient } from '../../workloads/clients/storage-client.js';
import type { StorageOutcome } from '../../workloads/clients/storage-outcome.js';
import { connectEtcd } from '../../workloads/recipes/etcd3-adapter.js';
import type { Etcd } from '../../workloads/recipes/ports.js';
import type { ReadRequest, WriteRequest } from '../../workloads/storages/protocol.js';

export interface Connect {
  url: string;
  etcd: string[];
  fencing: Fencing;
  deadlineMs: number;
}

export type Told =
  | ({ do: 'connect'; client: number } & Connect)
  | { do: 'read'; client: number; body: ReadRequest }
  | { do: 'write'; client: number; body: WriteRequest; owner?: LockKey }
  | { do: 'close'; client: number }
  /** Deletes the key and makes it anew; answers its create revision. */
  | { do: 'take-lock'; etcd: string[]; key: string };

export type Said = StorageOutcome | { unsupported: string } | { type: 'done'; revision?: string };

const clients = new Map<number, StorageClient>();
const clusters: Etcd[] = [];

async function obey(told: Told): Promise<Said> {
  switch (told.do) {
    case 'connect': {
      const { client, url, etcd, fencing, deadlineMs } = told;
      const cluster = connectEtcd(etcd, deadlineMs);
      const storage = connectStorage(url, { deadlineMs, fencing, etcd: cluster });
      if ('unsupported' in storage) return storage;
      clusters.push(cluster);
      clients.set(client, storage);
      return { type: 'done' };
    }
    case 'read':
      return found(told.client).read(told.body);
    case 'write':
      return found(told.client).write(told.body, told.owner);
    case 'close':
      await found(told.client).close();
      return { type: 'done' };
    case 'take-lock': {
      const etcd = connectEtcd(told.etcd, 5000);
      const { key } = told;
      await etcd.txn({ compare: [], success: [{ do: 'delete', key }], failure: [] });
      const { revision } = await etcd.txn({ compare: [], success: [{ do: 'put', key, value: '' }], failure: [] });
      etcd.close();
      return { type: 'done', revision: revision.toString() };
    }
  }
}

function found(client: number): StorageClient {
  const storage = clients.get(client);
  if (storage === undefined) throw new Error(`there is no client ${client}`);
  return storage;
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, told } = JSON.parse(line) as { id: number; told: Told };
    void obey(told).then((said) => process.stdout.write(`${JSON.stringify({ id, said })}\n`));
  })
  .on('close', () => {
    for (const storage of clients.values()) void storage.close();
    for (const etcd of clusters) etcd.close();
  });

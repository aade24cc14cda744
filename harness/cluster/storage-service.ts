// The storages as containers: where each takes requests, which image and compose file it comes from, and how leasebreaker asks it
// what no client may ask. What they do with a request is in workloads/storages.
import { type Storage, STORAGES } from '../history/decision.js';
import type { Node } from './containers.js';
import type { ImageName } from './image-context.js';

/** A kind of storage. */
export interface StorageService {
  /** TCP port in the run's network; undefined: it is etcd, and has no container of its own. */
  readonly port: number | undefined;
  /** Beside leasebreaker's own program: its image, and what docker/storage-NAME.yml changes in docker-compose.yml. */
  readonly image?: Extract<ImageName, 'postgres' | 'redis'>;
  /** The address as clients are given it, without the host: see {@link storageUrl}. */
  readonly url: (host: string) => string;
}

const HTTP: StorageService = { port: 8080, url: (host) => `http://${host}:8080` };

const SERVICES: Readonly<Record<Storage, StorageService>> = {
  http: HTTP,
  'http-durable': HTTP,
  postgres: { port: 5432, image: 'postgres', url: (host) => `postgres://postgres@${host}:5432/leasebreaker` },
  redis: { port: 6379, image: 'redis', url: (host) => `redis://${host}:6379` },
  etcd: { port: undefined, url: () => 'etcd:' },
};

/** The kind of that name; throws a RangeError for a name that is none. */
export function storageService(kind: string): StorageService {
  const known = STORAGES.find((one) => one === kind);
  if (known === undefined) throw new RangeError(`there is no storage ${kind}; there are: ${STORAGES.join(', ')}`);
  return SERVICES[known];
}

/**
 * What clients connect to: `http://A:8080`, `postgres://postgres@A:5432/leasebreaker`, `redis://A:6379`; `etcd:` stands for the
 * members that the client has for its lock as well.
 */
export function storageUrl(kind: string, nodes: readonly Pick<Node, 'role' | 'address'>[]): string {
  return storageService(kind).url(nodes.find(({ role }) => role === 'storage')?.address ?? '');
}

export type StorageAdminCommand = 'health' | 'clock' | 'log' | 'summary' | 'reset';

/**
 * The command line that asks the storage, from workloads/storages/admin-main.ts. It runs beside the storage, in its sidecar, so that
 * no fault in the network cuts it; for etcd on the observer, where STORAGE_URL names all members: `http://A:2379,http://B:2379`.
 */
export function storageAdminCommand(
  { kind, fencing, nodes }: { kind: string; fencing: string; nodes: readonly Pick<Node, 'role' | 'address'>[] },
  command: StorageAdminCommand,
): string[] {
  const members = nodes.filter(({ role }) => role === 'etcd').map(({ address }) => `http://${address}:2379`);
  const { port, url } = storageService(kind);
  const program = ['node', '/opt/leasebreaker/storage-admin.mjs', command];
  return [
    'env',
    `STORAGE_KIND=${kind}`,
    `STORAGE_FENCING=${fencing}`,
    `STORAGE_URL=${port === undefined ? members.join(',') : url('127.0.0.1')}`,
    ...program,
  ];
}

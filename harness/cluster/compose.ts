// Starts the services of docker-compose.yml for one run, under a project name of its own. Taking them down again is
// `leftovers.ts`'s work, which needs no compose file and works on half a start too.
import { join } from 'node:path';
import type { EtcdVersion } from '../history/etcd-version.js';
import type { AskedClientImage } from './client-image.js';
import type { ComposeTool } from './compose-tool.js';
import type { Endpoint } from './endpoint.js';
import type { Images } from './images.js';
import { type Owner, ownerEnvironment } from './owner.js';
import { projectRoot } from './project.js';
import { shell, tail } from './shell.js';
import { storageService } from './storage-service.js';

/** How many client hosts docker-compose.yml has. */
export const MAX_CLIENT_HOSTS = 3;

/** What a run wants started. */
export interface ClusterSpec {
  /** Lower-case letters, digits and hyphens; names the run's containers. */
  readonly runId: string;
  readonly etcdNodes: 1 | 3 | 5;
  /** One of leasebreaker's own, `3.5` by default. */
  readonly etcdVersion?: EtcdVersion;
  /** Any official etcd image instead. */
  readonly etcdImage?: string;
  readonly etcdData: 'tmpfs' | 'disk';
  /** A name of harness/history/decision.ts; `http` by default. */
  readonly storage?: string;
  readonly fencing: string;
  /** Where the clients' program comes from, if it is not leasebreaker's own. */
  readonly client?: AskedClientImage;
  /** 1 to {@link MAX_CLIENT_HOSTS}. */
  readonly clientHosts: number;
  /** The /24 network, for example `10.213.7.0/24`; a free one by default. */
  readonly subnet?: string;
}

export type UpOutcome = { readonly kind: 'up' } | { readonly kind: 'overlap' | 'failed'; readonly message: string };

/** The project under which a run's containers and network are named. */
export function projectName(runId: string): string {
  return `leasebreaker-${runId}`;
}

/** The services of a run, by the names of docker-compose.yml; compose adds the sidecars that these join. */
export function services(spec: Pick<ClusterSpec, 'etcdNodes' | 'clientHosts' | 'storage'>): string[] {
  const numbered = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
  const storage = storageService(spec.storage ?? 'http').port === undefined ? [] : ['storage'];
  return [...numbered('etcd', spec.etcdNodes), ...storage, ...numbered('clients', spec.clientHosts), 'observer'];
}

/** Everything that `docker compose up` is called with besides its command. */
export interface UpRequest {
  readonly spec: ClusterSpec;
  readonly images: Pick<Images, 'node' | 'etcd' | 'storage' | 'client'>;
  readonly subnet: string;
  readonly owner: Owner;
  readonly endpoint: Endpoint;
}

/** The arguments and variables for starting a run; nothing of the caller's own compose settings gets through. */
export function upCommand({ spec, images, subnet, owner, endpoint }: UpRequest): {
  args: string[];
  env: Record<string, string | undefined>;
} {
  const members = spec.etcdNodes === 3 ? '.env' : join('docker', `etcd-${spec.etcdNodes}.env`);
  const { image: database } = storageService(spec.storage ?? 'http');
  const files = [
    'docker-compose.yml',
    ...(spec.etcdData === 'disk' ? [join('docker', 'etcd-disk.yml')] : []),
    ...(database === undefined ? [] : [join('docker', `storage-${database}.yml`)]),
  ];
  const inherited = [
    'COMPOSE_FILE',
    'COMPOSE_PROFILES',
    'COMPOSE_PROJECT_NAME',
    'COMPOSE_ENV_FILES',
    'ETCD_MEMBERS',
    'ETCD_ENDPOINTS',
  ];
  const timing = ['ETCD_HEARTBEAT_INTERVAL', 'ETCD_ELECTION_TIMEOUT'];
  return {
    args: [
      ...['--ansi', 'never', '--project-name', projectName(spec.runId), '--project-directory', projectRoot],
      ...files.flatMap((file) => ['--file', join(projectRoot, file)]),
      ...['--env-file', join(projectRoot, members)],
      ...['up', '--detach', '--no-build', '--pull', 'never', ...services(spec)],
    ],
    env: {
      ...Object.fromEntries([...inherited, ...timing].map((name) => [name, undefined])),
      ...ownerEnvironment(spec.runId, owner),
      LEASEBREAKER_NET: subnet.split('.').slice(0, 3).join('.'),
      LEASEBREAKER_NODE_IMAGE: images.node,
      LEASEBREAKER_CLIENT_IMAGE: images.client,
      ETCD_IMAGE: images.etcd,
      STORAGE_IMAGE: images.storage,
      STORAGE_FENCING: spec.fencing,
      STORAGE_KIND: spec.storage ?? 'http',
      // A user's own engine on a socket that the docker command does not look at by itself.
      ...(endpoint.asked ? {} : { DOCKER_HOST: endpoint.url }),
    },
  };
}

/** Starts the services. `overlap`: the subnet was taken in the meantime. What was made so far stays for the caller to remove. */
export async function up(compose: ComposeTool, request: UpRequest): Promise<UpOutcome> {
  const { args, env } = upCommand(request);
  const [file, ...first] = compose.command;
  const result = await shell(file, [...first, ...args], { env, cwd: projectRoot });
  if (result.ok) return { kind: 'up' };
  const message = tail(result.stderr === '' ? result.message : result.stderr, 6);
  // "Pool overlaps with other one on this address space", in every version (moby `libnetwork/ipam`).
  return { kind: /overlaps with other/i.test(message) ? 'overlap' : 'failed', message };
}

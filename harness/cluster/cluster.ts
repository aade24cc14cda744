// The cluster of one run: from whatever machine this is to etcd members, storage, client hosts and observer that answer,
// and down again. The one door to this folder for a run; the command line also uses `doctor.ts` and `leftovers.ts`.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { monotonicMs } from '../history/clock.js';
import { type FaultAbilities, probeAbilities } from './abilities.js';
import { type ClusterSpec, MAX_CLIENT_HOSTS, up } from './compose.js';
import {
  type Death,
  type DeathWatch,
  engineTimeS,
  listNodes,
  listStrangers,
  type Node,
  readLog,
  saveLogs,
  watchDeaths,
} from './containers.js';
import { type ContainerControl, createControl } from './control.js';
import type { Engine } from './engine.js';
import { createEtcd, type Etcd } from './etcd.js';
import type { EtcdAdmin } from './etcd-admin.js';
import { type ExecResult, type ExecStream, openStream, type Place, runInContainer } from './exec.js';
import { type AskedImages, ensureImages, type Images } from './images.js';
import { removeLeftovers, stuckMessage } from './leftovers.js';
import { thisOwner } from './owner.js';
import { type Lacking, type Provisioned, provision } from './provision.js';
import { renew } from './renew.js';
import { type Say, tail } from './shell.js';
import { chooseSubnet, judgeAsked, preferenceOf, takenNetworks } from './subnet.js';
import { type StorageAdminCommand, storageAdminCommand, storageService } from './storage-service.js';
import { startWatchdog } from './watchdog.js';

export { refuseBuildFolder } from './client-image.js';
export type { FaultAbilities } from './abilities.js';
export type { ClusterSpec } from './compose.js';
export type { Death, Node, Role } from './containers.js';
export type { ContainerControl } from './control.js';
export type { Etcd } from './etcd.js';
export type { ExecStream } from './exec.js';
export { storageAdminCommand, storageService, storageUrl } from './storage-service.js';

/** A running cluster. */
export interface Cluster {
  /** A member's entry is replaced when etcd administration makes its container anew. */
  readonly nodes: readonly Node[];
  readonly etcd: Etcd;
  /** What the run ran on: component to version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Starts the agent of a node: in its sidecar, if it has one, else beside its programs. */
  openAgent(node: string): Promise<ExecStream>;
  /** Starts any program on a node. */
  openProgram(node: string, command: readonly string[]): Promise<ExecStream>;
  /** Asks the storage what no client may ask: its health (which makes what it needs to begin), clock or decision log. */
  openStorageAdmin(command: StorageAdminCommand): Promise<ExecStream>;
  /** The engine's hands on a node: for a pod, on its program. */
  control(node: string): ContainerControl;
  /**
   * Reports what ends on its own from now on, and what has ended since the start; stops with `down`, or when the returned function
   * is called.
   */
  onDeath(callback: (death: Death) => void): () => void;
  /** The seconds that etcd grants to a lease that asks for `seconds`. */
  probeGrantedTtl(seconds: number): Promise<number>;
  /** What engine and kernel can do for faults, tried out anew in about a second. */
  probeAbilities(): Promise<FaultAbilities>;
  /**
   * Makes it as new for another run: whole, healthy, nothing running in it that a run has started, no key or lease in etcd, nothing in
   * the storage. Rejects with the reason where that cannot be. The containers go on, and so do etcd's revisions and terms.
   */
  renew(): Promise<void>;
  /** What the containers have logged since their start, or since they were renewed. */
  saveLogs(folder: string): Promise<void>;
  /** Removes everything of the run. May be called more than once. Throws if the engine does not answer. */
  down(): Promise<void>;
}

export type StartOutcome =
  | { readonly kind: 'up'; readonly cluster: Cluster }
  | { readonly kind: 'environment'; readonly message: string; readonly mend: string[] };

/** Provisions, sweeps up after dead runs, builds what is missing, starts the run's containers and waits for them. */
export async function startCluster(spec: ClusterSpec, say: Say): Promise<StartOutcome> {
  const usualImage = spec.etcdVersion === undefined ? process.env['ETCD_IMAGE'] : undefined;
  const ready = await prepare(say, { ...spec, etcdImage: spec.etcdImage ?? usualImage });
  if (ready.kind !== 'ready') return environment(ready.message, ready.commands);
  const { docker } = ready.engine;
  const watchdog = startWatchdog({ run: spec.runId, endpoint: ready.engine.endpoint });
  let watch: DeathWatch | undefined;
  const remove = async (): Promise<void> => {
    watch?.stop();
    const { stuck } = await removeLeftovers(docker, { run: spec.runId });
    watchdog.dismiss();
    if (stuck.length > 0) throw new Error(stuckMessage(stuck));
  };
  const abandon = async (outcome: StartOutcome): Promise<StartOutcome> => {
    await remove().catch(() => undefined);
    return outcome;
  };
  try {
    const started = await bringUp(ready, spec);
    if (started !== undefined) return await abandon(started);
    const deaths = collectDeaths();
    const watching = await watchDeaths(docker, spec.runId, deaths.report);
    watch = watching;
    const nodes = await listNodes(docker, spec.runId);
    const control = (node: string): ContainerControl => {
      containerOf(nodes, node); // a wrong name is told here, not at the first use
      return createControl(
        docker,
        () => containerOf(nodes, node),
        () => watching.expectExit(node),
      );
    };
    const earlierLogs = new Map<string, string>();
    const etcd = createEtcd(docker, { nodes, control, earlierLogs });
    const storage = storageAdmin(nodes, spec);
    const failure = await awaitReady(docker, nodes, etcd, storage, deaths);
    if (failure !== undefined) return await abandon(failure);
    let logSinceS: number | undefined;
    const cluster: Cluster = {
      nodes,
      etcd,
      versions: await versions(ready, nodes, etcd),
      openAgent: async (node) => openStream(docker, agentPlace(nodes, node), ['node', '/opt/leasebreaker/agent.mjs']),
      openProgram: async (node, command) => openStream(docker, programPlace(nodes, node), command),
      openStorageAdmin: async (command) => openStream(docker, storage.place, storage.command(command)),
      control,
      onDeath: deaths.onDeath,
      probeGrantedTtl: etcd.probeGrantedTtl,
      probeAbilities: () => probeAbilities(docker, ready.images.node),
      async renew() {
        const [death] = deaths.seen;
        if (death !== undefined)
          throw new Error(`${death.kind === 'container-died' ? death.service : 'the engine'} ended`);
        const ask = (command: StorageAdminCommand): Promise<ExecResult> =>
          runInContainer(docker, storage.place, storage.command(command));
        await renew({ strangers: () => listStrangers(docker, spec.runId), etcd, storage: ask });
        logSinceS = await engineTimeS(docker);
      },
      saveLogs: (folder) => saveLogs(docker, spec.runId, folder, earlierLogs, logSinceS),
      down: remove,
    };
    return { kind: 'up', cluster };
  } catch (error) {
    const mend = ['npx leasebreaker doctor', 'npx leasebreaker clean'];
    return abandon(environment(`The Docker engine failed: ${(error as Error).message}`, mend));
  }
}

/** Everything that a run needs of a machine. */
export interface Prepared extends Provisioned {
  readonly images: Images;
}

/** Engine, compose and images, and nothing left of dead runs. */
export async function prepare(say: Say, asked: AskedImages = {}): Promise<Prepared | Lacking> {
  const provisioned = await provision(say);
  if (provisioned.kind !== 'ready') return provisioned;
  const { docker } = provisioned.engine;
  try {
    const [images, swept] = await Promise.all([ensureImages(docker, say, asked), removeLeftovers(docker)]);
    if (swept.runs.length > 0) say(`Removed what dead runs left behind: ${swept.runs.join(', ')}`);
    if (swept.stuck.length > 0) say(`This run is not hindered, but ${stuckMessage(swept.stuck)}`);
    return images.kind === 'ready' ? { ...provisioned, images } : images;
  } catch (error) {
    return {
      kind: 'failed',
      message: `The Docker engine failed: ${(error as Error).message}`,
      commands: ['npx leasebreaker doctor'],
    };
  }
}

/** Starts the services on a free subnet; undefined, or why not. */
async function bringUp({ engine, compose, images }: Prepared, spec: ClusterSpec): Promise<StartOutcome | undefined> {
  if (!(spec.clientHosts >= 1 && spec.clientHosts <= MAX_CLIENT_HOSTS)) {
    throw new RangeError(`client hosts must be 1 to ${MAX_CLIENT_HOSTS}, not ${spec.clientHosts}`);
  }
  const { docker, endpoint } = engine;
  const asked = spec.subnet ?? process.env['LEASEBREAKER_SUBNET'] ?? '';
  const tried = new Set<string>();
  for (;;) {
    const taken = await takenNetworks(docker);
    const choice = asked === '' ? undefined : judgeAsked(asked, taken);
    if (choice !== undefined && choice.kind !== 'free') {
      return environment(choice.message, ['docker network ls', 'give another one, or none: --subnet 10.213.7.0/24']);
    }
    const subnet = choice?.subnet ?? chooseSubnet(taken, preferenceOf(spec.runId), tried);
    if (subnet === undefined) {
      return environment('No free subnet is left for the run.', [
        'npx leasebreaker clean',
        'or name one: --subnet 10.99.1.0/24',
      ]);
    }
    const outcome = await up(compose, { spec, images, subnet, owner: thisOwner(), endpoint });
    if (outcome.kind === 'up') return undefined;
    // Another run took it between the look and the start: nothing was made yet that a second try would trip over.
    if (outcome.kind === 'failed' || choice !== undefined) {
      return environment(`The containers do not start:\n${outcome.message}`, [
        'npx leasebreaker doctor',
        'npx leasebreaker clean',
      ]);
    }
    tried.add(subnet);
  }
}

/** Three times what a loaded machine of two cores takes, and far from anybody's patience. */
const READY_WITHIN_MS = 60_000;

async function awaitReady(
  docker: Docker,
  nodes: readonly Node[],
  etcd: EtcdAdmin,
  storageOf: StorageAdmin,
  deaths: Deaths,
): Promise<StartOutcome | undefined> {
  const [health, storage] = await Promise.all([
    etcd.awaitHealthy(READY_WITHIN_MS, () => deaths.seen.length > 0),
    awaitStorage(docker, storageOf, () => deaths.seen.length > 0),
  ]);
  const [death] = deaths.seen;
  if (death?.kind === 'engine-gone')
    return environment(`The Docker engine went away: ${death.message}`, ['npx leasebreaker doctor']);
  if (death !== undefined) {
    const log = await readLog(docker, containerOf(nodes, death.service), 15);
    return environment(
      `${death.service} ended right after its start (exit code ${death.exitCode}):\n${tail(log, 15)}`,
      ['npx leasebreaker doctor'],
    );
  }
  if (health.kind === 'unhealthy')
    return environment(`The etcd cluster is not healthy:\n${health.problems.join('\n')}`, ['npx leasebreaker doctor']);
  if (storage !== undefined) return environment(`The storage does not answer: ${storage}`, ['npx leasebreaker doctor']);
  return undefined;
}

/** How the storage is asked. */
interface StorageAdmin {
  readonly place: Place;
  readonly command: (command: StorageAdminCommand) => string[];
}

/** In the storage's sidecar, which outlives it; etcd is asked on the observer, which no fault touches. */
function storageAdmin(nodes: readonly Node[], { storage: kind = 'http', fencing }: ClusterSpec): StorageAdmin {
  const ofEtcd = storageService(kind).port === undefined;
  return {
    place: agentPlace(nodes, ofEtcd ? 'observer' : 'storage'),
    command: (command) => storageAdminCommand({ kind, fencing, nodes }, command),
  };
}

async function awaitStorage(docker: Docker, storage: StorageAdmin, gaveUp: () => boolean): Promise<string | undefined> {
  for (const begun = monotonicMs(); ; ) {
    const asked = await runInContainer(docker, storage.place, storage.command('health')).catch((error: Error) => error);
    if (!(asked instanceof Error) && asked.code === 0) return undefined;
    if (gaveUp() || monotonicMs() - begun > READY_WITHIN_MS)
      return asked instanceof Error ? asked.message : asked.stderr || asked.reason;
    await sleep(200);
  }
}

type Deaths = ReturnType<typeof collectDeaths>;

/** Keeps deaths until somebody wants them. */
function collectDeaths() {
  const seen: Death[] = [];
  const listeners = new Set<(death: Death) => void>();
  return {
    report(death: Death): void {
      seen.push(death);
      for (const listener of listeners) listener(death);
    },
    onDeath(listener: (death: Death) => void): () => void {
      listeners.add(listener);
      for (const death of seen) listener(death);
      return () => void listeners.delete(listener);
    },
    seen: seen as readonly Death[],
  };
}

async function versions(
  { engine, compose, images }: Prepared,
  nodes: readonly Node[],
  etcd: EtcdAdmin,
): Promise<Record<string, string>> {
  const health = await etcd.health();
  const ofEtcd =
    health.kind === 'healthy' ? [...new Set(health.members.map(({ version }) => version))].join(', ') : 'unknown';
  return {
    etcd: ofEtcd,
    'etcd image': images.etcd,
    'node image': images.node,
    ...(images.storage === undefined ? {} : { 'storage image': images.storage }),
    ...(images.client === undefined ? {} : { 'client image': images.client }),
    engine: describeEngine(engine),
    compose: compose.version,
    kernel: engine.kernel,
    node: process.versions.node,
    subnet: nodes[0]?.address.replace(/\d+$/, '0/24') ?? '',
  };
}

function describeEngine({ version, apiVersion }: Engine): string {
  return `${version} (API ${apiVersion})`;
}

function nodeOf(nodes: readonly Node[], name: string): Node {
  const node = nodes.find((one) => one.name === name);
  if (node === undefined)
    throw new Error(`no node ${name} in this run: it has ${nodes.map((one) => one.name).join(', ')}`);
  return node;
}

function containerOf(nodes: readonly Node[], name: string): string {
  return nodeOf(nodes, name).container;
}

/** Where a node's program runs. */
function programPlace(nodes: readonly Node[], name: string): Place {
  const { container, sidecar } = nodeOf(nodes, name);
  return { container, joined: sidecar !== undefined };
}

/** Where a node's agent runs. */
function agentPlace(nodes: readonly Node[], name: string): Place {
  const { sidecar, container } = nodeOf(nodes, name);
  return { container: sidecar ?? container };
}

function environment(message: string, mend: readonly string[]): StartOutcome {
  return { kind: 'environment', message, mend: [...mend] };
}

// Removes what runs made: of runs whose owner is dead, of this process, or of all. What a living owner made stays.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { monotonicMs } from '../history/clock.js';
import { here, judgeOwner, labelsOfEnvironment, type OwnerState, RUN_LABEL, readOwner } from './owner.js';

/** Whose things are removed. */
export interface Sweep {
  /** One run, whoever owns it. */
  readonly run?: string;
  /** The runs of this very process: its clean-up by force. */
  readonly own?: boolean;
  /** Everything that carries leasebreaker's labels, also of living owners, other machines and runs by hand. */
  readonly all?: boolean;
}

/** What was removed. */
export interface Swept {
  readonly runs: readonly string[];
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  /** Names of networks that the engine would not remove although nothing is in them; only its restart helps. */
  readonly stuck: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

interface Thing {
  readonly kind: 'container' | 'network' | 'volume';
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** A frozen container: engines differ in whether they remove one. */
  readonly frozen?: boolean;
}

/**
 * The engine carries out what a killed compose asked for last even when nobody waits for the answer any more: it must have
 * made nothing for this long. A container takes it some hundred ms, on a loaded machine more than a second.
 */
const QUIET_MS = 3000;
const LOOK_AGAIN_MS = 300;

/** Removes containers by force, then networks and volumes. With no choice made: everything of dead owners. */
export async function removeLeftovers(docker: Docker, sweep: Sweep = {}): Promise<Swept> {
  const runs = new Set<string>();
  const count = { container: 0, network: 0, volume: 0 };
  const stuck = new Set<string>();
  const killed = killCompose(sweep);
  for (let quietSince = monotonicMs(); ; await sleep(LOOK_AGAIN_MS)) {
    const things = (await listThings(docker)).filter(({ labels, name }) => isSwept(labels, sweep) && !stuck.has(name));
    for (const kind of ['container', 'network', 'volume'] as const) {
      const some = things.filter((thing) => thing.kind === kind);
      const outcomes = await Promise.all(some.map((thing) => removeThing(docker, thing)));
      count[kind] += outcomes.filter((outcome) => outcome === 'removed').length;
      some.forEach(({ name }, at) => outcomes[at] === 'stuck' && stuck.add(name));
    }
    for (const { labels } of things) runs.add(labels[RUN_LABEL] ?? '');
    if (!killed) break;
    if (things.length > 0) quietSince = monotonicMs();
    else if (monotonicMs() - quietSince > QUIET_MS) break;
  }
  return {
    runs: [...runs].sort(),
    containers: count.container,
    networks: count.network,
    volumes: count.volume,
    stuck: [...stuck],
  };
}

/** The runs of which anything is there, with the state of their owners, without touching them. */
export async function listRuns(docker: Docker): Promise<{ run: string; owner: OwnerState; things: number }[]> {
  const place = here();
  const runs = new Map<string, { run: string; owner: OwnerState; things: number }>();
  for (const { labels } of await listThings(docker)) {
    const run = labels[RUN_LABEL] ?? '';
    const known = runs.get(run) ?? { run, owner: judgeOwner(readOwner(labels), place), things: 0 };
    runs.set(run, { ...known, things: known.things + 1 });
  }
  return [...runs.values()];
}

function isSwept(labels: Labels, sweep: Sweep): boolean {
  if (sweep.all === true) return true;
  if (sweep.run !== undefined) return labels[RUN_LABEL] === sweep.run;
  const owner = readOwner(labels);
  const state = judgeOwner(owner, here());
  return sweep.own === true ? state === 'alive' && owner?.pid === process.pid : state === 'dead';
}

async function listThings(docker: Docker): Promise<Thing[]> {
  const filters = { label: [RUN_LABEL] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(
      (one): Thing => ({
        kind: 'container',
        id: one.Id,
        name: one.Names[0] ?? one.Id,
        labels: one.Labels,
        frozen: one.State === 'paused',
      }),
    ),
    ...networks.map((one): Thing => ({ kind: 'network', id: one.Id, name: one.Name, labels: one.Labels ?? {} })),
    ...(volumes.Volumes ?? []).map(
      (one): Thing => ({ kind: 'volume', id: one.Name, name: one.Name, labels: one.Labels ?? {} }),
    ),
  ];
}

/** How often a thing that is still in use is tried again; whoever uses it is being removed as well. */
const ATTEMPTS = 25;

async function removeThing(docker: Docker, { kind, id, frozen }: Thing): Promise<'removed' | 'stuck'> {
  if (frozen === true)
    await docker
      .getContainer(id)
      .unpause()
      .catch(() => undefined); // it may have been thawed meanwhile
  for (let attempt = 1; ; attempt++) {
    try {
      if (kind === 'container') await docker.getContainer(id).remove({ force: true, v: true });
      else if (kind === 'network') await docker.getNetwork(id).remove();
      else await docker.getVolume(id).remove();
      return 'removed';
    } catch (error) {
      const status = (error as { statusCode?: number }).statusCode;
      if (status === 404) return 'removed';
      // 409: another cleaner is at it, or it is in use; 403: a network with endpoints (Engine API).
      if (status !== 409 && status !== 403) throw error;
      if (attempt === ATTEMPTS) {
        if (kind === 'network' && (await isEmpty(docker, id))) return 'stuck';
        throw error;
      }
      await sleep(200);
    }
  }
}

/**
 * Whether a network has no container. The engine counts endpoints and can lose count when many come and go at once on a busy
 * machine ("has active endpoints", moby `libnetwork/endpoint_cnt.go`); it believes in them until it is started again.
 */
async function isEmpty(docker: Docker, network: string): Promise<boolean> {
  const { Containers } = (await docker.getNetwork(network).inspect()) as { Containers?: Record<string, unknown> };
  return Object.keys(Containers ?? {}).length === 0;
}

/** What to tell of them. */
export function stuckMessage(networks: readonly string[]): string {
  return `the engine does not remove ${networks.join(', ')}: nothing is in there, but it has lost count; restart the engine, then: npx leasebreaker clean`;
}

/**
 * Kills the compose commands of the runs that are swept: one that outlives its killed controller would go on making
 * containers that nobody removes. They are known by the labels in their environment. Returns whether there was one.
 */
function killCompose(sweep: Sweep): boolean {
  let killed = false;
  for (const pid of processes()) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('compose')) continue;
      const labels = labelsOfEnvironment(parseEnvironment(readFileSync(`/proc/${pid}/environ`, 'utf8')));
      if (readOwner(labels) === undefined || !isSwept(labels, sweep)) continue;
      process.kill(pid, 'SIGKILL');
      killed = true;
    } catch {
      // gone, or another user's
    }
  }
  return killed;
}

function parseEnvironment(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\0').map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 0);
  } catch {
    return []; // no Linux: an orphan ends by itself after some seconds
  }
}

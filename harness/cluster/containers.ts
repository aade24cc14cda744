// The containers of a run: which there are, when one dies that should not, and what they have logged.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { splitLines } from '../history/lines.js';
import { createDemuxer } from './demux.js';
import { ROLE_LABEL, RUN_LABEL } from './owner.js';

export type Role = 'etcd' | 'storage' | 'clients' | 'observer';

/** A service of a run: one container, or the two of a pod. */
export interface Node {
  /** Its name in docker-compose.yml, for example `etcd1`. */
  readonly name: string;
  readonly role: Role;
  /** Its IPv4 address in the run's network, without a port. */
  readonly address: string;
  /** All its addresses: IPv4, then IPv6 if it has one. */
  readonly addresses: readonly string[];
  /** Id of the container with the program. Another one once etcd administration has made the program anew. */
  readonly container: string;
  /** Id of the container that holds the pod's network, process numbers and data; a node without one is no pod. */
  readonly sidecar?: string;
}

/** What ended although nobody ended it. */
export type Death =
  | { readonly kind: 'container-died'; readonly service: string; readonly exitCode: number }
  | { readonly kind: 'engine-gone'; readonly message: string };

export const SERVICE_LABEL = 'com.docker.compose.service';
const SIDECAR = '-sidecar';

/** One container as the engine lists it. */
interface Listed {
  readonly service: string;
  readonly id: string;
  readonly role: string | undefined;
  /** Its own program with all arguments, as one text. */
  readonly command: string;
  readonly addresses: readonly string[];
}

async function listContainers(docker: Docker, runId: string): Promise<Listed[]> {
  const containers = await docker.listContainers({
    all: true,
    filters: { label: [`${RUN_LABEL}=${runId}`, SERVICE_LABEL] },
  });
  return containers
    .map(({ Id, Labels, Command, NetworkSettings }) => ({
      service: Labels[SERVICE_LABEL] ?? '',
      id: Id,
      role: Labels[ROLE_LABEL],
      command: Command,
      addresses: Object.values(NetworkSettings.Networks)
        .flatMap(({ IPAddress, GlobalIPv6Address }) => [IPAddress, GlobalIPv6Address])
        .filter((address) => address !== ''),
    }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** The services of a run, sorted by name. */
export async function listNodes(docker: Docker, runId: string): Promise<Node[]> {
  const containers = await listContainers(docker, runId);
  return containers
    .filter(({ service }) => !service.endsWith(SIDECAR))
    .map(({ service, id, role, addresses: own }) => {
      const sidecar = containers.find((one) => one.service === `${service}${SIDECAR}`);
      const addresses = sidecar?.addresses ?? own;
      return {
        name: service,
        role: role as Role,
        address: addresses[0] ?? '',
        addresses,
        container: id,
        ...(sidecar === undefined ? {} : { sidecar: sidecar.id }),
      };
    });
}

/** Containers whose own program does nothing: what happens in them was started there from outside. */
const IDLE_ROLES: readonly (string | undefined)[] = ['sidecar', 'clients', 'observer'];

/** What runs in a run's sidecars, client hosts and observer besides their own idle programs: `NAME: COMMAND`, a line each. */
export async function listStrangers(docker: Docker, runId: string): Promise<string[]> {
  const idle = (await listContainers(docker, runId)).filter(({ role }) => IDLE_ROLES.includes(role));
  const found = await Promise.all(
    idle.map(async ({ id, service, command: own }) => {
      const { Titles, Processes } = (await docker.getContainer(id).top()) as {
        Titles: string[];
        Processes: string[][];
      };
      const column = Titles.findIndex((title) => /^(CMD|COMMAND)$/.test(title));
      // The engine's init, where there is one, names what it starts at its own end.
      const commands = Processes.map((fields) => fields[column] ?? '').filter((command) => !command.endsWith(own));
      return commands.map((command) => `${service}: ${command}`);
    }),
  );
  return found.flat();
}

/** A watch on the services of a run. */
export interface DeathWatch {
  /** From now on the end of this service is not reported, until the returned function is called; may be nested. */
  expectExit(service: string): () => void;
  stop(): void;
}

/** How long the news of an exit may be on its way, in ms, after the container runs again. */
const NEWS_MS = 500;

/** Reports every service of a run that ends from now on, and one that has ended already, until `stop`. */
export async function watchDeaths(docker: Docker, runId: string, onDeath: (death: Death) => void): Promise<DeathWatch> {
  const filters = { type: ['container'], event: ['die'], label: [`${RUN_LABEL}=${runId}`, SERVICE_LABEL] };
  const stream = (await docker.getEvents({ filters: JSON.stringify(filters) })) as Readable;
  let stopped = false;
  const reported = new Set<string>();
  const expected = new Map<string, number>();
  const expectExit = (service: string): (() => void) => {
    const add = (count: number): void => void expected.set(service, (expected.get(service) ?? 0) + count);
    let over = false;
    add(1);
    return () => {
      if (over) return;
      over = true;
      setTimeout(add, NEWS_MS, -1).unref();
    };
  };
  const report = (service: string, exitCode: number): void => {
    if (stopped || reported.has(service) || (expected.get(service) ?? 0) > 0) return;
    reported.add(service);
    onDeath({ kind: 'container-died', service, exitCode });
  };
  const gone = (why: string): void => {
    if (stopped) return;
    stopped = true;
    onDeath({ kind: 'engine-gone', message: why });
  };
  const lines = splitLines((line) => {
    const { Actor } = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } };
    report(Actor.Attributes[SERVICE_LABEL] ?? '', Number(Actor.Attributes['exitCode']));
  });
  stream.on('data', lines);
  stream.on('error', (error) => gone(error.message));
  stream.on('close', () => gone('it closed its stream of events'));
  const stop = (): void => {
    stopped = true;
    stream.destroy();
  };
  try {
    // The stream tells what comes, this what came before it.
    for (const { service, id } of await listContainers(docker, runId)) {
      const { State } = await docker.getContainer(id).inspect();
      if (!State.Running) report(service, State.ExitCode);
    }
  } catch (error) {
    stop();
    throw error;
  }
  return { expectExit, stop };
}

/** The most that is kept of one container's log, in lines; the end is what tells. */
export const LOG_LINES = 50_000;

/**
 * Writes `NAME.log` into `folder` for every service of a run; both outputs, each line with its time. `earlier`: what
 * containers had logged that others have replaced. `sinceS`: only from then on, in seconds since 1970 by the engine's clock.
 */
export async function saveLogs(
  docker: Docker,
  runId: string,
  folder: string,
  earlier: ReadonlyMap<string, string>,
  sinceS?: number,
): Promise<void> {
  for (const { name, container } of await listNodes(docker, runId)) {
    await writeFile(
      join(folder, `${name}.log`),
      (earlier.get(name) ?? '') + (await readLog(docker, container, LOG_LINES, sinceS)),
    );
  }
}

/** Seconds since 1970 by the clock with which the engine stamps what containers log. */
export async function engineTimeS(docker: Docker): Promise<number> {
  const { SystemTime } = (await docker.info()) as { SystemTime: string };
  return new Date(SystemTime).getTime() / 1000;
}

/** The last `lines` lines of a container's log; of those from `sinceS` on, if it is given. */
export async function readLog(docker: Docker, container: string, lines: number, sinceS?: number): Promise<string> {
  const framed = await docker.getContainer(container).logs({
    stdout: true,
    stderr: true,
    timestamps: true,
    tail: lines,
    follow: false,
    ...(sinceS === undefined ? {} : { since: sinceS }),
  });
  const parts: Uint8Array[] = [];
  const take = (piece: Uint8Array): void => void parts.push(piece);
  createDemuxer(take, take)(framed);
  return Buffer.concat(parts).toString();
}

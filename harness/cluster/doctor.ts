// Examines this machine: what a run needs, whether it is there, and the command that mends it. Installs and changes
// nothing; `prepare` in cluster.ts does.
import { statfsSync } from 'node:fs';
import { availableParallelism, freemem, userInfo } from 'node:os';
import type Docker from 'dockerode';
import { type FaultAbilities, probeAbilities } from './abilities.js';
import { findCompose } from './compose-tool.js';
import { isRoot } from './distribution.js';
import { type Engine, findEngine } from './engine.js';
import { imageId } from './engine-stream.js';
import { type ImageName, IMAGES, readImageInputs, USUAL_IMAGES } from './image-context.js';
import { listRuns } from './leftovers.js';
import { circumstances, composeCommands, engineCommands } from './provision.js';
import { chooseSubnet, judgeAsked, takenNetworks } from './subnet.js';

/** One thing examined. `warn`: runs are possible, but not all, or not well; `missing`: none is. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'missing';
  readonly detail: string;
  /** The command that mends it. */
  readonly mend?: string;
}

const GB = 1e9;

/** All that was found. */
export interface Examination {
  /** In the order in which they depend on each other. */
  readonly findings: Finding[];
  /** What can be done for faults; undefined where it cannot be told: without an engine, without images, or if the probe fails. */
  readonly abilities: FaultAbilities | undefined;
}

/** Examines everything. */
export async function examine(): Promise<Examination> {
  const here = circumstances();
  const [search, compose] = await Promise.all([findEngine(), findCompose()]);
  const findings: Finding[] = [judgeNode(process.versions.node), judgeUser()];
  findings.push(
    search.kind === 'found'
      ? judgeEngine(search.engine)
      : {
          name: 'engine',
          status: 'missing',
          detail: search.attempts.map(({ endpoint, error }) => `${endpoint.url}: ${error}`).join('; '),
          mend:
            search.asked === undefined
              ? engineCommands(here).join(' && ')
              : `start the engine that ${search.asked.source} names`,
        },
    compose === undefined
      ? {
          name: 'compose',
          status: 'missing',
          detail: 'no docker compose 2 or newer',
          mend: composeCommands(here).join(' && '),
        }
      : { name: 'compose', status: 'ok', detail: `${compose.version} (${compose.command.join(' ')})` },
  );
  const ofEngine = search.kind === 'found' ? await examineEngine(search.engine) : undefined;
  findings.push(...(ofEngine?.findings ?? []));
  findings.push(judgeDisk('disk', '.'), judgeMemory(freemem(), availableParallelism()));
  return { findings, abilities: ofEngine?.abilities };
}

/** What can be asked once an engine answers. */
async function examineEngine({ docker, endpoint, kernel }: Engine): Promise<Examination> {
  const info = (await docker.info()) as EngineInfo;
  const images = await examineImages(docker);
  const findings = [images.finding, judgeCgroup(info)];
  if (endpoint.url.startsWith('unix:')) findings.push(judgeDisk('engine disk', info.DockerRootDir));
  findings.push(await examineSubnet(docker), await examineLeftovers(docker));
  if (images.node === undefined) return { findings, abilities: undefined };
  try {
    const abilities = await probeAbilities(docker, images.node);
    return { findings: [...findings, judgeKernel(kernel, abilities)], abilities };
  } catch (error) {
    const detail = `${kernel}: cannot be tried: ${(error as Error).message}`;
    return { findings: [...findings, { name: 'kernel', status: 'warn', detail }], abilities: undefined };
  }
}

interface EngineInfo {
  readonly CgroupVersion?: string;
  readonly CgroupDriver: string;
  readonly CpuCfsQuota: boolean;
  readonly MemoryLimit: boolean;
  readonly DockerRootDir: string;
}

/** Whether this version of Node will do. */
export function judgeNode(version: string): Finding {
  const good = Number(version.split('.')[0]) >= 20;
  const finding = { name: 'node', detail: version };
  return good ? { ...finding, status: 'ok' } : { ...finding, status: 'missing', mend: 'nvm install 20' };
}

function judgeUser(): Finding {
  const name = userInfo().username;
  return {
    name: 'user',
    status: 'ok',
    detail: isRoot() ? `${name} (may install what is missing)` : `${name} (installs nothing; the engine must be there)`,
  };
}

function judgeEngine({ version, apiVersion, kernel, endpoint }: Engine): Finding {
  const detail = `${version}, API ${apiVersion}, ${endpoint.url}, kernel ${kernel}`;
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  if (major > 1 || minor >= 40) return { name: 'engine', status: 'ok', detail };
  return {
    name: 'engine',
    status: 'warn',
    detail: `${detail}: older than what leasebreaker is tried with`,
    mend: 'install Docker Engine 20.10 or newer',
  };
}

function judgeCgroup(info: EngineInfo): Finding {
  const detail = `version ${info.CgroupVersion ?? '1'}, driver ${info.CgroupDriver}`;
  if (info.CpuCfsQuota && info.MemoryLimit) return { name: 'cgroup', status: 'ok', detail };
  return {
    name: 'cgroup',
    status: 'warn',
    detail: `${detail}; no limits on ${info.CpuCfsQuota ? 'memory' : 'CPU'}: faults that slow a container down will not work`,
  };
}

async function examineImages(docker: Docker): Promise<{ finding: Finding; node?: string }> {
  const mend = 'npx leasebreaker doctor --provision';
  const { names } = readImageInputs();
  const ids = new Map(
    await Promise.all(IMAGES.map(async (image) => [image, await imageId(docker, names[image])] as const)),
  );
  const isThere = (image: ImageName): boolean => ids.get(image) !== undefined;
  const usual = USUAL_IMAGES.map((image) => names[image]).join(', ');
  if (!USUAL_IMAGES.every(isThere))
    return { finding: { name: 'images', status: 'warn', detail: `${usual}: built at the first run`, mend } };
  const others = IMAGES.filter((image) => !(USUAL_IMAGES as readonly ImageName[]).includes(image));
  const [there, absent] = [others.filter(isThere), others.filter((image) => !isThere(image))];
  const detail = [
    [usual, ...there.map((image) => names[image])].join(', '),
    ...(absent.length === 0 ? [] : [`built when asked for: ${absent.join(', ')}`]),
  ];
  return { finding: { name: 'images', status: 'ok', detail: detail.join('; ') }, node: names.node };
}

async function examineSubnet(docker: Docker): Promise<Finding> {
  const taken = await takenNetworks(docker);
  const asked = process.env['LEASEBREAKER_SUBNET'] ?? '';
  if (asked !== '') {
    const judged = judgeAsked(asked, taken);
    if (judged.kind !== 'free')
      return { name: 'subnet', status: 'missing', detail: judged.message, mend: 'unset LEASEBREAKER_SUBNET' };
    return { name: 'subnet', status: 'ok', detail: `${judged.subnet} is free` };
  }
  const subnet = chooseSubnet(taken, 1);
  if (subnet !== undefined) return { name: 'subnet', status: 'ok', detail: `${subnet} is free, for example` };
  return { name: 'subnet', status: 'missing', detail: 'no private network is free', mend: 'docker network prune' };
}

async function examineLeftovers(docker: Docker): Promise<Finding> {
  const runs = await listRuns(docker);
  const dead = runs.filter(({ owner }) => owner === 'dead');
  const others = runs.length - dead.length;
  const detail = `${dead.length} dead runs left something behind${others > 0 ? `, ${others} others are there` : ''}`;
  if (dead.length === 0) return { name: 'leftovers', status: 'ok', detail };
  return {
    name: 'leftovers',
    status: 'warn',
    detail: `${detail}: ${dead.map(({ run }) => run).join(', ')}`,
    mend: 'npx leasebreaker clean',
  };
}

/** What the kernel lacks for faults; which faults that are, `doctor` says beside it. */
export function judgeKernel(version: string, abilities: FaultAbilities): Finding {
  const lacking = Object.entries(abilities).filter(([, { able }]) => !able);
  if (lacking.length === 0)
    return { name: 'kernel', status: 'ok', detail: `${version}: can do everything that faults need` };
  const reasons = lacking.map(([name, { reason }]) => `${name} (${reason})`);
  return { name: 'kernel', status: 'warn', detail: `${version}: without ${reasons.join(', ')}` };
}

function judgeDisk(name: string, path: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(path);
    return judgeFree(name, bavail * bsize, path);
  } catch (error) {
    return { name, status: 'warn', detail: `cannot be told: ${(error as Error).message}` };
  }
}

/** Whether `bytes` of free disk space will do: images take about 1 GB, a long run's results some hundred MB. */
export function judgeFree(name: string, bytes: number, path: string): Finding {
  const detail = `${(bytes / GB).toFixed(1)} GB free in ${path}`;
  if (bytes > 3 * GB) return { name, status: 'ok', detail };
  return {
    name,
    status: bytes > 0.5 * GB ? 'warn' : 'missing',
    detail: `${detail}; 3 GB are wanted`,
    mend: 'npx leasebreaker clean --images, or free space',
  };
}

/** Whether free memory in bytes will do for three members, a storage and some dozens of clients. */
export function judgeMemory(bytes: number, cpus: number): Finding {
  const detail = `${(bytes / GB).toFixed(1)} GB free, ${cpus} CPUs`;
  if (bytes > 2 * GB && cpus >= 2) return { name: 'memory and CPUs', status: 'ok', detail };
  return {
    name: 'memory and CPUs',
    status: 'warn',
    detail: `${detail}; 2 GB and 2 CPUs are wanted: use fewer --lanes and --clients`,
  };
}

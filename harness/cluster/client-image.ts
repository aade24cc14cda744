// The image of the client hosts where somebody else's client program runs in them: one that is there or can be pulled, or one that
// is built from a folder. Either is made FROM leasebreaker-node, because the agent that starts and hits the clients runs beside them.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type Docker from 'dockerode';
import { AGENT_PROTOCOL } from '../agent/protocol.js';
import { localBase, pullImage } from './base-image.js';
import { createDemuxer } from './demux.js';
import { followStream, imageId, within } from './engine-stream.js';
import { ownerLabels, thisOwner } from './owner.js';
import { proxies } from './proxies.js';
import type { Lacking } from './provision.js';
import { type Say, tail } from './shell.js';

/** Where the client program comes from; neither: from leasebreaker-node itself, in which a shell, Node and etcdctl are. */
export interface AskedClientImage {
  readonly image?: string | undefined;
  /** A folder with a Dockerfile. */
  readonly build?: string | undefined;
}

export type ClientImage = { readonly kind: 'ready'; readonly reference: string } | Lacking;

/** What is wrong with a folder before anything is built from it; undefined: nothing. */
export function refuseBuildFolder(folder: string): string | undefined {
  if (existsSync(join(folder, 'Dockerfile'))) return undefined;
  return `--client-build ${folder}: ${existsSync(folder) ? 'there is no Dockerfile in it' : 'there is no such folder'}`;
}

/** Finds, pulls or builds it, and sees that the agent starts in it. `node`: the image that it has to be made from. */
export async function ensureClientImage(
  docker: Docker,
  say: Say,
  node: string,
  { image, build }: AskedClientImage,
): Promise<ClientImage> {
  if (build !== undefined) return buildFrom(docker, say, node, resolve(build));
  if (image === undefined) return { kind: 'ready', reference: node };
  if ((await imageId(docker, image)) === undefined) {
    say(`Pulling ${image} ...`);
    const why = await pullImage(docker, image);
    if (why !== undefined)
      return {
        kind: 'failed',
        message: `The client image ${image} is not here and cannot be pulled: ${why}`,
        commands: [`docker pull ${image}`, 'or let leasebreaker build one: --client-build FOLDER'],
      };
  }
  return (await withoutAgent(docker, image, node)) ?? { kind: 'ready', reference: image };
}

/** A folder that has not changed is built once for each version of leasebreaker-node: the name is made of both. */
async function buildFrom(docker: Docker, say: Say, node: string, folder: string): Promise<ClientImage> {
  const wrong = refuseBuildFolder(folder);
  if (wrong !== undefined) return { kind: 'refused', message: wrong, commands: [] };
  const reference = `leasebreaker-client:${folderHash(folder, node)}`;
  if ((await imageId(docker, reference)) !== undefined) return { kind: 'ready', reference };
  const logs = mkdtempSync(join(tmpdir(), 'leasebreaker-client-'));
  const log = join(logs, 'build.log');
  say(`Building ${reference} from ${folder} (log: ${log}) ...`);
  try {
    const base = await localBase(docker);
    const options = {
      t: reference,
      forcerm: true,
      labels: { 'leasebreaker.image': 'client' },
      buildargs: { NODE_IMAGE: node, BASE_IMAGE: base ?? node, ...proxies() },
    };
    const stream = await docker.buildImage({ context: folder, src: ['.'] }, options);
    await followStream(stream, (progress) => appendFileSync(log, progress.stream ?? progress.error ?? ''));
  } catch (error) {
    const said = existsSync(log) ? `\n${tail(readFileSync(log, 'utf8'), 15)}` : '';
    return {
      kind: 'failed',
      message: `The client image cannot be built from ${folder}: ${(error as Error).message} (log: ${log})${said}`,
      commands: [`less ${log}`],
    };
  }
  rmSync(logs, { recursive: true, force: true });
  const lacking = await withoutAgent(docker, reference, node);
  if (lacking === undefined) return { kind: 'ready', reference };
  await docker.getImage(reference).remove({ force: true });
  return lacking;
}

/** Of names, kinds, permissions and contents of everything in it, and of the image that it starts from. */
function folderHash(folder: string, node: string): string {
  const hash = createHash('sha256').update(node);
  const add = (path: string): void => {
    const file = lstatSync(join(folder, path));
    hash.update(`\n${path} ${file.mode}\n`);
    if (file.isDirectory()) for (const name of readdirSync(join(folder, path)).sort()) add(join(path, name));
    else if (file.isSymbolicLink()) hash.update(readlinkSync(join(folder, path)));
    else if (file.isFile()) hash.update(readFileSync(join(folder, path)));
  };
  add('');
  return hash.digest('hex').slice(0, 12);
}

/** What the agent takes to start and to see that nobody talks to it: far less. */
const AGENT_WITHIN_MS = 60_000;

/** Starts the agent in it as a run does; undefined if it says what this version's agent says. */
async function withoutAgent(docker: Docker, image: string, node: string): Promise<Lacking | undefined> {
  const said = await agentSays(docker, image).catch((error: Error) => error.message);
  if (said.includes(JSON.stringify({ event: 'ready', protocol: AGENT_PROTOCOL }).slice(0, -1))) return undefined;
  return {
    kind: 'failed',
    message: `The client image ${image} is not made FROM this version's leasebreaker-node: its agent does not start in it (${tail(said, 3).trim() || 'it said nothing'})`,
    commands: [
      `start its Dockerfile with: ARG NODE_IMAGE, FROM \${NODE_IMAGE}; and give --client-build FOLDER, or`,
      `docker build --build-arg NODE_IMAGE=${node} --tag ${image} FOLDER`,
    ],
  };
}

async function agentSays(docker: Docker, image: string): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['node', '/opt/leasebreaker/agent.mjs'],
    Cmd: [],
    Labels: ownerLabels('doctor', thisOwner()),
    HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'json-file', Config: {} } },
  });
  try {
    await container.start();
    await within(AGENT_WITHIN_MS, container.wait());
    let said = '';
    const hear = (piece: Uint8Array): void => void (said += Buffer.from(piece).toString());
    createDemuxer(hear, hear)(await container.logs({ stdout: true, stderr: true, follow: false }));
    return said;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

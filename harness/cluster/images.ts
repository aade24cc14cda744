// The images of a run: built when their inputs are new, found by name otherwise.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { ensureBase, pullImage } from './base-image.js';
import { followStream, imageId } from './engine-stream.js';
import { type ImageInputs, readImageInputs, stageImageContext } from './image-context.js';
import { type Circumstances, circumstances, type Lacking } from './provision.js';
import { type Say, tail } from './shell.js';

/** The references of the images that a run uses. */
export interface Images {
  readonly kind: 'ready';
  /** For example `leasebreaker-node:3f0a12b4c5d6`. */
  readonly node: string;
  /** leasebreaker's own, or the one that the user asked for. */
  readonly etcd: string;
}

const TARGETS = ['etcd', 'node'] as const;

/**
 * Makes sure that the images are there; with `etcdImage` that one is pulled if it is not local. leasebreaker's own are
 * also tagged `latest`, the names that docker-compose.yml uses by default.
 */
export async function ensureImages(
  docker: Docker,
  say: Say,
  etcdImage?: string,
  here: Circumstances = circumstances(),
): Promise<Images | Lacking> {
  const inputs = readImageInputs();
  const own = (target: string): string => `leasebreaker-${target}:${inputs.hash}`;
  const present = await Promise.all(TARGETS.map((target) => imageId(docker, own(target))));
  if (present.includes(undefined)) {
    const failure = await buildImages(docker, say, inputs, own, here);
    if (failure !== undefined) return failure;
  }
  for (const target of TARGETS) {
    const [id, latest] = await Promise.all([imageId(docker, own(target)), imageId(docker, `leasebreaker-${target}:latest`)]);
    if (id !== latest) await docker.getImage(own(target)).tag({ repo: `leasebreaker-${target}`, tag: 'latest' });
  }
  if (etcdImage === undefined || etcdImage === '') return { kind: 'ready', node: own('node'), etcd: own('etcd') };
  if ((await imageId(docker, etcdImage)) === undefined) {
    say(`Pulling ${etcdImage} ...`);
    const why = await pullImage(docker, etcdImage);
    if (why !== undefined) {
      return { kind: 'failed', message: `The etcd image ${etcdImage} cannot be pulled: ${why}`, commands: [`docker pull ${etcdImage}`] };
    }
  }
  return { kind: 'ready', node: own('node'), etcd: etcdImage };
}

async function buildImages(
  docker: Docker,
  say: Say,
  inputs: ImageInputs,
  name: (target: string) => string,
  here: Circumstances,
): Promise<Lacking | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-images-'));
  const context = join(folder, 'context');
  const log = join(folder, 'build.log');
  let failed = true;
  try {
    say(`Building the images (log: ${log}) ...`);
    const base = await ensureBase(docker, here, say, log);
    if (base.kind !== 'ready') return base;
    stageImageContext(inputs, context);
    for (const target of TARGETS) {
      say(`Image ${name(target)}: building ...`);
      const options = { t: name(target), target, buildargs: { BASE: base.reference, ...proxies() }, forcerm: true };
      const stream = await docker.buildImage({ context, src: ['.'] }, options);
      await followStream(stream, (progress) => appendFileSync(log, progress.stream ?? progress.error ?? ''));
    }
    failed = false;
    return undefined;
  } catch (error) {
    const last = tail(readLog(log), 15);
    return {
      kind: 'failed',
      message: `The images cannot be built: ${(error as Error).message} (log: ${log})\n${last}`,
      commands: [`less ${log}`],
    };
  } finally {
    rmSync(failed ? context : folder, { recursive: true, force: true });
  }
}

/** The proxies of this environment; they are no part of the image (docker's predefined build arguments). */
function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Removes every image that leasebreaker built, of this version or another; returns their names. In-use ones stay. */
export async function removeImages(docker: Docker): Promise<string[]> {
  const images = await docker.listImages({ filters: { label: ['leasebreaker.image'] } });
  const removed: string[] = [];
  for (const image of images) {
    for (const reference of image.RepoTags ?? []) {
      try {
        await docker.getImage(reference).remove();
        removed.push(reference);
      } catch (error) {
        if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
      }
    }
  }
  return removed;
}

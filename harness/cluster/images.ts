// The images of a run: built when their inputs are new, found by name otherwise.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { ETCD_VERSIONS, type EtcdVersion } from '../history/etcd-version.js';
import { ensureBase, pullImage } from './base-image.js';
import { type AskedClientImage, ensureClientImage } from './client-image.js';
import { followStream, imageId } from './engine-stream.js';
import { ETCD_PACKAGES } from './etcd-packages.js';
import {
  etcdImageName,
  IMAGE_RECIPES,
  type ImageInputs,
  type ImageName,
  readImageInputs,
  stageImageContext,
} from './image-context.js';
import { proxies } from './proxies.js';
import { type Circumstances, circumstances, type Lacking } from './provision.js';
import { type Say, tail } from './shell.js';
import { storageService } from './storage-service.js';

/** The references of the images that a run uses. */
export interface Images {
  readonly kind: 'ready';
  /** For example `leasebreaker-node:3f0a12b4c5d6`. */
  readonly node: string;
  /** leasebreaker's own, or the one that the user asked for. */
  readonly etcd: string;
  /** The database's, for a storage that is one. */
  readonly storage?: string;
  /** Of the client hosts, where they have one of their own. */
  readonly client?: string;
}

/** What differs from run to run; the rest is always the same. */
export interface AskedImages {
  /** `3.5` by default. */
  readonly etcdVersion?: EtcdVersion | undefined;
  /** An image of somebody else's instead, for example an official one. */
  readonly etcdImage?: string | undefined;
  /** `http` by default. */
  readonly storage?: string | undefined;
  /** Somebody else's client program in the client hosts. */
  readonly client?: AskedClientImage | undefined;
}

/**
 * Makes sure that the images are there; an `etcdImage` is pulled if it is not local. leasebreaker's own are also tagged
 * `latest`, the names that docker-compose.yml uses by default.
 */
export async function ensureImages(
  docker: Docker,
  say: Say,
  { etcdVersion = '3.5', etcdImage = '', storage = 'http', client }: AskedImages = {},
  here: Circumstances = circumstances(),
): Promise<Images | Lacking> {
  const inputs = readImageInputs();
  const { names } = inputs;
  const etcd = etcdImageName(etcdVersion);
  const { image: database } = storageService(storage);
  const needed: ImageName[] = [
    'node',
    ...(etcdImage === '' ? [etcd] : []),
    ...(database === undefined ? [] : [database]),
  ];
  const failure = await buildMissing(docker, say, inputs, needed, here);
  if (failure !== undefined) return failure;
  for (const name of needed) {
    const repo = `leasebreaker-${name}`;
    const [id, latest] = await Promise.all([imageId(docker, names[name]), imageId(docker, `${repo}:latest`)]);
    if (id !== latest) await docker.getImage(names[name]).tag({ repo, tag: 'latest' });
  }
  const ofClient = client === undefined ? undefined : await ensureClientImage(docker, say, names.node, client);
  if (ofClient !== undefined && ofClient.kind !== 'ready') return ofClient;
  const images: Images = {
    kind: 'ready',
    node: names.node,
    etcd: etcdImage === '' ? names[etcd] : etcdImage,
    ...(database === undefined ? {} : { storage: names[database] }),
    ...(ofClient === undefined ? {} : { client: ofClient.reference }),
  };
  if (etcdImage === '') return images;
  if ((await imageId(docker, etcdImage)) === undefined) {
    say(`Pulling ${etcdImage} ...`);
    const why = await pullImage(docker, etcdImage);
    if (why !== undefined) {
      return {
        kind: 'failed',
        message: `The etcd image ${etcdImage} cannot be pulled: ${why}`,
        commands: [`docker pull ${etcdImage}`],
      };
    }
  }
  return images;
}

async function buildMissing(
  docker: Docker,
  say: Say,
  inputs: ImageInputs,
  needed: readonly ImageName[],
  here: Circumstances,
): Promise<Lacking | undefined> {
  const ids = await Promise.all(needed.map((name) => imageId(docker, inputs.names[name])));
  const missing = needed.filter((_, index) => ids[index] === undefined);
  if (missing.length === 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-images-'));
  const context = join(folder, 'context');
  const log = join(folder, 'build.log');
  let built = false;
  let building: ImageName | undefined;
  try {
    say(`Building images (log: ${log}) ...`);
    const base = await ensureBase(docker, here, say, log);
    if (base.kind !== 'ready') return base;
    stageImageContext(inputs, context);
    for (building of missing) {
      const t = inputs.names[building];
      const { dockerfile, target, buildargs } = IMAGE_RECIPES[building];
      say(`Building ${t} ...`);
      const options = {
        ...{ t, dockerfile, forcerm: true },
        ...(target === undefined ? {} : { target }),
        buildargs: { BASE: base.reference, ...buildargs, ...proxies() },
      };
      const stream = await docker.buildImage({ context, src: ['.'] }, options);
      await followStream(stream, (progress) => appendFileSync(log, progress.stream ?? progress.error ?? ''));
    }
    built = true;
    return undefined;
  } catch (error) {
    const what = building === undefined ? 'images cannot' : `image leasebreaker-${building} cannot`;
    const message = `The ${what} be built: ${(error as Error).message} (log: ${log})\n${tail(readLog(log), 15)}`;
    return { kind: 'failed', message, commands: [`less ${log}`, ...otherwise(building)] };
  } finally {
    // The log of a failure stays, to be read.
    rmSync(built ? folder : context, { recursive: true, force: true });
  }
}

/** What does without an image that comes from another suite than the base, which a mirror may not have. */
function otherwise(name: ImageName | undefined): string[] {
  const version = ETCD_VERSIONS.find((one) => one !== '3.5' && etcdImageName(one) === name);
  if (version === undefined) return [];
  const { suite } = ETCD_PACKAGES[version];
  return [`or, where no mirror has Debian's suite ${suite}: give --etcd 3.5, or another image with --etcd-image`];
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

// What goes into the images, and the name that follows from it: equal inputs give an equal tag, so a second start finds
// its images by name and builds nothing.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EtcdVersion } from '../history/etcd-version.js';
import { ETCD_PACKAGES } from './etcd-packages.js';
import { copyPackages, packageClosure, type PackagePlace } from './package-closure.js';
import { projectRoot } from './project.js';

/** What every run needs. */
export const USUAL_IMAGES = ['etcd', 'node'] as const;
/** All that can be built; the others when they are asked for. */
export const IMAGES = [...USUAL_IMAGES, 'etcd-3.4', 'etcd-3.5.30', 'postgres', 'redis'] as const;
export type ImageName = (typeof IMAGES)[number];

/** How an image is built. */
export interface ImageRecipe {
  /** Below docker/; a file of its own where the classic builder would otherwise make stages on the way that are not needed. */
  readonly dockerfile: string;
  /** What else below docker/ goes into it. */
  readonly files?: readonly string[];
  readonly target?: string;
  readonly buildargs: Readonly<Record<string, string>>;
  /** Whether the programs and their packages go into it. */
  readonly withPrograms: boolean;
}

/** The image that has this version of etcd. */
export function etcdImageName(version: EtcdVersion): ImageName {
  return version === '3.5' ? 'etcd' : `etcd-${version}`;
}

const ETCD: ImageRecipe = { dockerfile: 'Dockerfile', target: 'etcd', buildargs: {}, withPrograms: false };

function etcdRecipe(version: EtcdVersion): ImageRecipe {
  const { suite, version: package_ } = ETCD_PACKAGES[version];
  return { ...ETCD, buildargs: { SUITE: suite, ETCD_VERSION: package_ } };
}

export const IMAGE_RECIPES: Readonly<Record<ImageName, ImageRecipe>> = {
  etcd: ETCD,
  node: { dockerfile: 'Dockerfile', target: 'node', buildargs: {}, withPrograms: true },
  'etcd-3.4': etcdRecipe('3.4'),
  'etcd-3.5.30': etcdRecipe('3.5.30'),
  postgres: {
    dockerfile: 'postgres/Dockerfile',
    files: ['postgres/start.sh'],
    buildargs: {},
    withPrograms: false,
  },
  redis: { dockerfile: 'redis/Dockerfile', buildargs: {}, withPrograms: false },
};

/** The inputs of all images. */
export interface ImageInputs {
  readonly packages: readonly PackagePlace[];
  /** File name to contents, kept from the moment of naming: the files may be compiled anew while an image is built. */
  readonly programs: ReadonlyMap<string, Buffer>;
  /** The name of each image, for example `leasebreaker-node:3f0a12b4c5d6`; it changes whenever an input does. */
  readonly names: Readonly<Record<ImageName, string>>;
}

const DOCKERFILES = join(projectRoot, 'docker');
const PROGRAMS = join(projectRoot, 'dist', 'image');

/** Reads the inputs. Throws if the programs have not been compiled or the etcd client is not installed. */
export function readImageInputs(): ImageInputs {
  const packages = packageClosure('etcd3', projectRoot);
  const files = readdirSync(PROGRAMS)
    .filter((name) => name.endsWith('.mjs'))
    .sort();
  const programs = new Map(files.map((name) => [name, readFileSync(join(PROGRAMS, name))]));
  const nameOf = (name: ImageName): string => {
    const { buildargs, withPrograms } = IMAGE_RECIPES[name];
    const hash = createHash('sha256');
    for (const file of filesOf(name)) hash.update(readFileSync(join(DOCKERFILES, file)));
    for (const [argument, value] of Object.entries(buildargs)) hash.update(`\n${argument}=${value}`);
    if (withPrograms) {
      for (const { to, version } of packages) hash.update(`\n${to}@${version}`);
      for (const [file, contents] of programs) hash.update(`\n${file}\n`).update(contents);
    }
    return `leasebreaker-${name}:${hash.digest('hex').slice(0, 12)}`;
  };
  const names = Object.fromEntries(IMAGES.map((name) => [name, nameOf(name)])) as Record<ImageName, string>;
  return { packages, programs, names };
}

/** Below docker/: the Dockerfile first. */
function filesOf(name: ImageName): string[] {
  const { dockerfile, files = [] } = IMAGE_RECIPES[name];
  return [dockerfile, ...files];
}

/** Lays the inputs out as the Dockerfiles expect them. */
export function stageImageContext(inputs: ImageInputs, folder: string): void {
  mkdirSync(join(folder, 'programs'), { recursive: true });
  for (const file of new Set(IMAGES.flatMap(filesOf))) cpSync(join(DOCKERFILES, file), join(folder, file));
  copyPackages(inputs.packages, join(folder, 'node_modules'));
  for (const [name, contents] of inputs.programs) writeFileSync(join(folder, 'programs', name), contents);
}

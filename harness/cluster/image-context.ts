// What goes into the images, and the name that follows from it: equal inputs give an equal tag, so a second start finds
// its images by name and builds nothing.
import { createHash, type Hash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyPackages, packageClosure, type PackagePlace } from './package-closure.js';
import { projectRoot } from './project.js';

/** What the Dockerfile can build. */
export const IMAGE_TARGETS = ['etcd', 'node'] as const;
export type ImageTarget = (typeof IMAGE_TARGETS)[number];

/** The inputs of both images. */
export interface ImageInputs {
  readonly packages: readonly PackagePlace[];
  /** File name to contents, kept from the moment of naming: the files may be compiled anew while an image is built. */
  readonly programs: ReadonlyMap<string, Buffer>;
  /** The name of each image, for example `leasebreaker-node:3f0a12b4c5d6`; it changes whenever an input does. */
  readonly names: Readonly<Record<ImageTarget, string>>;
}

const DOCKERFILE = join(projectRoot, 'docker', 'Dockerfile');
const PROGRAMS = join(projectRoot, 'dist', 'image');

/** Reads the inputs. Throws if the programs have not been compiled or the etcd client is not installed. */
export function readImageInputs(): ImageInputs {
  const packages = packageClosure('etcd3', projectRoot);
  const files = readdirSync(PROGRAMS)
    .filter((name) => name.endsWith('.mjs'))
    .sort();
  const programs = new Map(files.map((name) => [name, readFileSync(join(PROGRAMS, name))]));
  const hash = createHash('sha256').update(readFileSync(DOCKERFILE));
  const etcd = nameOf('etcd', hash);
  for (const { to, version } of packages) hash.update(`\n${to}@${version}`);
  for (const [name, contents] of programs) hash.update(`\n${name}\n`).update(contents);
  return { packages, programs, names: { etcd, node: nameOf('node', hash) } };
}

function nameOf(target: ImageTarget, hash: Hash): string {
  return `leasebreaker-${target}:${hash.copy().digest('hex').slice(0, 12)}`;
}

/** Lays the inputs out as the Dockerfile expects them. */
export function stageImageContext(inputs: ImageInputs, folder: string): void {
  mkdirSync(join(folder, 'programs'), { recursive: true });
  cpSync(DOCKERFILE, join(folder, 'Dockerfile'));
  copyPackages(inputs.packages, join(folder, 'node_modules'));
  for (const [name, contents] of inputs.programs) writeFileSync(join(folder, 'programs', name), contents);
}

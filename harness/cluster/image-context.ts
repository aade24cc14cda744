// What goes into the images, and the name that follows from it: equal inputs give an equal tag, so a second start finds
// its images by name and builds nothing.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyPackages, packageClosure, type PackagePlace } from './package-closure.js';
import { projectRoot } from './project.js';

/** The inputs of both images. */
export interface ImageInputs {
  readonly packages: readonly PackagePlace[];
  readonly programs: readonly string[];
  /** Twelve hexadecimal digits that change whenever an input does. */
  readonly hash: string;
}

const DOCKERFILE = join(projectRoot, 'docker', 'Dockerfile');
const PROGRAMS = join(projectRoot, 'dist', 'image');

/** Reads the inputs. Throws if the programs have not been compiled or the etcd client is not installed. */
export function readImageInputs(): ImageInputs {
  const packages = packageClosure('etcd3', projectRoot);
  const programs = readdirSync(PROGRAMS).filter((name) => name.endsWith('.mjs')).sort();
  const hash = createHash('sha256').update(readFileSync(DOCKERFILE));
  for (const { to, version } of packages) hash.update(`\n${to}@${version}`);
  for (const name of programs) hash.update(`\n${name}\n`).update(readFileSync(join(PROGRAMS, name)));
  return { packages, programs, hash: hash.digest('hex').slice(0, 12) };
}

/** Lays the inputs out as the Dockerfile expects them. */
export function stageImageContext(inputs: ImageInputs, folder: string): void {
  mkdirSync(join(folder, 'programs'), { recursive: true });
  cpSync(DOCKERFILE, join(folder, 'Dockerfile'));
  copyPackages(inputs.packages, join(folder, 'node_modules'));
  for (const name of inputs.programs) cpSync(join(PROGRAMS, name), join(folder, 'programs', name));
}

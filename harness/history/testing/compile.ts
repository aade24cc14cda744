/** Compiles modules into a folder of their own, for tests of what needs compiled modules: worker threads. Not part of the program. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** `modules`: paths of sources from the project's folder on. Answers with the folder, which has to be removed again. */
export async function compile(modules: readonly string[]): Promise<string> {
  // Inside the project, where the packages that they import are found.
  const made = join(PROJECT, '.build');
  await mkdir(made, { recursive: true });
  const folder = await mkdtemp(join(made, 'test-'));
  await build({
    absWorkingDir: PROJECT,
    entryPoints: [...modules],
    outdir: folder,
    outbase: '.',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  return folder;
}

/** Runs the command as a user does, in a process of its own, with results in a folder of the test's. */
import { execa, type ResultPromise } from 'execa';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(ROOT, 'bin/leasebreaker.mjs');

export interface Ended {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** A fresh folder for results below the system's temporary one. */
export function resultsFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'leasebreaker-test-'));
}

const OPTIONS = { cwd: ROOT, env: {} as Record<string, string>, reject: false, stdin: 'ignore' } as const;

/** Starts it and leaves it running; the child's pid is that of the controller itself. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
): ResultPromise<{ reject: false; stdin: 'ignore' }> {
  return execa(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    env: { ...env, NO_COLOR: '1' },
    reject: false,
    stdin: 'ignore',
  });
}

export async function leasebreaker(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await start(args, env);
  return { code: exitCode, stdout, stderr };
}

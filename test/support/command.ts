/** Runs the command as a user does, in a process of its own, with results in a folder of the test's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(ROOT, 'bin/leasebreaker.mjs');

export interface Ended {
  /** Null: ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that has been started; its pid is that of the controller itself. */
export interface Started {
  pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** A fresh folder for results, below the checkout's own `.build/`, where they can be looked at after a failure. */
export async function resultsFolder(): Promise<string> {
  const parent = join(ROOT, '.build/test');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'results-'));
}

export function start(args: readonly string[], env: Record<string, string> = {}): Started {
  return startProgram(process.execPath, [BIN, ...args], env);
}

export function startProgram(program: string, args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(program, args, {
    cwd: ROOT,
    // What a test run in a GitHub job starts must not write on that job's page.
    env: { ...process.env, NO_COLOR: '1', GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { pid: child.pid, kill: (signal) => void child.kill(signal), ended: outcome(child) };
}

export function leasebreaker(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return start(args, env).ended;
}

function outcome(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

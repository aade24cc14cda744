/**
 * The results folder of one run: `results/<time>-<name>/` with plan, logs of the run and, later, the verdict.
 * `results/latest` links to the newest.
 */
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { wallClock } from '../history/clock.js';
import type { RunEnd } from '../history/run-record.js';
import type { Plan } from '../plan/plan.js';

export const FILES = {
  plan: 'plan.json',
  run: 'run.json',
  history: 'history.jsonl',
  storage: 'storage.jsonl',
  ownership: 'ownership.jsonl',
  etcd: 'etcd.jsonl',
  verdict: 'verdict.json',
  report: 'report.html',
  junit: 'junit.xml',
  edn: 'history.edn',
  campaign: 'campaign.json',
  matrix: 'matrix.json',
  logs: 'logs',
} as const;

/** What cannot be known before the run: written when it starts, without `end`, and again when it ends. */
export interface RunFile {
  runId: string;
  startedAt: string;
  /** Missing: the controller was killed. */
  end?: RunEnd;
  /** By program. */
  versions: Record<string, string>;
  /** Of the machine on which the controller ran, by name. */
  environment: Record<string, string>;
  /** The command line that carries the same plan out again. */
  replay: string;
}

export function timeStamp(date: Date): string {
  return date.toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
}

/** Creates the folder; a message where there is no room or no right to. */
export async function createResults(
  parent: string,
  plan: Plan,
): Promise<{ kind: 'created'; dir: string } | { kind: 'failed'; message: string }> {
  const stamp = `${timeStamp(wallClock())}-${plan.name}`;
  try {
    await mkdir(parent, { recursive: true });
    for (let n = 1; ; n++) {
      const dir = join(parent, n === 1 ? stamp : `${stamp}-${n}`);
      try {
        await mkdir(dir);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      await mkdir(join(dir, FILES.logs));
      await writeJson(join(dir, FILES.plan), plan);
      return { kind: 'created', dir };
    }
  } catch (error) {
    return { kind: 'failed', message: `cannot write results to ${parent}: ${(error as Error).message}` };
  }
}

/** Writes in one step: where there is no room for the new content, the old one stays. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  try {
    await writeFile(fresh, `${JSON.stringify(value, null, 2)}\n`);
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

export async function readRunFile(dir: string): Promise<RunFile> {
  return JSON.parse(await readFile(join(dir, FILES.run), 'utf8')) as RunFile;
}

/** Points `latest` at the folder in one step, so that no reader ever finds it missing. */
export async function linkLatest(dir: string): Promise<void> {
  const latest = join(dirname(dir), 'latest');
  // Several runs may begin at once.
  const fresh = `${latest}.${basename(dir)}`;
  await rm(fresh, { force: true });
  await symlink(basename(dir), fresh);
  await rename(fresh, latest);
}

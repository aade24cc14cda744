/** Reads a results folder back into what the checkers judge. Needs nothing but the files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReadOptions, readTables } from '../history/read-tables.js';
import { readEtcdSamples } from '../history/etcd-sample.js';
import type { RunTables } from '../history/run-record.js';
import { parsePlan, type Plan } from '../plan/plan.js';
import { FILES, readRunFile, type RunFile } from '../run/results.js';

export interface StoredRun {
  dir: string;
  plan: Plan;
  run: RunFile;
  record: RunTables;
}

export type ReadRun = { kind: 'run'; run: StoredRun } | { kind: 'unreadable'; message: string };

export async function readRun(dir: string, options: ReadOptions = {}): Promise<ReadRun> {
  const plan = await readPlanFile(join(dir, FILES.plan));
  if (plan.kind === 'unreadable') return plan;
  let run: RunFile;
  try {
    run = await readRunFile(dir);
  } catch (error) {
    return unreadable(`${join(dir, FILES.run)}: ${(error as Error).message}`);
  }
  const paths = {
    history: join(dir, FILES.history),
    decisions: join(dir, FILES.storage),
    ownership: join(dir, FILES.ownership),
  };
  const logs = await readTables(paths, options);
  if (!logs.ok) return unreadable(`${logs.file}, line ${logs.line}: ${logs.reason}`);
  const end = run.end ?? {
    kind: 'environment',
    message: 'the controller was killed before the run ended',
    mend: ['run it again'],
  };
  const { settings, token } = plan.plan;
  const samples = await readEtcdSamples(join(dir, FILES.etcd));
  const record = {
    settings: { ...settings, token },
    ...logs.tables,
    ...(samples === undefined ? {} : { samples }),
    end,
  };
  return { kind: 'run', run: { dir, plan: plan.plan, run, record } };
}

async function readPlanFile(
  path: string,
): Promise<{ kind: 'plan'; plan: Plan } | { kind: 'unreadable'; message: string }> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return { kind: 'unreadable', message: `no run there: ${path}: ${(error as Error).message}` };
  }
  const parsed = parsePlan(json);
  return parsed.kind === 'plan'
    ? parsed
    : { kind: 'unreadable', message: `${path} is not a plan of this version:\n${parsed.message}` };
}

function unreadable(message: string): { kind: 'unreadable'; message: string } {
  return { kind: 'unreadable', message };
}

/** Reads a results folder back into what the checkers judge. Needs nothing but the files. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDecisions, readHistory, readOwnership, type ReadResult } from '../history/reader.js';
import type { RunRecord } from '../history/run-record.js';
import { parsePlan, type Plan } from '../plan/plan.js';
import { FILES, readRunFile, type RunFile } from '../run/results.js';

export interface StoredRun {
  dir: string;
  plan: Plan;
  run: RunFile;
  record: RunRecord;
}

export type ReadRun = { kind: 'run'; run: StoredRun } | { kind: 'unreadable'; message: string };

export async function readRun(dir: string): Promise<ReadRun> {
  const plan = await readPlanFile(join(dir, FILES.plan));
  if (plan.kind === 'unreadable') return plan;
  let file: RunFile;
  try {
    file = await readRunFile(dir);
  } catch (error) {
    return unreadable(`${join(dir, FILES.run)}: ${(error as Error).message}`);
  }
  const [history, decisions, ownership] = await Promise.all([
    readHistory(join(dir, FILES.history)),
    readIfThere(join(dir, FILES.storage), readDecisions),
    readIfThere(join(dir, FILES.ownership), readOwnership),
  ]);
  for (const part of [history, decisions, ownership]) {
    if (!part.ok) return unreadable(`${part.file}, line ${part.line}: ${part.reason}`);
  }
  if (!history.ok || !decisions.ok || !ownership.ok) return unreadable(dir);
  const end = file.end ?? {
    kind: 'environment',
    message: 'the controller was killed before the run ended',
    mend: ['run it again'],
  };
  return {
    kind: 'run',
    run: {
      dir,
      plan: plan.plan,
      run: file,
      record: {
        settings: plan.plan.settings,
        history: history.entries,
        decisions: decisions.entries,
        ownership: ownership.entries,
        end,
      },
    },
  };
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

/** A run that was killed has no decision log; the checkers then say that they do not know. */
async function readIfThere<T>(path: string, read: (path: string) => Promise<ReadResult<T>>): Promise<ReadResult<T>> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there ? read(path) : { ok: true, entries: [], torn: false };
}

function unreadable(message: string): { kind: 'unreadable'; message: string } {
  return { kind: 'unreadable', message };
}

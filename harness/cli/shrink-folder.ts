/**
 * The folder of a shrink: what it is about, every answer, and what came of it. Whoever asks the same of the same plan again goes on in
 * the newest one that did not come to its end.
 */
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { wallClock } from '../history/clock.js';
import type { Plan } from '../plan/plan.js';
import { timeStamp, writeJson } from '../run/results.js';
import { type Answer, keyOf } from '../shrink/oracle.js';

export const SHRINK_FILES = {
  about: 'shrink.json',
  answers: 'shrink.jsonl',
  plans: 'plans',
  runs: 'runs',
  plan: 'minimal.plan.json',
  file: 'minimal.yaml',
  report: 'report.html',
} as const;

const aboutSchema = z.object({
  source: z.string(),
  /** Key of the plan that is made smaller. */
  key: z.string(),
  finding: z.string(),
  /** What the plan expects, where an answer depends on that. */
  expect: z.string(),
  times: z.number(),
  version: z.string(),
  complete: z.boolean(),
});
export type About = z.infer<typeof aboutSchema>;

const lineSchema = z.object({
  key: z.string(),
  n: z.number().int().min(0),
  answer: z.enum(['shown', 'not-shown', 'unknown']),
  /** Folder of the run, from this one. */
  path: z.string(),
  seconds: z.number(),
});
/** A try. */
export type AnswerLine = z.infer<typeof lineSchema>;

export interface ShrinkFolder {
  dir: string;
  /** Answers that are known already, in their order. */
  lines: AnswerLine[];
}

export async function openFolder(output: string, about: About, plan: Plan, restart: boolean): Promise<ShrinkFolder> {
  const former = restart ? undefined : await findUnfinished(output, about);
  if (former !== undefined) return { dir: former, lines: await readLines(former) };
  const stamp = `${timeStamp(wallClock())}-shrink-${plan.name}`;
  await mkdir(output, { recursive: true });
  for (let n = 1; ; n++) {
    const dir = join(output, n === 1 ? stamp : `${stamp}-${n}`);
    try {
      await mkdir(dir);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    await mkdir(join(dir, SHRINK_FILES.plans));
    await writeJson(join(dir, SHRINK_FILES.about), about);
    return { dir, lines: [] };
  }
}

async function findUnfinished(output: string, wanted: About): Promise<string | undefined> {
  const names = await readdir(output).catch(() => []);
  for (const name of names
    .filter((each) => each.includes('-shrink-'))
    .sort()
    .reverse()) {
    const dir = join(output, name);
    const text = await readFile(join(dir, SHRINK_FILES.about), 'utf8').catch(() => undefined);
    const about = aboutSchema.safeParse(text === undefined ? undefined : parsed(text)).data;
    const isSame = (['key', 'finding', 'expect', 'times', 'version'] as const).every(
      (field) => about?.[field] === wanted[field],
    );
    if (about !== undefined && isSame && !about.complete) return dir;
  }
  return undefined;
}

/** A line that was being written when the process ended is no answer. */
async function readLines(dir: string): Promise<AnswerLine[]> {
  const text = await readFile(join(dir, SHRINK_FILES.answers), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => lineSchema.safeParse(parsed(line)).data ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As the oracle takes them. */
export function answersOf(lines: readonly AnswerLine[]): Map<string, Answer[]> {
  const known = new Map<string, Answer[]>();
  for (const { key, n, answer } of lines) {
    const list = known.get(key) ?? [];
    list[n] = answer;
    known.set(key, list);
  }
  return known;
}

/** Of so many tries those without an answer: with several at once one may end after a later one, or not at all. */
export function unanswered(known: readonly (Answer | undefined)[], times: number): number[] {
  return Array.from({ length: times }, (_, n) => n).filter((n) => known[n] === undefined);
}

export async function keepAnswer({ dir, lines }: ShrinkFolder, line: AnswerLine): Promise<void> {
  lines.push(line);
  await appendFile(join(dir, SHRINK_FILES.answers), `${JSON.stringify(line)}\n`);
}

export async function keepPlan({ dir }: ShrinkFolder, plan: Plan): Promise<string> {
  const path = join(dir, SHRINK_FILES.plans, `${keyOf(plan)}.plan.json`);
  await writeJson(path, plan);
  return path;
}

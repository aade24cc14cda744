/** What `replay` and `shrink` start from: a stored run, the plan of one, or a plan file, and what it is to show. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { Command } from 'commander';
import { makePlan } from '../plan/make-plan.js';
import { parsePlan, type Plan } from '../plan/plan.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { type Finding, findingOf, findingOfPlan, isOf } from './finding.js';
import { judgeRun, readShown } from './judge-run.js';
import { addRunOptions } from './options.js';
import { planRequest } from './plan-request.js';
import type { Screen } from './progress.js';
import { expectation, expectOption, type RunCommandFlags } from './run-command.js';

export interface ReplaySource {
  /** Of the run or the file itself: `results/latest` is another one tomorrow. */
  path: string;
  plan: Plan;
  finding: Finding;
  /** Of the run that is carried out again, if it was one. */
  verdict?: VerdictJson;
}

export type ReadSource = { kind: 'source'; source: ReplaySource } | { kind: 'invalid'; message: string };

const invalid = (message: string): { kind: 'invalid'; message: string } => ({ kind: 'invalid', message });

/** `finding`: what the user looks for. */
export async function readSource(given: string, finding: Finding | undefined, screen: Screen): Promise<ReadSource> {
  let path = given;
  let text: string;
  try {
    path = await itself(given);
    if ((await stat(path)).isDirectory()) return await readRunFolder(path, finding, screen);
    text = await readFile(path, 'utf8');
  } catch (error) {
    return invalid(`neither a run nor a plan is there: ${(error as Error).message}`);
  }
  const stored = storedPlan(text);
  const read = stored === undefined ? await planOfFile(path) : parsePlan(stored);
  if (read.kind === 'invalid') return invalid(stored === undefined ? read.message : `${path}: ${read.message}`);
  return { kind: 'source', source: { path, plan: read.plan, finding: finding ?? findingOfPlan(read.plan) } };
}

/** From here, if it lies below. */
async function itself(path: string): Promise<string> {
  const real = await realpath(path);
  const below = relative(process.cwd(), real);
  return below === '' || below.startsWith('..') ? real : below;
}

async function readRunFolder(dir: string, wanted: Finding | undefined, screen: Screen): Promise<ReadSource> {
  const stored = await readShown(dir, screen);
  if (stored.kind === 'unreadable') return invalid(stored.message);
  const { verdict } = await judgeRun(stored.run, screen);
  const finding = wanted ?? findingOf(verdict);
  if (finding === undefined)
    return invalid(`${dir} found nothing, and nothing else was expected: --finding says what to look for all the same`);
  return { kind: 'source', source: { path: dir, plan: stored.run.plan, finding, verdict } };
}

/** What a run wrote as `plan.json` has a version; a plan file has options. */
function storedPlan(text: string): unknown {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === 'object' && json !== null && 'version' in json ? json : undefined;
  } catch {
    return undefined;
  }
}

/** As `run --plan` makes it. */
export async function planOfFile(
  path: string,
): Promise<{ kind: 'plan'; plan: Plan } | { kind: 'invalid'; message: string }> {
  const command = addRunOptions(new Command('run').exitOverride()).addOption(expectOption());
  await command.parseAsync(['--plan', path], { from: 'user' });
  const asked = await planRequest<RunCommandFlags>(command);
  if (asked.kind === 'invalid') return asked;
  return makePlan({ ...asked.options, expect: expectation(asked.flags.expect, asked.options) });
}

/**
 * What was found says by itself which faults to look at first: those that explain it, that of the first one before the others; when
 * it was first found, at the latest; and where.
 */
export function hintsOf({ verdict, finding }: ReplaySource): { blamed: string[]; firstMs?: number; lane?: number } {
  if (verdict === undefined) return { blamed: [] };
  const found = verdict.violations.filter(({ kind }) => isOf(finding, kind)).sort((a, b) => a.to - b.to);
  const [first] = found;
  const blamed = [...new Set(found.flatMap(({ fault }) => fault?.id ?? []))];
  return {
    blamed,
    // The run began before its traffic did, so that this is a little too late rather than too early.
    ...(first === undefined ? {} : { firstMs: first.to / 1e6 }),
    ...(first === undefined || first.lane < 0 ? {} : { lane: first.lane }),
  };
}

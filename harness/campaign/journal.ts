/**
 * The folder of a campaign: `campaign-plan.json`, what it is to do, written before its first run; `runs.jsonl`, a line for each run that
 * ended. Both together are all that its reports are made of, so that a campaign which was killed loses the runs under way and nothing else.
 */
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailedRun, RunFigures, RunPlace } from '../report/campaign.js';
import type { Colour } from '../report/colour-names.js';
import type { JobRun } from '../report/github.js';
import type { JunitSuite } from '../report/junit.js';
import type { State } from '../report/reached-states.js';
import type { Cell } from './cells.js';
import type { CampaignDefinition } from './definition.js';
import type { Shard } from './shard.js';

export const CAMPAIGN_FILES = { plan: 'campaign-plan.json', runs: 'runs.jsonl', result: 'campaign.json' } as const;

export interface CampaignPlan {
  version: 1;
  name: string;
  /** ISO 8601. */
  date: string;
  /** The command line that carries the campaign out again. */
  command: string;
  leasebreaker: string;
  seed: number;
  shard: Shard | null;
  definition: CampaignDefinition;
  /** Of the whole campaign, also those of other shards, in the order of their runs. */
  cells: Cell[];
  /** Combinations of the axes that cannot be. */
  skipped: { id: string; why: string }[];
  /** States without which the campaign is unknown. */
  wanted: State[];
}

/** What the reports need of a run, whose record has been let go. */
export interface JudgedLine extends RunPlace {
  kind: 'judged';
  colour: Colour;
  /** As seen from the campaign's folder, with forward slashes. */
  dir: string;
  /** From its start to its verdict. */
  seconds: number;
  figures: RunFigures;
  versions: Record<string, string>;
  environment: Record<string, string>;
  suite: JunitSuite;
  job: JobRun;
  /** What was not met, a line each. */
  reasons: string[];
}

/** A run that did not come about. */
export interface FailedLine extends FailedRun {
  kind: 'failed';
  colour: Colour;
  name: string;
  /** ISO 8601. */
  date: string;
}

export type RunLine = JudgedLine | FailedLine;

/** Of two attempts the second is what counts; lines of one run stand in the order in which they were written. */
export function finalLines(lines: readonly RunLine[]): RunLine[] {
  const last = new Map(lines.map((line) => [`${line.n} ${line.cell}`, line]));
  return [...last.values()];
}

/** Runs that need not be done again: what the environment kept from its end is still to be done. */
export function doneLines(lines: readonly RunLine[]): RunLine[] {
  return finalLines(lines).filter(({ colour }) => colour !== 'environment');
}

/** Two campaigns may begin within one second. */
export async function createFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (let n = 1; ; n++) {
    const folder = join(parent, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** In one write each, and at once: what the kernel has been given survives the end of this process. */
export function appendLine(folder: string, line: RunLine): void {
  appendFileSync(join(folder, CAMPAIGN_FILES.runs), `${JSON.stringify(line)}\n`);
}

export type ReadCampaign =
  | { kind: 'campaign'; folder: string; plan: CampaignPlan; lines: RunLine[] }
  | { kind: 'unreadable'; message: string };

/** A torn last line is what a killed campaign was about to write; `mend` cuts it off, so that another can follow. */
export async function readCampaign(folder: string, { mend = false } = {}): Promise<ReadCampaign> {
  let plan: CampaignPlan;
  try {
    plan = JSON.parse(await readFile(join(folder, CAMPAIGN_FILES.plan), 'utf8')) as CampaignPlan;
  } catch (error) {
    return { kind: 'unreadable', message: `${folder} is no campaign that can be read: ${(error as Error).message}` };
  }
  if ((plan.version as number) !== 1)
    return {
      kind: 'unreadable',
      message: `${folder} was written by a version of leasebreaker that this one does not know`,
    };
  const isWhole = Array.isArray(plan.cells) && typeof plan.definition === 'object';
  if (!isWhole) return { kind: 'unreadable', message: `${folder}/${CAMPAIGN_FILES.plan} is damaged: it has no cells` };
  const file = join(folder, CAMPAIGN_FILES.runs);
  const text = readText(file);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (mend && whole !== text) truncateSync(file, Buffer.byteLength(whole));
  try {
    const lines = whole.split('\n').filter((line) => line !== '');
    return { kind: 'campaign', folder, plan, lines: lines.map((line) => JSON.parse(line) as RunLine) };
  } catch (error) {
    return { kind: 'unreadable', message: `${file} is damaged: ${(error as Error).message}` };
  }
}

/** Empty where no run has ended yet. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Campaigns in a folder of results, or the one that the folder is itself; oldest first. */
export async function campaignsIn(folder: string): Promise<string[]> {
  const isThere = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (await isThere(join(folder, CAMPAIGN_FILES.plan))) return [folder];
  const found: string[] = [];
  for (const name of (await readdir(folder).catch((): string[] => [])).sort()) {
    if (name !== 'latest' && (await isThere(join(folder, name, CAMPAIGN_FILES.plan)))) found.push(join(folder, name));
  }
  return found;
}

/** Whether every run that was planned has taken place, as its reports say; a campaign without reports was killed. */
export async function isFinished(folder: string): Promise<boolean> {
  try {
    const result = JSON.parse(await readFile(join(folder, CAMPAIGN_FILES.result), 'utf8')) as { complete?: boolean };
    return result.complete === true;
  } catch {
    return false;
  }
}

/** `leasebreaker merge`: the shards of a campaign, put together to one report and one exit code. */
import { appendFile, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import {
  CAMPAIGN_FILES,
  type CampaignPlan,
  campaignsIn,
  createFolder,
  readCampaign,
  type RunLine,
} from '../campaign/journal.js';
import { mergeParts, type Part } from '../campaign/merge.js';
import { isReasonToStop } from '../campaign/stop.js';
import { campaignText } from '../report/summary.js';
import { timeStamp, writeJson } from '../run/results.js';
import { finishCampaign } from './campaign-end.js';
import { tellLedger } from './campaign-ledger.js';
import type { Ending } from './campaign-loop.js';
import { ledgerOption } from './campaign-options.js';
import { EXIT, type Ended, type ExitCode, worst } from './exit-codes.js';
import { isMatrix, writeMatrix } from './matrix-campaign.js';
import { outputOption } from './options.js';
import { createScreen, useColor } from './progress.js';
import { orUnwritable } from './unwritable.js';

interface Flags {
  output: string;
  ledger?: string;
}

export function addMergeCommand(program: Command, ended: Ended): void {
  program
    .command('merge')
    .description('put the shards of a campaign together to one report and one exit code, that of the whole campaign')
    .argument('<folder...>', "the shards' folders, or folders of results with one or more of them in each")
    .addOption(outputOption())
    .addOption(ledgerOption())
    .addHelpText(
      'after',
      '\nReports link to the runs where they lie: keep the folders side by side. A shard that is missing makes the campaign unknown.',
    )
    .action(async (folders: string[], flags: Flags) => ended(await orUnwritable(merge(folders, flags))));
}

async function merge(named: readonly string[], { output, ledger }: Flags): Promise<ExitCode> {
  const parts = await partsOf(named);
  if (parts.kind === 'refused') return refuse(parts.message);
  const merged = mergeParts(parts.parts);
  if (merged.kind === 'refused') return refuse(merged.message);
  const { definition } = merged.plan;
  const plan = { ...merged.plan, definition: { ...definition, ...(ledger === undefined ? {} : { ledger }) } };
  const lacks = [...merged.missing, ...(await brokenOff(parts.parts))];
  const folder = await createFolder(output, `${timeStamp(new Date(plan.date))}-campaign-${plan.name}-merged`);
  const lines = merged.lines.map(({ line, part }) => placed(line, part.folder, folder));
  await writeJson(join(folder, CAMPAIGN_FILES.plan), plan);
  await appendFile(join(folder, CAMPAIGN_FILES.runs), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const screen = createScreen(process.stderr, process.env);
  const { code, campaign, report } = await finishCampaign({
    folder,
    plan,
    lines,
    ending: endingOf(plan, lines),
    lacks,
    screen,
  });
  const text = isMatrix(plan)
    ? await writeMatrix({ plan, folder, lines, output })
    : campaignText(campaign, { color: useColor(process.stdout, process.env) });
  process.stdout.write(`\n${text}\n\nreport: ${report}\nseed ${plan.seed}; again: ${plan.command}\n`);
  const unwritten = await tellLedger({ folder, plan, lines, say: screen.say });
  if (unwritten === undefined) return code;
  process.stderr.write(`leasebreaker: ${unwritten}\n`);
  return worst([code, EXIT.environment]);
}

/**
 * Parts that did not come to their end, a line each, where nothing else tells: time and a reason to stop excuse runs that are missing, an
 * interrupt or the end of the process does not.
 */
async function brokenOff(parts: readonly Part[]): Promise<string[]> {
  const broken: string[] = [];
  for (const { folder, plan } of parts) {
    const { stop, 'budget-is-goal': isGoal } = plan.definition;
    const isExcused = isGoal || stop !== 'never' || plan.cells.some(({ planned }) => planned === null);
    const code = isExcused ? await codeOf(folder) : EXIT.asExpected;
    if (code === undefined || code === EXIT.interrupted) broken.push(`${folder} was broken off before its end`);
  }
  return broken;
}

/** With what a campaign ended; undefined: it was killed. */
async function codeOf(folder: string): Promise<number | undefined> {
  try {
    const text = await readFile(join(folder, CAMPAIGN_FILES.result), 'utf8');
    return (JSON.parse(text) as { exitCode?: number }).exitCode;
  } catch {
    return undefined;
  }
}

/** How the shards ended, as far as it excuses runs that did not take place. */
function endingOf({ definition }: CampaignPlan, lines: readonly RunLine[]): Ending {
  if (definition['budget-is-goal']) return 'budget';
  return lines.some((line) => isReasonToStop(definition.stop, line)) ? 'stop' : 'done';
}

/** The run's folder as seen from another. */
function placed(line: RunLine, from: string, to: string): RunLine {
  if (line.kind === 'failed') return line;
  return { ...line, dir: relative(resolve(to), resolve(from, line.dir)).split(sep).join('/') };
}

async function partsOf(
  named: readonly string[],
): Promise<{ kind: 'parts'; parts: Part[] } | { kind: 'refused'; message: string }> {
  const parts = new Map<string, Part>();
  for (const path of named) {
    const folders = await campaignsIn(path);
    if (folders.length === 0) return { kind: 'refused', message: `there is no campaign in ${path}` };
    const found: Part[] = [];
    for (const folder of folders) {
      const read = await readCampaign(folder);
      if (read.kind === 'unreadable') return { kind: 'refused', message: read.message };
      found.push(read);
    }
    // What was merged before lies beside its parts.
    const shards = found.filter(({ plan }) => plan.shard !== null);
    for (const part of shards.length > 0 ? shards : found) parts.set(resolve(part.folder), part);
  }
  return { kind: 'parts', parts: [...parts.values()] };
}

function refuse(message: string): ExitCode {
  process.stderr.write(`leasebreaker: ${message}\n`);
  return EXIT.badArguments;
}

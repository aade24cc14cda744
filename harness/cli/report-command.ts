/** `leasebreaker report`: what is written of stored runs, made again from their files; of several, a report of all of them too. */
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { campaignText } from '../report/summary.js';
import { missingSuite } from '../report/junit.js';
import { wallClock } from '../history/clock.js';
import { finishedRun, type FinishedRun, writeCampaign } from './campaign-report.js';
import { EXIT, type Ended, type ExitCode, worst } from './exit-codes.js';
import { withMending } from './execute.js';
import { findRuns, type FoundRuns } from './find-runs.js';
import { judgeRun, readShown, writeVerdict } from './judge-run.js';
import { ednOption, forShell } from './options.js';
import { createScreen, type Screen, useColor } from './progress.js';

interface Flags {
  output?: string;
  edn?: boolean;
}

export function addReportCommand(program: Command, ended: Ended): void {
  program
    .command('report')
    .description(
      'write verdict.json, report.html and junit.xml of stored runs again, and of several a report of all; needs their folders and nothing else',
    )
    .argument(
      '<run...>',
      'results folders of runs, such as results/latest, or a folder with runs in it, such as results',
    )
    .addOption(
      new Option('--output <folder>', 'folder for the report of several runs (default: where the first of them lies)'),
    )
    .addOption(ednOption())
    .addHelpText(
      'after',
      '\nEnds with 0 when all is written, whatever the verdicts are; with 64 when a run cannot be read: the others are written all the same.',
    )
    .action(async (paths: string[], flags: Flags) => ended(await report(paths, flags)));
}

async function report(paths: readonly string[], flags: Flags): Promise<ExitCode> {
  const screen = createScreen(process.stderr, process.env);
  const found = await findRuns(paths);
  for (const path of found.campaigns) screen.say(`${path}: made of several runs and no run itself, left as it is`);
  for (const { reason } of found.strange) complain(reason);
  const isAlone = found.runs.length + found.strange.length === 1;
  if (isAlone && flags.output !== undefined)
    screen.say('--output is about several runs: of one all is written into its folder');
  const { finished, failed } = await writeAgain(found, flags, screen, isAlone);
  const codes: ExitCode[] = failed.map(({ code }) => code);
  if (found.strange.length > 0) codes.push(EXIT.badArguments);
  if (found.runs.length + found.strange.length === 0) {
    complain('no run is named by this');
    codes.push(EXIT.badArguments);
  }
  if (!isAlone && finished.length > 0) codes.push(await writeTogether(finished, failed, flags, paths));
  return codes.length === 0 ? EXIT.asExpected : worst(codes);
}

interface Failed {
  dir: string;
  code: ExitCode;
  message: string;
}

/** One run after the other: only one is in memory at a time. */
async function writeAgain(
  { runs }: FoundRuns,
  { edn = false }: Flags,
  screen: Screen,
  isAlone: boolean,
): Promise<{ finished: FinishedRun[]; failed: Failed[] }> {
  const finished: FinishedRun[] = [];
  const failed: Failed[] = [];
  const fail = (dir: string, code: ExitCode, message: string): void => {
    complain(message);
    failed.push({ dir, code, message });
  };
  for (const dir of runs) {
    const stored = await readShown(dir, screen);
    if (stored.kind === 'unreadable') {
      fail(dir, EXIT.badArguments, stored.message);
      continue;
    }
    const judged = await judgeRun(stored.run, screen);
    const written = await writeVerdict(judged, { edn });
    if (written.kind === 'failed') {
      fail(dir, EXIT.environment, withMending(written.message, written.mend));
      continue;
    }
    process.stdout.write(`${written.report}\n`);
    if (isAlone) continue;
    // The report of all shows one picture of harm and one of what was prevented.
    const isShown =
      finished.every(({ run, shown }) => run.verdict !== 'violated' || shown?.example === undefined) ||
      finished.every(({ shown }) => shown?.refusal === undefined);
    finished.push(finishedRun(judged, { isShown }));
  }
  return { finished, failed };
}

async function writeTogether(
  runs: readonly FinishedRun[],
  failed: readonly Failed[],
  { output }: Flags,
  paths: readonly string[],
): Promise<ExitCode> {
  // What the runs came to, as a campaign of them would have ended; whether they could be written again is the command's own affair.
  const code = worst([...runs.map(({ run }) => run.exitCode as ExitCode), ...failed.map((each) => each.code)]);
  const date = wallClock().toISOString();
  try {
    const { campaign, report: file } = await writeCampaign({
      name: `${runs.length} runs`,
      runs,
      output: output ?? dirname(resolve(runs[0]?.dir ?? '')),
      command: `npx leasebreaker report ${paths.map(forShell).join(' ')}`,
      code,
      unmet: failed.map(({ message }) => message),
      missing: failed.map(({ dir, code: exitCode, message }) => missingSuite(dir, date, { message, exitCode })),
    });
    process.stdout.write(`\n${campaignText(campaign, { color: useColor(process.stdout, process.env) })}\n`);
    process.stdout.write(`\nreport: ${file}\n`);
    return EXIT.asExpected;
  } catch (error) {
    complain(`the report of all runs could not be written: ${(error as Error).message}`);
    return EXIT.environment;
  }
}

function complain(message: string): void {
  process.stderr.write(`leasebreaker: ${message}\n`);
}

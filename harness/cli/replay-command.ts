/** `leasebreaker replay`: a stored plan carried out again and again, and how often it showed what was found. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { wallClock } from '../history/clock.js';
import { type Interval, wilson } from '../report/wilson.js';
import { createClusterPool } from '../run/cluster-pool.js';
import { timeStamp, writeJson } from '../run/results.js';
import type { Answer } from '../shrink/oracle.js';
import { EXIT, type Ended, type ExitCode } from './exit-codes.js';
import { type Finding, FINDINGS, findingText } from './finding.js';
import { forShell, number, outputOption, subnetOption } from './options.js';
import { readSource } from './replay-source.js';
import { type Session, startSession } from './session.js';
import { ANSWER_WORDS, refuseMachine, type Tried, type TriesOptions, tryPlan, tryTimes } from './tries.js';
import { orUnwritable } from './unwritable.js';

interface Flags {
  times: number;
  parallel: number;
  finding?: Finding;
  output: string;
  subnet?: string;
  json?: boolean;
}

/**
 * How often something was shown. A try that could not be judged has not shown it, and counts as such: of a small plan most that do not show
 * it are too uneventful to be judged, and without them the share would flatter.
 */
export interface Share {
  shown: number;
  tries: number;
  /** Of the tries, those that could not be judged. */
  unknown: number;
  /** Of `shown` of `tries`; null without tries. */
  interval: Interval | null;
}

export function shareOf(answers: readonly Answer[]): Share {
  const count = (wanted: Answer): number => answers.filter((answer) => answer === wanted).length;
  const [shown, tries] = [count('shown'), answers.length];
  return { shown, tries, unknown: count('unknown'), interval: wilson(shown, tries) ?? null };
}

/** `reproduced 9 of 10 (95 % interval 60 to 98 %)`. */
export function shareText({ shown, tries, unknown, interval }: Share): string {
  const percent = (share: number): string => (100 * share).toFixed(0);
  const range = interval === null ? '' : ` (95 % interval ${percent(interval.low)} to ${percent(interval.high)} %)`;
  const rest = unknown === 0 ? '' : `; ${unknown} could not be judged, which shows nothing`;
  return `reproduced ${shown} of ${tries}${range}${rest}`;
}

/** For a command line that is printed: where it is not the usual folder. */
export function outputWords(output: string): string {
  return output === outputOption().defaultValue ? '' : ` --output ${forShell(output)}`;
}

export function findingOption(): Option {
  return new Option(
    '--finding <what>',
    `what to look for: ${FINDINGS.slice(0, 3).join(', ')}, or a kind of violation (default: the most telling that the run found)`,
  ).choices(FINDINGS);
}

export function parallelOption(): Option {
  return new Option('--parallel <n>', 'runs at once, each on a cluster of its own').argParser(number).default(1);
}

/** What is wrong with whole numbers of these names, if anything. */
export function refuseNumbers(flags: Record<string, number>): string | undefined {
  const wrong = Object.entries(flags).find(([, value]) => !Number.isInteger(value) || value < 1 || value > 1000);
  return wrong === undefined ? undefined : `--${wrong[0]} takes a whole number from 1 to 1000, not ${wrong[1]}`;
}

export function addReplayCommand(program: Command, ended: Ended): void {
  program
    .command('replay')
    .description('carry the plan of a stored run out again, several times, and say how often it shows what was found')
    .argument('<run>', 'results folder of a run, a plan.json, or a plan file as --plan takes it')
    .addOption(new Option('--times <n>', 'how often').argParser(number).default(10))
    .addOption(parallelOption())
    .addOption(findingOption())
    .addOption(outputOption())
    .addOption(subnetOption())
    .addOption(new Option('--json', 'print what replay.json has, instead of words (default: off)'))
    .addHelpText(
      'after',
      '\nEnds with 0 when it was reproduced at least once, with 1 when never though all runs could be judged, with 2 when some could not.',
    )
    .action(async (path: string, flags: Flags) => {
      const session = startSession();
      try {
        ended(await orUnwritable(replay(path, flags, session)));
      } finally {
        session.interrupts.dispose();
      }
    });
}

async function replay(given: string, flags: Flags, session: Session): Promise<ExitCode> {
  const refuse = (message: string, code: ExitCode): ExitCode => {
    process.stderr.write(`leasebreaker: ${message}\n`);
    return code;
  };
  const { times, parallel, output, subnet } = flags;
  const wrong = refuseNumbers({ times, parallel });
  if (wrong !== undefined) return refuse(wrong, EXIT.badArguments);
  const { screen } = session;
  const read = await readSource(given, flags.finding, screen);
  if (read.kind === 'invalid') return refuse(read.message, EXIT.badArguments);
  const { path, plan, finding } = read.source;
  const unable = await refuseMachine(plan, screen.say);
  if (unable !== undefined) return refuse(unable, EXIT.environment);

  const folder = join(output, `${timeStamp(wallClock())}-replay-${plan.name}`);
  await mkdir(folder, { recursive: true });
  const command = `npx leasebreaker replay ${forShell(path)} --times ${times} --finding ${finding}${outputWords(output)}`;
  screen.say(`seed ${plan.seed}; again: ${command}`);
  const clusters = createClusterPool({ keep: Math.min(parallel, times) });
  let tries: Tried[];
  try {
    const where = { folder, output: folder, clusters, isCrowded: parallel > 1 };
    const options: TriesOptions = { finding, ...where, ...(subnet === undefined ? {} : { subnet }), ...session };
    tries = await tryTimes(times, parallel, async (n) => {
      const title = `replay ${n} of ${times}`;
      const tried = await tryPlan(plan, title, `npx leasebreaker replay ${forShell(path)} --times 1`, options);
      if (tried.kind === 'tried')
        screen.say(`${title}: ${ANSWER_WORDS[tried.answer]} (${tried.seconds} s): ${join(folder, tried.path)}`);
      return tried;
    });
  } finally {
    await clusters.close();
  }
  const runs = tries.flatMap((tried) => (tried.kind === 'tried' ? [tried] : []));
  const over = tries.find((tried) => tried.kind === 'over');
  const share = shareOf(runs.map(({ answer }) => answer));
  const result = {
    source: path,
    seed: plan.seed,
    finding,
    times,
    ...share,
    complete: over === undefined,
    command,
    runs,
  };
  await writeJson(join(folder, 'replay.json'), result);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else {
    const example = runs.find(({ answer }) => answer === 'shown');
    const report = example === undefined ? '' : `\nreport of one of them: ${join(folder, example.path, 'report.html')}`;
    // Of no try at all there is nothing to say but why.
    if (share.tries > 0) process.stdout.write(`${findingText(finding)}: ${shareText(share)}${report}\n`);
  }
  if (over !== undefined)
    process.stderr.write(`leasebreaker: not all ${times} runs were carried out: ${over.message}\n`);
  screen.say(`seed ${plan.seed}; again: ${command}`);
  return over === undefined ? codeOf(share) : over.code;
}

export function codeOf({ shown, tries, unknown }: Share): ExitCode {
  if (shown > 0) return EXIT.asExpected;
  return unknown > 0 || tries === 0 ? EXIT.unknown : EXIT.notAsExpected;
}

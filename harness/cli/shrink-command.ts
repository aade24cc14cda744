/** `leasebreaker shrink`: the smallest plan that still shows what a run found, and the story of how it got there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { monotonicMs, wallClock } from '../history/clock.js';
import { makePlan, type PlanOptions } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { planOptionsOf, renderPlanFile } from '../plan/write-plan-file.js';
import { shrinkHtml, shrinkText, type ShrinkStory } from '../report/shrink-html.js';
import { type ClusterPool, createClusterPool } from '../run/cluster-pool.js';
import { writeJson } from '../run/results.js';
import { type Answer, createOracle, keyOf } from '../shrink/oracle.js';
import { shrink, type Shrunk, type Step } from '../shrink/shrink.js';
import { PHASE_NAMES, planLines, stepText } from '../shrink/words.js';
import { EXIT, type Ended, type ExitCode } from './exit-codes.js';
import { type Finding, findingText, isHarm } from './finding.js';
import { forShell, number, outputOption, subnetOption, traitsOf } from './options.js';
import { findingOption, outputWords, parallelOption, refuseNumbers, shareOf, shareText } from './replay-command.js';
import { hintsOf, readSource, type ReplaySource } from './replay-source.js';
import { type Session, startSession } from './session.js';
import {
  type About,
  answersOf,
  keepAnswer,
  keepPlan,
  openFolder,
  SHRINK_FILES as FILES,
  type ShrinkFolder,
  unanswered,
} from './shrink-folder.js';
import { ANSWER_WORDS, refuseMachine, tryPlan } from './tries.js';
import { orUnwritable } from './unwritable.js';
import { VERSION } from './version.js';

interface Flags {
  times: number;
  replays: number;
  parallel: number;
  budget: number;
  finding?: Finding;
  restart?: boolean;
  output: string;
  subnet?: string;
}

export function addShrinkCommand(program: Command, ended: Ended): void {
  program
    .command('shrink')
    .description('find the smallest plan that still shows what a run found, by carrying out smaller and smaller ones')
    .argument('<run>', 'results folder of a run, a plan.json, or a plan file as --plan takes it')
    .addOption(
      new Option('--times <n>', 'tries of each smaller plan, which is taken as soon as one of them shows it')
        .argParser(number)
        .default(3),
    )
    .addOption(
      new Option('--replays <n>', 'how often to carry out what is left, to say how often it shows it')
        .argParser(number)
        .default(5),
    )
    .addOption(parallelOption())
    .addOption(new Option('--budget <minutes>', 'begin nothing new after so long').argParser(number).default(30))
    .addOption(new Option('--restart', 'do not go on with one that was broken off (default: off)'))
    .addOption(findingOption())
    .addOption(outputOption())
    .addOption(subnetOption())
    .addHelpText(
      'after',
      '\nEnds with 0 when there is a plan that shows it, the smallest or the best so far; with 1 when not even the plan itself showed it, with 2 when that could not be judged.',
    )
    .action(async (path: string, flags: Flags) => {
      const session = startSession();
      try {
        ended(await orUnwritable(shrinkFrom(path, flags, session)));
      } finally {
        session.interrupts.dispose();
      }
    });
}

async function shrinkFrom(given: string, flags: Flags, session: Session): Promise<ExitCode> {
  const refuse = (message: string, code: ExitCode): ExitCode => {
    process.stderr.write(`leasebreaker: ${message}\n`);
    return code;
  };
  const { times, replays, parallel, budget } = flags;
  const wrong = refuseNumbers({ times, replays, parallel, budget });
  if (wrong !== undefined) return refuse(wrong, EXIT.badArguments);
  const { screen } = session;
  const read = await readSource(given, flags.finding, screen);
  if (read.kind === 'invalid') return refuse(read.message, EXIT.badArguments);
  const { source } = read;

  const { path } = source;
  const about = aboutOf(source, times);
  const folder = await openFolder(flags.output, about, source.plan, flags.restart === true);
  const command = `npx leasebreaker shrink ${forShell(path)} --finding ${source.finding} --times ${times}${outputWords(flags.output)}`;
  screen.say(`seed ${source.plan.seed}; again: ${command}`);
  if (folder.lines.length > 0) screen.say(`going on in ${folder.dir}: ${folder.lines.length} tries are known`);
  const clusters = createClusterPool({ keep: parallel });
  const work: Work = { ...flags, source, folder, clusters, session, command, untilMs: monotonicMs() + 60_000 * budget };
  try {
    return await carryOn(about, work);
  } finally {
    await clusters.close();
    screen.say(`seed ${source.plan.seed}; again: ${command}`);
  }
}

function aboutOf({ path, plan, finding }: ReplaySource, times: number): About {
  const expect = finding === 'unexpected' ? JSON.stringify(plan.expect) : '';
  return { source: path, key: keyOf(plan), finding, expect, times, version: VERSION, complete: false };
}

interface Work extends Flags {
  source: ReplaySource;
  folder: ShrinkFolder;
  clusters: ClusterPool;
  session: Session;
  command: string;
  /** On the controller's clock: nothing is begun after it. */
  untilMs: number;
}

async function carryOn(about: About, work: Work): Promise<ExitCode> {
  const { source, folder, session, times, parallel, command } = work;
  const { screen } = session;
  let failed: ExitCode | undefined;
  /** Looked at before the first try: whose answers are all known needs no machine. */
  let machine: Promise<string | undefined> | undefined;
  const tryOnce = async (plan: Plan, key: string, n: number): Promise<Answer | { over: string }> => {
    machine ??= refuseMachine(source.plan, screen.say);
    const unable = await machine;
    if (unable !== undefined) {
      failed = EXIT.environment;
      return { over: unable };
    }
    const size = `${plan.faults.length} faults, ${plan.settings.lanes} x ${plan.settings.clients} clients, ${plan.settings.timeMs / 1000} s`;
    const title = `try ${folder.lines.length + 1} (${size})`;
    const stored = await keepPlan(folder, plan);
    const where = { folder: folder.dir, output: join(folder.dir, FILES.runs), clusters: work.clusters };
    const options = { ...where, ...session, finding: source.finding, isCrowded: parallel > 1 };
    const subnet = work.subnet === undefined ? {} : { subnet: work.subnet };
    const tried = await tryPlan(plan, title, `npx leasebreaker replay ${forShell(stored)} --times 1`, {
      ...options,
      ...subnet,
    });
    if (tried.kind === 'over') {
      failed ??= tried.code;
      return { over: tried.message };
    }
    const { answer, seconds } = tried;
    screen.say(`${title}: ${ANSWER_WORDS[answer]} (${seconds} s)`);
    await keepAnswer(folder, { key, n, answer, path: tried.path, seconds });
    return answer;
  };
  const isOver = (): string | undefined =>
    monotonicMs() < work.untilMs ? undefined : `the budget of ${work.budget} minutes is used up`;
  const oracle = createOracle({ tryOnce, times, parallel, known: answersOf(folder.lines), isOver });
  const onStep = (step: Step): void => screen.say(`${PHASE_NAMES[step.phase]}: ${stepText(step)}`);
  const shrunk = await shrink(source.plan, {
    oracle,
    hints: hintsOf(source),
    asFile: (plan) => asFile(plan, source),
    onStep,
  });
  if (shrunk.kind === 'not-shown' && shrunk.over !== undefined) {
    process.stderr.write(`leasebreaker: ended before anything showed it: ${shrunk.over}\n  -> to go on: ${command}\n`);
    return failed ?? EXIT.unknown;
  }
  if (shrunk.kind === 'not-shown') {
    await writeJson(join(folder.dir, FILES.about), { ...about, complete: true });
    const unjudged = folder.lines.some(({ answer }) => answer === 'unknown');
    process.stdout.write(
      `${findingText(source.finding)} did not show in ${times} tries of the whole plan: there is nothing to start from\n`,
    );
    return unjudged ? EXIT.unknown : EXIT.notAsExpected;
  }
  const answers = shrunk.over === undefined ? await replayMinimum(shrunk.plan, work, tryOnce, isOver) : [];
  const over =
    shrunk.over ?? (answers.length < work.replays ? (isOver() ?? 'a replay could not be carried out') : undefined);
  await writeResult(shrunk, { work, answers, over });
  await writeJson(join(folder.dir, FILES.about), { ...about, complete: over === undefined });
  if (over !== undefined)
    process.stderr.write(`leasebreaker: ended before it was through: ${over}\n  -> to go on: ${command}\n`);
  return failed ?? EXIT.asExpected;
}

/** Answers of tries of their own: those that chose the plan would say too much for it. */
async function replayMinimum(
  plan: Plan,
  { replays, parallel, folder }: Work,
  tryOnce: (plan: Plan, key: string, n: number) => Promise<Answer | { over: string }>,
  isOver: () => string | undefined,
): Promise<Answer[]> {
  const key = `replay-${keyOf(plan)}`;
  const known = answersOf(folder.lines).get(key) ?? [];
  const answers = known.filter((answer) => answer !== undefined).slice(0, replays);
  const left = unanswered(known, replays);
  let ended = false;
  const replay = async (): Promise<void> => {
    while (!ended && isOver() === undefined) {
      const n = left.shift();
      if (n === undefined) return;
      const answer = await tryOnce(plan, key, n);
      if (typeof answer === 'string') answers.push(answer);
      else ended = true;
    }
  };
  await Promise.all(Array.from({ length: parallel }, replay));
  return answers;
}

/** The plan that the command line makes of the words of this one; undefined where it would refuse them. */
function asFile(plan: Plan, source: ReplaySource): Plan | undefined {
  const made = makePlan({ ...wordsOf(plan, source), expect: expectOf(plan, source) });
  return made.kind === 'plan' ? made.plan : undefined;
}

function wordsOf(plan: Plan, { plan: whole }: ReplaySource): Omit<PlanOptions, 'expect'> {
  const name = whole.name.endsWith('-minimal') ? whole.name : `${whole.name.slice(0, 56)}-minimal`;
  return { ...planOptionsOf(plan), ...traitsOf(plan.settings.recipe), name };
}

/** Harm is expected where it was looked for, and etcd's word is to be kept; what kinds were expected of the whole is no business of a part. */
function expectOf(plan: Plan, { finding }: ReplaySource): Plan['expect'] {
  if (!isHarm(finding)) return plan.expect;
  const { service } = plan.expect;
  return { ...(service === undefined ? {} : { service }), data: 'violated' };
}

interface Result {
  work: Work;
  answers: readonly Answer[];
  over: string | undefined;
}

async function writeResult(shrunk: Shrunk, { work, answers, over }: Result): Promise<void> {
  const { source, folder, command } = work;
  const { plan } = shrunk;
  const finding = findingText(source.finding);
  const stored = join(folder.dir, FILES.plan);
  await writeJson(stored, shrunk.isFile ? plan : { ...plan, expect: expectOf(plan, source) });
  const share = answers.length === 0 ? undefined : shareText(shareOf(answers));
  const again = `npx leasebreaker replay ${forShell(stored)}`;
  const headline = `${source.plan.faults.length} faults became ${plan.faults.length}, ${source.plan.settings.lanes} x ${source.plan.settings.clients} clients became ${plan.settings.lanes} x ${plan.settings.clients}.`;
  const file = shrunk.isFile
    ? renderPlanFile(wordsOf(plan, source), {
        comment: [`Shows ${finding}${share === undefined ? '' : `: ${share}`}.`],
        ...(isHarm(source.finding) ? { expect: 'violation' } : {}),
      })
    : undefined;
  if (file !== undefined) await writeFile(join(folder.dir, FILES.file), file);
  const keys = [`replay-${keyOf(plan)}`, keyOf(plan)];
  const example = folder.lines.find(({ key, answer }) => answer === 'shown' && keys.includes(key));
  const story: ShrinkStory = {
    name: source.plan.name,
    date: wallClock().toISOString(),
    source: source.path,
    finding,
    headline,
    steps: shrunk.steps.map((step) => ({
      title: PHASE_NAMES[step.phase],
      text: stepText(step),
      tries: step.tries,
      faults: step.to.faults.length,
    })),
    minimal: planLines(plan),
    ...(file === undefined ? {} : { file }),
    ...(share === undefined ? {} : { share }),
    tries: folder.lines.length,
    seconds: folder.lines.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(over === undefined ? {} : { over }),
    again,
    command,
    ...(example === undefined ? {} : { example: `${example.path}/report.html` }),
  };
  await writeFile(join(folder.dir, FILES.report), shrinkHtml(story));
  process.stdout.write(`\n${shrinkText(story)}\n\nreport: ${join(folder.dir, FILES.report)}\n`);
}

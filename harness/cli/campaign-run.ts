/** One run of a campaign: its plan, carried out, and the line that is kept of it. */
import { relative, sep } from 'node:path';
import { type Cell, optionsOf, seedOf } from '../campaign/cells.js';
import type { JudgedLine, RunLine } from '../campaign/journal.js';
import { monotonicMs, wallClock } from '../history/clock.js';
import { makePlan, type PlanOptions } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import type { RunPlace } from '../report/campaign.js';
import type { Colour } from '../report/colour-names.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import type { ClusterPool } from '../run/cluster-pool.js';
import { finishedRun } from './campaign-report.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { execute, type Executed } from './execute.js';
import type { Interrupts } from './interrupts.js';
import type { JudgedRun } from './judge-run.js';
import { replayLine } from './options.js';
import type { Screen } from './progress.js';

export interface CampaignRunOptions {
  /** The campaign's own. */
  folder: string;
  seed: number;
  /** Folder for the results of runs. */
  output: string;
  subnet?: string;
  edn: boolean;
  /** Leaves out of a swarm what the machine cannot do. */
  fit: (options: PlanOptions) => PlanOptions;
  clusters: ClusterPool;
  interrupts: Interrupts;
  screen: Screen;
}

/** Undefined where it was interrupted: it is still to be done. */
export async function runOfCell(
  cell: Cell,
  place: RunPlace,
  options: CampaignRunOptions,
): Promise<RunLine | undefined> {
  const began = monotonicMs();
  const planned = planOf(cell, seedOf(options.seed, place.n), options.fit);
  const executed = planned.kind === 'invalid' ? planned : await executeSafely(planned, options);
  if (executed.kind !== 'judged') {
    const [code, message] =
      executed.kind === 'invalid' ? [EXIT.badArguments, executed.message] : [executed.code, executed.message];
    if (code === EXIT.interrupted) return undefined;
    const colour = code === EXIT.environment ? 'environment' : 'harness';
    const name = planned.kind === 'planned' ? planned.plan.name : cell.id;
    return { kind: 'failed', ...place, colour, name, date: wallClock().toISOString(), exitCode: code, message };
  }
  const { judged, report } = executed;
  if (judged.answer.code === EXIT.interrupted) return undefined;
  options.screen.say(`${judged.verdict.summary}\nreport: ${report}`);
  const dir = relative(options.folder, judged.run.dir).split(sep).join('/');
  return judgedLine(judged, { ...place, dir, seconds: Math.round((monotonicMs() - began) / 100) / 10 }, cell);
}

type Planned = { kind: 'planned'; plan: Plan; replay: string } | { kind: 'invalid'; message: string };

function planOf({ source, expect }: Cell, seed: number, fit: CampaignRunOptions['fit']): Planned {
  if (source.kind === 'stored') return { kind: 'planned', plan: source.plan, replay: source.replay };
  const options = fit(optionsOf(source, seed));
  const made = makePlan(options);
  if (made.kind === 'invalid') return made;
  const isHarm = expect.data === 'violated' || (expect.data === undefined && expect.exclusion === 'violated');
  return {
    kind: 'planned',
    plan: made.plan,
    replay: `${replayLine(options)} --expect ${isHarm ? 'violation' : 'clean'}`,
  };
}

/** A defect ends one run, and not the campaign. */
async function executeSafely(
  { plan, replay }: Extract<Planned, { kind: 'planned' }>,
  { output, subnet, edn, clusters, interrupts, screen }: CampaignRunOptions,
): Promise<Executed> {
  try {
    const where = { output, ...(subnet === undefined ? {} : { subnet }) };
    return await execute({ plan, replay, ...where, edn, clusters, interrupts, screen });
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'refused', code: EXIT.defect, message: `a defect of leasebreaker itself: ${message}` };
  }
}

function judgedLine(
  judged: JudgedRun,
  where: RunPlace & Pick<JudgedLine, 'dir' | 'seconds'>,
  { isMeasured }: Cell,
): JudgedLine {
  const verdict = isMeasured ? measured(judged.verdict) : judged.verdict;
  const { run, versions, environment, suite, job, reasons } = finishedRun(
    { ...judged, verdict },
    { isMeasured, isShown: false },
  );
  const colour = isMeasured ? (MEASURED[verdict.exitCode] ?? judged.answer.colour) : judged.answer.colour;
  return { kind: 'judged', ...where, colour, figures: run, versions, environment, suite, job, reasons };
}

const MEASURED: Readonly<Record<number, Colour>> = { [EXIT.asExpected]: 'green', [EXIT.unknown]: 'yellow' };

/** Of a cell of which nothing is expected: what is unsafe is a result, and no failure; what nobody knows is unknown. */
function measured(verdict: VerdictJson): VerdictJson {
  const { exitCode, expectation } = verdict;
  const isJudged = exitCode === EXIT.notAsExpected || exitCode === EXIT.unknown;
  const code: ExitCode = verdict.verdict === 'unknown' ? EXIT.unknown : EXIT.asExpected;
  const mine = isJudged ? code : exitCode;
  const unmet = mine === EXIT.asExpected ? [] : expectation.unmet;
  return { ...verdict, exitCode: mine, expectation: { ...expectation, met: mine === EXIT.asExpected, unmet } };
}

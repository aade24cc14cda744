/** What the runs of a campaign came to together: its reports, and the code with which it ends. */
import { join } from 'node:path';
import { cellAnswer } from '../campaign/colour.js';
import { weightOf } from '../campaign/estimate.js';
import { type CampaignPlan, doneLines, finalLines, type JudgedLine, type RunLine } from '../campaign/journal.js';
import { inShard } from '../campaign/shard.js';
import { expectText } from '../campaign/cells.js';
import { type CampaignCell, type CampaignJson, type CampaignRun, toCampaignJson } from '../report/campaign.js';
import type { Shown } from '../report/campaign-html.js';
import { coverageOf, missingStates } from '../report/campaign-statistics.js';
import type { Colour } from '../report/colour-names.js';
import { missingRun } from '../report/github.js';
import { missingSuite } from '../report/junit.js';
import { STATE_TITLES } from '../report/reached-states.js';
import type { Ending } from './campaign-loop.js';
import { writeReports } from './campaign-report.js';
import { EXIT, type ExitCode, worst } from './exit-codes.js';
import { judgeRun, readShown } from './judge-run.js';
import type { Screen } from './progress.js';
import { tellGithub } from './tell-github.js';

export interface EndOptions {
  folder: string;
  plan: CampaignPlan;
  /** With the folders of their runs as seen from the campaign's. */
  lines: readonly RunLine[];
  ending: Ending;
  /** What else keeps the campaign from being whole, a line each. */
  lacks?: readonly string[];
  screen: Screen;
}

export interface FinishedCampaign {
  code: ExitCode;
  campaign: CampaignJson;
  /** Path of what people read. */
  report: string;
}

/** Of the machine; what happened to a run's cluster before is its own. */
function commonOf(line: JudgedLine | undefined): Record<string, string> {
  const { cluster: _, ...machine } = line?.environment ?? {};
  return machine;
}

const CODES: Record<Colour, ExitCode> = {
  green: EXIT.asExpected,
  red: EXIT.notAsExpected,
  yellow: EXIT.unknown,
  environment: EXIT.environment,
  blind: EXIT.defect,
  harness: EXIT.defect,
};

/** Writes the reports of a campaign, whole or not, and tells a GitHub job of it. */
export async function finishCampaign(options: EndOptions): Promise<FinishedCampaign> {
  const { folder, plan, lines, ending, lacks = [], screen } = options;
  const cells = cellsOf(options);
  const judged = lines.filter((line) => line.kind === 'judged');
  const runs = judged.map(runOf);
  // What one shard did not reach another may have, and what was stopped had no time for it: only the whole can lack a state.
  const wanted = plan.shard === null && ending !== 'stop' ? plan.wanted : [];
  const unreached = missingStates(coverageOf(runs, wanted)).map((state) => `never reached: ${STATE_TITLES[state]}`);
  const complete = isComplete(options, cells) && lacks.length === 0;
  const code = worst([
    EXIT.asExpected,
    ...cells.map((cell) => codeOf(cell, lines)),
    ...(unreached.length + lacks.length > 0 ? [EXIT.unknown] : []),
    ...(ending === 'interrupted' ? [EXIT.interrupted] : []),
  ]);
  const last = judged.at(-1);
  const campaign = toCampaignJson({
    meta: {
      name: plan.name,
      date: plan.date,
      command: plan.command,
      versions: last?.versions ?? {},
      environment: commonOf(last),
      met: code === EXIT.asExpected,
      unmet: [
        ...cells.flatMap(({ id, why }) => why.map((each) => `${id}: ${each}`)),
        ...unreached,
        ...lacks,
        ...(ending === 'interrupted' ? ['interrupted before the last run'] : []),
      ],
      exitCode: code,
    },
    cells,
    runs,
    failed: lines.flatMap((line) =>
      line.kind === 'judged'
        ? []
        : [{ cell: line.cell, n: line.n, attempt: line.attempt, exitCode: line.exitCode, message: line.message }],
    ),
    seed: plan.seed,
    shard: plan.shard,
    complete,
    wanted,
  });
  const report = await writeReports({
    folder,
    campaign,
    shown: await picturesOf(folder, judged, screen),
    suites: lines.map((line) => (line.kind === 'judged' ? line.suite : missingSuite(line.name, line.date, line))),
  });
  await tellGithub({
    title: plan.name,
    exitCode: code,
    unmet: campaign.unmet,
    command: plan.command,
    cells: campaign.cells,
    runs: lines.map((line) =>
      line.kind === 'judged' ? line.job : missingRun(line.name, { message: line.message, code: line.exitCode }),
    ),
  });
  return { code, campaign, report };
}

/** What cannot be had from any environment, such as a TTL below etcd's least, is no defect. */
function codeOf({ id, colour }: CampaignCell, lines: readonly RunLine[]): ExitCode {
  const wrong = finalLines(lines).filter((line) => line.cell === id && line.colour === 'harness');
  const isRefused = wrong.every((line) => line.kind === 'failed' && line.exitCode === EXIT.badArguments);
  return colour === 'harness' && isRefused ? EXIT.badArguments : CODES[colour];
}

function runOf({ figures, dir, cell, n, attempt, colour }: JudgedLine): CampaignRun {
  return { ...figures, path: dir, cell, n, attempt, colour };
}

function cellsOf({ plan, lines, ending }: EndOptions): CampaignCell[] {
  const isCutShort = ending === 'stop' || (ending === 'budget' && plan.definition['budget-is-goal']);
  return inShard(plan.cells, plan.shard, weightOf).map((cell) => {
    const own = lines.filter((line) => line.cell === cell.id);
    const planned = cell.planned ?? finalLines(own).length;
    const { id, axes } = cell;
    return { id, axes, expect: expectText(cell), planned, ...cellAnswer(cell, own, isCutShort) };
  });
}

/** Whether nothing is left to be done. A campaign without an end of its own is done when its time is. */
function isComplete({ plan, lines, ending }: EndOptions, cells: readonly CampaignCell[]): boolean {
  if (plan.cells.some(({ planned }) => planned === null)) return ending === 'budget' || ending === 'stop';
  return cells.every(({ id, planned }) => doneLines(lines.filter(({ cell }) => cell === id)).length >= planned);
}

/** The report shows one picture of harm and one of what was prevented; they are made from the files of these two runs. */
async function picturesOf(
  folder: string,
  judged: readonly JudgedLine[],
  screen: Screen,
): Promise<(Shown | undefined)[]> {
  const harmed = judged.find(({ figures }) => figures.verdict === 'violated');
  const prevented = judged.find(({ figures: { refused } }) => refused.reads + refused.writes > 0);
  const shown: (Shown | undefined)[] = [];
  for (const line of judged) {
    const isWanted = line === harmed || line === prevented;
    shown.push(isWanted ? await pictureOf(join(folder, line.dir), screen) : undefined);
  }
  return shown;
}

/** Undefined where its folder is not there: a campaign can be told without it. */
async function pictureOf(dir: string, screen: Screen): Promise<Shown | undefined> {
  const stored = await readShown(dir, screen);
  if (stored.kind === 'unreadable') return undefined;
  const { example, refusal } = (await judgeRun(stored.run, screen)).page().model;
  return { example, refusal };
}

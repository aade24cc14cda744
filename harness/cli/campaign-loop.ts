/**
 * Carries the runs of a campaign out, several at once where the machine allows it, and keeps a line of each. What they come to
 * together is not decided here (campaign-end.ts).
 */
import type { Cell } from '../campaign/cells.js';
import { secondsOf } from '../campaign/estimate.js';
import { appendLine, type CampaignPlan, doneLines, finalLines, type RunLine } from '../campaign/journal.js';
import { createQueue, type Task } from '../campaign/queue.js';
import { isReasonToStop } from '../campaign/stop.js';
import { monotonicMs } from '../history/clock.js';
import type { RunPlace } from '../report/campaign.js';
import { clusterOf } from './campaign-cells.js';
import { type CampaignRunOptions, runOfCell } from './campaign-run.js';
import { type Board, type CampaignScreen, createCampaignScreen } from './campaign-screen.js';
import type { Screen } from './progress.js';

/** Why no more runs were begun. */
export type Ending = 'done' | 'budget' | 'stop' | 'interrupted' | 'environment';

export interface LoopOptions extends Omit<CampaignRunOptions, 'seed'> {
  plan: CampaignPlan;
  /** Those of this shard. */
  cells: readonly Cell[];
  /** What took place before; what takes place is added. */
  lines: RunLine[];
  /** Runs at once. */
  parallel: number;
}

/** Runs that failed in a row before the machine is given up. */
const MAX_FAILED = 3;

export async function runCampaign(options: LoopOptions): Promise<Ending> {
  const { plan, cells, lines, parallel, interrupts } = options;
  const { budget, stop } = plan.definition;
  const deadline = monotonicMs() + (budget ?? Number.POSITIVE_INFINITY);
  const done = new Set(doneLines(lines).map(keyOf));
  const keys = new Map(cells.map((cell) => [cell, clusterOf(cell)]));
  const queue = createQueue({
    cells,
    plannedOf: ({ planned }) => planned,
    clusterOf: (cell) => keys.get(cell) ?? '',
    isDone: ({ cell, n }) => done.has(keyOf({ cell: cell.id, n })),
  });
  const board = createBoard(cells, lines, parallel);
  const screen = createCampaignScreen(options.screen, board, parallel === 1);
  let ending: Ending | undefined;
  let failedInRow = 0;
  let hasWorked = false;

  const work = async (): Promise<void> => {
    let cluster: string | undefined;
    for (;;) {
      if (interrupts.signal.aborted) ending = 'interrupted';
      else if (monotonicMs() >= deadline) ending ??= 'budget';
      const task = ending === undefined ? queue.take(cluster) : undefined;
      if (task === undefined) return;
      cluster = task.cluster;
      const line = await attempts(task, options, screen);
      if (line === undefined) continue;
      const isLost = line.colour === 'environment';
      hasWorked ||= !isLost;
      failedInRow = isLost ? failedInRow + 1 : 0;
      if (failedInRow >= MAX_FAILED || !hasWorked) ending ??= 'environment';
      if (isReasonToStop(stop, line)) ending ??= 'stop';
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return interrupts.signal.aborted ? 'interrupted' : (ending ?? 'done');
}

const keyOf = ({ cell, n }: Pick<RunPlace, 'cell' | 'n'>): string => `${n} ${cell}`;

/**
 * A run, and once more if the environment failed: that says nothing of the lock. Both are kept. Undefined where it was
 * interrupted.
 */
async function attempts(
  { cell, n }: Task<Cell>,
  options: LoopOptions,
  screen: CampaignScreen,
): Promise<RunLine | undefined> {
  const title = cell.planned === 1 ? cell.id : `${cell.id}, run ${n}`;
  const own = screen.ofRun(title);
  try {
    own.announce(`begins: ${title}`);
    const first = await attempt({ cell: cell.id, n, attempt: 1 }, cell, options, own);
    if (first?.colour !== 'environment') return first;
    own.announce(`once more, since the environment failed: ${title}`);
    return await attempt({ cell: cell.id, n, attempt: 2 }, cell, options, own);
  } finally {
    own.end();
  }
}

/** What fails while everything is being stopped is no failure. */
async function attempt(
  place: RunPlace,
  cell: Cell,
  options: LoopOptions,
  screen: Screen,
): Promise<RunLine | undefined> {
  const { interrupts, folder, lines, plan } = options;
  if (interrupts.signal.aborted) return undefined;
  const line = await runOfCell(cell, place, { ...options, seed: plan.seed, screen });
  if (line === undefined || (interrupts.signal.aborted && line.kind === 'failed')) return undefined;
  if (line.kind === 'failed') process.stderr.write(`leasebreaker: ${line.message}\n`);
  lines.push(line);
  appendLine(folder, line);
  return line;
}

/** Time left goes by what the runs of this session took, or by what they should take as long as there are none. */
function createBoard(cells: readonly Cell[], lines: readonly RunLine[], parallel: number): () => Board {
  const before = lines.length;
  const isEndless = cells.some(({ planned }) => planned === null);
  const planned = cells.reduce((sum, cell) => sum + (cell.planned ?? 0), 0);
  const expected = cells.reduce((sum, cell) => sum + secondsOf(cell) * (cell.planned ?? 0), 0) / planned;
  let ended = before;
  let lastMs = monotonicMs();
  return () => {
    if (lines.length > ended) lastMs = monotonicMs();
    ended = lines.length;
    const final = finalLines(lines);
    const colours = final.map(({ colour }) => colour);
    if (isEndless) return { done: final.length, planned: null, colours, left: null };
    const took = lines.slice(before).flatMap((line) => (line.kind === 'judged' ? [line.seconds] : []));
    const each = took.length === 0 ? expected : took.reduce((sum, seconds) => sum + seconds, 0) / took.length;
    const left = (each * (planned - final.length)) / parallel - (monotonicMs() - lastMs) / 1000;
    return { done: final.length, planned, colours, left: Math.max(left, 0) };
  };
}

/** One plan carried out again, and what it came to: what `replay` and `shrink` share. */
import { relative, sep } from 'node:path';
import { monotonicMs } from '../history/clock.js';
import type { Plan } from '../plan/plan.js';
import { planOptionsOf } from '../plan/write-plan-file.js';
import type { ClusterPool } from '../run/cluster-pool.js';
import type { Answer } from '../shrink/oracle.js';
import { execute } from './execute.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { answerOf, type Finding } from './finding.js';
import { fitToMachine } from './fit-to-machine.js';
import type { Screen } from './progress.js';
import type { Session } from './session.js';

export interface TriesOptions extends Session {
  finding: Finding;
  /** In which paths are told. */
  folder: string;
  /** Folder for the results of the runs. */
  output: string;
  subnet?: string;
  clusters: ClusterPool;
  /** Several are under way at once: what they say of themselves would only mix. */
  isCrowded: boolean;
}

export type Tried =
  | { kind: 'tried'; answer: Answer; path: string; summary: string; seconds: number }
  /** No further try makes sense. */
  | { kind: 'over'; code: ExitCode; message: string };

/** `title` names the try on the screen, `replay` is the command line that does the same again. */
export async function tryPlan(plan: Plan, title: string, replay: string, options: TriesOptions): Promise<Tried> {
  const { finding, folder, output, subnet, clusters, isCrowded, screen, interrupts } = options;
  if (interrupts.signal.aborted) return { kind: 'over', code: EXIT.interrupted, message: 'interrupted' };
  const began = monotonicMs();
  const executed = await execute({
    plan,
    replay,
    output,
    ...(subnet === undefined ? {} : { subnet }),
    clusters,
    screen: isCrowded ? crowded(screen, title) : screen,
    interrupts,
  });
  if (executed.kind === 'refused') return { kind: 'over', code: executed.code, message: executed.message };
  const { verdict, run } = executed.judged;
  // Cut short it is no try; but what has been proven by then has been.
  const answer = answerOf(finding, verdict);
  if (verdict.end.kind === 'interrupted' && answer !== 'shown')
    return { kind: 'over', code: EXIT.interrupted, message: 'interrupted' };
  return {
    kind: 'tried',
    answer,
    path: relative(folder, run.dir).split(sep).join('/'),
    summary: verdict.summary,
    seconds: Math.round((monotonicMs() - began) / 100) / 10,
  };
}

function crowded(screen: Screen, title: string): Screen {
  const nothing = (): void => undefined;
  return {
    ...screen,
    say: (line) => screen.say(`${title}: ${line}`),
    status: nothing,
    show: nothing,
    progress: nothing,
    clear: nothing,
  };
}

/** As often and so many at once, `n` from 1, in the order in which they end; once one is over, none is begun any more. */
export async function tryTimes(times: number, parallel: number, once: (n: number) => Promise<Tried>): Promise<Tried[]> {
  const tried: Tried[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < times && !tried.some(({ kind }) => kind === 'over')) tried.push(await once(++begun));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return tried;
}

/** Why this machine cannot carry the plan out, if it cannot. */
export async function refuseMachine(plan: Plan, say: (line: string) => void): Promise<string | undefined> {
  const fitted = await fitToMachine({ ...planOptionsOf(plan), expect: plan.expect }, false, say);
  return fitted.kind === 'refused' ? fitted.message : undefined;
}

export const ANSWER_WORDS: Readonly<Record<Answer, string>> = {
  shown: 'shows it',
  'not-shown': 'does not show it',
  unknown: 'could not be judged',
};

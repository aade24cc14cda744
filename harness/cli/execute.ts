/** Carries a plan out, judges the record, writes verdict and report, and says what came of it: what `run` and `campaign` share. */
import { EXIT, type ExitCode } from './exit-codes.js';
import { judgeRun, readShown, writeVerdict, type JudgedRun } from './judge-run.js';
import type { Interrupts } from './interrupts.js';
import type { Screen } from './progress.js';
import { WORKLOADS } from '../../workloads/index.js';
import type { Plan } from '../plan/plan.js';
import { type ClusterPool, createClusterPool } from '../run/cluster-pool.js';
import { run } from '../run/run.js';
import { VERSION } from './version.js';

export interface ExecuteOptions {
  plan: Plan;
  replay: string;
  output: string;
  subnet?: string;
  /** Where the run has its cluster from; missing: one of its own, taken down at its end. */
  clusters?: ClusterPool;
  /** `history.edn` too. */
  edn?: boolean;
  screen: Screen;
  interrupts: Interrupts;
}

export type Executed =
  | { kind: 'judged'; judged: JudgedRun; report: string }
  | { kind: 'refused'; code: ExitCode; message: string };

const REFUSED = { environment: EXIT.environment, arguments: EXIT.badArguments, interrupted: EXIT.interrupted } as const;

export async function execute({
  plan,
  replay,
  output,
  subnet,
  clusters = createClusterPool({ keep: 0 }),
  edn = false,
  screen,
  interrupts,
}: ExecuteOptions): Promise<Executed> {
  const workload = WORKLOADS.find(({ name }) => name === plan.settings.workload);
  if (workload === undefined)
    return { kind: 'refused', code: EXIT.badArguments, message: `unknown workload ${plan.settings.workload}` };
  const outcome = await run({
    plan,
    section: workload.section,
    output,
    replay,
    version: VERSION,
    ...(subnet === undefined ? {} : { subnet }),
    clusters,
    interrupt: interrupts.signal,
    say: screen.say,
    onStatus: screen.status,
  });
  screen.clear();
  if (outcome.kind === 'refused')
    return { kind: 'refused', code: REFUSED[outcome.why], message: withMending(outcome.message, outcome.mend) };
  const stored = await readShown(outcome.dir, screen);
  if (stored.kind === 'unreadable') return { kind: 'refused', code: EXIT.defect, message: stored.message };
  const judged = await judgeRun(stored.run, screen);
  const written = await writeVerdict(judged, { edn });
  if (written.kind === 'failed') {
    // What ended the run, a full disk most of all, is often what keeps its report from being written, and comes first.
    const { end } = stored.run.record;
    const message = end.kind === 'environment' ? `${end.message}\n${written.message}` : written.message;
    return { kind: 'refused', code: EXIT.environment, message: withMending(message, written.mend) };
  }
  return { kind: 'judged', judged, report: written.report };
}

/** A message and, below it, the commands that mend what it says. */
export function withMending(message: string, mend: readonly string[]): string {
  return [message, ...mend.map((command) => `  -> ${command}`)].join('\n');
}

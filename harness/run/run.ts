/**
 * A run, on one screen: up, warm up, traffic with faults, heal, quiesce, collect, down. Clean-up always runs. What the
 * record proves is not decided here: the checkers judge it afterwards, from the files.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../cluster/cluster.js';
import { monotonicNs, wallClock } from '../history/clock.js';
import { openJournal } from '../history/journal.js';
import type { Section } from '../history/section.js';
import { createNemesis } from '../nemesis/nemesis.js';
import { CLIENT_HOSTS } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { collectDecisions, startObserver } from './collect.js';
import { describeMachine } from './machine.js';
import { bringUpCrew, type Crew } from './crew.js';
import { createEnding, type Ending } from './ending.js';
import { createRecorder } from './recorder.js';
import { createResults, FILES, linkLatest, writeJson, type RunFile } from './results.js';
import { createStatus, type RunStatus } from './status.js';
import { carryOut } from './traffic.js';

export interface RunOptions {
  plan: Plan;
  section: Section;
  /** Folder in which the run's own results folder is made. */
  output: string;
  replay: string;
  /** leasebreaker's own. */
  version: string;
  subnet?: string;
  /** Aborts on the first interrupt: heal, stop, collect, down. */
  interrupt: AbortSignal;
  say: (line: string) => void;
  onStatus: (status: RunStatus) => void;
}

export type RunOutcome =
  | { kind: 'recorded'; dir: string }
  /** Nothing was tested; `arguments`: what was asked for cannot be had from any environment. */
  | { kind: 'refused'; why: 'environment' | 'arguments' | 'interrupted'; message: string; mend: string[] };

export async function run(options: RunOptions): Promise<RunOutcome> {
  const { plan, say, interrupt } = options;
  const results = await createResults(options.output, plan);
  if (results.kind === 'failed') return environment(results.message, ['give another folder with --output']);
  const { dir } = results;
  const runId = `${wallClock().getTime().toString(36)}-${process.pid.toString(36)}`;
  const abandon = async (outcome: RunOutcome): Promise<RunOutcome> => {
    await rm(dir, { recursive: true, force: true });
    return outcome;
  };

  const started = await startCluster(
    {
      runId,
      etcdNodes: plan.etcd.nodes,
      ...(plan.etcd.image === undefined ? {} : { etcdImage: plan.etcd.image }),
      etcdData: plan.etcd.data,
      fencing: plan.settings.fencing,
      clientHosts: CLIENT_HOSTS,
      ...(options.subnet === undefined ? {} : { subnet: options.subnet }),
    },
    say,
  );
  if (started.kind === 'environment') return abandon(environment(started.message, started.mend));
  const { cluster } = started;
  const ending = createEnding();
  let crew: Crew | undefined;
  try {
    const refused = await refuseTtl(cluster, plan);
    if (refused !== undefined) return await abandon(refused);
    if (interrupt.aborted)
      return await abandon({
        kind: 'refused',
        why: 'interrupted',
        message: 'interrupted before any traffic',
        mend: [],
      });

    const file: RunFile = {
      runId,
      startedAt: wallClock().toISOString(),
      versions: { leasebreaker: options.version, ...cluster.versions },
      environment: describeMachine(),
      replay: options.replay,
    };
    await writeJson(join(dir, FILES.run), file);
    await linkLatest(dir);
    const startNs = monotonicNs();
    const journal = await openJournal(join(dir, FILES.history));
    const recorder = createRecorder(journal, startNs);
    watchOver(cluster, ending, interrupt, journal.failed);

    crew = await bringUpCrew({ plan, cluster, runId, recorder, ending, logs: join(dir, FILES.logs), say });
    const observer = await startObserver({
      cluster,
      runId,
      link: crew.link('observer'),
      file: join(dir, FILES.ownership),
      recorder,
    });
    const nemesis = createNemesis({
      faults: plan.faults,
      targets: crew.slots,
      ttlMs: plan.settings.ttlMs,
      record: recorder.fault,
    });
    const status = createStatus({ plan, recorder, nemesis, onStatus: options.onStatus });
    await carryOut({ plan, section: options.section, crew, nemesis, recorder, ending, status });
    status.stop();
    await crew.stopClients();
    await observer.stop();
    await collectDecisions({ link: crew.link('storage'), file: join(dir, FILES.storage), ending });
    await journal.close();
    await writeJson(join(dir, FILES.run), { ...file, end: ending.cause ?? { kind: 'completed' } } satisfies RunFile);
    return { kind: 'recorded', dir };
  } finally {
    await crew?.end();
    await cluster.saveLogs(join(dir, FILES.logs)).catch(() => undefined);
    await cluster.down();
  }
}

/** Everything that can end a run from outside. */
function watchOver(
  cluster: Cluster,
  ending: Ending,
  interrupt: AbortSignal,
  journalFailed: Promise<{ message: string }>,
): void {
  const stop = (): void => ending.set({ kind: 'interrupted' });
  if (interrupt.aborted) stop();
  interrupt.addEventListener('abort', stop, { once: true });
  cluster.onDeath((death) => {
    const message =
      death.kind === 'container-died'
        ? `${death.service} ended on its own (exit code ${death.exitCode}): the environment failed, which says nothing about the lock; its log is in the results folder`
        : `the Docker engine went away: ${death.message}`;
    ending.set({ kind: 'environment', message, mend: ['npx leasebreaker doctor', 'npx leasebreaker clean'] });
  });
  void journalFailed.then(({ message }) =>
    ending.set({
      kind: 'environment',
      message: `the history could not be written: ${message}`,
      mend: ['free space, or give another folder with --output'],
    }),
  );
}

/** etcd silently grants more than was asked for below its minimum; every figure of the plan would then be wrong. */
async function refuseTtl(cluster: Cluster, plan: Plan): Promise<RunOutcome | undefined> {
  const asked = plan.settings.ttlMs / 1000;
  const granted = await cluster.probeGrantedTtl(asked);
  if (granted === asked) return undefined;
  return {
    kind: 'refused',
    why: 'arguments',
    message: `etcd grants a lease of ${granted} s where --ttl ${asked} asks for ${asked} s (its minimum is 1.5 x the election timeout)`,
    mend: [`give --ttl ${granted}`],
  };
}

function environment(message: string, mend: string[]): RunOutcome {
  return { kind: 'refused', why: 'environment', message, mend };
}

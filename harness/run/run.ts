/**
 * A run, on one screen: up, warm up, traffic with faults, heal, recovery, quiesce, collect, down. Clean-up always runs. What the
 * record proves is not decided here: the checkers judge it afterwards, from the files.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.js';
import { monotonicNs, wallClock } from '../history/clock.js';
import { openJournal } from '../history/journal.js';
import type { Section } from '../history/section.js';
import { createLockQueue } from '../nemesis/lock-queue.js';
import { createNemesis, type Nemesis } from '../nemesis/nemesis.js';
import type { Plan } from '../plan/plan.js';
import type { ClusterPool } from './cluster-pool.js';
import { collectDecisions, type Observer, startObserver } from './collect.js';
import { describeMachine } from './machine.js';
import { bringUpCrew, type Crew } from './crew.js';
import { createEnding, type Ending } from './ending.js';
import { createRecorder } from './recorder.js';
import { createRecovery } from './recovery.js';
import { isReusable, type RunTraces } from './reusable.js';
import { createResults, FILES, linkLatest, writeJson, type RunFile } from './results.js';
import { environment, cannotWrite, INTERRUPTED, refuseTtl, type Refusal, ROOM, watchOver } from './surroundings.js';
import { createStatus, type RunStatus } from './status.js';
import { carryOut } from './traffic.js';
import { createWorld } from './world.js';

export interface RunOptions {
  plan: Plan;
  section: Section;
  /** Folder in which the run's own results folder is made. */
  output: string;
  replay: string;
  /** leasebreaker's own. */
  version: string;
  subnet?: string;
  /** Where the run has its cluster from, and gives it back to. */
  clusters: ClusterPool;
  /** Aborts on the first interrupt: heal, stop, collect, down. */
  interrupt: AbortSignal;
  say: (line: string) => void;
  onStatus: (status: RunStatus) => void;
}

export type RunOutcome = { kind: 'recorded'; dir: string } | Refusal;

export async function run(options: RunOptions): Promise<RunOutcome> {
  const { plan, clusters, say, interrupt } = options;
  const results = await createResults(options.output, plan);
  if (results.kind === 'failed') return environment(results.message, ['give another folder with --output']);
  const { dir } = results;
  const runId = nextRunId();
  const abandon = async (outcome: RunOutcome): Promise<RunOutcome> => {
    await rm(dir, { recursive: true, force: true });
    return outcome;
  };

  const taken = await clusters.take({
    plan,
    runId,
    interrupt,
    say,
    ...(options.subnet === undefined ? {} : { subnet: options.subnet }),
  });
  if (taken.kind === 'refused') return abandon(taken);
  const { lease } = taken;
  const { cluster } = lease;
  const ending = createEnding();
  let sound = false;
  let file: RunFile | undefined;
  const writeRunFile = (content: RunFile): Promise<void> => writeJson(join(dir, FILES.run), content);
  try {
    const refused = await refuseTtl(cluster, plan);
    if (refused !== undefined) {
      sound = refused.why === 'arguments'; // nothing but a lease was asked for, and revoked
      return await abandon(refused);
    }
    if (interrupt.aborted) return await abandon(INTERRUPTED);

    file = {
      runId,
      startedAt: wallClock().toISOString(),
      versions: { leasebreaker: options.version, ...cluster.versions },
      environment: { ...describeMachine(), cluster: describeUse(lease.runsBefore) },
      replay: options.replay,
    };
    await writeRunFile(file);
    await linkLatest(dir);
    const traces = await carryOutPlan({ ...options, dir, runId, cluster, ending });
    sound = isReusable({ ...traces, end: ending.cause?.kind ?? 'completed' });
    await writeRunFile({ ...file, end: ending.cause ?? { kind: 'completed' } });
    return { kind: 'recorded', dir };
  } catch (error) {
    if (cannotWrite(error)) return environment(`the results could not be written: ${(error as Error).message}`, ROOM);
    if (file !== undefined) await writeRunFile({ ...file, end: { kind: 'defect', message: String(error) } });
    throw error;
  } finally {
    await cluster.saveLogs(join(dir, FILES.logs)).catch(() => undefined);
    await lease.giveBack({ sound });
  }
}

interface Stage extends RunOptions {
  dir: string;
  runId: string;
  cluster: Cluster;
  ending: Ending;
}

/** From the first agent to the last line of the record. What the environment does to it is in `ending`, not thrown. */
async function carryOutPlan({
  plan,
  section,
  dir,
  runId,
  cluster,
  ending,
  interrupt,
  say,
  onStatus,
}: Stage): Promise<Omit<RunTraces, 'end'>> {
  const journal = openJournal(join(dir, FILES.history));
  const recorder = createRecorder(journal, monotonicNs());
  const forget = watchOver(cluster, ending, interrupt, journal.failed);
  let crew: Crew | undefined;
  let observer: Observer | undefined;
  const queue = createLockQueue();
  let leader: string | undefined;
  /** Also while nobody leads: the same one again is no change. */
  let lastLeader: string | undefined;
  let nemesis: Nemesis | undefined;
  try {
    crew = await bringUpCrew({
      plan,
      cluster,
      runId,
      recorder,
      ending,
      lockQueue: queue,
      logs: join(dir, FILES.logs),
      say,
    });
    observer = await startObserver({
      cluster,
      runId,
      link: crew.link('observer'),
      file: join(dir, FILES.ownership),
      samples: join(dir, FILES.etcd),
      recorder,
      ending,
      onOwnership: queue.see,
      onLeader(member) {
        leader = member;
        if (member === undefined || member === lastLeader) return;
        lastLeader = member;
        nemesis?.leaderChanged();
      },
    });
  } catch (error) {
    const message = `the agents and clients could not be started: ${(error as Error).message}`;
    const mend =
      plan.client === undefined
        ? ['npx leasebreaker doctor', 'give fewer --lanes or --clients']
        : ['npx leasebreaker conform, with the same --client options'];
    ending.set({ kind: 'environment', message, mend });
  }
  if (crew !== undefined && observer !== undefined) {
    const { link, slots: clients } = crew;
    const world = createWorld({ cluster, link, clients, plan, leader: () => leader });
    nemesis = createNemesis({ faults: plan.faults, world, queue, now: recorder.now, record: recorder.fault });
    const recovery = createRecovery({
      lanes: plan.settings.lanes,
      clusterProblems: async () => {
        const health = await cluster.etcd.health().catch((error: Error) => error);
        if (health instanceof Error) return [health.message];
        return health.kind === 'healthy' ? [] : health.problems;
      },
    });
    const status = createStatus({ plan, recorder, nemesis, slots: crew.slots, onStatus });
    try {
      await carryOut({ plan, section, crew, nemesis, recovery, recorder, ending, status });
    } finally {
      status.stop();
    }
    await crew.stopClients();
    await observer.stop();
    await collectDecisions({ cluster, file: join(dir, FILES.storage), ending });
  }
  const isDeserted = (await crew?.end()) ?? false;
  forget();
  await journal.close();
  const roles = new Map(cluster.nodes.map(({ name, role }) => [name, role]));
  return { faults: recorder.faults, recovery: recorder.recovered, isDeserted, roles };
}

let lastRunMs = 0;

/** Another one for each run of this process, those that begin in the same ms too. */
function nextRunId(): string {
  lastRunMs = Math.max(wallClock().getTime(), lastRunMs + 1);
  return `${lastRunMs.toString(36)}-${process.pid.toString(36)}`;
}

function describeUse(runsBefore: number): string {
  if (runsBefore === 0) return 'fresh';
  return `used before by ${runsBefore} ${runsBefore === 1 ? 'run' : 'runs'}`;
}

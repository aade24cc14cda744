/**
 * How long each kind of fault takes from the decision to its receipt, on a real cluster of three members without traffic.
 * `npm run bench -- faults [injections] [kinds]`, such as `npm run bench -- faults 5 pause,clock`.
 * The receipt counts, not the command: a pause is over when every thread was read in state T. What comes before (finding the
 * leader, waiting for a healthy cluster) and after (the heal) is not in the figures; other work on the machine is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '../harness/cluster/cluster.js';
import { monotonicMs, monotonicNs } from '../harness/history/clock.js';
import { openJournal } from '../harness/history/journal.js';
import type { World } from '../harness/nemesis/fault.js';
import { createLockQueue } from '../harness/nemesis/lock-queue.js';
import { FAULTS } from '../harness/nemesis/nemesis.js';
import { resolveTarget } from '../harness/nemesis/targets.js';
import { drawFault } from '../harness/plan/draw-fault.js';
import { parseFault } from '../harness/plan/fault-grammar.js';
import type { FaultSpec } from '../harness/plan/fault-spec.js';
import { DEFAULTS, makePlan } from '../harness/plan/make-plan.js';
import type { Plan } from '../harness/plan/plan.js';
import { type Crew, bringUpCrew } from '../harness/run/crew.js';
import { createEnding } from '../harness/run/ending.js';
import { createRecorder } from '../harness/run/recorder.js';
import { createWorld } from '../harness/run/world.js';

const INJECTIONS = 20;
const HEALTHY_WITHIN_MS = 60_000;
/** Between two injections: what the last one left behind (elections, connections made anew) is over. */
const QUIET_MS = 300;
const TTL_MS = DEFAULTS.ttlSeconds * 1000;

/** What is injected, as on the command line, and within how many ms the median is to have its receipt on an idle machine. */
const CASES: readonly { fault: string; goalMs?: number }[] = [
  { fault: 'pause@random-client', goalMs: 20 },
  { fault: 'pause@leader', goalMs: 20 },
  { fault: 'freeze@leader' },
  { fault: 'stall:for=1s@random-client' },
  { fault: 'kill@follower' },
  { fault: 'partition:isolate-leader', goalMs: 100 },
  { fault: 'loss@leader' },
  { fault: 'delay@leader' },
  { fault: 'bandwidth@leader' },
  { fault: 'clock:drift=0.25@random-client', goalMs: 20 },
  { fault: 'clock:drift=4@leader', goalMs: 20 },
  { fault: 'disk:slow@leader' },
  { fault: 'cpu@leader' },
  { fault: 'etcd:move-leader' },
];

interface Figures {
  /** Of those that were proven. */
  receiptMs: number[];
  injected: number;
  /** What was wrong with injections and heals. */
  unproven: string[];
}

/** Injects it so many times, one after the other, each healed before the next. */
async function measure(spec: FaultSpec, times: number, stage: Stage): Promise<Figures> {
  const { world, cluster } = stage;
  const figures: Figures = { receiptMs: [], injected: times, unproven: [] };
  for (let n = 0; n < times; n++) {
    if (!(await world.etcd.awaitHealthy(HEALTHY_WITHIN_MS))) throw new Error('the cluster is not healthy any more');
    stage.leader = (await world.etcd.status()).find(({ leader }) => leader)?.name;
    await sleep(QUIET_MS);
    const place = { id: `bench-${n}`, role: 'bench', lane: 0, atMs: 0, alone: false };
    const input = { seed: n, lanes: 1, ttlMs: TTL_MS, timeMs: 0, impossibleClocks: false };
    const fault = drawFault({ spec, name: spec.kind, weight: 1 }, place, input);
    const field = { ...world, leader: stage.leader, queue: createLockQueue() };
    const struck = resolveTarget(fault, field);
    if (struck === undefined) throw new Error(`nobody is ${fault.target} on ${cluster.nodes.length} nodes`);
    const decidedMs = monotonicMs();
    const injected = await FAULTS[fault.kind].inject({ fault, ...struck, world });
    const tookMs = monotonicMs() - decidedMs;
    if (injected.receipt.proven) figures.receiptMs.push(tookMs);
    else figures.unproven.push(injected.receipt.reason);
    const healed = await injected.heal();
    if (!healed.proven) figures.unproven.push(`healing: ${healed.reason}`);
  }
  return figures;
}

/** The value below which so large a share of all lies, by the nearest rank. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function line(cells: readonly string[]): string {
  const [name = '', ...figures] = cells;
  return name.padEnd(34) + figures.map((cell) => cell.padStart(18)).join('');
}

function row(name: string, { receiptMs, injected }: Figures, goalMs: number | undefined): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const median = percentile(receiptMs, 0.5);
  const goal = goalMs === undefined ? '' : `< ${goalMs} ms ${median < goalMs ? 'met' : 'MISSED'}`;
  const proven = `${receiptMs.length} of ${injected}`;
  return line([name, proven, ms(median), ms(percentile(receiptMs, 0.99)), goal]);
}

interface Stage {
  cluster: Cluster;
  world: World;
  leader: string | undefined;
}

/** Starts everything that a run has but for its traffic, and takes it down again. */
async function onStage(runId: string, act: (stage: Stage) => Promise<void>): Promise<void> {
  const plan = planOfNothing();
  const started = await startCluster(
    { runId, etcdNodes: 3, etcdData: 'tmpfs', storage: 'http-durable', fencing: 'on', clientHosts: 1 },
    console.error,
  );
  if (started.kind === 'environment') throw new Error(started.message);
  const { cluster } = started;
  const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
  const journal = openJournal(join(folder, 'history.jsonl'));
  let crew: Crew | undefined;
  try {
    crew = await bringUpCrew({
      plan,
      cluster,
      runId,
      recorder: createRecorder(journal, monotonicNs()),
      ending: createEnding(),
      lockQueue: createLockQueue(),
      logs: folder,
      say: console.error,
    });
    const { link, slots: clients } = crew;
    const stage: Stage = {
      cluster,
      leader: undefined,
      world: createWorld({ cluster, link, clients, plan, leader: () => stage.leader }),
    };
    await act(stage);
  } finally {
    await crew?.stopClients();
    await crew?.end();
    await cluster.down();
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function planOfNothing(): Plan {
  const made = makePlan({ ...DEFAULTS, seed: 0, expect: {}, lanes: 1, storage: 'http-durable', faults: [] });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

const times = Number(process.argv[2] ?? INJECTIONS);
const kinds = process.argv[3]?.split(',');
await onStage(`bench-${process.pid}`, async (stage) => {
  console.log(line(['fault', 'proven', 'median', 'p99', 'goal (median)']));
  for (const { fault, goalMs } of CASES) {
    const read = parseFault(fault);
    if (read.kind === 'invalid') throw new Error(read.message);
    if (kinds !== undefined && !kinds.includes(read.fault.kind)) continue;
    const figures = await measure(read.fault, times, stage);
    console.log(row(fault, figures, goalMs));
    for (const reason of new Set(figures.unproven)) console.log(`    not proven: ${reason}`);
  }
});

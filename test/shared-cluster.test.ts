/** Several runs on one cluster: nothing of one may show in the next, and what is not sound is not used again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { monotonicMs } from '../harness/history/clock.js';
import { parseFaults } from '../harness/plan/fault-grammar.js';
import { DEFAULTS, makePlan, type PlanOptions } from '../harness/plan/make-plan.js';
import type { Plan } from '../harness/plan/plan.js';
import { type ClusterPool, createClusterPool } from '../harness/run/cluster-pool.js';
import { run } from '../harness/run/run.js';
import type { Phase } from '../harness/run/status.js';
import { WORKLOADS } from '../workloads/index.js';
import { resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

const pools: ClusterPool[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

function pool(keep: number): ClusterPool {
  const made = createClusterPool({ keep });
  pools.push(made);
  return made;
}

function planOf(faults: string, options: Partial<PlanOptions> = {}): Plan {
  const parsed = parseFaults(faults);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  const made = makePlan({
    ...{ ...DEFAULTS, seed: 7, lanes: 1, clients: 3, timeSeconds: 5, etcdNodes: 1, expect: {}, faults: parsed.faults },
    ...options,
  });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

interface Entry {
  index: number;
  f: string;
  key?: string;
  value: unknown;
  op: number;
  seq: number;
  token?: string;
  lease?: string;
}

interface Done {
  runId: string;
  end: { kind: string };
  cluster: string | undefined;
  tookMs: number;
  history: Entry[];
  decisions: Entry[];
  ownership: Entry[];
  logOfStorage: string;
  logOfEtcd: string;
}

/** `interruptIn`: the phase in which it is interrupted. */
async function carryOut(plan: Plan, clusters: ClusterPool, interruptIn?: Phase): Promise<Done> {
  const interrupt = new AbortController();
  const workload = WORKLOADS.find(({ name }) => name === plan.settings.workload);
  if (workload === undefined) throw new Error('no such workload');
  const begun = monotonicMs();
  const outcome = await run({
    ...{ plan, clusters, interrupt: interrupt.signal, section: workload.section, output: await resultsFolder() },
    ...{ replay: '', version: 'test', say: () => undefined },
    onStatus: ({ phase }) => phase === interruptIn && interrupt.abort(),
  });
  const tookMs = monotonicMs() - begun;
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  const text = (file: string): Promise<string> => readFile(join(outcome.dir, file), 'utf8');
  const lines = async (file: string): Promise<Entry[]> =>
    (await text(file)).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
  const { runId, end, environment } = JSON.parse(await text('run.json')) as {
    runId: string;
    end: Done['end'];
    environment: Record<string, string>;
  };
  return {
    ...{ runId, end, cluster: environment['cluster'], tookMs },
    history: await lines('history.jsonl'),
    decisions: await lines('storage.jsonl'),
    ownership: await lines('ownership.jsonl'),
    logOfStorage: await text('logs/storage.log').catch(() => ''),
    logOfEtcd: await text('logs/etcd1.log'),
  };
}

/** Ids of all containers that belong to a run. */
async function containers(): Promise<string[]> {
  const { stdout } = await execa('docker', ['ps', '-q', '--no-trunc', '--filter', 'label=leasebreaker.run']);
  return stdout.split('\n').sort();
}

/** All that a record says is of its own run. */
function expectOwn({ runId, history, decisions, ownership }: Done): void {
  const locks = new Set(history.flatMap(({ f, key }) => (f === 'acquire' && key !== undefined ? [key] : [])));
  expect([...locks].every((key) => key.startsWith(`leasebreaker/${runId}/`))).toBe(true);
  expect(ownership.length).toBeGreaterThan(0);
  expect(ownership.every(({ key }) => key?.startsWith(`leasebreaker/${runId}/`))).toBe(true);
  const accesses = new Set(history.flatMap(({ index, f }) => (f === 'write' || f === 'read' ? [index] : [])));
  expect(decisions.map(({ seq }) => seq)).toEqual(decisions.map((_, at) => at + 1));
  expect(decisions.every(({ op }) => accesses.has(op))).toBe(true);
  // The first to read a counter finds none: a value of a former run would be a number.
  expect(decisions.find(({ f }) => f === 'read')?.value).toBeNull();
}

describe.each(['http', 'http-durable', 'postgres', 'redis', 'etcd'])(
  'two runs on one cluster with storage %s',
  (storage) => {
    it('have the same containers and nothing of each other', async () => {
      const clusters = pool(1);
      // With a scheme, tokens of the first run would refuse those of the second if the storage still knew them.
      const plan = planOf('pause:for=1.5ttl', { storage, fencing: 'on' });
      const first = await carryOut(plan, clusters);
      const before = await containers();
      expect(before.length).toBeGreaterThan(0);
      const second = await carryOut(plan, clusters);
      expect(await containers()).toEqual(before);
      expect([first.end.kind, second.end.kind]).toEqual(['completed', 'completed']);
      expect([first.cluster, second.cluster]).toEqual(['fresh', 'used before by 1 run']);
      expectOwn(first);
      expectOwn(second);
      const leases = new Set(first.ownership.map(({ lease }) => lease));
      expect(second.ownership.some(({ lease }) => leases.has(lease))).toBe(false);
      expect(first.logOfEtcd).toContain('starting');
      expect(second.logOfEtcd).not.toContain('starting');
      console.info(`${storage}: ${Math.round(first.tookMs)} ms, then ${Math.round(second.tookMs)} ms`);
      await clusters.close();
      expect(await leftovers()).toEqual(NOTHING);
    });
  },
);

describe('a cluster is not used again', () => {
  it('after a fault that may leave something behind, and for a plan that wants another one', async () => {
    const clusters = pool(1);
    await carryOut(planOf('etcd:compact:at=1s', { fencing: 'on' }), clusters);
    expect(await leftovers()).toEqual(NOTHING);
    await carryOut(planOf('none'), clusters);
    const [kept] = await containers();
    const other = await carryOut(planOf('none', { storage: 'http-durable' }), clusters);
    expect(other.cluster).toBe('fresh');
    expect(await containers()).not.toContain(kept);
    await clusters.close();
    expect(await leftovers()).toEqual(NOTHING);
  });

  it('once a container of it has ended, or a program was left in it', async () => {
    const clusters = pool(1);
    await carryOut(planOf('none'), clusters);
    const { stdout: storage } = await execa('docker', ['ps', '-q', '--filter', 'label=leasebreaker.role=storage']);
    await execa('docker', ['kill', storage]);
    expect((await carryOut(planOf('none'), clusters)).cluster).toBe('fresh');
    const { stdout: hosts } = await execa('docker', ['ps', '-q', '--filter', 'label=leasebreaker.role=clients']);
    await execa('docker', ['exec', '--detach', hosts.split('\n')[0] ?? '', 'sleep', '1000']);
    expect((await carryOut(planOf('none'), clusters)).cluster).toBe('fresh');
    await clusters.close();
    expect(await leftovers()).toEqual(NOTHING);
  });

  it('after an interrupt', async () => {
    const clusters = pool(1);
    const { end } = await carryOut(planOf('none', { timeSeconds: 60 }), clusters, 'traffic');
    expect(end.kind).toBe('interrupted');
    expect(await leftovers()).toEqual(NOTHING);
  });
});

describe('two runs at once', () => {
  it('have a cluster each, and both are used again', async () => {
    const clusters = pool(2);
    const both = () => Promise.all([planOf('none'), planOf('none')].map((plan) => carryOut(plan, clusters)));
    const first = await both();
    const before = await containers();
    const second = await both();
    expect(await containers()).toEqual(before);
    expect(new Set([...first, ...second].map(({ runId }) => runId)).size).toBe(4);
    expect(second.map(({ cluster }) => cluster)).toEqual(['used before by 1 run', 'used before by 1 run']);
    for (const done of [...first, ...second]) expectOwn(done);
    await clusters.close();
    expect(await leftovers()).toEqual(NOTHING);
  });
});

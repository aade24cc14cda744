/**
 * Bent clocks on a real cluster: what a lease lives under its leader's clock, that etcd outlives any skew, and that a client with
 * a slow clock goes on believing in a lock that etcd has given away. Times are taken by this process's clock, which nobody bends.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClockChange, ClockState } from '../harness/agent/protocol.js';
import type { Cluster } from '../harness/cluster/cluster.js';
import type { HistoryEntry } from '../harness/history/operation.js';
import { clock } from '../harness/nemesis/clock.js';
import type { FaultNode, Injected, World } from '../harness/nemesis/fault.js';
import type { PlannedFault } from '../harness/plan/plan.js';
import { type AgentLink, connectAgent } from '../harness/run/agent-link.js';
import { createWorld } from '../harness/run/world.js';
import { id, printed, start, THREE } from './support/cluster.js';
import { leasebreaker, resultsFolder } from './support/command.js';

const LEASE_SECONDS = 20;
/** How long the members' clocks are bent to and fro; a minute or more by hand. */
const SKEW_SECONDS = Number(process.env['LEASEBREAKER_SKEW_SECONDS'] ?? 15);

let cluster: Cluster;
let world: World;
let leader: string;
const links = new Map<string, AgentLink>();

async function beginCluster(): Promise<void> {
  cluster = await start({ ...THREE, runId: id('clock'), clientHosts: 1 });
  const names = cluster.nodes.map(({ name }) => name);
  await Promise.all(
    names.map(async (name) => links.set(name, await connectAgent(name, await cluster.openAgent(name)))),
  );
  world = createWorld({
    cluster,
    link,
    clients: [],
    plan: { settings: { ttlMs: 2000, storage: 'http' } as never, etcd: { data: 'tmpfs' } as never },
    leader: () => leader,
  });
}

function link(name: string): AgentLink {
  const found = links.get(name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

function node(name: string): FaultNode {
  const found = world.nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

function inject(name: string, options: PlannedFault['options']): Promise<Injected> {
  const fault: PlannedFault = {
    id: 'f0',
    kind: 'clock',
    target: name,
    trigger: 'time',
    atMs: 0,
    delayMs: 0,
    durationMs: 60_000,
    alone: false,
    pick: 0,
    options: { impossible: false, ...options },
  };
  return clock.inject({ fault, nodes: [node(name)], clients: [], world });
}

async function state(name: string): Promise<ClockState> {
  const read = await link(name).clock('program', { do: 'read' });
  if (read.kind !== 'shifted' || read.after[0] === undefined) throw new Error(`${name}: ${JSON.stringify(read)}`);
  return read.after[0];
}

const etcdctl = (...args: string[]) => printed(cluster, 'observer', 'etcdctl', ...args);

/** A lease that nobody keeps alive, granted by the leader. */
async function grant(): Promise<{ lease: string; atMs: number }> {
  const atMs = performance.now();
  const said = await etcdctl('lease', 'grant', String(LEASE_SECONDS));
  const [, lease = ''] = /lease ([0-9a-f]+) granted/.exec(said) ?? [];
  return { lease, atMs };
}

const isAlive = async (lease: string) => !(await etcdctl('lease', 'timetolive', lease)).includes('already expired');

describe('the clocks of etcd members', () => {
  beforeAll(beginCluster);
  afterAll(async () => {
    for (const one of links.values()) one.end();
    await cluster?.down();
  });
  beforeEach(async () => {
    expect(await world.etcd.awaitHealthy(30_000)).toBe(true);
    leader = (await world.etcd.status()).find((member) => member.leader)?.name ?? '';
  });
  afterEach(async () => {
    for (const name of ['etcd1', 'etcd2', 'etcd3']) {
      expect(await state(name)).toMatchObject({ rate: 1, wallAheadNs: '0' });
    }
  });

  it('end a lease of 20 s after about 5 s of real time under a leader whose clock goes four times as fast', async () => {
    const fault = await inject(leader, { drift: 4 });
    expect(fault.receipt).toMatchObject({ proven: true, evidence: { readBack: { rate: 4 } } });
    const { lease, atMs } = await grant();
    expect(await isAlive(lease)).toBe(true);
    while (await isAlive(lease)) await sleep(100);
    const livedMs = performance.now() - atMs;
    expect(livedMs).toBeGreaterThan((LEASE_SECONDS * 1000) / 4);
    expect(livedMs).toBeLessThan(LEASE_SECONDS * 1000 * 0.75);
    const receipt = await fault.heal();
    expect(receipt).toMatchObject({ proven: true, evidence: { lease: { leaderSeconds: expect.any(Number) } } });
    const { leaderSeconds, elapsedSeconds } = (
      receipt as unknown as { evidence: { lease: { leaderSeconds: number; elapsedSeconds: number } } }
    ).evidence.lease;
    expect(leaderSeconds).toBeGreaterThan(elapsedSeconds * 2);
  });

  it.each([3_600_000, -3_600_000])(
    'change nothing about a lease when only the wall clock steps by %d ms',
    async (step) => {
      const { lease, atMs } = await grant();
      const fault = await inject(leader, { step });
      expect(fault.receipt).toMatchObject({ proven: true });
      // What the member tells others, asked from elsewhere.
      const address = node(leader).addresses[0];
      const script = `fetch('http://${address}:2379/version').then((r) => console.log(Date.parse(r.headers.get('date'))))`;
      const ahead = Number(await printed(cluster, 'observer', 'node', '-e', script)) - Date.now();
      expect(Math.abs(ahead - step)).toBeLessThan(60_000);
      await sleep(6000);
      expect(await isAlive(lease)).toBe(true);
      const receipt = await fault.heal();
      expect(receipt).toMatchObject({ proven: true });
      const said = await etcdctl('lease', 'timetolive', lease);
      const remaining = Number(/remaining\((\d+)s\)/.exec(said)?.[1]);
      const elapsed = (performance.now() - atMs) / 1000;
      // In whole seconds, and read at some moment before now.
      expect(remaining).toBeGreaterThanOrEqual(Math.floor(LEASE_SECONDS - elapsed) - 1);
      await etcdctl('lease', 'revoke', lease);
    },
  );

  it('end a lease at once when all of the clocks jump beyond it', async () => {
    const { lease, atMs } = await grant();
    const fault = await inject(leader, { jump: LEASE_SECONDS * 1000 });
    expect(fault.receipt).toMatchObject({ proven: true });
    while (await isAlive(lease)) await sleep(100);
    expect(performance.now() - atMs).toBeLessThan(LEASE_SECONDS * 1000 * 0.75);
    expect(await fault.heal()).toMatchObject({ proven: true });
  });

  it(
    `may change all the time, for ${SKEW_SECONDS} s, and etcd goes on`,
    async () => {
      const members = ['etcd1', 'etcd2', 'etcd3'];
      const before = await Promise.all(members.map((name) => cluster.control(name).state()));
      const changes: ClockChange[] = [4, 0.25, 1.0005, 10, 0.1, 1, 0.9995, 2].flatMap((rate, index): ClockChange[] => [
        { do: 'shift', rate },
        { do: 'shift', stepWallNs: `${index % 2 === 0 ? '' : '-'}${index + 1}00000000` },
        { do: 'shift', rate: 1, jumpNs: `${index}00000000` },
      ]);
      const begun = performance.now();
      let done = 0;
      while (performance.now() - begun < SKEW_SECONDS * 1000) {
        const name = members[done % members.length] ?? '';
        const change = changes[done % changes.length] ?? { do: 'heal' };
        expect(await link(name).clock('program', change)).toMatchObject({ kind: 'shifted' });
        done++;
        await sleep(20);
      }
      expect(done).toBeGreaterThan(SKEW_SECONDS);
      for (const name of members)
        expect(await link(name).clock('program', { do: 'heal' })).toMatchObject({ kind: 'shifted' });
      expect(await world.etcd.awaitHealthy(60_000)).toBe(true);
      const after = await Promise.all(members.map((name) => cluster.control(name).state()));
      expect(after.map(({ pid, running }) => ({ pid, running }))).toEqual(
        before.map(({ pid }) => ({ pid, running: true })),
      );
      await etcdctl('put', 'after', 'skew');
      expect(await etcdctl('get', 'after')).toBe('after\nskew');
    },
    120_000 + SKEW_SECONDS * 1000,
  );

  it('of the storage can be bent and read, too', async () => {
    const fault = await inject('storage', { jump: 90_000 });
    expect(fault.receipt).toMatchObject({
      proven: true,
      evidence: { readBack: { rate: 1, monotonicAheadMs: 90_000 } },
    });
    expect(await fault.heal()).toMatchObject({ proven: true });
    expect(await state('storage')).toMatchObject({ rate: 1, wallAheadNs: '0' });
  });

  it('are healed when the controller is gone', async () => {
    const [name, other] = ['etcd1', 'etcd2'].sort((a) => (a === leader ? 1 : -1)) as [string, string];
    expect((await inject(name, { drift: 0.5, step: 5000 })).receipt).toMatchObject({ proven: true });
    const { pid } = await state(name);
    expect((await state(other)).rate).toBe(1);
    link(name).end();
    await link(name).closed;
    links.set(name, await connectAgent(name, await cluster.openAgent(name)));
    expect(await state(name)).toMatchObject({ pid, installed: true, rate: 1, wallAheadNs: '0' });
  });
});

interface Overlap {
  kind: string;
  first: { process: number; acquire: { completed: number } };
  second: { process: number; acquire: { completed: number } };
  ownership: { time: number; type: string }[];
  fault?: { kind: string; options: Record<string, unknown>; processes: number[] };
}

describe('the clock of a client', () => {
  it('when slow, makes it believe in a lock that etcd has given away; the overlap checker sees it', async () => {
    const output = await resultsFolder();
    const faults = 'clock:drift=0.25:for=9s:on=acquired@holder';
    const args = [
      '--seed',
      '3',
      '--time',
      '20',
      '--lanes',
      '3',
      '--clients',
      '4',
      '--think',
      '10000',
      '--fencing',
      'on',
    ];
    const ended = await leasebreaker(['run', ...args, '--expect', 'clean', '--faults', faults, '--output', output]);
    // Fencing keeps the data clean all the same.
    expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
    const file = (name: string) => readFile(join(output, 'latest', name), 'utf8');
    const verdict = JSON.parse(await file('verdict.json')) as {
      exclusion: string;
      faults: { injected: number; proven: number };
      violations: Overlap[];
    };
    expect(verdict.exclusion).toBe('violated');
    expect(verdict.faults.proven).toBe(verdict.faults.injected);
    const history = (await file('history.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as HistoryEntry);
    const overlaps = verdict.violations.filter(({ kind }) => kind === 'overlapping-sections');
    const believed = overlaps.filter(({ first, second, ownership, fault }) => {
      const givenAway = ownership.some(({ type, time }) => type === 'delete' && time <= second.acquire.completed);
      const knewIt = history.some(
        ({ f, process, time }) =>
          f === 'lost' &&
          process === first.process &&
          time > first.acquire.completed &&
          time < second.acquire.completed,
      );
      return fault?.kind === 'clock' && fault.processes.includes(first.process) && givenAway && !knewIt;
    });
    expect(believed.length).toBeGreaterThan(0);
  });
});

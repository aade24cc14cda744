/**
 * Faults on programs and containers, on a real cluster with real clients: each is injected with its receipt, looked at in another
 * way than the receipt's, healed, and leaves everything as it was read before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, Death } from '../harness/cluster/cluster.js';
import { monotonicMs, monotonicNs } from '../harness/history/clock.js';
import { type Journal, openJournal } from '../harness/history/journal.js';
import { cpu } from '../harness/nemesis/cpu.js';
import { disk } from '../harness/nemesis/disk.js';
import { etcd } from '../harness/nemesis/etcd-operations.js';
import type { ClientTarget, Fault, FaultNode, Injected, World } from '../harness/nemesis/fault.js';
import { freeze } from '../harness/nemesis/freeze.js';
import { kill } from '../harness/nemesis/kill.js';
import { pause } from '../harness/nemesis/pause.js';
import { stall } from '../harness/nemesis/stall.js';
import type { PlannedFault } from '../harness/plan/plan.js';
import { type AgentLink, connectAgent } from '../harness/run/agent-link.js';
import { createRecorder, type Recorder } from '../harness/run/recorder.js';
import { Slot } from '../harness/run/slot.js';
import { createWorld } from '../harness/run/world.js';
import { id, start, THREE } from './support/cluster.js';
import { until } from './support/until.js';

let cluster: Cluster;
let world: World;
let slots: Slot[];
let journal: Journal;
let recorder: Recorder;
let folder: string;
let leader: string;
/** What the engine and the kernels had before the fault; all of it must be so again. */
let before: unknown;
const links = new Map<string, AgentLink>();
const deaths: Death[] = [];
let inForce: Injected | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-faults-'));
  journal = openJournal(join(folder, 'history.jsonl'));
  cluster = await start({ ...THREE, clientHosts: 2, storage: 'http-durable', runId: id('process-faults') });
  cluster.onDeath((death) => deaths.push(death));
  const names = cluster.nodes.map(({ name }) => name);
  await Promise.all(
    names.map(async (name) => links.set(name, await connectAgent(name, await cluster.openAgent(name)))),
  );
  recorder = createRecorder(journal, monotonicNs());
  const urls = cluster.nodes.filter(({ role }) => role === 'etcd').map(({ address }) => `http://${address}:2379`);
  const storage = cluster.nodes.find(({ role }) => role === 'storage')?.address ?? '';
  const open = {
    ...{ recipe: 'mutex', etcd: urls, storage: `http://${storage}:8080`, ttl: 2, onLoss: 'ignore' as const },
    ...{ token: 'create-revision' as const, deadlineMs: 3000 },
  };
  slots = ['clients1', 'clients2'].map((host, slot) => {
    const common = {
      lane: 0,
      slots: 2,
      recorder,
      open,
      lock: 'lock',
      log: () => undefined,
      onSession: () => undefined,
    };
    return new Slot({ ...common, slot, link: linkOf(host), deadlines: { callMs: 3000, acquireMs: 10_000 } });
  });
  await Promise.all(slots.map((slot) => slot.start()));
  world = createWorld({
    cluster,
    link: linkOf,
    clients: slots,
    plan: { settings: { ttlMs: 2000, storage: 'http-durable' } as never, etcd: { data: 'tmpfs' } as never },
    leader: () => leader || undefined,
  });
});
afterAll(async () => {
  for (const link of links.values()) link.end();
  await cluster?.down();
  await journal?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  expect(await world.etcd.awaitHealthy(30_000)).toBe(true);
  leader = (await world.etcd.status()).find((member) => member.leader)?.name ?? '';
  before = await everything();
});
afterEach(async () => {
  if (inForce !== undefined) expect(await inForce.heal()).toMatchObject({ proven: true });
  inForce = undefined;
  expect(await everything()).toEqual(before);
  expect(deaths).toEqual([]);
  // Nobody is held back for ever.
  await Promise.all(slots.map((slot) => expect(slot.readClock()).resolves.toHaveProperty('wallMs')));
  expect(slots.map((slot) => slot.isRunning())).toEqual([true, true]);
});

const linkOf = (name: string): AgentLink => links.get(name) ?? expect.fail(`no agent on ${name}`);
const node = (name: string): FaultNode => world.nodes.find((one) => one.name === name) ?? expect.fail(`no ${name}`);
const follower = (): string => ['etcd1', 'etcd2', 'etcd3'].find((name) => name !== leader) ?? '';
const first = (): Slot => slots[0] as Slot;

async function inject(
  fault: Fault,
  targets: { nodes?: string[]; clients?: ClientTarget[] },
  options: PlannedFault['options'] = {},
  durationMs = 60_000,
): Promise<{ evidence: Record<string, unknown>; processes: Injected['processes'] }> {
  const planned: PlannedFault = {
    ...{ id: 'f0', kind: fault.kind, target: 'holder', trigger: 'time', atMs: 0, delayMs: 0, pick: 0, alone: false },
    ...{ durationMs, options },
  };
  const nodes = (targets.nodes ?? targets.clients?.map((client) => client.node) ?? []).map(node);
  inForce = await fault.inject({ fault: planned, nodes, clients: targets.clients ?? [], world });
  const { receipt, processes } = inForce;
  if (!receipt.proven) return expect.fail(receipt.reason);
  return { evidence: receipt.evidence, processes };
}

async function heal(): Promise<Record<string, unknown>> {
  const receipt = (await inForce?.heal()) ?? expect.fail('nothing was injected');
  return receipt.proven ? receipt.evidence : expect.fail(receipt.reason);
}

const docker = async (...args: string[]): Promise<string> => (await execa('docker', args)).stdout.trim();
const containerOf = (name: string): string => cluster.nodes.find((one) => one.name === name)?.container ?? '';
const inside = (name: string, ...command: string[]): Promise<string> => docker('exec', containerOf(name), ...command);

/** State letters of all threads that `command` matches, as `ps` on the engine's machine sees them. */
async function letters(name: string, command: RegExp): Promise<string> {
  const rows = (await docker('top', containerOf(name), '-L', '-o', 'pid,stat,args')).split('\n').slice(1);
  const states = rows.filter((row) => command.test(row)).map((row) => row.trim().split(/\s+/)[1]?.[0] ?? '');
  return states.join('');
}

/** What the engine says of a container, less what a restart may change. */
async function inspect(name: string): Promise<{ Running: boolean; Paused: boolean; quota: number }> {
  const format = '{"Running":{{.State.Running}},"Paused":{{.State.Paused}},"quota":{{.HostConfig.CpuQuota}}}';
  const found = JSON.parse(await docker('inspect', '-f', format, containerOf(name))) as Awaited<
    ReturnType<typeof inspect>
  >;
  return { ...found, quota: Math.max(found.quota, 0) };
}

const hostPid = (name: string): Promise<string> => docker('inspect', '-f', '{{.State.Pid}}', containerOf(name));

async function everything(): Promise<unknown> {
  const nodes = await Promise.all(
    world.nodes.map(async ({ name, agent }) => {
      const look =
        'grep -h "^TracerPid:" /proc/[0-9]*/status | sort -u; ls /etcd-data /storage-data 2>/dev/null | grep -v lost; pgrep -l strace';
      return [
        name,
        await inspect(name),
        (await agent.exec(['sh', '-c', look])).stdout,
        await letters(name, /^\S*\s*\d+\s+T/),
      ];
    }),
  );
  return { nodes, members: (await world.etcd.members()).sort(), healthy: await world.etcd.awaitHealthy(30_000) };
}

/** The three ways of asking somebody from outside of its pod. */
const reaches = async (name: string, ms = 1000): Promise<boolean> => {
  const [address = ''] = node(name).addresses;
  const url = `http://${address}:${world.port(node(name))}/version`;
  const script = `fetch('${url}', { signal: AbortSignal.timeout(${ms}) }).then(() => console.log('yes'), () => console.log('no'))`;
  return (await inside('observer', 'node', '-e', script)) === 'yes';
};

async function post(path: 'read' | 'write', body: object): Promise<{ seq: number; value: unknown }> {
  const [address = ''] = node('storage').addresses;
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ op: -1, process: -1, key: 'r0', ...body }),
  };
  const script = `fetch('http://${address}:8080/${path}', ${JSON.stringify(init)}).then(async (r) => console.log(await r.text()))`;
  return JSON.parse(await inside('observer', 'node', '-e', script)) as { seq: number; value: unknown };
}

describe('pause', () => {
  it('stops every thread of a client, and keeps back what falls due until it wakes', async () => {
    const client = first();
    const { evidence, processes } = await inject(pause, { clients: [client] });
    expect(processes).toEqual([client.process]);
    expect(evidence['states']).toMatch(/^T{2,}$/);
    expect(await letters(client.node, /client\.mjs/)).toMatch(/^T+$/);
    expect(client.isRunning()).toBe(false);
    const sent = recorder.figures.operations;
    const late = client.close();
    await sleep(100);
    expect(recorder.figures.operations).toBe(sent);
    await heal();
    expect(await late).toMatchObject({ error: 'not-open' });
    expect(recorder.figures.operations).toBe(sent + 1);
    expect(await letters(client.node, /client\.mjs/)).toMatch(/^[SR]+$/);
  });

  it.each([
    ['a follower', () => [follower()]],
    ['the leader', () => [leader]],
    ['the storage', () => ['storage']],
    ['all members at once', () => ['etcd1', 'etcd2', 'etcd3']],
  ])('stops every thread of %s', async (_, whom) => {
    const names = whom();
    const { processes } = await inject(pause, { nodes: names });
    expect(processes).toBe('all');
    for (const name of names) {
      expect(await letters(name, /./)).toMatch(/^T+$/);
      expect(await reaches(name)).toBe(false);
    }
    await heal();
    for (const name of names) expect(await reaches(name, 10_000)).toBe(true);
  });
});

describe('freeze', () => {
  it('stands a client host still, its agent too', async () => {
    const client = first();
    const { processes } = await inject(freeze, { clients: [client] });
    expect(processes).toEqual([client.process]);
    expect(await inspect(client.node)).toMatchObject({ Paused: true });
    const answer = client.readClock().then(() => 'answered');
    expect(await Promise.race([answer, sleep(500, 'silent')])).toBe('silent');
    await heal();
    expect(await answer).toBe('answered');
  });

  it.each([
    ['the leader', () => leader],
    ['the storage', () => 'storage'],
  ])('stands %s still', async (_, whom) => {
    const name = whom();
    const { evidence, processes } = await inject(freeze, { nodes: [name] });
    expect(evidence).toMatchObject({ engine: 'paused', connection: 'accepted, not answered' });
    expect(processes).toBe('all');
    expect(await inspect(name)).toMatchObject({ Paused: true });
    expect(await reaches(name)).toBe(false);
    await heal();
    expect(await reaches(name, 10_000)).toBe(true);
  });
});

describe('stall', () => {
  it.each(['busy', 'gc'])('blocks the main thread by %s for its whole time', async (how) => {
    const client = first();
    const begun = monotonicMs();
    await inject(stall, { clients: [client] }, { how }, 800);
    expect(await letters(client.node, /client\.mjs/)).toContain('R');
    const answer = client.readClock().then(() => monotonicMs() - begun);
    const evidence = await heal();
    expect(await answer).toBeGreaterThanOrEqual(790);
    expect(evidence['eventLoopDelayMs']).toBeGreaterThanOrEqual(800);
    if (how === 'gc') expect(evidence['gcMs']).toBeGreaterThan(0);
  });
});

describe('kill', () => {
  it('ends a client, and another program takes its place', async () => {
    const client = first();
    const { evidence } = await inject(kill, { clients: [client] });
    expect(await letters(client.node, /client\.mjs/)).toBe('');
    const healed = await heal();
    expect(healed['pid']).not.toBe(evidence['pid']);
    expect(await letters(client.node, /client\.mjs/)).not.toBe('');
  });

  it('ends a majority of the members, and they come back with their data', async () => {
    const names = [leader, follower()];
    const etcdctl = (...args: string[]) => inside('observer', 'etcdctl', ...args);
    await etcdctl('put', 'kept', 'over a kill');
    const pids = await Promise.all(names.map(hostPid));
    const { processes } = await inject(kill, { nodes: names });
    expect(processes).toBe('all');
    for (const name of names) {
      const state = await docker('inspect', '-f', '{{.State.Running}} {{.State.ExitCode}}', containerOf(name));
      expect(state).toBe('false 137');
    }
    await heal();
    expect(await etcdctl('get', '--print-value-only', 'kept')).toBe('over a kill');
    const again = await Promise.all(names.map(hostPid));
    expect(again.filter((pid) => pids.includes(pid))).toEqual([]);
  });

  it('ends the storage, which comes back with every acknowledged write', async () => {
    const written = await post('write', { token: '41', value: 'kept' });
    await inject(kill, { nodes: ['storage'] });
    expect(await reaches('storage')).toBe(false);
    await heal();
    expect(await post('read', { token: '41' })).toEqual({ seq: written.seq + 1, value: 'kept', token: '41' });
  });
});

describe('disk', () => {
  it('delays the syncs of the leader, as a write feels', async () => {
    const put = async (): Promise<number> => {
      const begun = monotonicMs();
      await inside('observer', 'etcdctl', '--command-timeout=20s', 'put', 'slow', 'disk');
      return monotonicMs() - begun;
    };
    const usual = await put();
    const { evidence } = await inject(disk, { nodes: [leader] }, { mode: 'slow', ms: 700 });
    expect(evidence['syncMs']).toBeGreaterThanOrEqual(700);
    expect(await put()).toBeGreaterThan(usual + 350);
    await heal();
  });

  it('delays the syncs of the storage', async () => {
    // Only a decision makes it sync.
    const writing = (async () => {
      for (let n = 0; n < 4; n++) await post('write', { token: '41', value: n });
    })();
    const { evidence } = await inject(disk, { nodes: ['storage'] }, { mode: 'slow', ms: 500 });
    expect(evidence['syncMs']).toBeGreaterThanOrEqual(500);
    await writing;
    await heal();
  });

  it.each([
    ['a member', () => follower(), '/etcd-data'],
    ['the storage', () => 'storage', '/storage-data'],
  ])('of %s is full, and has room again', async (_, whom, path) => {
    const name = whom();
    await inject(disk, { nodes: [name] }, { mode: 'full' });
    const { stdout, failed } = await execa('docker', ['exec', sidecarOf(name), 'df', '--output=avail', path], {
      reject: false,
    });
    expect(failed).toBe(false);
    expect(stdout.split('\n').at(-1)?.trim()).toBe('0');
    if (name === 'storage') await post('write', { token: '41', value: 'x'.repeat(5000) }).catch(() => undefined);
    // More than the room that a member has reserved for itself.
    else
      await inside(
        'observer',
        'sh',
        '-c',
        'for n in $(seq 40); do head -c 1000000 /dev/zero | tr "\\0" x | etcdctl put big; done',
      );
    await until('its end', async () => !(await inspect(name)).Running, 20_000);
    const evidence = await heal();
    expect(evidence['freeBytes']).toBeGreaterThan(0);
    expect(evidence['endedMeanwhile']).toMatch(name === 'storage' ? /^exit code 3$/ : /^exit code [1-9]/);
    if (name === 'storage') {
      expect(await post('write', { token: '41', value: 'room' })).toMatchObject({ value: 'room' });
    }
  });

  it('of the leader is lost, and the member joins anew', async () => {
    const memberId = async (name: string): Promise<string | undefined> =>
      (await inside('observer', 'etcdctl', 'member', 'list'))
        .split('\n')
        .find((line) => line.includes(name))
        ?.split(',')[0];
    const name = leader;
    await inside('observer', 'etcdctl', 'put', 'kept', 'by the others');
    const old = await memberId(name);
    await inject(disk, { nodes: [name] }, { mode: 'lost' });
    expect(await docker('exec', sidecarOf(name), 'find', '/etcd-data', '-mindepth', '1')).toBe('');
    await heal();
    expect(await memberId(name)).not.toBe(old);
    const url = `http://${node(name).addresses[0]}:2379`;
    const asked = [
      'env',
      '-u',
      'ETCDCTL_ENDPOINTS',
      'etcdctl',
      `--endpoints=${url}`,
      'get',
      '--print-value-only',
      'kept',
    ];
    expect(await inside('observer', ...asked)).toBe('by the others');
  });

  it('of the storage is lost, and with it the token that shut out the past', async () => {
    await post('write', { token: '50', value: 'new' });
    await inject(disk, { nodes: ['storage'] }, { mode: 'lost' });
    await heal();
    expect(await post('write', { token: '1', value: 'of the past' })).toMatchObject({ seq: 1, value: 'of the past' });
  });

  it('of a majority is never lost', async () => {
    const planned = { id: 'f0', kind: 'disk', durationMs: 1000, options: { mode: 'lost' } } as unknown as PlannedFault;
    const nodes = [leader, follower()].map(node);
    const injected = await disk.inject({ fault: planned, nodes, clients: [], world });
    expect(injected.receipt).toEqual({ proven: false, reason: expect.stringContaining('hit a minority') as string });
    inForce = injected;
  });
});

describe('cpu', () => {
  it.each([
    ['a client host', () => first().node, 20],
    ['the leader', () => leader, 5],
    ['the storage', () => 'storage', 5],
  ])('starves %s', async (_, whom, percent) => {
    const name = whom();
    const { evidence } = await inject(cpu, { nodes: [name] }, { percent });
    expect(evidence['throttledPeriods']).toBeGreaterThan(0);
    expect(await inspect(name)).toMatchObject({ quota: percent * 1000 });
    await heal();
    expect(await inspect(name)).toMatchObject({ quota: 0 });
  });
});

describe('etcd', () => {
  it('moves the leader away', async () => {
    const old = leader;
    const { evidence } = await inject(etcd, { nodes: [old] }, { operation: 'move-leader' });
    const now = (await world.etcd.status()).find((member) => member.leader)?.name;
    expect(now).toBe(evidence['to']);
    expect(now).not.toBe(old);
  });

  it('compacts the past away', async () => {
    const etcdctl = (...args: string[]) =>
      execa('docker', ['exec', containerOf('observer'), 'etcdctl', ...args], { reject: false });
    await etcdctl('put', 'past', '1');
    const { stdout } = await etcdctl('put', 'past', '2', '-w', 'json');
    const revision = Number(/"revision":(\d+)/.exec(stdout)?.[1]);
    expect((await etcdctl('get', 'past', `--rev=${revision - 1}`)).exitCode).toBe(0);
    await inject(etcd, { nodes: [leader] }, { operation: 'compact' });
    expect((await etcdctl('get', 'past', `--rev=${revision - 1}`)).stderr).toContain('compacted');
  });

  it('defragments a member', async () => {
    const inode = () => docker('exec', sidecarOf(leader), 'find', '/etcd-data', '-name', 'db', '-printf', '%i');
    const old = await inode();
    await inject(etcd, { nodes: [leader] }, { operation: 'defragment' });
    expect(await inode()).not.toBe(old);
  });

  it('takes a member out of the cluster and adds it again', async () => {
    const name = follower();
    const { processes } = await inject(etcd, { nodes: [name] }, { operation: 'replace-member' });
    expect(processes).toBe('all');
    expect(await inside('observer', 'etcdctl', 'member', 'list')).not.toContain(name);
    await heal();
    expect(await inside('observer', 'etcdctl', 'member', 'list')).toContain(name);
  });

  it('restarts one member after the other', async () => {
    const members = ['etcd1', 'etcd2', 'etcd3'];
    const pids = await Promise.all(members.map(hostPid));
    const { evidence } = await inject(etcd, { nodes: [leader] }, { operation: 'rolling-restart' });
    expect(Object.keys(evidence)).toEqual(members);
    const again = await Promise.all(members.map(hostPid));
    expect(again.filter((pid) => pids.includes(pid))).toEqual([]);
  });
});

describe('an injection that fails', () => {
  it('says why, and its heal brings back what it did', async () => {
    await node('storage').container.pause();
    const planned = { id: 'f0', kind: 'kill', durationMs: 1000, options: {} } as unknown as PlannedFault;
    const none = { ...world, storageKeepsItsData: false };
    const refused = await kill.inject({ fault: planned, nodes: [node('storage')], clients: [], world: none });
    expect(refused.receipt).toMatchObject({ proven: false });
    expect(await inspect('storage')).toMatchObject({ Paused: true, Running: true });
    await node('storage').container.unpause();
    inForce = await freeze.inject({ fault: planned, nodes: [node('etcd1'), brokenNode()], clients: [], world });
    expect(inForce.receipt).toEqual({ proven: false, reason: 'broken: the engine is gone' });
    expect(await inspect('etcd1')).toMatchObject({ Paused: true });
    const healed = await inForce.heal();
    expect(healed).toEqual({ proven: false, reason: 'broken: the engine is gone' });
    expect(await inForce.heal()).toBe(healed);
    expect(await inspect('etcd1')).toMatchObject({ Paused: false });
    inForce = undefined;
  });
});

function sidecarOf(name: string): string {
  return cluster.nodes.find((one) => one.name === name)?.sidecar ?? '';
}

/** A node whose engine does nothing any more. */
function brokenNode(): FaultNode {
  const gone = (): Promise<never> => Promise.reject(new Error('the engine is gone'));
  return {
    ...node('storage'),
    name: 'broken',
    container: { ...node('storage').container, pause: gone, unpause: gone },
  };
}

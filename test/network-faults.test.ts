/**
 * Faults of the network on a real cluster: each is injected with its receipt, looked at in another way than the receipt's,
 * healed, and leaves every node's rules, redirections and queues as they were.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../harness/cluster/cluster.js';
import { bandwidth } from '../harness/nemesis/bandwidth.js';
import { delay } from '../harness/nemesis/delay.js';
import type { ClientTarget, Fault, Injected, NodeNetwork, World } from '../harness/nemesis/fault.js';
import { loss } from '../harness/nemesis/loss.js';
import { partition } from '../harness/nemesis/partition.js';
import type { FaultKind, PlannedFault } from '../harness/plan/plan.js';
import { type AgentLink, connectAgent } from '../harness/run/agent-link.js';
import { createWorld } from '../harness/run/world.js';
import { id, start, THREE } from './support/cluster.js';
import { until } from './support/until.js';

type Options = PlannedFault['options'];

/** The containers name all members in it, and etcdctl takes no endpoint besides. */
const ETCDCTL = ['env', '-u', 'ETCDCTL_ENDPOINTS', 'etcdctl'];

let cluster: Cluster;
let world: World;
let leader: string;
const links = new Map<string, AgentLink>();
/** What the kernels had before the fault; nothing may be left of it. */
let before: string;
const inForce: Injected[] = [];
let faults = 0;

beforeAll(async () => {
  cluster = await start({ ...THREE, runId: id('network') });
  const names = cluster.nodes.map(({ name }) => name);
  await Promise.all(
    names.map(async (name) => links.set(name, await connectAgent(name, await cluster.openAgent(name)))),
  );
  const clients = ['clients1', 'clients2', 'clients3'].map(
    (node, process) => ({ node, process, isHolding: node === 'clients2' }) as ClientTarget,
  );
  world = createWorld({
    cluster,
    link: (node) => links.get(node) as AgentLink,
    clients,
    plan: { settings: { ttlMs: 2000, storage: 'http' } as never, etcd: { data: 'tmpfs' } as never },
    leader: () => leader || undefined,
  });
});
afterAll(async () => {
  for (const link of links.values()) link.end();
  await cluster?.down();
});
beforeEach(async () => {
  expect(await world.etcd.awaitHealthy(30_000)).toBe(true);
  leader = (await world.etcd.status()).find((member) => member.leader)?.name ?? '';
  before = await kernels();
});
afterEach(async () => {
  await Promise.all(inForce.splice(0).map(({ heal }) => heal()));
  expect(await kernels()).toBe(before);
});

/** The container that a node's network belongs to. */
function containerOf(name: string): string {
  const node = cluster.nodes.find((one) => one.name === name);
  return node?.sidecar ?? node?.container ?? '';
}

/** What a command prints in the node's network namespace, by the docker command line. */
async function inside(name: string, ...command: string[]): Promise<string> {
  const { stdout, stderr } = await execa('docker', ['exec', containerOf(name), ...command], { reject: false });
  return `${stdout}\n${stderr}`.trim();
}

/** Filters, redirections and queues. */
async function kernelOf(name: string): Promise<string> {
  const script =
    'for tool in iptables ip6tables; do for table in filter nat; do $tool -t $table -S; done; done; tc qdisc show';
  return `${name}\n${await inside(name, 'sh', '-c', script)}`;
}

async function kernels(): Promise<string> {
  return (await Promise.all(world.nodes.map(({ name }) => kernelOf(name)))).join('\n');
}

function node(name: string) {
  const found = world.nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

/** Whether a client elsewhere gets an answer; etcdctl opens a connection of its own. */
async function puts(from: string, to: string): Promise<boolean> {
  const endpoint = `http://${node(to).addresses[0]}:2379`;
  const args = [
    ...ETCDCTL,
    '--endpoints',
    endpoint,
    '--command-timeout',
    '1500ms',
    '--dial-timeout',
    '1s',
    'put',
    'x',
    '1',
  ];
  return (await inside(from, ...args)).startsWith('OK');
}

async function inject(fault: Fault, targets: readonly string[], options: Options): Promise<Injected> {
  const planned: PlannedFault = {
    id: `f${++faults}`,
    kind: fault.kind as FaultKind,
    target: targets[0] ?? 'leader',
    trigger: 'time',
    atMs: 0,
    delayMs: 0,
    durationMs: 5000,
    pick: 0,
    options,
    alone: false,
  } as PlannedFault;
  const nodes = targets.map(node);
  const clients = world.clients.filter((client) => targets.includes(client.node));
  const injected = await fault.inject({ fault: planned, nodes, clients, world });
  inForce.push(injected);
  return injected;
}

function storage(): string {
  return node('storage').addresses[0] ?? '';
}

async function asksStorage(from: string): Promise<boolean> {
  const script = `fetch('http://${storage()}:8080/',{signal:AbortSignal.timeout(2500)}).then(()=>console.log('answered'),()=>0).finally(()=>process.exit())`;
  return (await inside(from, 'node', '-e', script)).startsWith('answered');
}

function evidenceOf({ receipt }: Injected): Record<string, unknown> {
  return receipt.proven ? receipt.evidence : {};
}

const soon = (what: string, condition: () => Promise<boolean>) => until(what, condition, 20_000);

const PROVEN = { proven: true };

describe('partition', () => {
  const cut = (targets: readonly string[], options: Options) =>
    inject(partition, targets, { shape: 'isolate-leader', way: 'both', by: 'drop', flap: 0, ...options });

  it('isolates the leader: it cannot commit, the others elect another', async () => {
    const old = leader;
    const other = world.nodes.find(({ role, name }) => role === 'etcd' && name !== old)?.name ?? '';
    const injected = await cut([], {});
    expect(injected).toMatchObject({ receipt: PROVEN, processes: 'all', nodes: expect.arrayContaining([old]) });
    expect(await puts('clients1', old)).toBe(false);
    await soon('another leads', () => puts('clients1', other));
    expect(await inside(old, 'iptables', '-S')).toContain('-j DROP');
    expect(await inside('observer', 'iptables', '-S')).not.toContain('leasebreaker');
    const healed = await injected.heal();
    expect(healed).toMatchObject(PROVEN);
    expect(await injected.heal()).toBe(healed);
    await soon('the old leader answers', () => puts('clients1', old));
  });

  it('cuts the holder off from the storage, and from nothing else', async () => {
    const injected = await cut(['clients2'], { shape: 'isolate-holder-from-storage' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [1], nodes: ['clients2', 'storage'] });
    expect([await asksStorage('clients2'), await asksStorage('clients1')]).toEqual([false, true]);
    expect(await puts('clients2', leader)).toBe(true);
    expect(await injected.heal()).toMatchObject(PROVEN);
    expect(await asksStorage('clients2')).toBe(true);
  });

  it('finds the holder when it is not the target', async () => {
    const injected = await cut([], { shape: 'isolate-holder' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [1] });
    expect([await asksStorage('clients2'), await puts('clients2', leader)]).toEqual([false, false]);
  });

  it('refuses at once where it is to reject, on open connections too', async () => {
    const address = node(leader).addresses[0] ?? '';
    // A watch that sees nothing happen stays open until somebody ends it.
    const watch = execa(
      'docker',
      ['exec', containerOf('clients3'), ...ETCDCTL, '--endpoints', `http://${address}:2379`, 'watch', 'x'],
      {
        reject: false,
      },
    );
    const open = () => inside('clients3', 'ss', '-tnH', 'dst', address);
    await soon('the watch is open', async () => (await open()).includes('ESTAB'));
    const injected = await cut(['clients3'], { shape: 'isolate-holder-from-etcd', by: 'reject' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [2] });
    expect(JSON.stringify(injected.receipt)).toContain('ECONNREFUSED');
    await inside('clients1', ...ETCDCTL, '--endpoints', `http://${address}:2379`, 'put', 'x', 'news');
    await soon('the connection is gone', async () => !(await open()).includes('ESTAB'));
    await inside('clients3', 'sh', '-c', 'kill $(pidof etcdctl)');
    await watch;
  });

  it('one way: what the cut-off side sends arrives, and no answer comes', async () => {
    const [one = '', two = ''] = world.nodes.filter(({ role }) => role === 'etcd').map(({ name }) => name);
    const injected = await cut([one, two], { shape: 'single-link', way: 'requests-pass' });
    expect(injected).toMatchObject({ receipt: { proven: true, evidence: { cuts: [`${two} -> ${one}`] } } });
    expect(await inside(two, 'iptables', '-S')).not.toContain('DROP');
    // The other's kernel has the request for a connection and waits for the third step of the handshake.
    const script = `require('net').connect(2379,'${node(two).addresses[0]}').on('error',()=>0);setTimeout(()=>process.exit(),800)`;
    const asking = inside(one, 'node', '-e', script);
    await soon('the request has arrived', async () =>
      (await inside(two, 'ss', '-tnH', 'state', 'syn-recv')).includes(node(one).addresses[0] ?? '?'),
    );
    await asking;
  });

  it('flaps: open and cut in turn, and open in the end', async () => {
    const injected = await cut(['clients1'], { shape: 'isolate-holder-from-storage', flap: 400 });
    expect(injected).toMatchObject({ receipt: PROVEN });
    const seen: boolean[] = [];
    for (let n = 0; n < 12; n++) {
      seen.push((await node('clients1').agent.probe(storage(), 8080, 100)).connected);
      await sleep(100);
    }
    const turns = seen.filter((open, n) => n > 0 && open !== seen[n - 1]).length;
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(await injected.heal()).toMatchObject(PROVEN);
  });

  it('two at once on the same nodes: each has its own proof, and the one outlives the other', async () => {
    const first = await cut([], {});
    const second = await cut(['clients1'], { shape: 'isolate-holder-from-etcd' });
    expect([first.receipt, second.receipt]).toMatchObject([PROVEN, PROVEN]);
    const packets = (await world.network.counters(`f${faults}`, leader)).packets;
    expect(await first.heal()).toMatchObject(PROVEN);
    expect((await world.network.counters(`f${faults}`, leader)).packets).toBeGreaterThanOrEqual(packets);
    expect(await puts('clients1', leader)).toBe(false);
    expect(await second.heal()).toMatchObject(PROVEN);
  });

  it('stays over the death and the restart of a member', async () => {
    const other = world.nodes.find(({ role, name }) => role === 'etcd' && name !== leader);
    const injected = await cut([other?.name ?? ''], { shape: 'isolate-one' });
    const rules = await inside(other?.name ?? '', 'iptables', '-S');
    const expected = other?.container.expectExit();
    await other?.agent.signalProgram('SIGKILL');
    await soon('it is down', async () => !(await other?.container.state())?.running);
    await other?.container.start();
    expected?.();
    expect(await inside(other?.name ?? '', 'iptables', '-S')).toBe(rules);
    expect(rules).toContain('DROP');
    expect(await injected.heal()).toMatchObject(PROVEN);
  });

  it('proves nothing where nothing was open, and heals all the same', async () => {
    const first = await cut(['clients1'], { shape: 'isolate-holder-from-storage' });
    const second = await cut(['clients1'], { shape: 'isolate-holder-from-storage' });
    expect(second.receipt).toMatchObject({ proven: false, reason: expect.stringContaining('open before') });
    expect(await second.heal()).toMatchObject(PROVEN);
    expect(await asksStorage('clients1')).toBe(false);
    expect(await first.heal()).toMatchObject(PROVEN);
  });

  it('is not injected where there is nobody to cut off', async () => {
    leader = '';
    expect(await cut([], { shape: 'majority-with-leader' })).toMatchObject({ receipt: { proven: false } });
  });
});

/** Ms that a request from one node to another's server takes, asked by a program of the image that is no part of the harness. */
async function roundTrip(from: string, to: string): Promise<number> {
  const url = `http://${node(to).addresses[0]}:2379/version`;
  // The best of three, each on a connection of its own: the first has a program to compile.
  const script = `
    const get = () => new Promise((done) => { const begun = performance.now();
      require('http').get('${url}', { agent: false }, (answer) => answer.resume().on('end', () => done(performance.now() - begun))); });
    (async () => console.log(Math.round(Math.min(await get(), await get(), await get()))))();`;
  return Number.parseInt(await inside(from, 'node', '-e', script), 10);
}

describe('loss', () => {
  it('of a member: about as much as asked for, both ways, and nothing of it after', async () => {
    const injected = await inject(loss, [leader], { percent: 40, link: '' });
    expect(injected).toMatchObject({
      receipt: PROVEN,
      processes: 'all',
      nodes: expect.arrayContaining([leader, 'clients1']),
    });
    const { percent } = evidenceOf(injected) as { percent: number };
    expect(percent).toBeGreaterThan(20);
    expect(percent).toBeLessThan(60);
    expect(await inside('clients1', 'iptables', '-S')).toMatch(/--mode random --probability 0\.(39|40)/);
    expect(await injected.heal()).toMatchObject(PROVEN);
  });

  it('of one link, all of it: the other links carry on', async () => {
    const injected = await inject(loss, ['clients1'], { percent: 100, link: 'storage' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [0], nodes: ['clients1', 'storage'] });
    expect([await asksStorage('clients1'), await asksStorage('clients2')]).toEqual([false, true]);
  });

  it('of a thousandth is found as well', async () => {
    const injected = await inject(loss, ['clients1'], { percent: 0.5, link: '' });
    expect(injected).toMatchObject({ receipt: PROVEN });
  });

  it('of a link that is none', async () => {
    const injected = await inject(loss, ['clients1'], { percent: 50, link: 'etcd9' });
    expect(injected.receipt).toEqual({ proven: false, reason: 'no link from clients1 to etcd9' });
  });
});

describe('bandwidth', () => {
  it.each([64, 4000])('of a client host to %i kbit/s', async (kbit) => {
    const injected = await inject(bandwidth, ['clients1'], { kbit, link: '' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [0], nodes: ['clients1'] });
    expect(await inside('clients1', 'tc', 'qdisc', 'show')).toContain('tbf');
    expect(await injected.heal()).toMatchObject(PROVEN);
  });

  it('two limits and a cut on one node, each healed alone', async () => {
    const first = await inject(bandwidth, ['clients1'], { kbit: 500, link: 'storage' });
    const second = await inject(bandwidth, ['clients1'], { kbit: 100, link: 'etcd' });
    expect([first.receipt, second.receipt]).toMatchObject([PROVEN, PROVEN]);
    expect((await inside('clients1', 'tc', 'qdisc', 'show')).match(/tbf/g)).toHaveLength(2);
    expect(await first.heal()).toMatchObject(PROVEN);
    expect((await inside('clients1', 'tc', 'qdisc', 'show')).match(/rate \S+/g)).toEqual(['rate 100Kbit']);
    expect(await second.heal()).toMatchObject(PROVEN);
  });
});

describe('delay', () => {
  it('of a client host: its requests are slow, those of others are not', async () => {
    const injected = await inject(delay, ['clients1'], { ms: 200, jitter: 20, link: '' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [0] });
    expect(await roundTrip('clients1', leader)).toBeGreaterThan(300);
    expect(await roundTrip('clients2', leader)).toBeLessThan(300);
    expect(await puts('clients1', leader)).toBe(true);
    expect(await injected.heal()).toMatchObject(PROVEN);
    expect(await roundTrip('clients1', leader)).toBeLessThan(300);
  });

  it('of a member: whoever asks it waits, and the cluster lives', async () => {
    const injected = await inject(delay, [leader], { ms: 100, jitter: 10, link: '' });
    expect(injected).toMatchObject({ receipt: PROVEN, processes: 'all' });
    expect(await roundTrip('clients2', leader)).toBeGreaterThan(150);
    await soon('it writes', () => puts('clients2', leader));
    expect(await injected.heal()).toMatchObject(PROVEN);
    expect(await inside(leader, 'pgrep', '-f', 'wire.mjs')).toBe('');
  });

  it('and a cut of the same host: the proxy does not pass for an open link', async () => {
    const slow = await inject(delay, ['clients2'], { ms: 100, jitter: 0, link: '' });
    const cutOff = await inject(partition, ['clients2'], { shape: 'isolate-holder', way: 'both', by: 'drop', flap: 0 });
    expect([slow.receipt, cutOff.receipt]).toMatchObject([PROVEN, PROVEN]);
    expect(await puts('clients2', leader)).toBe(false);
    expect(await cutOff.heal()).toMatchObject(PROVEN);
    expect(await puts('clients2', leader)).toBe(true);
  });

  it('of one link: the other is as fast as ever', async () => {
    const injected = await inject(delay, ['clients3'], { ms: 300, jitter: 0, link: leader });
    const other = world.nodes.find(({ role, name }) => role === 'etcd' && name !== leader)?.name ?? '';
    expect(injected).toMatchObject({ receipt: PROVEN, processes: [2] });
    expect(await roundTrip('clients3', leader)).toBeGreaterThan(500);
    expect(await roundTrip('clients3', other)).toBeLessThan(300);
  });
});

describe('any faults together', () => {
  const address = fc.constantFrom(2, 3, 4, 5).map((n) => node(world.nodes[n]?.name ?? '').addresses[0] ?? '');
  const wanted: fc.Arbitrary<NodeNetwork> = fc.record({
    filters: fc.array(
      fc.record({
        direction: fc.constantFrom('in' as const, 'out' as const),
        // An address of a documentation range stands for a node's second one.
        peers: fc.array(fc.oneof(address, fc.constant('2001:db8::5')), { maxLength: 3 }),
        action: fc.constantFrom(
          { do: 'drop' } as const,
          { do: 'reject' } as const,
          { do: 'loss', percent: 0.1 } as const,
          { do: 'loss', percent: 100 } as const,
        ),
      }),
      { maxLength: 2 },
    ),
    shapes: fc.array(
      fc.record({ peers: fc.array(address, { maxLength: 2 }), kbitPerSecond: fc.constantFrom(1, 64, 10_000_000) }),
      { maxLength: 2 },
    ),
    redirects: fc.array(
      fc.record({
        direction: fc.constantFrom('in' as const, 'out' as const),
        peer: address,
        port: fc.constantFrom(2379, 8080),
        to: fc.integer({ min: 1, max: 65_535 }),
      }),
      { maxLength: 2 },
    ),
  });

  it('come and go in any order and leave the kernel as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 4 }), fc.nat(), async (all, turn) => {
        const own = await kernelOf('clients1');
        const ids = all.map((_, n) => `together${n}`);
        await Promise.all(all.map((one, n) => world.network.apply(ids[n] ?? '', new Map([['clients1', one]]))));
        const order = ids.map((_, n) => ids[(n + turn) % ids.length] ?? '');
        for (const one of order) await world.network.remove(one);
        expect(await kernelOf('clients1')).toBe(own);
      }),
      { numRuns: 12 },
    );
  });
});

describe('a controller that is gone', () => {
  it('leaves agents that take away every rule, queue and proxy', async () => {
    for (const [fault, options] of [
      [partition, { shape: 'isolate-holder', way: 'both', by: 'drop', flap: 0 }],
      [loss, { percent: 50, link: '' }],
      [bandwidth, { kbit: 100, link: '' }],
      [delay, { ms: 50, jitter: 0, link: 'etcd' }],
    ] as const)
      await inject(fault, ['clients1'], options);
    expect(await kernels()).not.toBe(before);
    inForce.splice(0);
    for (const link of links.values()) link.end();
    await until('all is as it was', async () => (await kernels()) === before, 10_000);
    expect(await inside('clients1', 'pgrep', '-f', 'wire.mjs')).toBe('');
  });
});

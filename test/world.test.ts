/** The world that faults see, on a real cluster: its agents, its containers and its etcd, through the interfaces of fault.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster/cluster.js';
import type { FaultNode, World } from '../harness/nemesis/fault.js';
import { type AgentLink, connectAgent } from '../harness/run/agent-link.js';
import { createWorld } from '../harness/run/world.js';

describe('the world of a run', () => {
  let cluster: Cluster;
  let world: World;
  const links = new Map<string, AgentLink>();

  beforeAll(async () => {
    const outcome = await startCluster(
      { runId: `test-world-${process.pid}`, etcdNodes: 3, etcdData: 'tmpfs', fencing: 'on', clientHosts: 1 },
      () => undefined,
    );
    if (outcome.kind !== 'up') throw new Error(outcome.message);
    cluster = outcome.cluster;
    for (const { name } of cluster.nodes) links.set(name, await connectAgent(name, await cluster.openAgent(name)));
    const settings = { ttlMs: 2000, storage: 'http' } as Parameters<typeof createWorld>[0]['plan']['settings'];
    world = createWorld({
      cluster,
      link: (name) => links.get(name) ?? expect.fail(`no agent on ${name}`),
      clients: [],
      plan: { settings, etcd: { nodes: 3, data: 'tmpfs' } },
      leader: () => 'etcd1',
    });
  });
  afterAll(async () => {
    for (const link of links.values()) link.end();
    await cluster?.down();
  });

  const node = (name: string): FaultNode => world.nodes.find((one) => one.name === name) ?? expect.fail(`no ${name}`);

  it('has every node but the observer, each with an agent in its own network', async () => {
    expect(world.nodes.map(({ name }) => name)).toEqual(['clients1', 'etcd1', 'etcd2', 'etcd3', 'storage']);
    for (const { agent, addresses, name } of world.nodes) {
      const { stdout } = await agent.exec(['hostname', '-I']);
      expect(stdout.trim().split(' '), name).toEqual(addresses);
    }
  });

  it('knows where each one serves', async () => {
    for (const one of world.nodes) {
      const port = world.port(one);
      const [address = ''] = one.addresses;
      const from = node('clients1').agent;
      if (port === undefined) expect(one.role).toBe('clients');
      else expect(await from.probe(address, port, 2000)).toMatchObject({ connected: true });
    }
  });

  it('stops a program, and only that', async () => {
    const { agent, container } = node('etcd2');
    expect(await agent.signalProgram('SIGSTOP')).toMatchObject({ reached: true });
    expect((await world.etcd.status()).map(({ name }) => name)).toEqual(['etcd1', 'etcd3']);
    expect(await container.state()).toMatchObject({ running: true, paused: false });
    expect((await agent.programTasks()).states.every(({ state }) => state === 'T')).toBe(true);
    await agent.signalProgram('SIGCONT');
    expect(await world.etcd.awaitHealthy(30_000)).toBe(true);
  });

  it('starts a program beside an agent and ends it, which can be done again', async () => {
    const { agent } = node('etcd1');
    for (let round = 0; round < 2; round++) {
      const lines: string[] = [];
      const program = ['sh', '-c', 'trap "echo ended; exit 0" TERM; echo begun; while :; do sleep 0.05; done'];
      const { pid } = await agent.spawn('helper', program, (line) => lines.push(line));
      await expect.poll(() => lines).toEqual(['begun']);
      await agent.end('helper');
      expect(lines).toEqual(['begun', 'ended']);
      expect((await agent.exec(['test', '-e', `/proc/${pid}`])).code).toBe(1);
      await agent.end('helper');
    }
  });

  it('ends a program that takes no SIGTERM, too', async () => {
    const { agent } = node('clients1');
    const { pid } = await agent.spawn(
      'stubborn',
      ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'],
      () => undefined,
    );
    await agent.end('stubborn');
    expect((await agent.exec(['test', '-e', `/proc/${pid}`])).code).toBe(1);
  });

  it('rejects what an agent cannot do, in its words', async () => {
    const { agent } = node('clients1');
    await expect(agent.exec(['/no/such/program'])).rejects.toThrow('ENOENT');
    await expect(agent.signalProgram('SIGSTOP')).rejects.toThrow('no program runs');
    await expect(agent.exec(['cat'], { stdin: 'x'.repeat(2 ** 20) })).rejects.toThrow('more than');
  });

  it('administers etcd', async () => {
    expect(world.etcd.leader()).toBe('etcd1');
    expect((await world.etcd.members()).sort()).toEqual(['etcd1', 'etcd2', 'etcd3']);
    const leading = async (): Promise<string | undefined> =>
      (await world.etcd.status()).find(({ leader }) => leader)?.name;
    const other = (await leading()) === 'etcd1' ? 'etcd2' : 'etcd1';
    await world.etcd.moveLeader(other);
    expect(await leading()).toBe(other);
    expect(await world.etcd.compact()).toBeGreaterThan(0);
    const { id } = await world.etcd.grantProbeLease(60);
    expect(await world.etcd.remainingTtl(id)).toBeGreaterThan(50);
    await world.etcd.revokeProbeLease(id);
    expect(await world.etcd.remainingTtl(id)).toBe(-1);
  });

  it('cuts a member off, and joins it again', async () => {
    const probe = () => node('etcd3').agent.probe(node('etcd1').addresses[0] ?? '', 2379, 1000);
    const filters = [{ direction: 'in' as const, peers: node('etcd1').addresses, action: { do: 'drop' as const } }];
    await world.network.apply('f1', new Map([['etcd3', { filters, shapes: [] }]]));
    expect(await probe()).toMatchObject({ connected: false, error: 'timeout' });
    expect((await world.network.counters('f1', 'etcd3')).packets).toBeGreaterThan(0);
    await world.network.remove('f1');
    expect(await probe()).toMatchObject({ connected: true });
  });
});

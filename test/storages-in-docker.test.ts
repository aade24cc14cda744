/**
 * The databases as storages, in their containers: each comes up with what leasebreaker asks of it, survives a kill, and every fault
 * that strikes a storage strikes it too, with its receipt, looked at with the database's own client, and healed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, Death } from '../harness/cluster/cluster.js';
import { removeLeftovers } from '../harness/cluster/leftovers.js';
import { monotonicMs } from '../harness/history/clock.js';
import { clock } from '../harness/nemesis/clock.js';
import { cpu } from '../harness/nemesis/cpu.js';
import { disk } from '../harness/nemesis/disk.js';
import type { Fault, FaultNode, Injected, World } from '../harness/nemesis/fault.js';
import { freeze } from '../harness/nemesis/freeze.js';
import { kill } from '../harness/nemesis/kill.js';
import { pause } from '../harness/nemesis/pause.js';
import type { PlannedFault } from '../harness/plan/plan.js';
import { type AgentLink, connectAgent } from '../harness/run/agent-link.js';
import { createWorld } from '../harness/run/world.js';
import { id, SMALL, start } from './support/cluster.js';

/** The first start of all builds the image: a minute for Redis, three for PostgreSQL. */
const BUILT_WITHIN_MS = 900_000;

interface Database {
  /** What the database's own client in the storage's container is called with, to say something and to keep something. */
  say: string[];
  keep: (name: string) => string[];
  kept: (name: string) => string[];
}

const psql = (statement: string): string[] => [
  ...['psql', '-h', '127.0.0.1', '-U', 'postgres', '-d', 'leasebreaker', '-At', '-c'],
  statement,
];
const DATABASES: Record<'postgres' | 'redis', Database> = {
  postgres: {
    say: psql("SHOW data_directory; SHOW fsync; SHOW synchronous_commit; SELECT 'user ' || current_user"),
    keep: (name) => psql(`CREATE TABLE ${name} (v int); INSERT INTO ${name} VALUES (1)`),
    kept: (name) => psql(`SELECT count(*) FROM ${name}`),
  },
  redis: {
    say: ['sh', '-c', 'for s in dir appendonly appendfsync protected-mode; do redis-cli config get $s; done'],
    keep: (name) => ['redis-cli', 'SET', name, '1'],
    kept: (name) => ['redis-cli', 'EXISTS', name],
  },
};

describe.each(['postgres', 'redis'] as const)('%s', (kind) => {
  const run = id(`storage-${kind}`);
  const { say, keep, kept } = DATABASES[kind];
  const links: AgentLink[] = [];
  const deaths: Death[] = [];
  let cluster: Cluster;
  let world: World;
  let inForce: Injected | undefined;

  beforeAll(async () => {
    cluster = await start({ ...SMALL, runId: run, storage: kind });
    cluster.onDeath((death) => deaths.push(death));
    const named = new Map<string, AgentLink>();
    for (const { name } of cluster.nodes) named.set(name, await connectAgent(name, await cluster.openAgent(name)));
    links.push(...named.values());
    world = createWorld({
      cluster,
      link: (name) => named.get(name) ?? expect.fail(`no agent on ${name}`),
      clients: [],
      plan: { settings: { ttlMs: 2000, storage: kind, fencing: 'on' } as never, etcd: { data: 'tmpfs' } as never },
      leader: () => 'etcd1',
    });
  }, BUILT_WITHIN_MS);
  afterEach(async () => {
    if (inForce !== undefined) expect(await inForce.heal()).toMatchObject({ proven: true });
    inForce = undefined;
    expect(deaths).toEqual([]);
    expect((await admin('health')).code).toBe(0);
  });
  afterAll(async () => {
    for (const link of links) link.end();
    await cluster?.down();
    await removeLeftovers(new Docker(), { run });
  });

  const storage = (): FaultNode => world.nodes.find(({ role }) => role === 'storage') ?? expect.fail('no storage');
  const containerOf = (name: string): string => cluster.nodes.find((one) => one.name === name)?.container ?? '';
  const inside = async (...command: string[]): Promise<string> =>
    (await execa('docker', ['exec', containerOf('storage'), ...command])).stdout.trim();

  async function admin(command: 'health' | 'log'): Promise<{ code: number | undefined; lines: string[] }> {
    const stream = await cluster.openStorageAdmin(command);
    const lines: string[] = [];
    stream.onLine((line) => lines.push(line));
    return { code: (await stream.closed).code, lines };
  }

  async function inject(fault: Fault, options: PlannedFault['options'] = {}): Promise<Record<string, unknown>> {
    const planned: PlannedFault = {
      ...{ id: 'f0', kind: fault.kind, target: 'storage', trigger: 'time', atMs: 0, delayMs: 0, pick: 0, alone: false },
      ...{ durationMs: 60_000, options },
    };
    inForce = await fault.inject({ fault: planned, nodes: [storage()], clients: [], world });
    const { receipt } = inForce;
    return receipt.proven ? evidenceOf(receipt.evidence) : expect.fail(receipt.reason);
  }

  async function heal(): Promise<Record<string, unknown>> {
    const receipt = (await inForce?.heal()) ?? expect.fail('nothing was injected');
    return receipt.proven ? evidenceOf(receipt.evidence) : expect.fail(receipt.reason);
  }

  /** What is said of the one node. */
  function evidenceOf(evidence: Record<string, unknown>): Record<string, unknown> {
    return (evidence['storage'] ?? evidence) as Record<string, unknown>;
  }

  it('runs as its own user, without capabilities and not as process 1, and keeps what it acknowledges', async () => {
    const said = await inside(...say);
    expect(said).toContain('/storage-data');
    expect(said).toMatch(kind === 'postgres' ? /on\non\nuser postgres/ : /appendfsync\nalways/);
    const { states, pid } = await storage().agent.programTasks();
    expect(states.length).toBeGreaterThan(0);
    expect(pid).toBeGreaterThan(1);
    const status = (await storage().agent.exec(['cat', `/proc/${pid}/status`])).stdout;
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).not.toMatch(/^Uid:\s+0\b/m);
    expect(cluster.versions['storage image']).toMatch(new RegExp(`^leasebreaker-${kind}:`));
  });

  it('is there for every client host, at the address that clients are given', async () => {
    const host = world.nodes.find(({ name }) => name === 'clients1') ?? expect.fail('no client host');
    const asked = await host.agent.probe(storage().addresses[0] ?? '', world.port(storage()) ?? 0, 2000);
    expect(asked).toMatchObject({ connected: true });
  });

  it('a kill ends all of its processes; it comes back with what it had acknowledged', async () => {
    await inside(...keep('before_kill'));
    const { pid } = await inject(kill);
    expect((await storage().agent.programTasks()).states).toEqual([]);
    expect((await admin('health')).code).toBe(3);
    expect(await heal()).toMatchObject({ healthy: true });
    expect((await storage().container.state()).pid).not.toBe(pid);
    expect(await inside(...kept('before_kill'))).toBe('1');
  });

  it('a pause stops all of its processes', async () => {
    await inject(pause);
    const { states } = await storage().agent.programTasks();
    expect(states.map(({ state }) => state).join('')).toMatch(/^T+$/);
    await heal();
    expect(await inside(...kept('before_kill'))).toBe('1');
  });

  it('frozen, it takes connections and answers none', async () => {
    expect(await inject(freeze)).toMatchObject({ engine: 'paused', connection: 'accepted, not answered' });
    expect(await heal()).toMatchObject({ answers: true });
  });

  it('its clock can be set', async () => {
    await inject(clock, { step: 3_600_000 });
    const { stdout } = await storage().agent.exec(world.storageAdmin('clock'));
    const { wallMs } = JSON.parse(stdout) as { wallMs: number };
    const { stdout: here } = await storage().agent.exec(['date', '+%s']);
    expect(Math.abs(wallMs - 3_600_000 - Number(here) * 1000)).toBeLessThan(30_000);
    await heal();
  });

  it('a slow disk delays what it has to sync', async () => {
    const writes = (async () => {
      for (let n = 0; n < 6; n++) {
        await sleep(500);
        await inside(...keep(`slow_${n}`)).catch(() => undefined);
      }
    })();
    expect(await inject(disk, { mode: 'slow', ms: 700 })).toHaveProperty('syncMs');
    await writes;
    const begunMs = monotonicMs();
    await inside(...keep('very_slow'));
    expect(monotonicMs() - begunMs).toBeGreaterThan(600);
    expect(await heal()).toMatchObject({ tracer: 0 });
  });

  it('a full disk lets nothing be lost that was acknowledged', async () => {
    await inside(...keep('before_full'));
    await inject(disk, { mode: 'full' });
    await heal();
    expect(await inside(...kept('before_full'))).toBe('1');
    await inside(...keep('after_full'));
  });

  it('without its data it starts anew, ready for use', async () => {
    await inject(disk, { mode: 'lost' });
    await heal();
    expect(await admin('log')).toEqual({ code: 0, lines: [] });
    if (kind === 'redis') expect(await inside(...kept('before_full'))).toBe('0');
    else await expect(inside(...kept('before_full'))).rejects.toThrow(/does not exist/);
  });

  it('a CPU quota is felt', async () => {
    await inject(cpu, { percent: 2 });
    await heal();
  });
});

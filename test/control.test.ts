/** The engine's hands on containers: each is looked at from beside it, by the kernel's own files or a second client. */
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, Death } from '../harness/cluster/cluster.js';
import { removeLeftovers } from '../harness/cluster/leftovers.js';
import { id, printed, SMALL, start } from './support/cluster.js';
import { until } from './support/until.js';

const docker = new Docker();
const run = id('control');
let cluster: Cluster;
const deaths: Death[] = [];
beforeAll(async () => {
  cluster = await start({ ...SMALL, runId: run });
  cluster.onDeath((death) => deaths.push(death));
});
afterAll(async () => {
  await cluster.down();
  await removeLeftovers(docker, { run });
});

/** Whether the storage answers on its port within a second, asked from a client host. */
async function answers(): Promise<boolean> {
  const address = cluster.nodes.find(({ name }) => name === 'storage')?.address ?? '';
  const script = `fetch('http://${address}:8080/', {signal: AbortSignal.timeout(1000)}).then(() => console.log('yes'), () => console.log('no'))`;
  return (await printed(cluster, 'clients1', 'node', '-e', script)) === 'yes';
}

function sidecarOf(node: string): string {
  return cluster.nodes.find(({ name }) => name === node)?.sidecar ?? expect.fail(`no sidecar of ${node}`);
}

describe('a frozen container', () => {
  it('is silent until it is thawed; both may be asked for twice', async () => {
    const storage = cluster.control('storage');
    await storage.unpause();
    await storage.pause();
    await storage.pause();
    expect(await storage.state()).toMatchObject({ running: true, paused: true });
    expect(await answers()).toBe(false);
    await storage.unpause();
    await storage.unpause();
    expect(await storage.state()).toMatchObject({ running: true, paused: false });
    expect(await answers()).toBe(true);
  });
});

describe('a CPU quota', () => {
  it('throttles what wants more, and is gone without a trace when it is lifted', async () => {
    const clients = cluster.control('clients1');
    const burn = () =>
      printed(cluster, 'clients1', 'node', '-e', 'const t = performance.now(); while (performance.now() - t < 1500);');
    await burn();
    const free = await clients.throttled();
    await clients.limitCpu(20);
    await burn();
    const limited = await clients.throttled();
    expect(limited.throttledNs - free.throttledNs).toBeGreaterThan(300e6);
    expect(limited.throttledPeriods).toBeGreaterThan(free.throttledPeriods);
    expect(limited.periods).toBeGreaterThanOrEqual(limited.throttledPeriods);

    await clients.limitCpu(undefined);
    const { pid } = await clients.state();
    expect(await quotaOf(pid)).toMatch(/^(-1|max \d+)$/);
    const lifted = await clients.throttled();
    await burn();
    expect((await clients.throttled()).throttledNs).toBe(lifted.throttledNs);
  });

  it('can be less than one percent, but not nothing', async () => {
    const clients = cluster.control('clients1');
    await expect(clients.limitCpu(0)).rejects.toThrow('0.1 percent or more');
    await clients.limitCpu(0.5);
    const { HostConfig } = await docker
      .getContainer(cluster.nodes.find(({ name }) => name === 'clients1')?.container ?? '')
      .inspect();
    expect((HostConfig.CpuQuota ?? 0) / (HostConfig.CpuPeriod ?? 1)).toBeCloseTo(0.005);
    await clients.limitCpu(undefined);
  });
});

/** The kernel's own account of a process's quota, in cgroup version 1 or 2. */
async function quotaOf(pid: number): Promise<string> {
  const groups = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).split('\n').map((line) => line.split(':'));
  const path = (controller: string) => groups.find(([, name]) => name?.split(',').includes(controller))?.[2];
  const file =
    path('cpu') === undefined
      ? `/sys/fs/cgroup${path('')}/cpu.max`
      : `/sys/fs/cgroup/cpu${path('cpu')}/cpu.cfs_quota_us`;
  return (await readFile(file, 'utf8')).trim();
}

describe('a program that is killed and started again', () => {
  it.each(['storage', 'etcd1'])('%s: no death, another process, the same address, rules and data', async (node) => {
    const program = node === 'storage' ? 'storage.mjs' : 'etcd';
    const inside = (...command: string[]) => execa('docker', ['exec', sidecarOf(node), ...command]);
    await inside('iptables', '-w', '-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP');
    const folder = node === 'storage' ? '/storage-data' : '/etcd-data';
    await inside('touch', `${folder}/kept`);
    const control = cluster.control(node);
    const before = await control.state();
    const done = control.expectExit();
    await inside('pkill', '-KILL', '-f', program);
    await control.start();
    const after = await control.state();
    done();
    expect(after).toMatchObject({ running: true, exitCode: 0 });
    expect(after.pid).not.toBe(before.pid);
    expect(after.startedAt > before.startedAt).toBe(true);
    expect((await inside('iptables', '-w', '-S', 'INPUT')).stdout).toContain('192.0.2.1');
    await inside('iptables', '-w', '-F', 'INPUT');
    await inside('rm', `${folder}/kept`);
    if (node === 'storage') await until('the storage answers', answers, 20_000);
    else expect((await cluster.etcd.awaitHealthy(20_000)).kind).toBe('healthy');
    expect(deaths).toEqual([]);
  });

  it('is a death once it is not expected any more', async () => {
    const done = cluster.control('storage').expectExit();
    done();
    done();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await execa('docker', ['exec', sidecarOf('storage'), 'pkill', '-KILL', '-f', 'storage.mjs']);
    await until('the death is reported', () => deaths.length > 0, 20_000);
    expect(deaths).toEqual([{ kind: 'container-died', service: 'storage', exitCode: 137 }]);
  });

  it('can only be a node of the run', () => {
    expect(() => cluster.control('etcd9')).toThrow('no node etcd9');
  });
});

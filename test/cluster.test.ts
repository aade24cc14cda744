/** Real clusters: up, reachable, watched, down, and what happens when their controller, their engine or a container dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster/cluster.js';
import { type Death, listNodes, watchDeaths } from '../harness/cluster/containers.js';
import { listRuns, removeLeftovers } from '../harness/cluster/leftovers.js';
import { chooseSubnet, preferenceOf, takenNetworks } from '../harness/cluster/subnet.js';
import { id, printed, SMALL, start, THREE, thingsOf } from './support/cluster.js';
import { ROOT } from './support/command.js';
import { until } from './support/until.js';

const docker = new Docker();

function holder(run: string): ChildProcess {
  return spawn(process.execPath, ['test/support/cluster-holder.mjs', run], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return;
  throw new Error(`ended with ${child.exitCode} before it was ready`);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Process number of the watchdog that this controller started. */
async function watchdogOf(child: ChildProcess): Promise<number> {
  const { stdout } = await execa('pgrep', ['-P', String(child.pid), '-f', 'watchdog-main']);
  return Number(stdout);
}

describe('two clusters at once', () => {
  let one: Cluster;
  let other: Cluster;
  beforeAll(async () => {
    const outcomes = await Promise.allSettled([
      start({ ...THREE, runId: id('one') }),
      start({ ...THREE, runId: id('other') }),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    [one, other] = outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Cluster>).value) as [Cluster, Cluster];
  });
  afterAll(async () => {
    await removeLeftovers(docker, { run: id('one') });
    await removeLeftovers(docker, { run: id('other') });
  });

  it('have a network each, and an address and a role for every node', () => {
    expect(one.versions['subnet']).not.toBe(other.versions['subnet']);
    const net = (one.versions['subnet'] ?? '').replace('0/24', '');
    expect(one.nodes.map(({ name, role, address }) => `${name} ${role} ${address.replace(net, '')}`)).toEqual([
      'clients1 clients 31',
      'clients2 clients 32',
      'clients3 clients 33',
      'etcd1 etcd 11',
      'etcd2 etcd 12',
      'etcd3 etcd 13',
      'observer observer 41',
      'storage storage 21',
    ]);
  });

  it('are healthy, with one leader and the version that the run notes', async () => {
    const health = await one.etcd.health();
    if (health.kind !== 'healthy') throw new Error(health.problems.join('\n'));
    expect(health.members.map(({ name }) => name)).toEqual(['etcd1', 'etcd2', 'etcd3']);
    expect(health.members.filter(({ leader }) => leader)).toHaveLength(1);
    expect(health.members[0]?.version).toBe(one.versions['etcd']);
  });

  it('tell what lease etcd really grants', async () => {
    expect(await one.probeGrantedTtl(5)).toBe(5);
    // Elections take up to a second, so etcd grants no lease of less than two (etcd `server/lease`, minLeaseTTL).
    expect(await one.probeGrantedTtl(1)).toBe(2);
  });

  it('carry 10,000 lines both ways unharmed', async () => {
    const stream = await one.openProgram('clients2', ['cat']);
    const sent = Array.from({ length: 10_000 }, (_, index) => `${index} ${'é漢😀'.repeat(index % 50)}`);
    const got: string[] = [];
    stream.onLine((line) => got.push(line));
    for (const line of sent) stream.send(line);
    stream.end();
    expect(await stream.closed).toEqual({ code: 0, reason: 'the program ended' });
    expect(got).toEqual(sent);
  });

  it('keep both outputs apart and tell the exit code', async () => {
    const stream = await one.openProgram('storage', [
      'sh',
      '-c',
      'echo out; echo error >&2; printf unfinished; exit 7',
    ]);
    const lines: string[] = [];
    stream.onStderr((line) => lines.push(`stderr ${line}`));
    stream.onLine((line) => lines.push(`stdout ${line}`));
    expect((await stream.closed).code).toBe(7);
    expect(lines.sort()).toEqual(['stderr error', 'stdout out', 'stdout unfinished']);
  });

  it('refuse a line that would be two', async () => {
    const stream = await one.openProgram('clients1', ['cat']);
    stream.onLine(() => undefined);
    expect(() => stream.send('a\nb')).toThrow(/newline/);
    stream.end();
    await stream.closed;
  });

  it.each(['etcd2', 'storage', 'clients1', 'observer'])('run an agent on %s', async (node) => {
    const agent = await one.openAgent(node);
    const ready = new Promise<string>((resolve) => agent.onLine(resolve));
    expect(JSON.parse(await ready)).toMatchObject({ event: 'ready' });
    agent.end();
    expect((await agent.closed).code).toBe(0);
    await expect(one.openAgent('etcd9')).rejects.toThrow('no node etcd9');
  });

  it('show a sidecar its program: processes, network and data', async () => {
    const { sidecar = '' } = one.nodes.find(({ name }) => name === 'etcd1') ?? {};
    const look = 'pgrep -x etcd; ls /etcd-data/member; ss -Hltn sport = :2379; iptables -w -S INPUT; cat /proc/1/comm';
    const { stdout } = await execa('docker', ['exec', sidecar, 'sh', '-c', look]);
    expect(stdout).toMatch(/^\d+\nmember\nLISTEN .*:2379\b.*\n-P INPUT ACCEPT\ndocker-init$/);
    expect(Number(stdout.split('\n')[0])).toBeGreaterThan(1);
  });

  it('give programs no capability, and client hosts one to take it away with', async () => {
    const capabilities = (node: string, ...command: string[]) =>
      printed(one, node, ...command, 'grep', 'CapEff', '/proc/self/status');
    expect(await capabilities('storage')).toBe('CapEff:\t0000000000000000');
    expect(await capabilities('observer')).toBe('CapEff:\t0000000000000000');
    expect(await capabilities('clients1')).not.toBe('CapEff:\t0000000000000000');
    expect(await capabilities('clients1', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')).toBe(
      'CapEff:\t0000000000000000',
    );
    const etcd = await execa('docker', [
      'inspect',
      '-f',
      '{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}',
      one.nodes.find(({ name }) => name === 'etcd1')?.container ?? '',
    ]);
    expect(etcd.stdout).toBe('[ALL] []');
  });

  it('lead nowhere: no container reaches the outside', async () => {
    // An address of a documentation range: whatever it is, the packet must not leave the network.
    const script =
      "require('net').connect({host:'198.51.100.1',port:80,timeout:1500}).on('connect',()=>console.log('out')).on('timeout',()=>process.exit()).on('error',()=>{})";
    const stream = await one.openProgram('clients1', ['node', '-e', script]);
    const lines: string[] = [];
    stream.onLine((line) => lines.push(line));
    await stream.closed;
    expect(lines).toEqual([]);
  });

  it('refuse a subnet that is in use, naming its user', async () => {
    const subnet = other.versions['subnet'] ?? '';
    const outcome = await startCluster({ ...SMALL, runId: id('taken'), subnet }, () => undefined);
    expect(outcome).toMatchObject({
      kind: 'environment',
      message: expect.stringContaining(`leasebreaker-${id('other')}_lab`),
    });
    expect(await thingsOf(id('taken'))).toEqual([]);
  });

  it('save the log of every service', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-logs-'));
    await one.saveLogs(folder);
    expect(await readFile(join(folder, 'etcd2.log'), 'utf8')).toContain('"msg":"ready to serve client requests"');
    expect(await readFile(join(folder, 'storage.log'), 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z /);
    await rm(folder, { recursive: true });
  });

  it('go down one by one, leaving nothing of the one and all of the other', async () => {
    const deaths: Death[] = [];
    one.onDeath((death) => deaths.push(death));
    await one.down();
    expect(await thingsOf(id('one'))).toEqual([]);
    // 12 containers, 4 volumes and the network.
    expect(await thingsOf(id('other'))).toHaveLength(17);
    await one.down();
    expect(deaths).toEqual([]);
  });

  it('report a container that dies on its own, once, also to who asks late', async () => {
    const deaths: Death[] = [];
    other.onDeath((death) => deaths.push(death));
    const etcd = other.nodes.find(({ name }) => name === 'etcd3');
    await execa('docker', ['kill', etcd?.container ?? '']);
    await until('the death is reported', () => deaths.length > 0);
    other.onDeath((death) => deaths.push(death));
    const death = { kind: 'container-died', service: 'etcd3', exitCode: 137 };
    expect(deaths).toEqual([death, death]);
    const health = await other.etcd.health();
    expect(health).toMatchObject({ kind: 'unhealthy', problems: [expect.stringMatching(/^etcd3 \(/)] });
  });

  it('report a sidecar that dies, under its own name', async () => {
    const deaths: Death[] = [];
    other.onDeath((death) => deaths.push(death));
    const storage = other.nodes.find(({ name }) => name === 'storage');
    await execa('docker', ['kill', storage?.sidecar ?? '']);
    await until('the death is reported', () =>
      deaths.some((death) => death.kind === 'container-died' && death.service === 'storage-sidecar'),
    );
    await other.down();
    expect(await thingsOf(id('other'))).toEqual([]);
  });
});

describe('other shapes', () => {
  it('five members with their data on disk, whose volumes go with the run', async () => {
    const run = id('disk');
    const cluster = await start({ ...SMALL, runId: run, etcdNodes: 5, etcdData: 'disk' });
    try {
      const health = await cluster.etcd.health();
      expect(health.kind === 'healthy' ? health.members.length : health.problems).toBe(5);
      expect(await thingsOf(run)).toContain(`leasebreaker-${run}_etcd5-disk`);
      expect(await printed(cluster, 'etcd5', 'stat', '-f', '-c', '%T', '/etcd-data')).not.toBe('tmpfs');
    } finally {
      await cluster.down();
    }
    expect(await thingsOf(run)).toEqual([]);
  });

  it('an etcd image that holds nothing but etcd, as the official ones do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bare-'));
    const image = `leasebreaker-test-bare:${process.pid}`;
    const run = id('bare');
    try {
      // Debian's etcd needs its C library, which the official, static one does not.
      const { stdout } = await execa('docker', [
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        'ldd',
        'leasebreaker-etcd:latest',
        '/usr/bin/etcd',
      ]);
      const libraries = [...stdout.matchAll(/(\/\S+) \(/g)].map(([, path = '']) => path);
      const copy = (from: string, to: string): string => `COPY --from=leasebreaker-etcd:latest ${from} ${to}`;
      await writeFile(
        join(folder, 'Dockerfile'),
        [
          'FROM scratch',
          copy('/usr/bin/etcd', '/usr/local/bin/etcd'),
          ...libraries.map((path) => copy(path, path)),
        ].join('\n'),
      );
      await execa('docker', ['build', '-q', '-t', image, folder], { env: { DOCKER_BUILDKIT: '0' } });
      const cluster = await start({ ...SMALL, runId: run, etcdNodes: 3, etcdImage: image });
      expect((await cluster.etcd.health()).kind).toBe('healthy');
      await expect(printed(cluster, 'etcd1', 'ls')).rejects.toThrow();
      await cluster.down();
    } finally {
      await removeLeftovers(docker, { run });
      await execa('docker', ['rmi', image], { reject: false });
      await rm(folder, { recursive: true });
    }
  });

  it('two runs that want the same subnet get one each', async () => {
    // Names that start their search at the same place.
    const runs = [id('race'), ...Array.from({ length: 10_000 }, (_, index) => id(`race${index}`))];
    const [first = ''] = runs;
    const second = runs.slice(1).find((run) => preferenceOf(run) % 256 === preferenceOf(first) % 256) ?? '';
    const taken = await takenNetworks(docker);
    expect(chooseSubnet(taken, preferenceOf(first))).toBe(chooseSubnet(taken, preferenceOf(second)));
    const clusters = await Promise.all([start({ ...SMALL, runId: first }), start({ ...SMALL, runId: second })]);
    expect(new Set(clusters.map(({ versions }) => versions['subnet'])).size).toBe(2);
    await Promise.all(clusters.map((cluster) => cluster.down()));
    expect([...(await thingsOf(first)), ...(await thingsOf(second))]).toEqual([]);
  });

  it.each([
    [
      'an image that is nowhere',
      { etcdImage: 'registry.invalid/etcd:none' },
      /The etcd image registry\.invalid\/etcd:none cannot be pulled/,
    ],
    ['an image without etcd', { etcdImage: 'leasebreaker-base:trixie' }, /etcd/],
    [
      'a storage that does not know its fencing',
      { fencing: 'perhaps' },
      /storage ended right after its start \(exit code 64\)/,
    ],
  ])('%s is an error of the environment and leaves nothing', async (name, change, message) => {
    const run = id(name.replace(/\W+/g, '-'));
    const outcome = await startCluster({ ...SMALL, ...change, runId: run }, () => undefined);
    expect(outcome).toMatchObject({ kind: 'environment', message: expect.stringMatching(message) });
    expect(outcome.kind === 'environment' ? outcome.mend.length : 0).toBeGreaterThan(0);
    expect(await thingsOf(run)).toEqual([]);
  });

  it('by hand, with docker compose alone, and then nobody cleans it away', async () => {
    const project = id('hand');
    const subnet = chooseSubnet(await takenNetworks(docker), preferenceOf(project)) ?? '';
    const env = { LEASEBREAKER_NET: subnet.replace('.0/24', '') };
    const compose = (...args: string[]) => execa('docker', ['compose', '-p', project, ...args], { cwd: ROOT, env });
    const etcdctl = async () => {
      const { stdout } = await compose('exec', '-T', 'observer', 'etcdctl', 'endpoint', 'health', '-w', 'json');
      return (JSON.parse(stdout) as { health: boolean }[]).filter(({ health }) => health).length;
    };
    try {
      await compose('up', '-d');
      await until('three members are healthy', () =>
        etcdctl().then(
          (healthy) => healthy === 3,
          () => false,
        ),
      );
      await removeLeftovers(docker);
      const { stdout } = await compose('ps', '-q');
      expect(stdout.split('\n')).toHaveLength(12);
      await compose('down', '-v');
      await compose('--env-file', 'docker/etcd-1.env', 'up', '-d');
      await until('one member is healthy', () =>
        etcdctl().then(
          (healthy) => healthy === 1,
          () => false,
        ),
      );
    } finally {
      await compose('down', '-v');
    }
  });
});

describe('a controller that is killed', () => {
  it('takes its cluster with it, and nothing of a living one', async () => {
    const dead = id('dead');
    const alive = id('alive');
    const children = [holder(dead), holder(alive)] as const;
    try {
      await Promise.all(children.map(untilReady));
      const owners = async () => new Map((await listRuns(docker)).map(({ run, owner }) => [run, owner]));
      expect([(await owners()).get(dead), (await owners()).get(alive)]).toEqual(['alive', 'alive']);
      await kill(children[0]);
      await until('the watchdog has removed it', async () => (await thingsOf(dead)).length === 0, 10_000);
      expect((await owners()).get(alive)).toBe('alive');
      expect(await thingsOf(alive)).toHaveLength(10);
    } finally {
      await Promise.all(children.map(kill));
      await removeLeftovers(docker, { run: dead });
      await removeLeftovers(docker, { run: alive });
    }
  });

  it('together with its watchdog: its programs read the end of their input, and the next sweep removes it', async () => {
    const run = id('dead2');
    const child = holder(run);
    try {
      await untilReady(child);
      const [clients] = (await listNodes(docker, run)).filter(({ role }) => role === 'clients');
      const dog = await watchdogOf(child);
      process.kill(dog, 'SIGKILL');
      await kill(child);
      const ended = ['exec', clients?.container ?? '', 'test', '-e', '/tmp/end-of-input'];
      await until(
        'the program has read the end of its input',
        async () => (await execa('docker', ended, { reject: false })).exitCode === 0,
      );
      expect((await listRuns(docker)).find((one) => one.run === run)?.owner).toBe('dead');
      expect((await removeLeftovers(docker)).runs).toContain(run);
      expect(await thingsOf(run)).toEqual([]);
    } finally {
      await kill(child);
      await removeLeftovers(docker, { run });
    }
  });

  it.each([300, 700, 1100, 1500])('while it starts, after %i ms, leaves nothing that comes up later', async (ms) => {
    const run = id(`early${ms}`);
    const child = holder(run);
    await sleep(ms);
    await kill(child);
    await sleep(10_000);
    expect(await thingsOf(run)).toEqual([]);
  });
});

describe('an engine that goes away', () => {
  it('is reported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-proxy-'));
    const path = join(folder, 'docker.sock');
    const sockets = new Set<Socket>();
    const proxy = createServer((client) => {
      const engine = connect('/var/run/docker.sock');
      for (const socket of [client, engine]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy()).on('close', () => [client, engine].map((one) => one.destroy()));
      }
      client.pipe(engine).pipe(client);
    }).listen(path);
    await once(proxy, 'listening');
    const deaths: Death[] = [];
    await watchDeaths(new Docker({ socketPath: path }), id('nothing'), (death) => deaths.push(death));
    expect(deaths).toEqual([]);
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await until('it is reported', () => deaths.length > 0);
    expect(deaths).toMatchObject([{ kind: 'engine-gone' }]);
    await rm(folder, { recursive: true });
  });

  it('and one that was never there is an error of the environment', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
    const outcome = await startCluster({ ...SMALL, runId: id('nowhere') }, () => undefined);
    vi.unstubAllEnvs();
    expect(outcome).toMatchObject({
      kind: 'environment',
      message: expect.stringContaining('unix:///nowhere/docker.sock'),
      mend: ['unset DOCKER_HOST'],
    });
  });
});

/** Getting a machine ready: what is installed, what is refused and with which words, and that a second start does nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { probeAbilities } from '../harness/cluster/abilities.js';
import { findCompose } from '../harness/cluster/compose-tool.js';
import { imageId } from '../harness/cluster/engine-stream.js';
import { ensureImages, removeImages } from '../harness/cluster/images.js';
import { circumstances, provision } from '../harness/cluster/provision.js';
import { thingsOf } from './support/cluster.js';
import { leasebreaker } from './support/command.js';

const docker = new Docker();

describe('provisioning', () => {
  it('refuses with exit code 3 and the commands where it may install nothing', async () => {
    const env = { LEASEBREAKER_PROVISION: 'off', DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const { code, stderr } = await leasebreaker(['doctor', '--provision'], env);
    expect(code).toBe(3);
    expect(stderr).toContain('unix:///nowhere/docker.sock');
    expect(stderr).toContain('unset DOCKER_HOST');
  });

  it('gets docker compose for a user who has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-docker-config-'));
    vi.stubEnv('DOCKER_CONFIG', folder);
    try {
      // As a user without rights: what is installed then must all lie in that folder.
      const outcome = await provision(() => undefined, { ...circumstances(), root: false });
      expect(outcome).toMatchObject({ kind: 'ready' });
      const compose = await findCompose();
      const [file = '', ...args] = compose?.command ?? [];
      expect((await execa(file, [...args, 'version', '--short'])).stdout).toBe(compose?.version);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('images', () => {
  it('are built when missing, found the next time, and named latest for use by hand', async () => {
    const first = await ensureImages(docker, () => undefined);
    const said: string[] = [];
    const second = await ensureImages(docker, (line) => said.push(line));
    expect(second).toEqual(first);
    expect(said).toEqual([]);
    if (second.kind !== 'ready') throw new Error(second.message);
    expect(await imageId(docker, 'leasebreaker-node:latest')).toBe(await imageId(docker, second.node));
    expect(await imageId(docker, 'leasebreaker-etcd:latest')).toBe(await imageId(docker, second.etcd));
  });

  it('hold every program, compiled and able to load', async () => {
    const images = await ensureImages(docker, () => undefined);
    if (images.kind !== 'ready') throw new Error(images.message);
    const run = (...args: string[]) =>
      execa('docker', ['run', '--rm', '--network', 'none', images.node, ...args], { reject: false });
    const { stdout } = await run('ls', '/opt/leasebreaker');
    expect(stdout.split('\n')).toEqual([
      'agent.mjs',
      'client.mjs',
      'node_modules',
      'observer.mjs',
      'section.mjs',
      'storage-admin.mjs',
      'storage.mjs',
      'wire.mjs',
    ]);
    expect((await run('node', 'storage-admin.mjs', 'nonsense')).exitCode).toBe(64);
    expect((await run('node', '-e', "require('etcd3'); console.log('loaded')")).stdout).toBe('loaded');
    expect((await run('etcdctl', 'version')).stdout).toMatch(/etcdctl version: 3\.\d+/);
  });

  it('hold the tools of the faults, which are tried out in about a second and leave nothing', async () => {
    const images = await ensureImages(docker, () => undefined);
    if (images.kind !== 'ready') throw new Error(images.message);
    const abilities = await probeAbilities(docker, images.node);
    // An independent look at some, one of which many kernels lack.
    const run = async (...args: string[]) =>
      (await execa('docker', ['run', '--rm', '--network', 'none', ...args], { reject: false })).exitCode === 0;
    const tc = [...['--cap-add', 'NET_ADMIN', images.node, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root']];
    expect(abilities.netem.able).toBe(await run(...tc, 'netem', 'delay', '1ms'));
    expect(abilities.tbf.able).toBe(await run(...tc, 'tbf', 'rate', '1mbit', 'burst', '32kbit', 'latency', '400ms'));
    expect(abilities.filter.able).toBe(
      await run('--cap-add', 'NET_ADMIN', images.node, 'iptables', '-w', '-N', 'probe'),
    );
    expect(abilities.tmpfs).toEqual({ able: true, reason: '' });
    for (const { able, reason } of Object.values(abilities)) expect(reason === '').toBe(able);
    expect(await thingsOf('doctor')).toEqual([]);
  });

  it('an etcd image that is asked for stands in for leasebreaker’s own', async () => {
    const own = await ensureImages(docker, () => undefined);
    if (own.kind !== 'ready') throw new Error(own.message);
    expect(await ensureImages(docker, () => undefined, { etcdImage: 'leasebreaker-etcd:latest' })).toEqual({
      ...own,
      etcd: 'leasebreaker-etcd:latest',
    });
  });

  it('go when they are cleaned away, all but one that a container uses', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-image-'));
    const repository = `leasebreaker-test-${process.pid}`;
    const build = (tag: string) => {
      writeFileSync(
        join(folder, 'Dockerfile'),
        `FROM scratch\nLABEL leasebreaker.image=test tag=${tag}\nCMD ["/none"]\n`,
      );
      return execa('docker', ['build', '-q', '-t', `${repository}:${tag}`, folder], { env: { DOCKER_BUILDKIT: '0' } });
    };
    await build('used');
    await build('free');
    await execa('docker', ['tag', `${repository}:free`, `${repository}:also`]);
    const { stdout: container } = await execa('docker', ['create', `${repository}:used`]);
    // The engine with its other images out of sight: they belong to whoever else works on this machine.
    const sight = Object.assign(Object.create(docker) as Docker, {
      listImages: async (options: Docker.ListImagesOptions) =>
        (await docker.listImages(options)).filter(({ RepoTags }) =>
          RepoTags?.some((name) => name.startsWith(repository)),
        ),
    });
    try {
      expect((await removeImages(sight)).sort()).toEqual([`${repository}:also`, `${repository}:free`]);
    } finally {
      await execa('docker', ['rm', container]);
    }
    expect(await removeImages(sight)).toEqual([`${repository}:used`]);
    rmSync(folder, { recursive: true });
  });
});

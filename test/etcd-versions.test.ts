/** Other versions of etcd, each built from Debian's packages when it is asked for, under the same harness. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { describe, expect, it, vi } from 'vitest';
import { ETCD_PACKAGES } from '../harness/cluster/etcd-packages.js';
import { ensureImages } from '../harness/cluster/images.js';
import { ETCD_VERSIONS } from '../harness/history/etcd-version.js';
import { removeLeftovers } from '../harness/cluster/leftovers.js';
import { leasebreaker, resultsFolder } from './support/command.js';
import { id, start, THREE, thingsOf } from './support/cluster.js';
import { leftovers, NOTHING } from './support/docker.js';

const docker = new Docker();
/** An image takes up to a minute to build, after the base and the node image on a machine that has none yet. */
const BUILT_WITHIN_MS = 900_000;

describe.each(ETCD_VERSIONS.filter((version) => version !== '3.5'))('etcd %s', (version) => {
  it(
    'has three healthy members that say their version, and can be administered',
    async () => {
      const run = id(`etcd-${version.replace(/\./g, '-')}`);
      try {
        const cluster = await start({ ...THREE, runId: run, etcdVersion: version });
        const health = await cluster.etcd.health();
        if (health.kind !== 'healthy') throw new Error(health.problems.join('\n'));
        expect(health.members.map((member) => member.version)).toEqual(Array(3).fill(ETCD_PACKAGES[version].version));
        expect(cluster.versions['etcd']).toBe(ETCD_PACKAGES[version].version);
        expect(await cluster.probeGrantedTtl(2)).toBe(2);

        const follower = health.members.find(({ leader }) => !leader)?.name ?? '';
        await cluster.etcd.moveLeader(follower);
        const { revision } = await cluster.etcd.compact();
        expect(revision).toBeGreaterThan(0);
        await cluster.etcd.defragment(follower);
        expect((await cluster.etcd.status()).find(({ leader }) => leader)?.name).toBe(follower);
        const other = health.members.find(({ name }) => name !== follower)?.name ?? '';
        await cluster.etcd.removeMember(other);
        await cluster.etcd.addMember(other);
        expect(await cluster.etcd.awaitHealthy(60_000)).toMatchObject({ kind: 'healthy' });
        await cluster.down();
        expect(await thingsOf(run)).toEqual([]);
      } finally {
        await removeLeftovers(docker, { run });
      }
    },
    BUILT_WITHIN_MS,
  );

  it('carries a run, which notes what the members say', async () => {
    const output = await resultsFolder();
    const short = ['--seed', '4', '--lanes', '2', '--clients', '3', '--time', '8', '--faults', 'none'];
    const ended = await leasebreaker(['run', '--etcd', version, ...short, '--output', output]);
    expect(ended.code, ended.stderr).toBe(0);
    const { versions, replay } = JSON.parse(await readFile(join(output, 'latest', 'run.json'), 'utf8')) as {
      versions: Record<string, string>;
      replay: string;
    };
    expect(versions['etcd']).toBe(ETCD_PACKAGES[version].version);
    expect(replay).toContain(`--etcd ${version}`);
    expect(await leftovers()).toEqual(NOTHING);
  });
});

describe('a version that no mirror gives', () => {
  it('is told with what does without it', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
    // The engine without this one image and without what it remembers of building it.
    const forgetful = Object.assign(Object.create(docker) as Docker, {
      getImage: (name: string) => docker.getImage(name.startsWith('leasebreaker-etcd-3.4:') ? 'none:none' : name),
      buildImage: (context: Docker.ImageBuildContext, options: Docker.ImageBuildOptions) =>
        docker.buildImage(context, { ...options, nocache: true }),
    });
    try {
      const outcome = await ensureImages(forgetful, () => undefined, { etcdVersion: '3.4' });
      expect(outcome).toMatchObject({
        kind: 'failed',
        message: expect.stringMatching(/^The image leasebreaker-etcd-3\.4 cannot be built: /),
        commands: [expect.stringMatching(/^less /), expect.stringContaining('give --etcd 3.5')],
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('two words for one etcd', () => {
  it.each([
    ['on the command line', ['--etcd-image', 'leasebreaker-etcd:latest'], {}],
    ['with one in the environment', [], { ETCD_IMAGE: 'leasebreaker-etcd:latest' }],
  ])('are refused %s', async (_, args, env) => {
    const ended = await leasebreaker(['run', '--etcd', '3.4', ...args, '--dry-run'], env);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain('give one of them');
  });

  it('a version that nobody has is refused with those that there are', async () => {
    const ended = await leasebreaker(['run', '--etcd', '2.3', '--dry-run']);
    expect(ended.code).toBe(64);
    for (const version of ETCD_VERSIONS) expect(ended.stderr).toContain(version);
  });
});

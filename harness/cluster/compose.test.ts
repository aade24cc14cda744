import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isUsableCompose } from './compose-tool.js';
import { type ClusterSpec, services, upCommand } from './compose.js';
import { judgeFree, judgeMemory, judgeNode } from './doctor.js';
import { projectRoot } from './project.js';

const SPEC: ClusterSpec = { runId: 'r1', etcdNodes: 3, etcdData: 'tmpfs', fencing: 'monotonic', clientHosts: 2 };
const REQUEST = {
  spec: SPEC,
  images: { node: 'leasebreaker-node:abc', etcd: 'leasebreaker-etcd:abc' },
  subnet: '10.213.7.0/24',
  owner: { pid: 1, start: '2', boot: '3', host: '4' },
  endpoint: { url: 'unix:///var/run/docker.sock', asked: false, source: 'default' },
};

describe('services', () => {
  it('are what was asked for, whatever profile is set', () => {
    expect(services(SPEC)).toEqual(['etcd1', 'etcd2', 'etcd3', 'storage', 'clients1', 'clients2', 'observer']);
    expect(services({ etcdNodes: 5, clientHosts: 1 })).toContain('etcd5');
  });

  it('have no storage where etcd is the storage', () => {
    expect(services({ ...SPEC, storage: 'etcd' })).not.toContain('storage');
    expect(services({ ...SPEC, storage: 'redis' })).toContain('storage');
  });
});

describe('upCommand', () => {
  it('gives client hosts an image of their own where there is one', () => {
    expect(upCommand(REQUEST).env['LEASEBREAKER_CLIENT_IMAGE']).toBeUndefined();
    const images = { ...REQUEST.images, client: 'mine:1' };
    expect(upCommand({ ...REQUEST, images }).env).toMatchObject({
      LEASEBREAKER_NODE_IMAGE: 'leasebreaker-node:abc',
      LEASEBREAKER_CLIENT_IMAGE: 'mine:1',
    });
  });

  it('names the run, its network and its images', () => {
    const { args, env } = upCommand(REQUEST);
    expect(args).toContain('leasebreaker-r1');
    expect(env).toMatchObject({
      LEASEBREAKER_RUN: 'r1',
      LEASEBREAKER_NET: '10.213.7',
      STORAGE_FENCING: 'monotonic',
      ETCD_IMAGE: 'leasebreaker-etcd:abc',
    });
  });

  it('lets none of the caller’s own settings through that would make another cluster', () => {
    const { env } = upCommand(REQUEST);
    for (const name of ['COMPOSE_FILE', 'COMPOSE_PROFILES', 'ETCD_MEMBERS', 'ETCD_ELECTION_TIMEOUT']) {
      expect(env).toHaveProperty(name, undefined);
    }
  });

  it('takes the files for the number of members and for the disk', () => {
    const files = (spec: ClusterSpec) =>
      upCommand({ ...REQUEST, spec })
        .args.filter((argument) => /\.(env|yml)$/.test(argument))
        .map((path) => relative(projectRoot, path));
    expect(files(SPEC)).toEqual(['docker-compose.yml', '.env']);
    expect(files({ ...SPEC, storage: 'etcd' })).toEqual(['docker-compose.yml', '.env']);
    expect(files({ ...SPEC, storage: 'postgres' })).toEqual([
      'docker-compose.yml',
      'docker/storage-postgres.yml',
      '.env',
    ]);
    expect(files({ ...SPEC, etcdNodes: 5, etcdData: 'disk' })).toEqual([
      'docker-compose.yml',
      'docker/etcd-disk.yml',
      'docker/etcd-5.env',
    ]);
  });

  it('sends compose to the same engine, unless the user’s settings do that already', () => {
    expect(upCommand(REQUEST).env).toHaveProperty('DOCKER_HOST', 'unix:///var/run/docker.sock');
    const endpoint = { url: 'tcp://lab:1', asked: true, source: 'DOCKER_HOST' };
    expect(upCommand({ ...REQUEST, endpoint }).env).not.toHaveProperty('DOCKER_HOST');
  });
});

describe('isUsableCompose', () => {
  it.each([
    ['2.26.1-4', true],
    ['5.0.0', true],
    ['1.29.2', false],
    ['', false],
    ['dev', false],
  ])('%s: %s', (version, usable) => {
    expect(isUsableCompose(version)).toBe(usable);
  });
});

describe('doctor', () => {
  it('wants Node 20', () => {
    expect(judgeNode('18.19.0')).toMatchObject({ status: 'missing', mend: 'nvm install 20' });
    expect(judgeNode('24.1.0').status).toBe('ok');
  });
  it('weighs disk and memory', () => {
    expect([10e9, 1e9, 1e8].map((bytes) => judgeFree('disk', bytes, '/').status)).toEqual(['ok', 'warn', 'missing']);
    expect(judgeMemory(8e9, 2).status).toBe('ok');
    expect(judgeMemory(8e9, 1).status).toBe('warn');
  });
});

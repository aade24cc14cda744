import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerOptions, endpoints } from './endpoint.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'leasebreaker-home-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Writes a docker context as the docker command does. */
function writeContext(name: string, host: string): void {
  const folder = join(home, '.docker', 'contexts', 'meta', createHash('sha256').update(name).digest('hex'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
}

describe('endpoints', () => {
  it('takes DOCKER_HOST and nothing else', () => {
    writeContext('lab', 'unix:///lab.sock');
    const found = endpoints({ DOCKER_HOST: 'tcp://10.0.0.9:2375', DOCKER_CONTEXT: 'lab' }, home);
    expect(found).toEqual([{ url: 'tcp://10.0.0.9:2375', asked: true, source: 'DOCKER_HOST' }]);
  });

  it('takes the context in use, by variable or by configuration', () => {
    writeContext('lab', 'unix:///lab.sock');
    const expected = [{ url: 'unix:///lab.sock', asked: true, source: 'docker context lab' }];
    expect(endpoints({ DOCKER_CONTEXT: 'lab' }, home)).toEqual(expected);
    writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'lab' }));
    expect(endpoints({}, home)).toEqual(expected);
    expect(endpoints({ DOCKER_CONTEXT: 'default' }, home)[0]?.url).toBe('unix:///var/run/docker.sock');
  });

  it('else tries the sockets of the system and of the user', () => {
    expect(endpoints({ XDG_RUNTIME_DIR: '/run/user/7' }, home).map(({ url }) => url)).toEqual([
      'unix:///var/run/docker.sock',
      `unix://${home}/.docker/run/docker.sock`,
      'unix:///run/user/7/docker.sock',
    ]);
  });
});

describe('dockerOptions', () => {
  const options = (url: string, certificates?: string) =>
    dockerOptions(
      { url, asked: true, source: 'test', ...(certificates === undefined ? {} : { certificates }) },
      { SSH_AUTH_SOCK: '/agent' },
    );

  it('reads sockets, addresses and ssh', () => {
    expect(options('unix:///a/b.sock')).toEqual({ socketPath: '/a/b.sock' });
    expect(options('tcp://lab:1234')).toMatchObject({ protocol: 'http', host: 'lab', port: 1234 });
    expect(options('lab:1234')).toMatchObject({ protocol: 'http', host: 'lab', port: 1234 });
    expect(options('ssh://me@lab')).toMatchObject({
      protocol: 'ssh',
      host: 'lab',
      port: 22,
      username: 'me',
      sshOptions: { agent: '/agent' },
    });
  });

  it('uses certificates where there are some', () => {
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(home, `${name}.pem`), name);
    expect(options('tcp://lab', home)).toMatchObject({
      protocol: 'https',
      port: 2376,
      ca: 'ca',
      cert: 'cert',
      key: 'key',
    });
  });
});

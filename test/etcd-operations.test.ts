/** What an operator does to a cluster, on a real one: each operation is looked at through etcdctl and the engine, not through itself. */
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, Death } from '../harness/cluster/cluster.js';
import { removeLeftovers } from '../harness/cluster/leftovers.js';
import { id, printed, SMALL, start } from './support/cluster.js';

const docker = new Docker();
const run = id('operations');
let cluster: Cluster;
const deaths: Death[] = [];
beforeAll(async () => {
  cluster = await start({ ...SMALL, etcdNodes: 3, runId: run });
  cluster.onDeath((death) => deaths.push(death));
});
afterAll(async () => {
  await cluster.down();
  await removeLeftovers(docker, { run });
});

const etcdctl = (...args: string[]): Promise<string> => printed(cluster, 'observer', 'etcdctl', ...args);
/** Asks one member alone. */
const etcdctlAt = (name: string, ...args: string[]): Promise<string> => {
  const address = cluster.nodes.find((one) => one.name === name)?.address ?? expect.fail(`no ${name}`);
  return printed(cluster, 'observer', 'env', `ETCDCTL_ENDPOINTS=${address}:2379`, 'etcdctl', ...args);
};
const leaderName = async (): Promise<string> =>
  (await cluster.etcd.status()).find(({ leader }) => leader)?.name ?? expect.fail('no leader');
const names = (members: readonly { name: string }[]): string[] => members.map(({ name }) => name).sort();

describe('operations on etcd', () => {
  it('move the leader where it is told', async () => {
    const from = await leaderName();
    const to = ['etcd1', 'etcd2', 'etcd3'].find((name) => name !== from) ?? '';
    expect(await cluster.etcd.moveLeader(to)).toEqual({ from, to });
    expect(await leaderName()).toBe(to);
    expect(await cluster.etcd.moveLeader(to)).toEqual({ from: to, to });
    await expect(cluster.etcd.moveLeader('etcd9')).rejects.toThrow('etcd9 is no member');
  });

  it('compact to the present revision, and defragment what that frees', async () => {
    for (let n = 0; n < 5; n++) await etcdctl('put', 'key', 'x'.repeat(100_000 + n));
    const [{ revision } = { revision: 0 }] = await cluster.etcd.status();
    expect(await cluster.etcd.compact()).toEqual({ revision });
    await expect(etcdctl('get', 'key', `--rev=${revision - 1}`)).rejects.toThrow('has been compacted');
    await expect(cluster.etcd.compact()).rejects.toThrow('required revision has been compacted');
    const before = (await cluster.etcd.status()).find(({ name }) => name === 'etcd2')?.dbSize;
    const { bytesBefore, bytesAfter } = await cluster.etcd.defragment('etcd2');
    expect(bytesBefore).toBe(before);
    expect(bytesAfter).toBeLessThan(bytesBefore);
  });

  it('tell the status of those that answer while one does not', async () => {
    await cluster.control('etcd1').pause();
    try {
      const begun = performance.now();
      expect(names(await cluster.etcd.status())).toEqual(['etcd2', 'etcd3']);
      expect(performance.now() - begun).toBeLessThan(20_000);
    } finally {
      await cluster.control('etcd1').unpause();
    }
    expect((await cluster.etcd.awaitHealthy(20_000)).kind).toBe('healthy');
  });

  it('grant a lease, tell what is left of it, and take it back', async () => {
    const { id: lease, ttl } = await cluster.etcd.grantLease(60);
    expect(ttl).toBe(60);
    const left = await cluster.etcd.remainingTtl(lease);
    expect(left).toBeGreaterThan(30);
    expect(left).toBeLessThanOrEqual(60);
    await cluster.etcd.revokeLease(lease);
    expect(await cluster.etcd.remainingTtl(lease)).toBe(-1);
  });

  it('restart the leader, who is another process then and has its data still', async () => {
    await etcdctl('put', 'kept', 'over a restart');
    const leader = await leaderName();
    const { before, after } = await cluster.etcd.restartMember(leader);
    expect(after).toMatchObject({ running: true });
    expect(after.pid).not.toBe(before.pid);
    expect(await etcdctlAt(leader, 'get', 'kept', '--print-value-only')).toBe('over a restart');
    expect(await leaderName()).not.toBe(leader);
  });

  it.each(['a follower', 'the leader'])(
    'take %s out and add it again, with nothing but what the others give it',
    async (who) => {
      const leader = await leaderName();
      const name = who === 'the leader' ? leader : (['etcd1', 'etcd2', 'etcd3'].find((one) => one !== leader) ?? '');
      const others = ['etcd1', 'etcd2', 'etcd3'].filter((one) => one !== name);
      await etcdctl('put', `while-${name}-was-there`, '1');
      const removal = await cluster.etcd.removeMember(name);
      expect(names(removal.before)).toEqual(['etcd1', 'etcd2', 'etcd3']);
      expect(names(removal.after)).toEqual(others);
      expect((await etcdctl('member', 'list')).split('\n')).toHaveLength(2);
      expect(await cluster.control(name).state()).toMatchObject({ running: false });
      const { sidecar = '' } = cluster.nodes.find((one) => one.name === name) ?? {};
      const files = await docker.getContainer(sidecar).exec({ Cmd: ['ls', '-A', '/etcd-data'], AttachStdout: true });
      expect((await files.start({})).read()).toBeNull();

      await etcdctl('put', `without-${name}`, '1');
      const addition = await cluster.etcd.addMember(name);
      expect(names(addition.before)).toEqual(others);
      expect(names(addition.after)).toEqual(['etcd1', 'etcd2', 'etcd3']);
      const idOf = (members: typeof addition.after) => members.find((one) => one.name === name)?.id;
      expect(idOf(addition.after)).not.toBe(idOf(removal.before));
      expect(await etcdctlAt(name, 'get', '--prefix', 'while-', '--keys-only')).toContain(`while-${name}-was-there`);
      expect(await etcdctlAt(name, 'get', `without-${name}`, '--print-value-only')).toBe('1');
      expect((await cluster.etcd.health()).kind).toBe('healthy');
    },
  );

  it('refuse to take out what is no member', async () => {
    await expect(cluster.etcd.removeMember('etcd9')).rejects.toThrow('etcd9 is no member');
  });

  it('are no deaths, and what was added again counts as the member that it was', async () => {
    expect(deaths).toEqual([]);
    expect((await etcdctl('endpoint', 'status')).split('\n')).toHaveLength(3);
    await cluster.control('etcd3').stop(1);
    await expect.poll(() => deaths, { timeout: 10_000 }).toMatchObject([{ kind: 'container-died', service: 'etcd3' }]);
  });
});

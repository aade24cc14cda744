import { describe, expect, it } from 'vitest';
import type { FaultNode } from './fault.js';
import { hindered } from './hindered.js';
import { NODES, planned, RememberedClient, worldOf } from './testing/world.js';

const clients = [0, 1, 2].map((slot) => new RememberedClient(slot));

function of(leader: string | undefined, names: string[], hit: RememberedClient[] = []) {
  const nodes = names.map((name) => NODES.find((node) => node.name === name) as FaultNode);
  return hindered({ fault: planned(), nodes, clients: hit, world: worldOf(clients, 2000, () => leader) });
}

describe('hindered', () => {
  it('is everybody where the storage, the leader or a majority is hit', () => {
    expect(of('etcd1', ['storage'])).toBe('all');
    expect(of('etcd1', ['etcd1'])).toBe('all');
    expect(of('etcd1', ['etcd2', 'etcd3'])).toBe('all');
  });

  it('is everybody while nobody knows who leads', () => {
    expect(of(undefined, ['etcd2'])).toBe('all');
  });

  it('is nobody where one follower of three is hit', () => {
    expect(of('etcd1', ['etcd2'])).toEqual([]);
  });

  it('is the clients that are hit, by the numbers that they have now', () => {
    const client = new RememberedClient(1);
    client.process = 7;
    expect(of('etcd1', ['clients2'], [client])).toEqual([7]);
  });
});

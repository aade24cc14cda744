import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveTarget, type Struck } from './targets.js';
import { NODES, node, planned, RememberedClient } from './testing/world.js';

const clients = Array.from({ length: 8 }, (_, slot) => new RememberedClient(slot, slot % 2));
const field = {
  nodes: NODES,
  clients,
  leader: 'etcd2',
  queue: { nextAfterHolder: () => undefined, isUnordered: () => false },
};
const nodesOf = (struck: Struck | undefined): string[] => struck?.nodes.map(({ name }) => name) ?? [];

describe('resolveTarget', () => {
  it('splits members as the roles say, for any cluster and draw', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 3, 5), fc.nat(), (size, pick) => {
        const nodes = Array.from({ length: size }, (_, n) => node(`etcd${n + 1}`));
        const hit = (target: string): string[] =>
          nodesOf(resolveTarget(planned({ kind: 'kill', target, pick }), { ...field, nodes, leader: 'etcd1' }));
        const count = (names: string[]): number => new Set(names).size;
        expect(hit('leader')).toEqual(['etcd1']);
        expect(hit('follower')).not.toContain('etcd1');
        expect(count(hit('follower'))).toBe(size > 1 ? 1 : 0);
        expect(count(hit('minority'))).toBe((size - 1) / 2);
        expect(count(hit('majority'))).toBe((size + 1) / 2);
        expect(count(hit('all'))).toBe(size);
      }),
    );
  });

  it('takes a node by its name, with the clients on it', () => {
    const struck = resolveTarget(planned({ kind: 'pause', target: 'clients1' }), field);
    expect(nodesOf(struck)).toEqual(['clients1']);
    expect(struck?.clients.map(({ slot }) => slot)).toEqual([0, 3, 6]);
    expect(nodesOf(resolveTarget(planned({ kind: 'kill', target: 'storage' }), field))).toEqual(['storage']);
    expect(resolveTarget(planned({ kind: 'kill', target: 'etcd9' }), field)).toBeUndefined();
  });

  it('takes all members for a rolling restart, and no client that does not run', () => {
    const restart = planned({ kind: 'etcd', target: 'leader', options: { operation: 'rolling-restart' } });
    expect(nodesOf(resolveTarget(restart, field))).toEqual(['etcd1', 'etcd2', 'etcd3']);
    const held = new RememberedClient(0);
    held.held = true;
    const all = resolveTarget(planned({ target: 'all-clients' }), {
      ...field,
      clients: [held, new RememberedClient(2)],
    });
    expect(all?.clients.map(({ slot }) => slot)).toEqual([2]);
    expect(resolveTarget(planned({ target: 'clients1' }), { ...field, clients: [held] })).toBeUndefined();
  });

  it('never names the observer', () => {
    expect(resolveTarget(planned({ kind: 'kill', target: 'observer' }), field)).toBeUndefined();
  });

  it('stays in the lane', () => {
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), (lane, pick) => {
        const struck = resolveTarget(planned({ target: 'random-client', lane, pick }), field);
        expect(struck?.clients.map((client) => client.lane)).toEqual([lane]);
      }),
    );
    expect(resolveTarget(planned({ target: 'all-clients', lane: 1 }), field)?.clients).toHaveLength(4);
    const { lane: _, ...everywhere } = planned({ target: 'all-clients' });
    expect(resolveTarget(everywhere, field)?.clients).toHaveLength(8);
  });

  it('takes the client that set it off for the holder, and nobody when that one is under a fault', () => {
    const [one] = clients;
    if (one === undefined) throw new Error('no client');
    expect(resolveTarget(planned(), field, one)?.clients).toEqual([one]);
    const held = new RememberedClient(0);
    held.held = true;
    expect(resolveTarget(planned(), { ...field, clients: [held, ...clients] }, held)).toBeUndefined();
  });
});

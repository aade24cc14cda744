import { describe, expect, it } from 'vitest';
import { contributionOf } from '../partition.js';
import type { FaultNode, Injection, NodeRole, World } from '../fault.js';
import { linksHit, peersByNode } from './hit.js';
import { hindered, nameOf, pathsOver } from './paths.js';

const at = (name: string, role: NodeRole, n: number): FaultNode =>
  ({ name, role, addresses: [`10.0.0.${n}`, `fd00::${n}`] }) as unknown as FaultNode;
const [etcd1, etcd2, storage, clients1, clients2] = [
  at('etcd1', 'etcd', 1),
  at('etcd2', 'etcd', 2),
  at('storage', 'storage', 3),
  at('clients1', 'clients', 4),
  at('clients2', 'clients', 5),
];
const nodes = [etcd1, etcd2, storage, clients1, clients2];
const world = {
  nodes,
  clients: [
    { node: 'clients1', process: 7 },
    { node: 'clients2', process: 8 },
    { node: 'clients1', process: 29 },
  ],
  port: ({ role }: FaultNode) => ({ etcd: 2379, storage: 8080, clients: undefined })[role],
} as unknown as World;
const links = (hit: FaultNode[], link = ''): string[] | string => {
  const found = linksHit({ fault: { options: { link } }, nodes: hit, world } as unknown as Injection);
  return typeof found === 'string' ? found : found.map(([one, other]) => `${one.name}-${other.name}`);
};

describe('links', () => {
  it('of a node are those to all others', () =>
    expect(links([etcd1])).toEqual(['etcd1-etcd2', 'etcd1-storage', 'etcd1-clients1', 'etcd1-clients2']));
  it('of two nodes are there once each', () => {
    const found = links([etcd1, etcd2]) as string[];
    expect(found).toHaveLength(7);
    expect(found).not.toContain('etcd2-etcd1');
  });
  it('are narrowed by name or role', () => {
    expect(links([clients1], 'etcd2')).toEqual(['clients1-etcd2']);
    expect(links([clients1], 'etcd')).toEqual(['clients1-etcd1', 'clients1-etcd2']);
    expect(links([clients1], 'clients1')).toBe('no link from clients1 to clients1');
  });
  it('give both ends their peers, of both families', () =>
    expect([...peersByNode([[etcd1, storage]])]).toEqual([
      ['etcd1', ['10.0.0.3', 'fd00::3']],
      ['storage', ['10.0.0.1', 'fd00::1']],
    ]));
});

describe('paths', () => {
  it('go to an end that serves', () =>
    expect(
      pathsOver(
        [
          [etcd1, etcd2],
          [etcd1, clients1],
          [clients1, clients2],
        ],
        world,
      ).map((path) => `${nameOf(path)}:${path.port}`),
    ).toEqual(['etcd1 -> etcd2:2379', 'clients1 -> etcd1:2379']));
});

describe('whom it hinders', () => {
  it('the clients of the hosts at the ends', () => {
    expect(hindered([[clients1, storage]], world)).toEqual([7, 29]);
    expect(
      hindered(
        [
          [etcd1, clients1],
          [etcd1, clients2],
        ],
        world,
      ),
    ).toEqual([7, 8, 29]);
  });
  it('everybody, where servers are cut from each other', () =>
    expect(
      hindered(
        [
          [clients1, storage],
          [etcd1, etcd2],
        ],
        world,
      ),
    ).toBe('all'));
});

describe('cuts', () => {
  const cuts = [
    { from: 'etcd1', to: 'etcd2' },
    { from: 'storage', to: 'etcd2' },
  ];
  it('drop where packets arrive', () =>
    expect([...contributionOf(cuts, 'drop', nodes)]).toEqual([
      [
        'etcd2',
        {
          filters: [{ direction: 'in', peers: ['10.0.0.1', 'fd00::1', '10.0.0.3', 'fd00::3'], action: { do: 'drop' } }],
          shapes: [],
        },
      ],
    ]));
  it('reject where packets leave', () =>
    expect([...contributionOf(cuts, 'reject', nodes).keys()]).toEqual(['etcd1', 'storage']));
});

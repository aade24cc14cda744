import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTITION_SHAPES } from '../plan/fault-kinds.js';
import { type BrokenLink, brokenLinks, cutsOf, type ShapeField, type ShapeNode } from './partition-shapes.js';

const etcd = (count: number): ShapeNode[] =>
  Array.from({ length: count }, (_, n) => ({ name: `etcd${n + 1}`, role: 'etcd' as const }));
const clients = (count: number): ShapeNode[] =>
  Array.from({ length: count }, (_, n) => ({ name: `clients${n + 1}`, role: 'clients' as const }));
const STORAGE: ShapeNode = { name: 'storage', role: 'storage' };

const fields = (...sizes: number[]): fc.Arbitrary<ShapeField> =>
  fc
    .record({ members: fc.constantFrom(...sizes), hosts: fc.integer({ min: 1, max: 3 }), pick: fc.nat() })
    .chain(({ members, hosts, pick }) => {
      const nodes = [...clients(hosts), ...etcd(members), STORAGE];
      return fc.record({
        nodes: fc.constant(nodes),
        leader: fc.integer({ min: 1, max: members }).map((n) => `etcd${n}`),
        chosen: fc.subarray(
          nodes.map(({ name }) => name),
          { maxLength: 2 },
        ),
        pick: fc.constant(pick),
      });
    });
const shapes = fc.constantFrom(...PARTITION_SHAPES);
const ways = fc.constantFrom('both' as const, 'requests-pass' as const, 'answers-pass' as const);

/** Names that each member still sees, itself included. */
function views(field: ShapeField, links: readonly BrokenLink[]): Map<string, string[]> {
  const members = field.nodes.filter(({ role }) => role === 'etcd').map(({ name }) => name);
  const isBroken = (a: string, b: string): boolean =>
    links.some(({ cutOff, other }) => (cutOff === a && other === b) || (cutOff === b && other === a));
  return new Map(members.map((one) => [one, members.filter((other) => !isBroken(one, other))]));
}

/** Sizes of the groups into which the members fall, largest first; a group holds together where its links do. */
function groups(field: ShapeField, links: readonly BrokenLink[]): string[][] {
  const seen = views(field, links);
  const left = new Set(seen.keys());
  const found: string[][] = [];
  for (const start of seen.keys()) {
    if (!left.has(start)) continue;
    const group = [start];
    for (const one of group) for (const other of seen.get(one) ?? []) if (!group.includes(other)) group.push(other);
    for (const one of group) left.delete(one);
    found.push(group);
  }
  return found.sort((a, b) => b.length - a.length);
}

const cutOffOf = (links: readonly BrokenLink[]): string[] => [...new Set(links.map(({ cutOff }) => cutOff))];
const othersOf = (links: readonly BrokenLink[]): string[] => [...new Set(links.map(({ other }) => other))];
const property = (arbitrary: fc.Arbitrary<ShapeField>, check: (field: ShapeField) => void): void =>
  fc.assert(fc.property(arbitrary, check), { numRuns: 300 });

describe('every shape', () => {
  it('cuts only nodes that there are, each link once, none from itself, and the same for the same input', () => {
    fc.assert(
      fc.property(shapes, fields(1, 3, 5), (shape, field) => {
        const links = brokenLinks(shape, field);
        const names = field.nodes.map(({ name }) => name);
        for (const { cutOff, other } of links) {
          expect(names).toContain(cutOff);
          expect(names).toContain(other);
          expect(cutOff).not.toBe(other);
        }
        const unordered = links.map(({ cutOff, other }) => [cutOff, other].sort().join());
        expect(new Set(unordered).size).toBe(unordered.length);
        expect(brokenLinks(shape, structuredClone(field))).toEqual(links);
      }),
      { numRuns: 1000 },
    );
  });

  it('breaks something in a cluster of three or five', () => {
    fc.assert(
      fc.property(shapes, fields(3, 5), (shape, field) => {
        expect(brokenLinks(shape, field)).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is symmetric both ways, and half of it one way', () => {
    fc.assert(
      fc.property(shapes, ways, fields(1, 3, 5), (shape, way, field) => {
        const links = brokenLinks(shape, field);
        const cuts = cutsOf(links, way).map(({ from, to }) => `${from} ${to}`);
        const back = cutsOf(links, way).map(({ from, to }) => `${to} ${from}`);
        if (way === 'both') expect(new Set(cuts)).toEqual(new Set(back));
        else expect(cuts.filter((cut) => back.includes(cut))).toEqual([]);
        expect(cuts).toHaveLength(links.length * (way === 'both' ? 2 : 1));
      }),
    );
  });
});

describe('one way', () => {
  const links = [{ cutOff: 'etcd1', other: 'etcd2' }];
  it('lets requests of the cut-off side pass, or the answers to them', () => {
    expect(cutsOf(links, 'requests-pass')).toEqual([{ from: 'etcd2', to: 'etcd1' }]);
    expect(cutsOf(links, 'answers-pass')).toEqual([{ from: 'etcd1', to: 'etcd2' }]);
  });
});

describe('members', () => {
  it('isolate-leader leaves the leader alone and the others together', () =>
    property(fields(3, 5), (field) => {
      const links = brokenLinks('isolate-leader', field);
      expect(groups(field, links).map(({ length }) => length)).toEqual([groups(field, [])[0]!.length - 1, 1]);
      expect(cutOffOf(links)).toEqual([field.leader]);
    }));

  it('isolate-leader and the majorities need a leader', () =>
    property(fields(3, 5), (field) => {
      for (const shape of ['isolate-leader', 'majority-with-leader', 'majority-without-leader'] as const)
        expect(brokenLinks(shape, { ...field, leader: undefined })).toEqual([]);
    }));

  it('isolate-one leaves the chosen one alone: a member without members, others without anybody', () =>
    property(fields(3, 5), (field) => {
      const links = brokenLinks('isolate-one', field);
      const [one = ''] = cutOffOf(links);
      expect(cutOffOf(links)).toHaveLength(1);
      if (field.chosen.length > 0) expect(field.chosen).toContain(one);
      const isMember = one.startsWith('etcd');
      expect(isMember || field.chosen.length > 0).toBe(true);
      expect(othersOf(links).sort()).toEqual(
        field.nodes
          .filter(({ name, role }) => name !== one && (!isMember || role === 'etcd'))
          .map(({ name }) => name)
          .sort(),
      );
    }));

  it('isolate-one of several targets can be any of them', () => {
    const nodes = [1, 2, 3].map((n) => ({ name: `etcd${n}`, role: 'etcd' as const }));
    const chosen = nodes.map(({ name }) => name);
    const cutOff = [0, 1, 2].flatMap((pick) =>
      cutOffOf(brokenLinks('isolate-one', { nodes, leader: 'etcd1', chosen, pick })),
    );
    expect(cutOff).toEqual(chosen);
  });

  it('halves: two groups whose sizes differ by one', () =>
    property(fields(3, 5), (field) => {
      const [large = [], small = [], ...more] = groups(field, brokenLinks('halves', field));
      expect([large.length - small.length, more.length]).toEqual([1, 0]);
    }));

  it('majority-with-leader and -without: the leader is where the name says', () =>
    property(fields(3, 5), (field) => {
      const [withLeader = []] = groups(field, brokenLinks('majority-with-leader', field));
      const [without = []] = groups(field, brokenLinks('majority-without-leader', field));
      const members = groups(field, [])[0]!.length;
      expect([withLeader.length, without.length]).toEqual([Math.ceil(members / 2), Math.ceil(members / 2)]);
      expect(withLeader).toContain(field.leader);
      expect(without).not.toContain(field.leader);
    }));

  it('majorities-ring: every member sees a majority, no two the same', () =>
    property(fields(3, 5), (field) => {
      const seen = [...views(field, brokenLinks('majorities-ring', field)).values()];
      for (const view of seen) expect(view.length).toBeGreaterThan(seen.length / 2);
      expect(new Set(seen.map((view) => [...view].sort().join())).size).toBe(seen.length);
    }));

  it('bridge: one member sees all, the others lie on two sides that see each other only through it', () =>
    property(fields(3, 5), (field) => {
      const links = brokenLinks('bridge', field);
      const seen = views(field, links);
      const middle = [...seen].filter(([, view]) => view.length === seen.size);
      expect(middle).toHaveLength(1);
      const sides = (seen.size - 1) / 2;
      expect([cutOffOf(links).length, othersOf(links).length, links.length]).toEqual([sides, sides, sides * sides]);
    }));

  it('single-link: one pair of members, with the chosen ones at its ends', () =>
    property(fields(3, 5), (field) => {
      const links = brokenLinks('single-link', field);
      expect(links).toHaveLength(1);
      const ends = [links[0]!.cutOff, links[0]!.other];
      expect(ends.every((name) => name.startsWith('etcd'))).toBe(true);
      expect(ends).toEqual(expect.arrayContaining(field.chosen.filter((name) => name.startsWith('etcd'))));
    }));

  it('every choice can be had by some pick', () => {
    const field = { nodes: [...clients(1), ...etcd(5), STORAGE], leader: 'etcd1', chosen: [] };
    const different = (shape: (typeof PARTITION_SHAPES)[number]): number =>
      new Set(Array.from({ length: 120 }, (_, pick) => JSON.stringify(brokenLinks(shape, { ...field, pick })))).size;
    expect(different('halves')).toBe(10);
    expect(different('majority-with-leader')).toBe(6);
    expect(different('majority-without-leader')).toBe(4);
    expect(different('single-link')).toBe(20);
  });
});

describe('client hosts', () => {
  it('isolate-holder from both, from etcd, from storage', () =>
    property(fields(1, 3, 5), (field) => {
      const members = field.nodes.filter(({ role }) => role === 'etcd').map(({ name }) => name);
      const both = brokenLinks('isolate-holder', field);
      expect(cutOffOf(both)).toHaveLength(1);
      expect(othersOf(both)).toEqual([...members, 'storage']);
      expect(othersOf(brokenLinks('isolate-holder-from-etcd', field))).toEqual(members);
      expect(othersOf(brokenLinks('isolate-holder-from-storage', field))).toEqual(['storage']);
      const chosen = field.chosen.filter((name) => name.startsWith('clients'));
      const [host = ''] = cutOffOf(both);
      expect(host).toMatch(/^clients/);
      if (chosen.length > 0) expect(chosen).toContain(host);
    }));

  it('clients-from-members: one host, some members, not all', () =>
    property(fields(3, 5), (field) => {
      const links = brokenLinks('clients-from-members', field);
      expect(cutOffOf(links)).toEqual([expect.stringMatching(/^clients/)]);
      const lost = othersOf(links);
      expect(lost.every((name) => name.startsWith('etcd'))).toBe(true);
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.length).toBeLessThan(groups(field, [])[0]!.length);
    }));
});

/**
 * Who is cut off from whom, for every shape of partition: pure functions from the nodes, the leader and the one who is hit to
 * directed cuts. Nothing is injected here. The observer is no node of these (harness/nemesis/fault.ts), so it is in no cut.
 *
 * Shapes of members cut members from each other and leave the clients alone, as in Jepsen's nemesis (`nemesis.clj`,
 * grudges): a leader that lost its followers then still has clients to answer wrongly. Only a client host or a storage
 * that is isolated loses everybody, because it has no peers of its own kind.
 */
import type { PARTITION_SHAPES } from '../plan/fault-kinds.js';
import type { NodeRole } from './fault.js';

export type PartitionShape = (typeof PARTITION_SHAPES)[number];

/**
 * `requests-pass`: packets from the cut-off side to the others arrive, packets back are dropped. TCP needs both ways, so
 * no new connection is made and an open one soon stops for want of acknowledgements; but what was sent on an open one
 * before its window filled has arrived and was carried out: a request that took effect and whose answer nobody saw.
 * `answers-pass`: the other way round.
 */
export type PartitionWay = 'both' | 'requests-pass' | 'answers-pass';

export interface ShapeNode {
  name: string;
  role: NodeRole;
}

export interface ShapeField {
  nodes: readonly ShapeNode[];
  /** Undefined during an election. */
  leader: string | undefined;
  /** Names of the nodes that were chosen as targets; shapes that leave a choice start from them. */
  chosen: readonly string[];
  /** Where a choice is left: an index taken modulo the number of candidates. */
  pick: number;
}

/** Packets of `from` do not arrive at `to`. */
export interface Cut {
  from: string;
  to: string;
}

/** Two ends of a broken link; `cutOff` is the side that `requests-pass` speaks of. */
export interface BrokenLink {
  cutOff: string;
  other: string;
}

/** The links that a shape breaks; none where the shape does not exist for these nodes (a ring of one member). */
export function brokenLinks(shape: PartitionShape, field: ShapeField): BrokenLink[] {
  const { nodes, leader, chosen, pick } = field;
  const members = namesOf(nodes, 'etcd');
  const storages = namesOf(nodes, 'storage');
  const followers = members.filter((name) => name !== leader);
  const host = chooseFrom(namesOf(nodes, 'clients'), chosen, pick);
  const minority = Math.floor((members.length - 1) / 2);
  switch (shape) {
    case 'isolate-one': {
      const one = chooseFrom(chosen.length > 0 ? nodes.map(({ name }) => name) : members, chosen, pick);
      return one.flatMap((name) =>
        between([name], (members.includes(name) ? members : namesOf(nodes)).filter(not(name))),
      );
    }
    case 'isolate-leader':
      return between(known(leader), followers);
    case 'isolate-holder':
      return between(host, [...members, ...storages]);
    case 'isolate-holder-from-etcd':
      return between(host, members);
    case 'isolate-holder-from-storage':
      return between(host, storages);
    case 'halves': {
      const half = subset(members, Math.floor(members.length / 2), pick);
      return between(half, members.filter(not(...half)));
    }
    case 'majority-with-leader': {
      if (leader === undefined) return [];
      const few = subset(followers, minority, pick);
      return between(few, members.filter(not(...few)));
    }
    case 'majority-without-leader': {
      // With too few members for a minority of any size (one, two) the leader has nobody to lose.
      if (leader === undefined || minority === 0) return [];
      const few = [leader, ...subset(followers, minority - 1, pick)];
      return between(few, members.filter(not(...few)));
    }
    case 'majorities-ring':
      return ring(turned(members, pick));
    case 'bridge': {
      const [middle = '', ...rest] = turned(members, pick);
      const half = rest.slice(0, Math.floor(rest.length / 2));
      return between(half, rest.filter(not(...half, middle)));
    }
    case 'single-link': {
      const ends = chosen.filter((name) => members.includes(name));
      const [one] = chooseFrom(members, ends, pick);
      if (one === undefined) return [];
      const others = members.filter(not(one));
      return between([one], chooseFrom(others, ends, Math.floor(pick / members.length)));
    }
    case 'clients-from-members': {
      // A part is neither none nor all, but for a single member, which has no parts.
      const size = members.length === 1 ? 1 : 1 + (pick % (members.length - 1));
      return between(host, subset(members, size, pick));
    }
  }
}

/** The directed cuts of broken links. */
export function cutsOf(links: readonly BrokenLink[], way: PartitionWay): Cut[] {
  return links.flatMap(({ cutOff, other }) => {
    const requests = { from: cutOff, to: other };
    const answers = { from: other, to: cutOff };
    if (way === 'both') return [requests, answers];
    return [way === 'requests-pass' ? answers : requests];
  });
}

/**
 * Every member sees a majority and no two see the same one (Jepsen, `nemesis.clj`, majorities-ring): of five, each sees
 * itself and its neighbours on the ring. Three cannot be a ring like that, since neighbours are all there is; a chain does
 * it there: the two ends see two each, not the same, and the middle sees all, which is the same as a single broken link.
 */
function ring(members: readonly string[]): BrokenLink[] {
  const [first, , third] = members;
  if (members.length === 3) return between(known(first), known(third));
  const reach = Math.ceil(Math.floor(members.length / 2) / 2);
  return members.flatMap((cutOff, n) =>
    members
      .slice(n + 1)
      .filter((_, m) => Math.min(m + 1, members.length - m - 1) > reach)
      .map((other) => ({ cutOff, other })),
  );
}

function between(cutOff: readonly string[], others: readonly string[]): BrokenLink[] {
  return cutOff.flatMap((one) => others.map((other) => ({ cutOff: one, other })));
}

/** One by `pick` of the candidates that were chosen as targets, or of all if none was; as a list, empty without candidates. */
function chooseFrom(candidates: readonly string[], chosen: readonly string[], pick: number): string[] {
  const among = candidates.filter((name) => chosen.includes(name));
  const from = among.length > 0 ? among : candidates;
  return known(from[pick % Math.max(1, from.length)]);
}

/** The `pick`-th subset of that size, counted in lexicographic order and modulo their number, so that each can be had. */
function subset(items: readonly string[], size: number, pick: number): string[] {
  const [first, ...rest] = items;
  if (first === undefined || size <= 0) return [];
  const withFirst = choose(rest.length, size - 1);
  const index = pick % Math.max(1, choose(items.length, size));
  return index < withFirst ? [first, ...subset(rest, size - 1, index)] : subset(rest, size, index - withFirst);
}

/** Binomial coefficient. */
function choose(n: number, k: number): number {
  if (k > n) return 0;
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}

function turned(items: readonly string[], pick: number): string[] {
  return items.map((_, n) => items[(n + pick) % items.length] as string);
}

function namesOf(nodes: readonly ShapeNode[], role?: NodeRole): string[] {
  return nodes.filter((node) => role === undefined || node.role === role).map(({ name }) => name);
}

function not(...names: string[]): (name: string) => boolean {
  return (name) => !names.includes(name);
}

function known(name: string | undefined): string[] {
  return name === undefined ? [] : [name];
}

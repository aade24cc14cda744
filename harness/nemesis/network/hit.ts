/** Which links a fault on a node or on one of its links is about: shared by `loss`, `delay` and `bandwidth`. */
import type { FaultNode, Injection } from '../fault.js';
import type { Link } from './paths.js';

/**
 * The links of the nodes hit, the hit node first, each once. Option `link` narrows them to one other end: a node's name, or
 * `etcd`, `storage` or `clients` for all of that role; empty: all nodes but the observer, which is none of the world's.
 * A string says why there is no such link.
 */
export function linksHit({ fault, nodes, world }: Injection): Link[] | string {
  const other = String(fault.options['link'] ?? '');
  const links = nodes.flatMap((node, n) =>
    world.nodes
      .filter((peer) => peer !== node && !nodes.slice(0, n).includes(peer) && isEnd(peer, other))
      .map((peer): Link => [node, peer]),
  );
  if (links.length > 0) return links;
  return `no link from ${nodes.map(({ name }) => name).join(', ')} to ${other || 'any node'}`;
}

function isEnd({ name, role }: FaultNode, other: string): boolean {
  return other === '' || name === other || role === other;
}

/** For each node, the addresses at the other ends of its links. */
export function peersByNode(links: readonly Link[]): Map<string, string[]> {
  const peers = new Map<string, string[]>();
  for (const [one, other] of links) {
    peers.set(one.name, [...(peers.get(one.name) ?? []), ...other.addresses]);
    peers.set(other.name, [...(peers.get(other.name) ?? []), ...one.addresses]);
  }
  return peers;
}

/**
 * Links between nodes as TCP sees them: from where to which port a connection can be tried, whose work a link carries.
 */
import type { ProbeResult } from '../../agent/protocol.js';
import type { FaultNode, World } from '../fault.js';

/** Two nodes whose link is under a fault. */
export type Link = readonly [FaultNode, FaultNode];

/** A connection that can be tried: `to` serves the port. */
export interface Path {
  from: FaultNode;
  to: FaultNode;
  port: number;
}

/** One path over each link; none where neither end serves a port (two client hosts). */
export function pathsOver(links: readonly Link[], world: World): Path[] {
  return links.flatMap(([one, other]) => {
    const path = towards(one, other, world) ?? towards(other, one, world);
    return path === undefined ? [] : [path];
  });
}

export function nameOf({ from, to }: Path): string {
  return `${from.name} -> ${to.name}`;
}

export function addressOf({ to }: Path): string {
  return to.addresses[0] ?? to.name;
}

export function tryPath(path: Path, limitMs: number): Promise<ProbeResult> {
  return path.from.agent.probe(addressOf(path), path.port, limitMs);
}

/** The network carried it to the other end and back: a refusal is an answer too, by a machine whose program is down. */
export function isOpen({ connected, error }: ProbeResult): boolean {
  return connected || error === 'ECONNREFUSED';
}

/**
 * The clients whose work a fault on these links can hinder: those on client hosts where every link has one at an end;
 * else all, since members and the storage work for everybody.
 */
export function hindered(links: readonly Link[], world: World): number[] | 'all' {
  const hosts = links.map(([one, other]) => [one, other].find(({ role }) => role === 'clients')?.name);
  if (hosts.includes(undefined)) return 'all';
  return world.clients.filter(({ node }) => hosts.includes(node)).map((client) => client.process);
}

/** The nodes at the ends of the links, each once. */
export function endsOf(links: readonly Link[]): FaultNode[] {
  return [...new Set(links.flat())];
}

function towards(from: FaultNode, to: FaultNode, world: World): Path | undefined {
  const port = world.port(to);
  return port === undefined ? undefined : { from, to, port };
}

/**
 * `delay`: everything that a node or a link carries takes longer, by so many ms in each direction; a round trip by twice that.
 *
 * Where the kernels have netem, every packet is delayed where it leaves. Where they have not, TCP connections of the node
 * hit are led through a proxy beside it (harness/wire), which delays what it passes on; connections that are open are
 * reset first, so that they come back through it. The proxy differs from a slow network in this: connecting succeeds at
 * once and is slow in its first answer, and when the fault is healed its connections break and are made anew.
 */
import type { Receipt } from '../history/operation.js';
import { type Fault, type FaultNode, type Injected, type Injection, type NodeNetwork, notInjected } from './fault.js';
import { linksHit, peersByNode } from './network/hit.js';
import { addressOf, endsOf, hindered, type Link, nameOf, type Path, pathsOver } from './network/paths.js';
import { removal } from './network/removal.js';
import { PROXY_PORTS } from './network/rules.js';
import { NETEM_SCRIPT } from './network/script.js';
import { measureOn, startOn } from './network/wire.js';

interface DelayOptions {
  ms: number;
  jitter: number;
}

const TIMES = 3;
const ANSWER_MS = 3000;
/** A measured round trip has to be longer by this share of the least that was asked for. */
const SHARE = 0.8;
/** Besides the port that it serves, a member listens for the other members (etcd's `--listen-peer-urls`). */
const ETCD_PEER_PORT = 2380;

export const delay: Fault = {
  kind: 'delay',
  receipt: 'the time of a request to its first answered byte, before and after',
  async inject(injection): Promise<Injected> {
    const { nodes, world } = injection;
    const links = linksHit(injection);
    if (typeof links === 'string') return notInjected(links);
    // Now, as a client whose request breaks goes on under another number.
    const processes = hindered(links, world);
    const ends = endsOf(links);
    const proxies: FaultNode[] = [];
    const heal = async (): Promise<Receipt> => {
      const removed = await removal(injection, ends);
      // After the rules: nothing is led to a port where nobody listens.
      const ended = await Promise.allSettled(proxies.map(({ agent }) => agent.end(nameOfProxy(injection))));
      const failed = ended.find((one) => one.status === 'rejected');
      return failed === undefined ? removed : { proven: false, reason: `the proxy goes on: ${String(failed.reason)}` };
    };
    let healed: Promise<Receipt> | undefined;
    return {
      receipt: await delayed(injection, links, proxies).catch(
        (error: unknown): Receipt => ({ proven: false, reason: String(error) }),
      ),
      processes,
      nodes: (proxies.length > 0 ? nodes : ends).map(({ name }) => name),
      heal: () => (healed ??= heal()),
    };
  },
};

/** Adds to `proxies` where it starts one. */
async function delayed(injection: Injection, links: readonly Link[], proxies: FaultNode[]): Promise<Receipt> {
  const { fault, nodes, world } = injection;
  const { ms, jitter } = fault.options as unknown as DelayOptions;
  const paths = pathsOver(links, world);
  const before = await firstAnswer(paths, 0);
  const byKernel = await canDelay(nodes[0] as FaultNode);
  const how = byKernel ? await delayPackets(injection, links) : await delayConnections(injection, links, proxies);
  const { path, took: after } = await firstAnswer([before.path], 4 * (ms + jitter));
  const longer = after - before.took;
  const evidence = {
    link: nameOf(path),
    roundTripMs: { before: before.took, after },
    asked: `${ms} ms each way`,
    ...how,
  };
  if (longer >= SHARE * 2 * Math.max(0, ms - jitter) && longer > 0) return { proven: true, evidence };
  return { proven: false, reason: `${nameOf(path)} took ${before.took} ms before and ${after} ms after` };
}

/** The median time of a request over the first path on which one is answered. */
async function firstAnswer(paths: readonly Path[], extraMs: number): Promise<{ path: Path; took: number }> {
  const limitMs = ANSWER_MS + extraMs;
  let reason = 'no server is at an end of these links';
  for (const path of paths) {
    const asked = { host: addressOf(path), port: path.port, times: TIMES, limitMs };
    try {
      const { ms } = await measureOn(path.from, 'ask', asked, TIMES * limitMs);
      const sorted = [...ms].sort((a, b) => a - b);
      return { path, took: Math.round(10 * (sorted[Math.floor(sorted.length / 2)] ?? 0)) / 10 };
    } catch (error) {
      reason = String(error);
    }
  }
  throw new Error(reason);
}

/** Whether the node's kernel has netem. */
async function canDelay({ agent }: FaultNode): Promise<boolean> {
  return (await agent.exec(['sh', '-c', NETEM_SCRIPT])).code === 0;
}

async function delayPackets({ fault, world }: Injection, links: readonly Link[]): Promise<{ by: 'netem' }> {
  const { ms, jitter } = fault.options as unknown as DelayOptions;
  const wanted = [...peersByNode(links)].map(([name, peers]): [string, NodeNetwork] => [
    name,
    { filters: [], shapes: [{ peers, delayMs: ms, jitterMs: jitter }] },
  ]);
  await world.network.apply(fault.id, new Map(wanted));
  return { by: 'netem' };
}

/** A way that connections of one node take, and that is led through its proxy. */
interface Lead {
  direction: 'in' | 'out';
  peer: string;
  port: number;
  /** Where the proxy passes it on to. */
  host: string;
}

async function delayConnections(
  injection: Injection,
  links: readonly Link[],
  proxies: FaultNode[],
): Promise<{ by: 'proxy'; connectionsReset: string[] }> {
  const { fault, nodes, world } = injection;
  const { ms, jitter } = fault.options as unknown as DelayOptions;
  const wanted = new Map<string, NodeNetwork>();
  for (const node of nodes) {
    const leads = leadsOf(node, links, injection);
    proxies.push(node);
    const routes = leads.map(({ host, port }) => ({ host, port }));
    const plan = { delayMs: ms, jitterMs: jitter, routes, sourcePorts: PROXY_PORTS };
    const { ports } = await startOn(node, nameOfProxy(injection), 'proxy', plan);
    const redirects = leads.map(({ direction, peer, port }, n) => ({ direction, peer, port, to: ports[n] ?? 0 }));
    wanted.set(node.name, { filters: [], shapes: [], redirects });
  }
  await world.network.apply(fault.id, wanted);
  return { by: 'proxy', connectionsReset: await Promise.all(nodes.map((node) => resetOpen(node, links))) };
}

/** Connections that the node opens to servers, and those that are opened to it. */
function leadsOf(node: FaultNode, links: readonly Link[], { world }: Injection): Lead[] {
  // A link between two nodes that are both hit goes through one proxy only, the first's.
  const others = links.filter(([hit]) => hit === node).map(([, other]) => other);
  const portsOf = (server: FaultNode): number[] => {
    const port = world.port(server);
    if (port === undefined) return [];
    return server.role === 'etcd' ? [port, ETCD_PEER_PORT] : [port];
  };
  const sameFamily = (address: string, like: string): boolean => address.includes(':') === like.includes(':');
  return others.flatMap((other) =>
    other.addresses.flatMap((peer): Lead[] => [
      ...portsOf(other).map((port): Lead => ({ direction: 'out', peer, port, host: peer })),
      ...portsOf(node).flatMap((port): Lead[] =>
        node.addresses
          .filter((address) => sameFamily(address, peer))
          .slice(0, 1)
          .map((host) => ({ direction: 'in', peer, port, host })),
      ),
    ]),
  );
}

/** Resets the node's open connections with the other ends (`ss -K`), in words. */
async function resetOpen(node: FaultNode, links: readonly Link[]): Promise<string> {
  const peers = links.filter(([hit]) => hit === node).flatMap(([, other]) => other.addresses);
  const filter = peers.map((peer) => `dst ${peer}`).join(' or ');
  const script = `ss -tnH state established '${filter}' | wc -l; ss -KtnH state established '${filter}' | wc -l`;
  const { stdout } = await node.agent.exec(['sh', '-c', script]);
  const [open = 0, reset = 0] = stdout.trim().split('\n').map(Number);
  if (open > 0 && reset === 0)
    throw new Error(`${node.name}: its kernel cannot reset the ${open} open connections, which go on undelayed`);
  return `${node.name}: ${reset} of ${open}`;
}

function nameOfProxy({ fault }: Injection): string {
  return `proxy-${fault.id}`;
}

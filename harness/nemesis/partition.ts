/**
 * `partition`: nodes are cut off from each other by firewall rules in their own network namespaces. Who from whom is in
 * partition-shapes.ts.
 *
 * Dropped packets are dropped where they arrive, as if the network had lost them: dropped where they leave, the sender's
 * kernel would learn of it. A refusal has to come from where packets leave: the reset that the far end would send back
 * could not cross a cut that goes both ways.
 *
 * Healing takes the rules away and hastens nothing: connections that lived through a cut by `drop` go on when TCP tries
 * again, and it waits longer from try to try, so that this can take as long again as the cut lasted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeResult } from '../agent/protocol.js';
import { monotonicMs } from '../history/clock.js';
import type { Receipt } from '../history/operation.js';
import { type Fault, type FaultNode, type Injected, type Injection, type NodeNetwork, notInjected } from './fault.js';
import {
  addressOf,
  endsOf,
  hindered,
  isOpen,
  type Link,
  nameOf,
  type Path,
  pathsOver,
  tryPath,
} from './network/paths.js';
import { removal } from './network/removal.js';
import { brokenLinks, type Cut, cutsOf, type PartitionShape, type PartitionWay } from './partition-shapes.js';

interface PartitionOptions {
  shape: PartitionShape;
  way: PartitionWay;
  by: 'drop' | 'reject';
  flap: number;
}

/** How long a probe may take before the cut is made; one that takes longer says nothing. */
const CONTROL_MS = 250;
/** How long a probe waits for an answer across the cut: far longer than it took before, far shorter than TCP's first retry. */
const CUT_MS = 40;
const CUT_FACTOR = 4;
/** How long the counters may take to move; the probes' own packets move them at once. */
const COUNTERS_MS = 1000;
/** tcpmux, which no container serves. */
const UNSERVED_PORT = 1;
/** How long a healed link may take to carry a connection again. */
const OPEN_MS = 5000;

export const partition: Fault = {
  kind: 'partition',
  receipt: "the counters of the fault's rules moved, and connections that were possible before fail across the cut",
  async inject(injection): Promise<Injected> {
    const startMs = monotonicMs();
    const { fault, world } = injection;
    const options = fault.options as unknown as PartitionOptions;
    const broken = linksOf(injection, options.shape);
    if (typeof broken === 'string') return notInjected(broken);
    const links = broken.map(([one, other]): Link => [one, other]);
    // Before anything is cut: a client whose request breaks goes on under another number.
    const processes = hindered(links, world);
    const cuts = cutsOf(
      broken.map(([one, other]) => ({ cutOff: one.name, other: other.name })),
      options.way,
    );
    const wanted = contributionOf(cuts, options.by, world.nodes);
    const flapping = new AbortController();
    /** Resolves with what went wrong, if anything did. */
    let flaps: Promise<string | undefined> | undefined;
    let open: Path[] = [];
    let healed: Promise<Receipt> | undefined;
    const heal = async (): Promise<Receipt> => {
      flapping.abort();
      const failed = await flaps;
      const removed = await removal(
        injection,
        endsOf(links).filter(({ name }) => wanted.has(name)),
      );
      if (!removed.proven) return removed;
      if (failed !== undefined) return { proven: false, reason: `while it flapped: ${failed}` };
      return openAgain(injection, open);
    };
    const injected = (receipt: Receipt): Injected => ({
      receipt,
      processes,
      nodes: endsOf(links).map(({ name }) => name),
      heal: () => (healed ??= heal()),
    });
    try {
      const controls = await probeAll(pathsToProbe(links, injection, options.by), () => CONTROL_MS);
      const usable = controls.filter(({ result }) =>
        // Where packets are refused, a port that refused before tells nothing.
        options.by === 'reject' ? result.connected : isOpen(result),
      );
      open = usable.map(({ path }) => path);
      await world.network.apply(fault.id, wanted);
      const [probes, packets] = await Promise.all([
        probeAll(open, (n) => Math.max(CUT_MS, CUT_FACTOR * (usable[n]?.result.tookMs ?? 0))),
        countersMoved(injection, [...wanted.keys()]),
      ]);
      const receipt = judge(controls, probes, packets, options.by);
      if (options.flap > 0)
        flaps = flap(injection, wanted, options.flap, flapping.signal).then(() => undefined, String);
      if (!receipt.proven) return injected(receipt);
      const tookMs = Math.round(monotonicMs() - startMs);
      const crossed = cuts.map(({ from, to }) => `${from} -> ${to}`);
      return injected({ proven: true, evidence: { cuts: crossed, ...receipt.evidence, tookMs } });
    } catch (error) {
      return injected({ proven: false, reason: String(error) });
    }
  },
};

/** The links that the shape breaks, or why there are none; the cut-off side first. */
function linksOf({ fault, nodes, world }: Injection, shape: PartitionShape): Link[] | string {
  const leader = world.etcd.leader();
  let chosen = nodes.map(({ name }) => name);
  if (shape.startsWith('isolate-holder') && !nodes.some(({ role }) => role === 'clients')) {
    const holders = world.clients.filter((client) => client.isHolding);
    const holder = holders[fault.pick % Math.max(1, holders.length)];
    if (holder === undefined) return 'nobody held a lock';
    chosen = [holder.node];
  }
  const byName = new Map(world.nodes.map((node) => [node.name, node]));
  const links = brokenLinks(shape, { nodes: world.nodes, leader, chosen, pick: fault.pick }).map(
    ({ cutOff, other }): Link => [byName.get(cutOff) as FaultNode, byName.get(other) as FaultNode],
  );
  if (links.length > 0) return links;
  return leader === undefined ? 'there was no leader' : `${shape} breaks no link between these nodes`;
}

/** What every node has to filter so that nothing crosses the cuts. */
export function contributionOf(
  cuts: readonly Cut[],
  by: 'drop' | 'reject',
  nodes: readonly Pick<FaultNode, 'name' | 'addresses'>[],
): Map<string, NodeNetwork> {
  const [here, there] = by === 'drop' ? (['to', 'from'] as const) : (['from', 'to'] as const);
  const contribution = new Map<string, NodeNetwork>();
  for (const { name } of nodes) {
    const others = cuts.filter((cut) => cut[here] === name).map((cut) => cut[there]);
    const peers = nodes.filter((node) => others.includes(node.name)).flatMap(({ addresses }) => addresses);
    if (peers.length === 0) continue;
    const filter = { direction: by === 'drop' ? 'in' : 'out', peers, action: { do: by } } as const;
    contribution.set(name, { filters: [filter], shapes: [] });
  }
  return contribution;
}

/**
 * A proxy of another fault accepts connections whatever has become of the link behind it; a port where nobody serves is
 * not led through it, and a refusal tells as well as a connection that packets pass, unless cuts refuse as well.
 */
function pathsToProbe(links: readonly Link[], { world }: Injection, by: 'drop' | 'reject'): Path[] {
  return pathsOver(links, world).map((path) => {
    const isLed = world.network.isLed(path.from.name, addressOf(path), path.port);
    return isLed && by === 'drop' ? { ...path, port: UNSERVED_PORT } : path;
  });
}

interface Probed {
  path: Path;
  result: ProbeResult;
}

function probeAll(paths: readonly Path[], limitMs: (index: number) => number): Promise<Probed[]> {
  return Promise.all(paths.map(async (path, n) => ({ path, result: await tryPath(path, limitMs(n)) })));
}

/** Packets that matched, by node; read until some have, or until patience ends. */
async function countersMoved({ fault, world }: Injection, nodes: readonly string[]): Promise<Record<string, number>> {
  const giveUpMs = monotonicMs() + COUNTERS_MS;
  for (;;) {
    const read = nodes.map(async (name) => [name, (await world.network.counters(fault.id, name)).packets] as const);
    const packets = await Promise.all(read);
    if (packets.some(([, count]) => count > 0) || monotonicMs() > giveUpMs) return Object.fromEntries(packets);
  }
}

function judge(
  controls: readonly Probed[],
  probes: readonly Probed[],
  packets: Record<string, number>,
  by: 'drop' | 'reject',
): Receipt {
  const told = ({ path, result }: Probed): string =>
    `${nameOf(path)} ${result.connected ? 'connected' : (result.error ?? 'failed')} in ${Math.round(result.tookMs)} ms`;
  if (probes.length === 0)
    return { proven: false, reason: `no link of the cut was open before: ${controls.map(told).join(', ')}` };
  const through = probes.filter(({ result }) => (by === 'reject' ? result.connected : isOpen(result)));
  if (through.length > 0) return { proven: false, reason: `across the cut: ${through.map(told).join(', ')}` };
  if (Object.values(packets).every((count) => count === 0))
    return { proven: false, reason: 'no packet met the rules of the cut' };
  return { proven: true, evidence: { packets, before: controls.map(told), across: probes.map(told) } };
}

/** Healed and cut in turn, until the signal comes. Rejects when a change fails. */
async function flap(
  { fault, world: { network } }: Injection,
  wanted: ReadonlyMap<string, NodeNetwork>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let isCut = true; !signal.aborted; isCut = !isCut) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (isCut) await network.remove(fault.id);
    else await network.apply(fault.id, wanted);
  }
}

/** The rules are gone; the paths that were open before carry a connection again. */
async function openAgain({ fault, world }: Injection, open: readonly Path[]): Promise<Receipt> {
  // Another fault may keep a link closed, which is not this one's to prove.
  const own = open.filter(({ from, to }) =>
    [from, to].every(({ name }) => world.network.besides(fault.id, name).length === 0),
  );
  const giveUpMs = monotonicMs() + OPEN_MS;
  let closed: readonly Path[] = own;
  try {
    while (closed.length > 0 && monotonicMs() < giveUpMs) {
      const probes = await probeAll(closed, () => CONTROL_MS);
      closed = probes.filter(({ result }) => !isOpen(result)).map(({ path }) => path);
    }
  } catch (error) {
    return { proven: false, reason: `the rules are gone, but nobody can be asked: ${String(error)}` };
  }
  if (closed.length > 0)
    return { proven: false, reason: `the rules are gone, but ${closed.map(nameOf).join(', ')} carries no connection` };
  return { proven: true, evidence: { rules: 'none left', connected: own.map(nameOf) } };
}

/**
 * `bandwidth`: what a node sends, to all others or over one link, is limited by a token bucket. What it receives is not:
 * that is the other end's to send.
 */
import type { Receipt } from '../history/operation.js';
import { type Fault, type FaultNode, type Injected, type Injection, type NodeNetwork, notInjected } from './fault.js';
import { linksHit, peersByNode } from './network/hit.js';
import { hindered, type Link } from './network/paths.js';
import { removal } from './network/removal.js';
import { BURST_BYTES } from './network/shaping.js';
import { measureOn, startOn } from './network/wire.js';

/** A second's worth is sent to measure, within what is sensible. */
const MIN_BYTES = 16_000;
const MAX_BYTES = 4_000_000;
const MEASURE_MS = 4000;
/** Measured over the asked rate by so much, it still counts as limited: timers are coarse, and so is a short transfer. */
const TOLERANCE = 1.5;

export const bandwidth: Fault = {
  kind: 'bandwidth',
  receipt: 'the throughput of a transfer before and after, and the packets that the limiter has made wait',
  async inject(injection): Promise<Injected> {
    const { fault, nodes, world } = injection;
    const links = linksHit(injection);
    if (typeof links === 'string') return notInjected(links);
    // Now, as a client whose request breaks goes on under another number.
    const processes = hindered(links, world);
    const kbitPerSecond = Number(fault.options['kbit']);
    const wanted = new Map(
      [...peersByNode(links)]
        .filter(([name]) => nodes.some((node) => node.name === name))
        .map(([name, peers]): [string, NodeNetwork] => [name, { filters: [], shapes: [{ peers, kbitPerSecond }] }]),
    );
    let healed: Promise<Receipt> | undefined;
    return {
      receipt: await limited(injection, links[0] as Link, kbitPerSecond, wanted).catch(
        (error: unknown): Receipt => ({ proven: false, reason: String(error) }),
      ),
      processes,
      nodes: nodes.map(({ name }) => name),
      heal: () => (healed ??= removal(injection, nodes)),
    };
  },
};

async function limited(
  { fault, world }: Injection,
  [from, to]: Link,
  kbit: number,
  wanted: ReadonlyMap<string, NodeNetwork>,
): Promise<Receipt> {
  const called = `sink-${fault.id}`;
  const { port } = await startOn(to, called, 'sink', undefined);
  try {
    const before = await throughput(from, to, port, kbit);
    await world.network.apply(fault.id, wanted);
    const after = await throughput(from, to, port, kbit);
    const evidence = {
      link: `${from.name} -> ${to.name}`,
      kbitPerSecond: { asked: kbit, before, after },
      limiter: await limiterOf(from),
    };
    if (before <= kbit * TOLERANCE)
      return { proven: false, reason: `the link carried no more than ${before} kbit/s before` };
    if (after > kbit * TOLERANCE) return { proven: false, reason: `it still carries ${after} kbit/s` };
    return { proven: true, evidence };
  } finally {
    await to.agent.end(called).catch(() => undefined);
  }
}

/** In kbit/s; what the bucket lets pass at once does not count. */
async function throughput(from: FaultNode, to: FaultNode, port: number, kbit: number): Promise<number> {
  const bytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, Math.ceil((kbit * 1000) / 8)));
  const asked = { host: to.addresses[0] ?? to.name, port, bytes, limitMs: MEASURE_MS };
  const sent = await measureOn(from, 'send', asked, MEASURE_MS);
  return Math.round((Math.max(0, sent.bytes - BURST_BYTES) * 8) / Math.max(0.1, sent.ms));
}

/** What the kernel says of its token buckets on the node: sent, dropped for want of room, made to wait. */
async function limiterOf({ agent }: FaultNode): Promise<string> {
  const { stdout } = await agent.exec(['sh', '-c', 'tc -s qdisc show | grep -A1 "^qdisc tbf"']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('Sent'))
    .map((line) => line.trim())
    .join('; ');
}

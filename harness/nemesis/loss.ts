/**
 * `loss`: a share of the packets of a node or a link vanishes, in both directions, whatever connection they belong to. As with
 * a partition they vanish where they arrive, so that no sender learns of it. A TCP connection under loss goes on, slower:
 * its retries wait 200 ms and more.
 */
import { monotonicMs } from '../history/clock.js';
import type { Receipt } from '../history/operation.js';
import { type Fault, type Injected, type Injection, type NodeNetwork, notInjected } from './fault.js';
import { linksHit, peersByNode } from './network/hit.js';
import { endsOf, hindered, type Link, nameOf, pathsOver, tryPath } from './network/paths.js';
import { removal } from './network/removal.js';

/** Connections tried at once over each link, a handful of packets each. */
const PROBES = 12;
const PROBE_MS = 60;
/** Packets to have looked at before a share is worth telling, if they come in time. */
const ENOUGH_PACKETS = 200;
/** How long packets are sent until one is lost: a share of 0.1 % takes some thousand. */
const PATIENCE_MS = 6000;

export const loss: Fault = {
  kind: 'loss',
  receipt: 'the counter of packets dropped by the rule moved, and the share of them among all that it saw',
  async inject(injection): Promise<Injected> {
    const { fault, world } = injection;
    const links = linksHit(injection);
    if (typeof links === 'string') return notInjected(links);
    // Now, as a client whose request breaks goes on under another number.
    const processes = hindered(links, world);
    const percent = Number(fault.options['percent']);
    const wanted = new Map(
      [...peersByNode(links)].map(([name, peers]): [string, NodeNetwork] => [
        name,
        { filters: [{ direction: 'in', peers, action: { do: 'loss', percent } }], shapes: [] },
      ]),
    );
    let healed: Promise<Receipt> | undefined;
    const receipt = await world.network.apply(fault.id, wanted).then(
      () => measure(injection, links, percent),
      (error: unknown): Receipt => ({ proven: false, reason: String(error) }),
    );
    return {
      receipt,
      processes,
      nodes: endsOf(links).map(({ name }) => name),
      heal: () => (healed ??= removal(injection, endsOf(links))),
    };
  },
};

/** Sends packets over the links until some are lost, and tells how many of how many. */
async function measure({ fault, world }: Injection, links: readonly Link[], percent: number): Promise<Receipt> {
  const paths = pathsOver(links, world);
  const names = endsOf(links).map(({ name }) => name);
  const startMs = monotonicMs();
  try {
    for (;;) {
      const tries = paths.flatMap((path) => Array.from({ length: PROBES }, () => tryPath(path, PROBE_MS)));
      const results = await Promise.all(tries);
      const counts = await Promise.all(names.map((name) => world.network.counters(fault.id, name)));
      const packets = counts.reduce((sum, count) => sum + count.packets, 0);
      const dropped = counts.reduce((sum, count) => sum + count.dropped, 0);
      const isLate = monotonicMs() - startMs > PATIENCE_MS;
      if (dropped > 0 && (packets >= ENOUGH_PACKETS || isLate || percent === 100)) {
        const failed = results.filter(({ connected }) => !connected).length;
        return {
          proven: true,
          evidence: {
            dropped,
            packets,
            percent: Math.round((1000 * dropped) / packets) / 10,
            asked: percent,
            links: paths.map(nameOf),
            slowConnections: `${failed} of ${results.length} took more than ${PROBE_MS} ms`,
          },
        };
      }
      if (isLate) return { proven: false, reason: `none of ${packets} packets was dropped` };
    }
  } catch (error) {
    return { proven: false, reason: String(error) };
  }
}

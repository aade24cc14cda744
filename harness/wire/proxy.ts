/**
 * A TCP proxy that delays: for kernels that cannot delay packets (no netem). What it cannot delay is the far kernel's part
 * in the start of a connection: whoever connects is told at once that it worked, and waits for the first answer only.
 */
import { connect, createServer, type Socket } from 'node:net';
import { createDelayLine, type DelayLine, evenDelays } from './delay-line.js';
import type { ProxyPlan } from './protocol.js';

type Route = ProxyPlan['routes'][number];
type Item = { do: 'connect' } | { do: 'data'; chunk: Buffer; taken: () => void } | { do: 'end' } | { do: 'reset' };

/** Bytes under way in one direction of a connection above which its sender has to wait. */
const HIGH_WATER = 4 * 1024 * 1024;

/** Resolves with the listening ports, in the order of the routes. */
export function startProxy({ delayMs, jitterMs, routes, sourcePorts }: ProxyPlan): Promise<number[]> {
  const drawMs = evenDelays(delayMs, jitterMs);
  const count = sourcePorts.last - sourcePorts.first + 1;
  // In turn, so that one is used again as late as can be; two proxies on a node begin at different ones.
  let opened = process.pid * 97;

  function relay(client: Socket, route: Route): void {
    let server: Socket | undefined;
    const there = createDelayLine<Item>(drawMs, (item) => {
      if (item.do !== 'connect') return carryOut(item, server);
      const localPort = sourcePorts.first + (opened++ % count);
      server = connect({ ...route, localPort, allowHalfOpen: true, noDelay: true });
      feed(server, back);
    });
    const back = createDelayLine<Item>(drawMs, (item) => carryOut(item, client));
    there.push({ do: 'connect' });
    feed(client, there);
  }

  return Promise.all(
    routes.map(
      (route) =>
        new Promise<number>((resolve, reject) => {
          const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => relay(client, route));
          server.once('error', reject);
          server.listen(0, () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
}

/** Everything that happens on a socket goes into the line. */
function feed(from: Socket, line: DelayLine<Item>): void {
  let underWay = 0;
  from.on('data', (chunk) => {
    underWay += chunk.length;
    if (underWay > HIGH_WATER) from.pause();
    const taken = (): void => {
      underWay -= chunk.length;
      if (underWay < HIGH_WATER / 2) from.resume();
    };
    line.push({ do: 'data', chunk, taken });
  });
  from.on('end', () => line.push({ do: 'end' }));
  from.on('error', () => line.push({ do: 'reset' }));
}

function carryOut(item: Item, to: Socket | undefined): void {
  if (item.do === 'data') to?.write(item.chunk, item.taken);
  else if (item.do === 'end') to?.end();
  else if (item.do === 'reset') to?.resetAndDestroy();
}

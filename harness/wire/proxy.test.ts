import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createDelayLine, evenDelays } from './delay-line.js';
import { askOften, sendTo, startSink } from './meter.js';
import { startProxy } from './proxy.js';

const SOURCE_PORTS = { first: 61_000, last: 65_535 };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function proxyTo(port: number, delayMs = 40, jitterMs = 10): Promise<number> {
  const routes = [{ host: '127.0.0.1', port }];
  const [listening = 0] = await startProxy({ delayMs, jitterMs, routes, sourcePorts: SOURCE_PORTS });
  return listening;
}

describe('delays', () => {
  it('lie within the jitter, fill it, and are never negative', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (delayMs, jitterMs) => {
        const draw = evenDelays(delayMs, jitterMs);
        const drawn = Array.from({ length: 1000 }, draw);
        expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.max(0, delayMs - jitterMs));
        expect(Math.max(...drawn)).toBeLessThanOrEqual(delayMs + jitterMs);
        expect(Math.max(...drawn)).toBeGreaterThan(delayMs + 0.9 * jitterMs - 1);
      }),
    );
  });

  it('keep the order, however they are drawn', async () => {
    const out: number[] = [];
    const delays = [30, 0, 20, 5, 0];
    const line = createDelayLine<number>(
      () => delays.shift() ?? 0,
      (item) => out.push(item),
    );
    for (let n = 0; n < 5; n++) line.push(n);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(out).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('proxy', () => {
  it('carries everything both ways unharmed, and both ends of the talk', async () => {
    const sent = Buffer.alloc(10_000_000, 'leasebreaker ');
    const port = await proxyTo(await serve((socket) => socket.pipe(socket)));
    const client = connect({ port, host: '127.0.0.1' });
    client.end(sent);
    expect(await text(client)).toBe(sent.toString());
  });

  it('opens its own connections from the ports by which rules know them, and takes its time', async () => {
    const port = await proxyTo(await serve((socket) => socket.end(`${socket.remotePort}`)));
    const client = connect({ port, host: '127.0.0.1' });
    const begun = performance.now();
    const from = Number(await text(client));
    expect(performance.now() - begun).toBeGreaterThan(2 * 30 - 2);
    expect(from).toBeGreaterThanOrEqual(SOURCE_PORTS.first);
    client.destroy();
  });

  it('resets a client whose server refuses or resets', async () => {
    const refusing = await proxyTo(1);
    const resetting = await proxyTo(await serve((socket) => socket.resetAndDestroy()));
    for (const port of [refusing, resetting]) {
      const client = connect({ port, host: '127.0.0.1' });
      const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNRESET');
    }
  });
});

describe('measurements', () => {
  it('tell how much has arrived', async () => {
    const { bytes, ms } = await sendTo({ host: '127.0.0.1', port: await startSink(), bytes: 500_000, limitMs: 10_000 });
    expect(bytes).toBe(500_000);
    expect(ms).toBeGreaterThan(0);
  });

  it('tell how little, where the link is slow', async () => {
    const slow = await proxyTo(await startSink(), 300, 0);
    expect(await sendTo({ host: '127.0.0.1', port: slow, bytes: 1000, limitMs: 100 })).toMatchObject({ bytes: 0 });
  });

  it('tell how long an answer takes, and that there is none', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end('what?')));
    const direct = await askOften({ host: '127.0.0.1', port, times: 3, limitMs: 5000 });
    const slow = await askOften({ host: '127.0.0.1', port: await proxyTo(port), times: 2, limitMs: 5000 });
    expect([direct.length, slow.length]).toEqual([3, 2]);
    expect(Math.min(...slow)).toBeGreaterThan(2 * 30 - 2);
    await expect(askOften({ host: '127.0.0.1', port: 1, times: 1, limitMs: 5000 })).rejects.toThrow('ECONNREFUSED');
  });
});

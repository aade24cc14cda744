/** Real servers on the loopback: who is asked, how often, for how long, and when a lease is taken for lost. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { realClock } from '../clients/real-clock.js';
import { connectGateway, type Gateway, giveBack, keepLeaseAlive } from './gateway.js';

let servers: Server[] = [];
let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

/** `answer`: undefined for none. */
async function member(answer: (path: string, n: number) => string | undefined) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    const text = answer(request.url ?? '', paths.length);
    request.resume();
    if (text !== undefined) response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, paths, stop: () => new Promise((resolve) => server.close(resolve)) };
}

describe('a call of the gateway', () => {
  it('goes to another member only where no connection is made, and stays there', async () => {
    const gone = await member(() => '{}');
    await gone.stop();
    const other = await member(() => '{"TTL":"2"}');
    gateway = connectGateway([gone.url, other.url], 5000);
    expect(await gateway.post('/v3/lease/grant', {})).toMatchObject({ ok: true, body: { TTL: '2' } });
    expect(await gateway.post('/v3/lease/grant', {})).toMatchObject({ ok: true });
    expect(other.paths).toHaveLength(2);
    await gateway.close();
    gateway = connectGateway([gone.url], 5000);
    expect(await gateway.post('/v3/lease/grant', {})).toMatchObject({ ok: false, error: 'connection-refused' });
  });

  it('is made once, and given up at its deadline; without one it ends with the gateway', async () => {
    const [silent, other] = [await member(() => undefined), await member(() => '{}')];
    gateway = connectGateway([silent.url, other.url], 200);
    expect(await gateway.post('/v3/lock/lock', {})).toMatchObject({ ok: false, error: 'timeout' });
    const waiting = gateway.post('/v3/lock/lock', {}, 'none');
    await vi.waitFor(() => expect(silent.paths).toHaveLength(2));
    await gateway.close();
    expect(await waiting).toMatchObject({ ok: false, error: 'unavailable' });
    expect(other.paths).toEqual([]);
  });
});

describe('a lease over the gateway', () => {
  const lease = { id: '7', hex: '7', ttlMs: 90, revision: 1n };

  it('is kept alive at once and each third of its TTL, until the server knows it no more', async () => {
    const { url, paths } = await member((_, n) => (n <= 3 ? '{"result":{"TTL":"2"}}' : '{"result":{}}'));
    gateway = connectGateway([url], 5000);
    const gone = vi.fn();
    keepLeaseAlive(gateway, realClock, lease, gone);
    // The program's clock does not keep a process alive by itself.
    await vi.waitFor(() => expect(gone).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    expect(paths.length).toBeGreaterThanOrEqual(4);
    expect(new Set(paths)).toEqual(new Set(['/v3/lease/keepalive']));
  });

  it('is not lost by a keep-alive that fails', async () => {
    const { url, paths } = await member(() => '{"error":{"message":"etcdserver: no leader"}}');
    gateway = connectGateway([url], 5000);
    const gone = vi.fn();
    const stop = keepLeaseAlive(gateway, realClock, lease, gone);
    await vi.waitFor(() => expect(paths.length).toBeGreaterThan(2), { timeout: 10_000 });
    stop();
    expect(gone).not.toHaveBeenCalled();
  });

  it('is kept where the lock was certainly not given back, and revoked otherwise', async () => {
    const stop = vi.fn();
    const unlock = { path: '/v3/lock/unlock', body: {} };
    const gone = await member(() => '{}');
    await gone.stop();
    gateway = connectGateway([gone.url], 5000);
    expect(await giveBack(gateway, unlock, lease, stop)).toMatchObject({ ok: false, error: 'connection-refused' });
    expect(stop).not.toHaveBeenCalled();
    await gateway.close();

    const { url, paths } = await member((path) => (path === '/v3/lock/unlock' ? 'torn' : '{}'));
    gateway = connectGateway([url], 5000);
    expect(await giveBack(gateway, unlock, lease, stop)).toMatchObject({ ok: false, error: 'unavailable' });
    expect(stop).toHaveBeenCalledTimes(1);
    expect(paths).toEqual(['/v3/lock/unlock', '/v3/lease/revoke']);
  });
});

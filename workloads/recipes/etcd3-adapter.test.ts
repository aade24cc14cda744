/** How calls fail and where they go then, with members that are real HTTP/2 servers but no etcd. */
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectEtcd } from './etcd3-adapter.js';
import type { Etcd, EtcdFailure } from './ports.js';

const DEADLINE_MS = 400;

let cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps) cleanUp();
  cleanUps = [];
});

/** A member that takes calls and treats each as told; `calls` are the paths of those that reached it. */
async function member(treat: (stream: ServerHttp2Stream) => void): Promise<{ url: string; calls: string[] }> {
  const calls: string[] = [];
  const server: Http2Server = createServer();
  server.on('stream', (stream, headers) => {
    calls.push(String(headers[':path']));
    stream.on('error', () => undefined);
    treat(stream);
  });
  server.on('session', (session) => cleanUps.push(() => session.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

const dies = () => member((stream) => stream.session?.destroy());
const keepsSilent = () => member(() => undefined);

/** Nobody listens there. */
async function closedPort(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function connect(...urls: string[]): Etcd {
  const etcd = connectEtcd(urls, DEADLINE_MS);
  cleanUps.push(() => etcd.close());
  return etcd;
}

async function failureOf(call: Promise<unknown>): Promise<EtcdFailure['code'] | 'none'> {
  return call.then(
    () => 'none' as const,
    (error: EtcdFailure) => error.code,
  );
}

const put = { compare: [], success: [{ do: 'put', key: 'a', value: 'b' } as const], failure: [] };
const TXN = '/etcdserverpb.KV/Txn';

describe('the etcd3 adapter', () => {
  it('takes a call that was never sent to the next member', async () => {
    const next = await keepsSilent();
    expect(await failureOf(connect(await closedPort(), next.url).txn(put))).toBe('timeout');
    expect(next.calls).toEqual([TXN]);
  });

  it('says that nothing was sent when no member can be reached', async () => {
    const etcd = connect(await closedPort(), await closedPort());
    expect(await failureOf(etcd.txn(put))).toBe('connection-refused');
    expect(await failureOf(etcd.leaseGrant(2))).toBe('connection-refused');
    expect(await failureOf(etcd.leaseKeepAlive(1n))).toBe('connection-refused');
  });

  it('never sends a call again that may have taken effect, and asks another member the next time', async () => {
    const [first, second] = [await dies(), await keepsSilent()];
    const etcd = connect(first.url, second.url);
    expect(await failureOf(etcd.txn(put))).toBe('unavailable');
    expect([first.calls, second.calls]).toEqual([[TXN], []]);
    expect(await failureOf(etcd.leaseKeepAlive(1n, 100))).toBe('timeout');
    expect([first.calls, second.calls]).toEqual([[TXN], ['/etcdserverpb.Lease/LeaseKeepAlive']]);
  });

  it('gives every call up at its deadline', async () => {
    const [first, second] = [await keepsSilent(), await keepsSilent()];
    const etcd = connect(first.url, second.url);
    const start = performance.now();
    const calls = [
      etcd.txn(put),
      etcd.range({ key: 'a' }),
      etcd.leaseGrant(2),
      etcd.leaseKeepAlive(1n),
      etcd.leaseRevoke(1n),
    ];
    expect(new Set(await Promise.all(calls.map(failureOf)))).toEqual(new Set(['timeout']));
    expect(performance.now() - start).toBeLessThan(10 * DEADLINE_MS);
    expect(first.calls.length).toBe(5);
    expect(second.calls).toEqual([]);
  });

  it('takes a watch that is not confirmed to another member, until it is cancelled', async () => {
    const [first, second] = [await keepsSilent(), await keepsSilent()];
    const interruptions: string[] = [];
    const cancel = connect(first.url, second.url).watch(
      { key: 'a' },
      { onEvent: () => undefined, onCompacted: () => undefined, onInterrupted: (reason) => interruptions.push(reason) },
    );
    await expect.poll(() => second.calls, { timeout: 10 * DEADLINE_MS }).toEqual(['/etcdserverpb.Watch/Watch']);
    cancel();
    const before = interruptions.length;
    await new Promise((resolve) => setTimeout(resolve, 2 * DEADLINE_MS));
    expect([first.calls.length, second.calls.length, interruptions.length]).toEqual([1, 1, before]);
  });

  it('fails calls after it was closed without sending them', async () => {
    const first = await keepsSilent();
    const etcd = connect(first.url);
    etcd.close();
    expect(await failureOf(etcd.txn(put))).toBe('connection-refused');
    expect(first.calls).toEqual([]);
  });
});

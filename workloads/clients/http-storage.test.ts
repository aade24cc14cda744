/** Real HTTP servers that answer, refuse, break and keep silent. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectHttpStorage } from './http-storage.js';
import type { StorageClient } from './storage-client.js';
import { fromResponse } from './storage-outcome.js';

const BODY = { op: 3, process: 1, key: 'k', token: '9007199254740993' };
const DEADLINE_MS = 300;

let cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
  cleanUps = [];
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(url: string, deadlineMs = DEADLINE_MS): StorageClient {
  const client = connectHttpStorage(url, deadlineMs);
  cleanUps.push(() => client.close());
  return client;
}

async function answering(listener: RequestListener): Promise<StorageClient> {
  return connect(await listen(createServer(listener)));
}

describe('the storage client', () => {
  it('sends each request once, on a connection of its own', async () => {
    const seen: unknown[] = [];
    const connections = new Set<unknown>();
    const client = await answering((request, response) => {
      connections.add(request.socket);
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        seen.push([request.method, request.url, JSON.parse(text)]);
        response.end(JSON.stringify({ seq: seen.length, value: { n: 1 }, token: '7' }));
      });
    });
    expect(await client.read(BODY)).toEqual({ type: 'ok', value: { n: 1 } });
    expect(await client.write({ ...BODY, value: [2] })).toMatchObject({ type: 'ok' });
    expect(seen).toEqual([
      ['POST', '/read', BODY],
      ['POST', '/write', { ...BODY, value: [2] }],
    ]);
    expect(connections.size).toBe(2);
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const server = createTcpServer();
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await connect(url).write({ ...BODY, value: 1 })).toMatchObject({
      type: 'fail',
      error: 'connection-refused',
    });
  });

  it('does not know what became of a request whose connection broke', async () => {
    const url = await listen(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await connect(url).write({ ...BODY, value: 1 })).toMatchObject({ type: 'info', error: 'unavailable' });
    let calls = 0;
    const closing = await answering((request) => {
      calls++;
      request.socket.end();
    });
    expect(await closing.write({ ...BODY, value: 1 })).toMatchObject({ type: 'info', error: 'unavailable' });
    expect(calls).toBe(1);
  });

  it('gives up at the deadline, before and after the head of the answer', async () => {
    const silent = await answering(() => undefined);
    const start = performance.now();
    expect(await silent.read(BODY)).toMatchObject({ type: 'info', error: 'timeout' });
    expect(performance.now() - start).toBeLessThan(10 * DEADLINE_MS);
    const halting = await answering((_, response) => response.write('{"seq":'));
    expect(await halting.read(BODY)).toMatchObject({ type: 'info', error: 'timeout' });
  });

  it('takes an answer that came while this program stood still, though the deadline has passed', async () => {
    const url = await listen(createServer((_, response) => response.end('{"seq":1,"value":5,"token":"1"}')));
    // Known to work, with time to spare for slow machines.
    expect(await connect(url, 10_000).read(BODY)).toMatchObject({ type: 'ok' });
    const socketPath = await listen(
      createTcpServer((socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n{"seq":1,"value":5,"token":"1"}');
          // The answer is on its way; now nothing runs until long after the deadline.
          for (const until = performance.now() + 2 * DEADLINE_MS; performance.now() < until; );
        }),
      ),
    );
    expect(await connect(socketPath).read(BODY)).toEqual({ type: 'ok', value: 5 });
  });
});

describe('fromResponse', () => {
  it.each([
    [200, '{"seq":1,"value":null,"token":"0"}', { type: 'ok', value: null }],
    [
      409,
      '{"error":"fenced","reason":"token 3 is below 5"}',
      { type: 'fail', error: 'fenced', message: 'token 3 is below 5' },
    ],
    [400, '{"error":"bad-request","reason":"no key"}', { type: 'fail', error: 'bad-request', message: '400: no key' }],
    [413, 'too large', { type: 'fail', error: 'bad-request', message: '413: "too large"' }],
    [500, '', { type: 'info', error: 'unavailable', message: '500: ""' }],
    [200, 'nonsense', { type: 'info', error: 'unavailable', message: '200 with "nonsense"' }],
  ])('reads %i %s', (status, body, outcome) => {
    expect(fromResponse(status, body)).toEqual(outcome);
  });
});

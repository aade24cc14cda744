import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probe } from './probe.js';

describe('probe', () => {
  it('says connected while somebody listens, and refused when nobody does any more', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await probe('127.0.0.1', port, 5000)).toEqual({ connected: true, tookMs: expect.any(Number) });
    await new Promise((resolve) => server.close(resolve));
    expect(await probe('127.0.0.1', port, 5000)).toMatchObject({ connected: false, error: 'ECONNREFUSED' });
  });
});

describe('probe with something to say', () => {
  const listening = async (answer: string | undefined): Promise<{ port: number; close: () => void }> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (asked) => answer !== undefined && socket.end(`${answer}${asked.toString()}`));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
  };

  it('gives what came back when the other end is done, and no more than a head of it', async () => {
    const short = await listening('you said ');
    expect(await probe('127.0.0.1', short.port, 5000, 'hello')).toMatchObject({
      connected: true,
      received: 'you said hello',
    });
    short.close();
    const long = await listening('x'.repeat(100_000));
    expect((await probe('127.0.0.1', long.port, 5000, 'hello')).received).toHaveLength(4096);
    long.close();
  });

  it('tells silence from absence', async () => {
    const silent = await listening(undefined);
    const asked = await probe('127.0.0.1', silent.port, 100, 'hello');
    expect(asked).toMatchObject({ connected: true, error: 'timeout', received: '' });
    silent.close();
  });
});

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

/** What the client answers without any cluster; with one, see test/recipe.test.ts. */
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, type Client } from './client.js';
import type { ClientMessage, ClientRequest } from './protocol.js';
import { realClock } from './real-clock.js';

const OPEN = {
  f: 'open',
  recipe: 'mutex',
  storage: 'http://127.0.0.1:1',
  ttl: 2,
  onLoss: 'ignore',
  token: 'create-revision',
  deadlineMs: 300,
} as const;

let client: Client;
let messages: ClientMessage[];

beforeEach(() => {
  messages = [];
  client = createClient(realClock, (message) => messages.push(message));
});
afterEach(() => client.shutDown(100));

/** A port that takes connections and never says a word, or one where nobody listens. */
async function port(silent: boolean): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: number } = server.address() as AddressInfo;
  if (!silent) await new Promise((resolve) => server.close(resolve));
  else server.unref();
  return `http://127.0.0.1:${number}`;
}

async function ask(request: ClientRequest): Promise<unknown> {
  await client.handle(request);
  return messages.at(-1);
}

describe('the client', () => {
  it('greets its own version and no other', async () => {
    expect(await ask({ id: 1, f: 'hello', version: 1 })).toMatchObject({ id: 1, type: 'ok', value: { version: 1 } });
    expect(await ask({ id: 2, f: 'hello', version: 2 })).toMatchObject({ id: 2, type: 'fail', error: 'unsupported' });
  });

  it('opens nothing with a scheme that the storage cannot do', async () => {
    const etcd = [await port(false)];
    expect(await ask({ id: 1, ...OPEN, etcd, fencing: 'guard' })).toMatchObject({
      type: 'fail',
      error: 'unsupported',
      message: expect.stringMatching(/^http cannot do the scheme guard; it can do off, /),
    });
    expect(await ask({ id: 2, ...OPEN, etcd, storage: 'ftp://127.0.0.1' })).toMatchObject({ error: 'unsupported' });
  });

  it('does nothing without a session', async () => {
    for (const request of [
      { id: 1, f: 'acquire', lock: 'a' },
      { id: 2, f: 'read', key: 'k', op: 0, process: 0 },
      { id: 3, f: 'write', key: 'k', value: 1, op: 0, process: 0 },
      { id: 4, f: 'release' },
      { id: 5, f: 'close' },
      { id: 6, f: 'keep-alive' },
    ] as const) {
      expect(await ask(request)).toMatchObject({ id: request.id, type: 'fail', error: 'not-open' });
    }
  });

  it('names the recipes it knows when asked for another', async () => {
    const answer = await ask({ id: 1, ...OPEN, recipe: 'hope', etcd: [await port(false)] });
    expect(answer).toMatchObject({ type: 'fail', error: 'unsupported', message: expect.stringContaining('mutex') });
  });

  it('fails to open what it cannot reach, and can be asked again', async () => {
    const etcd = [await port(false), await port(false)];
    for (const id of [1, 2]) {
      expect(await ask({ id, ...OPEN, etcd })).toMatchObject({ id, type: 'fail', error: 'connection-refused' });
    }
    // Accepts the connection and is silent: whether a lease was granted, nobody knows.
    expect(await ask({ id: 3, ...OPEN, etcd: [await port(true)] })).toMatchObject({
      id: 3,
      type: 'info',
      error: 'timeout',
    });
  });

  it('takes one operation at a time, but answers hello and keep-alives meanwhile and stops opening when told to close', async () => {
    const opening = client.handle({ id: 1, ...OPEN, deadlineMs: 5000, etcd: [await port(true)] });
    expect(await ask({ id: 2, f: 'acquire', lock: 'a' })).toMatchObject({ id: 2, type: 'fail', error: 'bad-request' });
    expect(await ask({ id: 3, f: 'hello', version: 1 })).toMatchObject({ id: 3, type: 'ok' });
    expect(await ask({ id: 6, f: 'keep-alive' })).toMatchObject({ id: 6, type: 'fail', error: 'not-open' });
    expect(await ask({ id: 4, f: 'close' })).toMatchObject({ id: 4, type: 'ok' });
    await opening;
    expect(messages.at(-1)).toMatchObject({ id: 1 });
    expect(messages.at(-1)).not.toMatchObject({ type: 'ok' });
    expect(await ask({ id: 5, f: 'release' })).toMatchObject({ id: 5, error: 'not-open' });
  });

  it('tells its own clocks', async () => {
    const before = [Date.now(), process.hrtime.bigint()] as const;
    const answer = (await ask({ id: 1, f: 'clock' })) as { value: { wallMs: number; monotonicNs: string } };
    expect(answer).toMatchObject({ id: 1, type: 'ok' });
    expect(answer.value.wallMs).toBeGreaterThanOrEqual(before[0]);
    expect(answer.value.wallMs).toBeLessThanOrEqual(Date.now());
    expect(BigInt(answer.value.monotonicNs)).toBeGreaterThanOrEqual(before[1]);
    expect(BigInt(answer.value.monotonicNs)).toBeLessThanOrEqual(process.hrtime.bigint());
  });

  it('answers a stall with what it measured', async () => {
    expect(await ask({ id: 1, f: 'stall', how: 'busy', ms: 50 })).toMatchObject({
      id: 1,
      type: 'ok',
      value: { delayMs: expect.any(Number), gcMs: expect.any(Number) },
    });
  });
});

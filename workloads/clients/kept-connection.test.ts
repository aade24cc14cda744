/** One connection for all requests, and what is certain when it fails. The connection is one made by hand; the network is the port's business. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connection, keepConnection } from './kept-connection.js';
import type { StorageClient } from './storage-client.js';
import type { StorageOutcome } from './storage-outcome.js';

const BODY = { op: 3, process: 1, key: 'k', token: '33' };
const OK: StorageOutcome = { type: 'ok', value: 1 };
const DEADLINE_MS = 200;

interface Made extends Connection {
  stand(): void;
  refuse(): void;
  answer(outcome: StorageOutcome): void;
  lose(): void;
  sent: unknown[];
  wasCut: boolean;
}

function make(): Made {
  let stand = (): void => undefined;
  let refuse = (): void => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    stand = resolve;
    refuse = () => reject(new Error('nobody is there'));
  });
  let answered: { resolve: (outcome: StorageOutcome) => void; reject: (error: Error) => void } | undefined;
  const send = (body: unknown) => {
    made.sent.push(body);
    return new Promise<StorageOutcome>((resolve, reject) => (answered = { resolve, reject }));
  };
  let over = false;
  const lose = () => {
    over = true;
    refuse();
    answered?.reject(new Error('the connection broke'));
  };
  const made: Made = {
    ready,
    stand: () => stand(),
    refuse: () => {
      over = true;
      refuse();
    },
    answer: (outcome) => answered?.resolve(outcome),
    lose,
    sent: [],
    wasCut: false,
    isOver: () => over,
    read: send,
    write: send,
    cut() {
      made.wasCut = true;
      lose();
    },
  };
  return made;
}

let connections: Made[] = [];
let client: StorageClient;
async function start(): Promise<void> {
  connections = [];
  client = keepConnection(async () => {
    const made = make();
    connections.push(made);
    return made;
  }, DEADLINE_MS);
  await turn();
}
afterEach(() => client.close());
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a kept connection', () => {
  it('is made before anybody asks, and carries one request after the other, each sent once', async () => {
    await start();
    expect(connections).toHaveLength(1);
    connections[0]?.stand();
    for (const n of [1, 2]) {
      const reading = client.read(BODY);
      await turn();
      expect(connections[0]?.sent).toHaveLength(n);
      connections[0]?.answer(OK);
      expect(await reading).toEqual(OK);
    }
    expect(connections).toHaveLength(1);
  });

  it('that cannot be made is a definite failure, and the next request tries another', async () => {
    await start();
    connections[0]?.refuse();
    await turn();
    const writing = client.write({ ...BODY, value: 1 });
    await turn();
    expect(connections).toHaveLength(2);
    connections[1]?.refuse();
    expect(await writing).toEqual({ type: 'fail', error: 'connection-refused', message: 'nobody is there' });
    const second = client.write({ ...BODY, value: 1 });
    await turn();
    connections[2]?.stand();
    await turn();
    connections[2]?.answer(OK);
    expect(await second).toEqual(OK);
    expect(connections.map(({ sent }) => sent.length)).toEqual([0, 0, 1]);
  });

  it('that is not made within the deadline was asked nothing', async () => {
    await start();
    expect(await client.write({ ...BODY, value: 1 })).toMatchObject({ type: 'fail', error: 'connection-refused' });
    expect(connections[0]).toMatchObject({ sent: [], wasCut: true });
  });

  it('that breaks under a request leaves its outcome open, and it is not sent again', async () => {
    await start();
    connections[0]?.stand();
    const writing = client.write({ ...BODY, value: 1 });
    await turn();
    connections[0]?.lose();
    expect(await writing).toMatchObject({ type: 'info', error: 'unavailable' });
    await turn();
    expect(connections.flatMap(({ sent }) => sent)).toHaveLength(1);
  });

  it('is given up with the request that it did not answer in time', async () => {
    await start();
    connections[0]?.stand();
    expect(await client.write({ ...BODY, value: 1 })).toMatchObject({ type: 'info', error: 'timeout' });
    expect(connections[0]?.wasCut).toBe(true);
    const reading = client.read(BODY);
    await turn();
    connections[1]?.stand();
    await turn();
    connections[1]?.answer(OK);
    expect(await reading).toEqual(OK);
  });

  it('counts an answer that came while the program stood still, though the deadline has passed', async () => {
    await start();
    connections[0]?.stand();
    const reading = client.read(BODY);
    await turn();
    // Read in the very turn in which the deadline's timer ran, after it.
    const answering = sleep(DEADLINE_MS + 50).then(() => connections[0]?.answer(OK));
    for (const until = performance.now() + 2 * DEADLINE_MS; performance.now() < until; );
    await answering;
    expect(await reading).toEqual(OK);
  });

  it('that is closed answers what is under way, and takes nothing more', async () => {
    await start();
    connections[0]?.stand();
    const reading = client.read(BODY);
    await turn();
    await client.close();
    expect(await reading).toMatchObject({ type: 'info', error: 'unavailable' });
    expect(await client.read(BODY)).toMatchObject({ type: 'fail', error: 'not-open' });
    expect(connections).toHaveLength(1);
  });

  it.each(['a\u0000', '\ud800', 'b\udc00b'])('is not asked for the key %j, which no database can keep', async (key) => {
    await start();
    connections[0]?.stand();
    expect(await client.read({ ...BODY, key })).toMatchObject({ type: 'fail', error: 'bad-request' });
    expect(connections[0]?.sent).toEqual([]);
  });

  it('keeps a pair of surrogates for the character that it is', async () => {
    await start();
    connections[0]?.stand();
    const reading = client.read({ ...BODY, key: '\u{1f512}' });
    await turn();
    connections[0]?.answer(OK);
    expect(await reading).toEqual(OK);
  });
});

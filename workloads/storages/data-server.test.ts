import { once } from 'node:events';
import { Agent, type OutgoingHttpHeaders, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text as collect } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Decision, schemesOf } from '../../harness/history/decision.js';
import { createDataServer } from './data-server.js';
import { type Access, NEVER_WRITTEN, rule } from './fencing.js';
import { MAX_BODY, MAX_DEPTH } from './protocol.js';
import { createStore, type Store } from './store.js';

let store: Store;
let server: Server;
let port = 0;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  store = createStore('on');
  server = createDataServer(store).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  agent.destroy();
  server.close();
  server.closeAllConnections();
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

interface How {
  method?: string;
  path?: string;
  headers?: OutgoingHttpHeaders;
  /** Another server than the usual one. */
  port?: number;
  /** Told which connection is used. */
  onSocket?: (socket: Socket) => void;
}

function send(
  body: string | Uint8Array,
  { method = 'POST', path = '/write', headers = {}, port: to = port, onSocket }: How = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const length = 'transfer-encoding' in headers ? {} : { 'content-length': bytes.length };
    const fields = { 'content-type': 'application/json', ...length, ...headers };
    const request = httpRequest({ host: '127.0.0.1', port: to, method, path, agent, headers: fields }, (response) => {
      const { statusCode: status = 0, headers } = response;
      collect(response).then((text) => resolve({ status, headers, text }), reject);
    });
    request.setTimeout(3000, () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.on('socket', (socket) => onSocket?.(socket));
    request.end(bytes);
  });
}

/** (`once` would reject on the reset that a cut connection may well end with.) */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

const valid = { op: 7, process: 3, key: 'r0', token: '33', value: 1 };
const decisions = (): Decision[] =>
  Buffer.concat(store.log.pieces())
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Sends and demands a refusal with its reason as JSON that left everything as it was. */
async function refused(body: string | Uint8Array, status: number, reason: RegExp, how: How = {}): Promise<void> {
  const before = store.summary();
  const answer = await send(body, how);
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(JSON.parse(answer.text)).toEqual({ error: 'bad-request', reason: expect.stringMatching(reason) });
  expect(store.summary()).toEqual(before);
}

describe('well-formed requests', () => {
  it('are answered, decided in order and logged', async () => {
    const from = decisions().length;
    const ask = (path: string, body: object) => send(JSON.stringify(body), { path });
    const { value: _, ...reading } = { ...valid, key: 'golden' };
    expect(JSON.parse((await ask('/read', { ...reading, op: 1 })).text)).toEqual({
      seq: from + 1,
      value: null,
      token: '0',
    });
    expect(JSON.parse((await ask('/write', { ...reading, op: 2, value: { n: 1 } })).text)).toEqual({
      seq: from + 2,
      value: { n: 1 },
      token: '33',
    });
    expect(JSON.parse((await ask('/read', { ...reading, op: 3, token: '34' })).text)).toEqual({
      seq: from + 3,
      value: { n: 1 },
      token: '33',
    });
    const stale = await ask('/write', { ...reading, op: 4, value: 2 });
    const reason = 'token 33 is below the highest seen, 34';
    expect(stale).toMatchObject({ status: 409, text: JSON.stringify({ error: 'fenced', reason }) });
    const common = { process: 3, key: 'golden' };
    expect(decisions().slice(from)).toEqual([
      { seq: from + 1, op: 1, ...common, f: 'read', token: '33', value: null, verdict: 'accepted', highest: '33' },
      { seq: from + 2, op: 2, ...common, f: 'write', token: '33', value: { n: 1 }, verdict: 'accepted', highest: '33' },
      { seq: from + 3, op: 3, ...common, f: 'read', token: '34', value: { n: 1 }, verdict: 'accepted', highest: '34' },
      { seq: from + 4, op: 4, ...common, f: 'write', token: '33', value: 2, verdict: 'refused', reason, highest: '34' },
    ]);
  });

  it('may have a charset in their content type, -1 for op and process, and a body of exactly the largest size', async () => {
    const empty = JSON.stringify({ ...valid, op: -1, process: -1, key: 'large', value: '' });
    const body = empty.replace('""', JSON.stringify('x'.repeat(MAX_BODY - empty.length)));
    expect(Buffer.byteLength(body)).toBe(MAX_BODY);
    const answer = await send(body, { headers: { 'content-type': 'Application/JSON; charset=utf-8' } });
    expect(answer.status).toBe(200);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', '\ud800', '\u0000', 'ключ'])(
    'may have the key %j',
    async (key) => {
      const { value: _, ...reading } = { ...valid, key };
      expect(JSON.parse((await send(JSON.stringify(reading), { path: '/read' })).text)).toMatchObject({
        value: null,
        token: '0',
      });
      expect((await send(JSON.stringify({ ...valid, key }))).status).toBe(200);
      expect(JSON.parse((await send(JSON.stringify(reading), { path: '/read' })).text)).toMatchObject({
        value: 1,
        token: '33',
      });
      expect(decisions().at(-1)?.key).toBe(key);
    },
  );

  it('keep a value as it is, fields named __proto__ included', async () => {
    const text = '{"__proto__":{"admin":true},"b":[null,{"__proto__":1}]}';
    const body = `{"op":7,"process":3,"key":"proto","token":"33","value":${text}}`;
    expect((await send(body)).text).toContain(`"value":${text}`);
    expect({}).not.toHaveProperty('admin');
  });

  it('find their connection open after a longer pause than a server usually grants', { timeout: 20_000 }, async () => {
    const socket = connect(port, '127.0.0.1');
    const heard: string[] = [];
    socket.setEncoding('utf8').on('data', (piece) => heard.push(String(piece)));
    const { value: _, ...reading } = { ...valid, key: 'paused' };
    const body = JSON.stringify(reading);
    const text = `POST /read HTTP/1.1\r\nhost: s\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    socket.write(text);
    await once(socket, 'data');
    await sleep(6500); // the default is 5 s and, in newer Nodes, one more
    socket.write(text);
    await once(socket, 'data');
    expect(heard.join('').match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    socket.destroy();
  });
});

describe('bad requests', () => {
  const without = (name: string): string =>
    JSON.stringify(Object.fromEntries(Object.entries(valid).filter(([field]) => field !== name)));
  const changed = (change: object): string => JSON.stringify({ ...valid, ...change });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['no body', '', /^the body is not JSON: /],
    ['no JSON', '{"op":', /^the body is not JSON: /],
    ['two JSON values', '{}{}', /^the body is not JSON: /],
    ['a byte order mark', `\ufeff${changed({})}`, /^the body is not JSON: /],
    ['malformed UTF-8', Buffer.from(changed({ key: 'caf\u00e9' }), 'latin1'), /^the body is not UTF-8$/],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /^the body is not UTF-8$/],
    ['another JSON value', '[1]', /expected object/],
    ['null', 'null', /expected object/],
    ['an unknown field', changed({ ttl: 1 }), /ttl/],
    ['a field named __proto__', changed({}).replace('{', '{"__proto__":{"op":7},'), /__proto__/],
    ['a missing op', without('op'), /^op: /],
    ['a missing process', without('process'), /^process: /],
    ['a missing key', without('key'), /^key: /],
    ['a missing token', without('token'), /^token: /],
    ['a missing value', without('value'), /^value: /],
    ['an op that is a string', changed({ op: '7' }), /^op: /],
    ['a fractional op', changed({ op: 7.5 }), /^op: /],
    ['an op below -1', changed({ op: -2 }), /^op: /],
    ['an empty key', changed({ key: '' }), /^key: /],
    ['a long key', changed({ key: 'k'.repeat(513) }), /^key: /],
    ['an infinite value', changed({}).replace(':1}', ':1e999}'), /^value: /],
    [
      'deep nesting',
      changed({}).replace(':1}', `:${'['.repeat(MAX_DEPTH + 1)}${']'.repeat(MAX_DEPTH + 1)}}`),
      /^value: /,
    ],
    ['very deep nesting', changed({}).replace(':1}', `:${'['.repeat(30_000)}${']'.repeat(30_000)}}`), /^value: /],
    ['very deep nesting elsewhere', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, /expected object/],
  ])('with %s get 400', async (_, body, reason) => {
    await refused(body, 400, reason);
  });

  it.each([
    -1,
    5,
    1.5,
    null,
    true,
    '',
    '-1',
    '01',
    '+1',
    '1.5',
    '1e3',
    ' 1',
    '0x10',
    '9223372036854775808',
    '99999999999999999999',
  ])('with the token %j get 400', async (token) => {
    await refused(changed({ token }), 400, /^token: /);
  });

  it.each(['0', '9007199254740992', '9007199254740993', '9223372036854775807'])(
    'with the token %j are none',
    async (token) => {
      const answer = await send(changed({ token, key: `token-${token}` }));
      expect(JSON.parse(answer.text)).toMatchObject({ token });
    },
  );

  it('for a read may not carry a value', () => refused(changed({}), 400, /value/, { path: '/read' }));

  it('with a long unknown field get a short reason', async () => {
    const answer = await send(changed({ ['x'.repeat(60_000)]: 1 }));
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(500);
  });

  it.each(['/', '/log', '/health', '/summary', '/reads', '/write/', '/write?x=1', '/../write'])(
    'to %s get 404',
    (path) => refused(changed({}), 404, /^there is no /, { path }),
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s get 405', async (method) => {
    await refused(changed({}), 405, /takes POST/, { method });
    expect((await send('', { method })).headers).toMatchObject({ allow: 'POST' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])('as %j get 415', (type) =>
    refused(changed({}), 415, /application\/json/, { headers: { 'content-type': type } }),
  );

  it('that expect what nobody offers are still judged as requests', async () => {
    await refused('{', 400, /not JSON/, { headers: { expect: 'tea' } });
  });

  it('that are no HTTP get 400 and the reason', async () => {
    const before = store.summary();
    const socket = connect(port, '127.0.0.1');
    socket.end('HELO storage\r\n\r\n');
    let text = '';
    for await (const piece of socket.setEncoding('utf8')) text += piece;
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: 'bad-request' });
    expect(store.summary()).toEqual(before);
  });
});

describe('bodies over 64 KiB', () => {
  it.each([MAX_BODY + 1, 200_000, 3_000_000])('get 413, and the connection goes on (%i bytes)', async (size) => {
    const before = store.summary();
    const sockets = new Set<Socket>();
    const onSocket = (socket: Socket) => void sockets.add(socket);
    const body = JSON.stringify({ ...valid, value: 'x'.repeat(size - 60) }).padEnd(size);
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await send(body, { headers, onSocket });
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text)).toEqual({ error: 'bad-request', reason: `a body is at most ${MAX_BODY} bytes` });
    }
    expect(store.summary()).toEqual(before);
    expect((await send(JSON.stringify({ ...valid, key: 'after' }), { onSocket })).status).toBe(200);
    expect(sockets.size).toBe(1);
  });

  it('can have their answer read by a client that sends everything first', async () => {
    const socket = connect(port, '127.0.0.1');
    const failed: unknown[] = [];
    socket.on('error', (error) => failed.push(error));
    socket.pause();
    const size = 8_000_000;
    socket.write(
      `POST /write HTTP/1.1\r\nhost: s\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.write(Buffer.alloc(size, 'x'), () => resolve()));
    socket.resume();
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    expect(failed).toEqual([]);
    socket.destroy();
  });

  it('that never end are cut off', { timeout: 20_000 }, async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /write HTTP/1.1\r\nhost: s\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const feeding = setInterval(() => socket.write(chunk), 20);
    socket.resume();
    await closed(socket);
    clearInterval(feeding);
    expect((await send(JSON.stringify({ ...valid, key: 'after' }))).status).toBe(200);
  });
});

/** Tokens, and whether a request with them is well-formed. */
const nastyToken = fc.constantFrom<[unknown, boolean]>(
  ['0', true],
  ['33', true],
  ['9007199254740992', true],
  ['9007199254740993', true],
  ['9223372036854775807', true],
  ['9223372036854775808', false],
  ['92233720368547758070', false],
  [9007199254740992, false],
  ['-1', false],
  ['01', false],
  ['', false],
  [5, false],
  [1.5, false],
  [null, false],
);
const structured = fc
  .record({
    op: fc.oneof(
      fc.integer({ min: -1, max: 2 ** 31 }).map((op) => [op, true] as const),
      fc.constantFrom<[unknown, boolean]>(['1', false], [-2, false], [0.5, false]),
    ),
    key: fc.oneof(
      fc.string({ minLength: 1, unit: 'binary', maxLength: 40 }).map((key) => [key, true] as const),
      fc.constantFrom<[unknown, boolean]>(['', false], [7, false], ['k'.repeat(600), false]),
    ),
    token: nastyToken,
    value: fc.jsonValue().map((value) => [value, true] as const),
    register: fc.option(
      fc.constantFrom<[unknown, boolean]>([true, true], [false, true], [null, false], ['true', false], [1, false]),
      { freq: 2 },
    ),
    extra: fc.option(fc.constantFrom('ttl', '__proto__', 'constructor'), { freq: 6 }),
    path: fc.constantFrom('/read', '/write'),
  })
  .map(({ op, key, token, value, register, extra, path }) => {
    const text = JSON.stringify({
      op: op[0],
      process: 1,
      key: key[0],
      token: token[0],
      ...(path === '/write' && { value: value[0] }),
      ...(register !== null && { register: register[0] }),
    });
    return {
      path,
      body: extra === null ? text : text.replace('{', `{"${extra}":1,`),
      good: op[1] && key[1] && token[1] && extra === null && (register === null || (register[1] && path === '/read')),
    };
  });

// The server keeps its state from one case to the next, so there is nothing to shrink: endOnFailure.
describe('fuzzed', () => {
  it('structured requests are decided exactly when they are well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(structured, async ({ path, body, good }) => {
        const before = store.summary();
        const answer = await send(body, { path });
        const after = store.summary();
        expect([200, 409].includes(answer.status)).toBe(good);
        if (!good) expect(after).toEqual(before);
        expect(after.decisions).toBe(before.decisions + (good ? 1 : 0));
        if (answer.status === 409)
          expect({ ...after, logBytes: 0 }).toEqual({
            ...before,
            decisions: after.decisions,
            refused: before.refused + 1,
            logBytes: 0,
          });
      }),
      { numRuns: 400, endOnFailure: true },
    );
  });

  const body = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .tuple(fc.integer({ min: MAX_BODY - 2, max: MAX_BODY + 70_000 }), fc.constantFrom(0x20, 0x5b, 0x22, 0xff))
      .map(([size, byte]) => Buffer.alloc(size, byte)),
    fc.tuple(fc.nat(200), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(JSON.stringify({ ...valid, key: 'flipped' }));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  const how = fc.record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT', 'OPTIONS', 'TRACE', 'M-SEARCH'),
    path: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('/read', '/write') },
      fc.webPath().map((path) => path || '/'),
      fc.constantFrom('*', '//', '/%00', '/read#x'),
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        'content-type',
        'content-encoding',
        'expect',
        'upgrade',
        'accept',
        'x-forwarded-for',
        'origin',
        'cookie',
      ),
      fc.oneof(
        fc.stringMatching(/^[ -~]{0,60}$/),
        fc.constantFrom('application/json', 'gzip', '100-continue', 'websocket'),
      ),
      { noNullPrototype: true },
    ),
  });

  it('requests of any kind are answered, crash nothing, and change nothing unless they were decided', async () => {
    await fc.assert(
      fc.asyncProperty(body, how, async (bytes, sent) => {
        const before = store.summary();
        const answer = await send(bytes, sent);
        const decided = answer.status === 200 || answer.status === 409;
        if (!decided) {
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          expect(store.summary()).toEqual(before);
          if (sent.method !== 'HEAD') expect(JSON.parse(answer.text)).toMatchObject({ error: 'bad-request' });
        }
        expect(store.summary().decisions).toBe(before.decisions + (decided ? 1 : 0));
      }),
      { numRuns: 400, endOnFailure: true },
    );
  });

  it.each(schemesOf('http'))(
    'requests are decided by %s alone, and no refusal changes what is kept',
    async (scheme) => {
      const mine = createStore(scheme);
      const other = createDataServer(mine).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const at = { port: (other.address() as AddressInfo).port };
      /** What the scheme's words make of one key, and of nothing but accepted requests. */
      let state = NEVER_WRITTEN;
      const spoilt = fc.constantFrom(
        '',
        '{',
        '[]',
        '{"op":1}',
        '{"op":1,"process":1,"key":"k","token":"-1","value":0}',
      );
      const wanted = fc.record({
        token: fc.constantFrom('0', '1', '9', '10', '9007199254740992', '9007199254740993', '9223372036854775807'),
        value: fc.jsonValue(),
        f: fc.constantFrom('read', 'register', 'write'),
      });
      try {
        await fc.assert(
          fc.asyncProperty(wanted, fc.option(spoilt), async ({ token, value, f }, bad) => {
            const path = f === 'write' ? '/write' : '/read';
            if (bad !== null) expect((await send(bad, { path, ...at })).status).toBe(400);
            const body = { op: -1, process: -1, key: 'k', token };
            const access: Access =
              f === 'write' ? { f, token, value } : { f: 'read', token, register: f === 'register' };
            const sent = f === 'write' ? { ...body, value } : f === 'register' ? { ...body, register: true } : body;
            const answer = await send(JSON.stringify(sent), { path, ...at });
            const ruling = rule(scheme, state, access);
            if (ruling.verdict === 'refused') {
              expect(answer).toMatchObject({
                status: 409,
                text: JSON.stringify({ error: 'fenced', reason: ruling.reason }),
              });
            } else {
              state = ruling.state;
              expect(JSON.parse(answer.text)).toMatchObject({ token: state.writtenWith ?? '0' });
              expect(JSON.stringify(JSON.parse(answer.text).value)).toBe(JSON.stringify(state.value));
            }
            const [last] = Buffer.concat(mine.log.pieces()).toString().trim().split('\n').slice(-1);
            expect(JSON.parse(last ?? '')).toMatchObject({ verdict: ruling.verdict, highest: state.highest, token });
          }),
          { numRuns: 60, endOnFailure: true },
        );
      } finally {
        other.close();
        other.closeAllConnections();
      }
    },
  );

  it('bytes that are no HTTP crash nothing and change nothing', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      fc
        .string({ maxLength: 80 })
        .map((text) => Buffer.from(`POST /write HTTP/1.1\r\n${text}\r\ncontent-length: 5\r\n\r\n{}`)),
      fc
        .constantFrom(
          'CONNECT a:1 HTTP/1.1\r\n\r\n',
          'POST /write HTTP/1.1\r\ncontent-length: -1\r\n\r\n',
          `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
        )
        .map(Buffer.from),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const before = store.summary();
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume().end(bytes);
        await closed(socket);
        expect(store.summary()).toEqual(before);
      }),
      { numRuns: 150, endOnFailure: true },
    );
    expect((await send(JSON.stringify({ ...valid, key: 'after' }))).status).toBe(200);
  });
});

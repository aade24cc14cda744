import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRequest } from './requests.js';

const decode = (value: unknown) => decodeRequest(JSON.stringify(value));
const OPEN = {
  id: 2,
  f: 'open',
  recipe: 'mutex',
  etcd: ['http://10.213.0.11:2379'],
  storage: 'http://10.213.0.21:8080',
  ttl: 2,
  onLoss: 'ignore',
  token: 'create-revision',
  deadlineMs: 1000,
};

describe('decodeRequest', () => {
  it.each([
    { id: 1, f: 'hello', version: 1 },
    OPEN,
    { id: 3, f: 'acquire', lock: 'a/b' },
    { id: 4, f: 'read', key: 'k', op: 7, process: 0 },
    { id: 5, f: 'write', key: 'k', value: { n: [1, null] }, op: -1, process: -1 },
    { id: 6, f: 'release' },
    { id: 7, f: 'close' },
    { id: 8, f: 'stall', how: 'gc', ms: 100 },
    { id: 9, f: 'clock' },
    { id: 10, f: 'keep-alive' },
    { ...OPEN, keepAlive: 'controller' },
  ])('takes $f, and lets unknown fields through', (request) => {
    expect(decode({ ...request, later: true })).toEqual({ ok: true, request });
  });

  it.each([
    [{ id: 1, f: 'dance' }, 'unsupported', 'dance'],
    [{ id: 1, f: 'constructor' }, 'unsupported', 'constructor'],
    [{ id: 1 }, 'bad-request', 'f'],
    [{ id: 1, f: 'acquire' }, 'bad-request', 'lock'],
    [{ id: 1, f: 'read', key: 'k', op: 1.5, process: 0 }, 'bad-request', 'op'],
    [{ ...OPEN, id: 1, etcd: [] }, 'bad-request', 'etcd'],
    [{ ...OPEN, id: 1, etcd: ['10.213.0.11:2379'] }, 'bad-request', 'etcd'],
    [{ ...OPEN, id: 1, ttl: 0 }, 'bad-request', 'ttl'],
    [{ ...OPEN, id: 1, token: 'revision' }, 'bad-request', 'token'],
    [{ ...OPEN, id: 1, keepAlive: 'nobody' }, 'bad-request', 'keepAlive'],
    [{ id: 1, f: 'stall', how: 'gc', ms: 1e12 }, 'bad-request', 'ms'],
  ])('refuses %j with its id', (request, error, message) => {
    expect(decode(request)).toMatchObject({ ok: false, id: 1, error, message: expect.stringContaining(message) });
  });

  it('refuses without an id what has none', () => {
    expect(decodeRequest('{"id":')).toMatchObject({ ok: false, error: 'bad-request' });
    for (const value of [null, 1, [], {}, { id: '1', f: 'release' }]) expect(decode(value)).not.toHaveProperty('id');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (line) => 'ok' in decodeRequest(line)));
    fc.assert(fc.property(fc.jsonValue(), (value) => 'ok' in decode(value)));
  });
});

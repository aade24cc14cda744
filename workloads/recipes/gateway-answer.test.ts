/** What etcd 3.4, 3.5 and 3.6 put into answers of their JSON gateways, and what each says about the call. */
import { describe, expect, it } from 'vitest';
import { completionType } from '../../harness/history/errors.js';
import { fromBase64, fromTransport, parseGatewayAnswer, toBase64 } from './gateway-answer.js';

const header = '{"cluster_id":"324952591200643719","member_id":"3319814642761637952","revision":"2","raft_term":"2"}';

describe('an answer of the gateway', () => {
  it('has revisions and leases as decimal strings, and keys in base64', () => {
    const answer = parseGatewayAnswer(200, `{"header":${header},"key":"Zm9vLzIwNDBhMjAyNjRkZjhlMDc="}`);
    expect(answer).toMatchObject({ ok: true, body: { header: { revision: '2' } } });
    expect(fromBase64(answer.ok ? (answer.body.key ?? '') : '')).toBe('foo/2040a20264df8e07');
    expect(fromBase64(toBase64('lane-1/ä'))).toBe('lane-1/ä');
  });

  it('is, of a stream, the first message; a lease that is gone has no TTL in it', () => {
    const alive = `{"result":{"header":${header},"ID":"7","TTL":"30"}}\n{"result":{}}\n`;
    expect(parseGatewayAnswer(200, alive)).toMatchObject({ ok: true, body: { result: { TTL: '30' } } });
    const gone = parseGatewayAnswer(200, `{"result":{"header":${header},"ID":"77"}}`);
    expect(gone.ok && gone.body.result?.TTL).toBeUndefined();
    expect(gone.ok).toBe(true);
  });

  it.each([
    [
      '3.5',
      404,
      '{"error":"etcdserver: requested lease not found","message":"etcdserver: requested lease not found","code":5}',
      'lease-not-found',
      'fail',
    ],
    [
      '3.5, from within the server',
      500,
      '{"code":2, "message":"etcdserver: requested lease not found"}',
      'lease-not-found',
      'fail',
    ],
    [
      'the lock service since 3.5',
      500,
      '{"error":"mutex: session is expired","code":2,"message":"mutex: session is expired"}',
      'session-expired',
      'info',
    ],
    [
      'a malformed request',
      400,
      '{"code":3, "message":"proto: (line 1:9): invalid value for bytes field name: 7"}',
      'bad-request',
      'fail',
    ],
    [
      'no consensus',
      503,
      '{"error":"etcdserver: request timed out","code":14,"message":"etcdserver: request timed out"}',
      'timeout',
      'info',
    ],
    ['no leader', 503, '{"error":"etcdserver: no leader","code":14}', 'unavailable', 'info'],
    [
      'a stream that failed',
      200,
      '{"error":{"grpc_code":14,"message":"etcdserver: no leader","http_status":"Service Unavailable"}}',
      'unavailable',
      'info',
    ],
    ['something else on the port', 200, 'hello', 'unavailable', 'info'],
    ['nothing', 502, '', 'unavailable', 'info'],
    ['an array', 200, '[]', 'unavailable', 'info'],
  ] as const)('that is an error says what is certain (%s)', (_, status, text, error, type) => {
    const answer = parseGatewayAnswer(status, text);
    expect(answer).toMatchObject({ ok: false, error });
    expect(completionType(error)).toBe(type);
  });
});

describe('a call that got no answer', () => {
  it('was certainly not made only if no connection was', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    expect(fromTransport(refused).error).toBe('connection-refused');
    const slow = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(fromTransport(slow).error).toBe('connection-refused');
    const unreachable = Object.assign(new Error('read EHOSTUNREACH'), { code: 'EHOSTUNREACH', syscall: 'read' });
    expect(fromTransport(unreachable).error).toBe('unavailable');
    const cut = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    expect(fromTransport(cut).error).toBe('unavailable');
  });
});

/**
 * Calls of etcd's JSON gateway, as programs without an etcd library of their own make them: each once, to the preferred member, and to
 * another only if no connection could be made. Leases over the gateway, too: granted, kept alive by a timer, revoked.
 */
import { Agent, request } from 'undici';
import { fromTransport, parseGatewayAnswer, type GatewayAnswer } from './gateway-answer.js';
import type { Clock } from './ports.js';
import type { Failure, Released } from './recipe.js';

export interface Gateway {
  /** `deadlineMs`: for the whole call; `none`: it waits for as long as it takes, once it is connected. */
  post(path: string, body: object, deadlineMs?: number | 'none'): Promise<GatewayAnswer>;
  /** Calls under way answer `unavailable`. */
  close(): Promise<void>;
}

const CLOSED = 'the connections were closed';

/** `endpoints`: client URLs of the members. `defaultDeadlineMs`: for a call, and for connecting. */
export function connectGateway(endpoints: readonly string[], defaultDeadlineMs: number): Gateway {
  const dispatcher = new Agent({ connect: { timeout: defaultDeadlineMs }, headersTimeout: 0, bodyTimeout: 0 });
  const underWay = new Set<AbortController>();
  let current = 0;

  async function once(base: string, path: string, body: object, deadlineMs: number | 'none'): Promise<GatewayAnswer> {
    const call = new AbortController();
    underWay.add(call);
    const late = (): void => call.abort(`no answer in ${deadlineMs} ms`);
    // One turn later than due: an answer that came while this program was stopped is read first, and counts.
    const timer = deadlineMs === 'none' ? undefined : setTimeout(() => setImmediate(late), deadlineMs);
    try {
      const response = await request(new URL(path, base), {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: call.signal,
      });
      return parseGatewayAnswer(response.statusCode, await response.body.text());
    } catch (error) {
      if (!call.signal.aborted) return fromTransport(error as Error);
      const message = String(call.signal.reason);
      return { ok: false, error: message === CLOSED ? 'unavailable' : 'timeout', message };
    } finally {
      clearTimeout(timer);
      underWay.delete(call);
    }
  }

  return {
    async post(path, body, deadlineMs = defaultDeadlineMs) {
      for (let attempt = 1; ; attempt++) {
        const index = current;
        const answer = await once(endpoints[index] ?? '', path, body, deadlineMs);
        if (answer.ok || answer.error !== 'connection-refused') return answer;
        if (current === index) current = (index + 1) % endpoints.length;
        if (attempt >= endpoints.length) return answer;
      }
    },
    close() {
      for (const call of underWay) call.abort(CLOSED);
      return dispatcher.destroy();
    },
  };
}

export interface GatewayLease {
  /** Decimal, as the gateway writes it. */
  id: string;
  hex: string;
  ttlMs: number;
  /** Store revision when it was granted. */
  revision: bigint;
}

export async function grantLease(
  gateway: Gateway,
  ttlSeconds: number,
): Promise<{ ok: true; lease: GatewayLease } | Failure> {
  const granted = await gateway.post('/v3/lease/grant', { TTL: ttlSeconds });
  if (!granted.ok) return granted;
  const { ID: id = '0', TTL = '0', header } = granted.body;
  const hex = BigInt(id).toString(16);
  return { ok: true, lease: { id, hex, ttlMs: Number(TTL) * 1000, revision: BigInt(header?.revision ?? 0) } };
}

/**
 * A keep-alive at once, and one each third of the TTL. One that fails is left at that; `onGone` is called once, when etcd says that it does not know the
 * lease. The answer stops it.
 */
export function keepLeaseAlive(gateway: Gateway, clock: Clock, lease: GatewayLease, onGone: () => void): () => void {
  let stopped = false;
  let cancel = (): void => undefined;

  function beat(): void {
    if (stopped) return;
    cancel = clock.timer(lease.ttlMs / 3, beat);
    void gateway.post('/v3/lease/keepalive', { ID: lease.id }).then((answer) => {
      if (stopped || !answer.ok || Number(answer.body.result?.TTL ?? 0) > 0) return;
      stop();
      onGone();
    });
  }

  function stop(): void {
    stopped = true;
    cancel();
  }

  beat();
  return stop;
}

/** Gives a lock back by `path`, and, once that was sent, its lease, which nobody needs any more. */
export async function giveBack(
  gateway: Gateway,
  { path, body }: { path: string; body: object },
  lease: GatewayLease | undefined,
  stopKeepingAlive: () => void,
): Promise<Released> {
  const released = await gateway.post(path, body);
  // Not sent: the lock is still held, and kept.
  if (!released.ok && released.error === 'connection-refused') return released;
  stopKeepingAlive();
  if (lease !== undefined) await gateway.post('/v3/lease/revoke', { ID: lease.id });
  // Neither service says whether the key was still there.
  return released.ok ? { ok: true } : released;
}

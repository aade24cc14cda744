/**
 * The client under test, without its stdin and stdout: carries out requests one by one, holds at most one session and one
 * lock, and keeps the loss discipline. Decides nothing about when: the controller does.
 */
import { randomBytes } from 'node:crypto';
import { monotonicNs, wallClock } from '../../harness/history/clock.js';
import { completionType, type ErrorCode } from '../../harness/history/errors.js';
import type { TokenSource } from '../../harness/history/run-record.js';
import { connectEtcd } from '../recipes/etcd3-adapter.js';
import { findRecipe, RECIPES } from '../recipes/index.js';
import { type Clock, type Etcd, EtcdFailure } from '../recipes/ports.js';
import type { Failure, Hold, Session } from '../recipes/recipe.js';
import { relayStorage } from './section.js';
import { CLIENT_PROTOCOL, type ClientMessage, type ClientRequest, type OpenOptions } from './protocol.js';
import { stall } from './stall.js';
import { connectStorage, type StorageClient } from './storage-client.js';

export interface Client {
  /** Answers through `emit`, once; rejects only for a defect of this program. */
  handle(request: ClientRequest): Promise<void>;
  /** Gives lease and connections back as far as that can be done in `deadlineMs`. */
  shutDown(deadlineMs: number): Promise<void>;
}

interface Connections {
  options: OpenOptions;
  etcd: Etcd;
  storage: StorageClient;
  /** Missing until the lease is granted. */
  session?: Session;
}

interface Held {
  hold: Hold;
  token: string;
  storage: StorageClient;
}

type Request<F extends ClientRequest['f']> = Extract<ClientRequest, { f: F }>;
type Answer =
  | { type: 'ok'; value?: unknown; token?: string }
  | { type: 'fail' | 'info'; error: ErrorCode; message: string };

/** Of these one is under way at a time. */
const EXCLUSIVE: readonly ClientRequest['f'][] = ['open', 'acquire', 'read', 'write', 'check', 'release'];

export function createClient(clock: Clock, emit: (message: ClientMessage) => void): Client {
  let connections: Connections | undefined;
  let held: Held | undefined;
  let underWay: ClientRequest['f'] | undefined;

  async function open(options: Request<'open'>): Promise<Answer> {
    if (connections !== undefined && connections.session?.endReason() === undefined) {
      return refuse('bad-request', 'a session is open already');
    }
    const recipe = findRecipe(options.recipe);
    if (recipe === undefined) {
      return refuse(
        'unsupported',
        `unknown recipe ${options.recipe}; known: ${RECIPES.map(({ name }) => name).join(', ')}`,
      );
    }
    await disconnect(connections);
    held = undefined;
    const { etcd: endpoints, storage: storageUrl, fencing = 'off', deadlineMs } = options;
    const etcd = connectEtcd(endpoints, deadlineMs);
    const storage = connectStorage(storageUrl, { deadlineMs, fencing, etcd });
    if ('unsupported' in storage) {
      etcd.close();
      return refuse('unsupported', storage.unsupported);
    }
    const mine: Connections = { options, etcd, storage };
    connections = mine;
    const { ttl: ttlSeconds, keepAlive = 'client' } = options;
    const opened = await recipe.open({ etcd: mine.etcd, clock, endpoints, deadlineMs }, { ttlSeconds, keepAlive });
    if (!opened.ok) {
      if (connections === mine) connections = undefined;
      await disconnect(mine);
      return toAnswer(opened);
    }
    if (connections !== mine) {
      await opened.session.close();
      return refuse('unavailable', 'closed while it was being opened');
    }
    mine.session = opened.session;
    const { grantedTtlMs: ttlMs, leaseHex: lease } = opened.session;
    return {
      type: 'ok',
      value: { ...(ttlMs === undefined ? {} : { ttlMs }), ...(lease === undefined ? {} : { lease }) },
    };
  }

  async function acquire({ lock }: Request<'acquire'>): Promise<Answer> {
    const { session, options, storage: ownStorage } = connections ?? {};
    if (session === undefined || options === undefined || ownStorage === undefined)
      return refuse('not-open', 'open a session first');
    if (held !== undefined && held.hold.endReason() === undefined) {
      return refuse('bad-request', 'a lock is held already; release it first');
    }
    const acquired = await session.acquire(lock);
    if (!acquired.ok) return toAnswer(acquired);
    const { hold } = acquired;
    const token = tokenFrom(options.token, hold, session);
    if (token === undefined) return refuse('unsupported', `${options.recipe} knows no lease id to send as a token`);
    const { relay } = hold;
    held = { hold, token, storage: relay === undefined ? ownStorage : relayStorage(relay, options) };
    const { leaseHex: lease, failedTries } = hold;
    const value = { ...(lease === undefined ? {} : { lease }), ...(failedTries === undefined ? {} : { failedTries }) };
    return { type: 'ok', token, ...(Object.keys(value).length === 0 ? {} : { value }) };
  }

  /** Whatever the loss discipline is: the question is put to etcd, not to the lock library. */
  async function check(): Promise<Answer> {
    if (connections === undefined) return refuse('not-open', 'open a session first');
    if (held === undefined) return refuse('not-held', 'acquire a lock first');
    const { key, createRevision } = held.hold;
    try {
      const { kvs } = await connections.etcd.range({ key });
      if (kvs[0]?.createRevision.toString() === createRevision) return { type: 'ok' };
      return refuse('lock-lost', 'etcd has another key in its place, or none');
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      return refuse(error.code, error.message);
    }
  }

  async function access(request: Request<'read'> | Request<'write'>): Promise<Answer> {
    if (connections === undefined) return refuse('not-open', 'open a session first');
    if (held === undefined) return refuse('not-held', 'acquire a lock first');
    const lost = held.hold.endReason();
    if (lost !== undefined && connections.options.onLoss === 'stop') return refuse('lock-lost', lost);
    const { f, op, process, key } = request;
    const { token, storage } = held;
    const body = { op, process, key, token };
    const { key: lock, createRevision } = held.hold;
    const outcome =
      f === 'read'
        ? await storage.read({ ...body, ...(request.register === true ? { register: true } : {}) })
        : await storage.write({ ...body, value: request.value }, { key: lock, createRevision });
    if (outcome.type !== 'ok') return outcome;
    return f === 'read' ? { type: 'ok', value: outcome.value, token } : { type: 'ok', token };
  }

  async function release(): Promise<Answer> {
    if (connections === undefined) return refuse('not-open', 'open a session first');
    if (held === undefined) return refuse('not-held', 'acquire a lock first');
    const { hold } = held;
    const released = await hold.release();
    if (hold.endReason() !== undefined) held = undefined;
    return released.ok ? { type: 'ok', value: { deleted: released.deleted } } : toAnswer(released);
  }

  async function keepAlive(): Promise<Answer> {
    const { session } = connections ?? {};
    if (session === undefined) return refuse('not-open', 'there is no session to keep alive');
    const kept = await session.keepAlive();
    if (!kept.ok) return toAnswer(kept);
    const { leaseHex: lease } = session;
    return { type: 'ok', value: { ttlMs: kept.ttlMs, ...(lease === undefined ? {} : { lease }) } };
  }

  async function close(deadlineMs?: number): Promise<Answer> {
    if (connections === undefined) return refuse('not-open', 'there is no session to close');
    const closing = connections;
    connections = undefined;
    held = undefined;
    const closed = (await closing.session?.close(deadlineMs)) ?? { ok: true };
    await disconnect(closing);
    return closed.ok ? { type: 'ok' } : toAnswer(closed);
  }

  async function carryOut(request: ClientRequest): Promise<Answer> {
    switch (request.f) {
      case 'hello':
        return request.version === CLIENT_PROTOCOL
          ? { type: 'ok', value: { version: CLIENT_PROTOCOL, name: 'leasebreaker-client' } }
          : refuse('unsupported', `this client speaks version ${CLIENT_PROTOCOL}`);
      case 'open':
        return open(request);
      case 'acquire':
        return acquire(request);
      case 'read':
      case 'write':
        return access(request);
      case 'check':
        return check();
      case 'release':
        return release();
      case 'close':
        return close();
      case 'keep-alive':
        return keepAlive();
      case 'stall':
        return { type: 'ok', value: await stall(request.how, request.ms) };
      case 'clock':
        return { type: 'ok', value: { wallMs: wallClock().getTime(), monotonicNs: String(monotonicNs()) } };
    }
  }

  return {
    async handle(request) {
      const { id, f } = request;
      const exclusive = EXCLUSIVE.includes(f);
      if (exclusive && underWay !== undefined) {
        emit({ id, ...refuse('bad-request', `${underWay} is still under way`) });
        return;
      }
      if (exclusive) underWay = f;
      const answer = await carryOut(request);
      if (exclusive) underWay = undefined;
      emit({ id, ...answer });
      // After the answer, so that nobody hears of the end of a hold before its beginning.
      if (f === 'acquire' && answer.type === 'ok')
        held?.hold.onLost((reason) => emit({ event: 'lost', hold: id, reason }));
    },
    async shutDown(deadlineMs) {
      await close(deadlineMs);
    },
  };
}

/** A decimal string; undefined where the recipe hides its lease. */
function tokenFrom(source: TokenSource, hold: Hold, session: Session): string | undefined {
  switch (source) {
    case 'create-revision':
      return hold.createRevision;
    case 'header-revision':
      return hold.headerRevision;
    case 'lease-id': {
      const lease = hold.leaseHex ?? session.leaseHex;
      return lease === undefined ? undefined : BigInt(`0x${lease}`).toString();
    }
    case 'wall-clock':
      return String(wallClock().getTime());
    case 'random':
      return (randomBytes(8).readBigUInt64BE() >> 1n).toString();
  }
}

async function disconnect(connections: Connections | undefined): Promise<void> {
  connections?.etcd.close();
  await connections?.storage.close();
}

function refuse(error: ErrorCode, message: string): Answer {
  return { type: completionType(error), error, message };
}

function toAnswer({ error, message }: Failure): Answer {
  return refuse(error, message);
}

/** The queue recipe in virtual time, against a simulated etcd: one store, leases that expire, connections that can be cut. */
import { describe, expect, it } from 'vitest';
import { mutex } from './mutex.js';
import {
  EtcdFailure,
  type Clock,
  type Etcd,
  type KeyValue,
  type RangeOptions,
  type Txn,
  type WatchEvent,
} from './ports.js';
import type { Hold, Session } from './recipe.js';

/** Time that passes only when told to. `jump` lets it pass without running anything, as for a process that is stopped. */
function simulatedClock() {
  let now = 1000;
  const timers = new Set<{ at: number; callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((resolve) => clock.timer(ms, resolve)),
    timer(ms, callback) {
      const timer = { at: now + Math.max(ms, 0), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    jump: (ms: number) => (now += ms),
    settle,
    async advance(ms: number) {
      const until = now + ms;
      for (;;) {
        await settle();
        const [next] = [...timers].sort((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = Math.max(now, until);
    },
  };
}

const MIN_TTL_MS = 2000;
const DEADLINE_MS = 500;

function simulatedEtcd(clock: Clock) {
  let revision = 1n;
  let nextLease = 0x10n;
  const store = new Map<string, KeyValue>();
  const leases = new Map<bigint, { ttlMs: number; expiresAt: number }>();
  const watchers = new Set<(event: WatchEvent) => void>();

  function find({ key, prefix, only, maxCreateRevision = revision }: RangeOptions): KeyValue[] {
    const found = [...store.values()].filter(
      (kv) => (prefix ? kv.key.startsWith(key) : kv.key === key) && kv.createRevision <= maxCreateRevision,
    );
    found.sort((a, b) => Number(a.createRevision - b.createRevision));
    return only === undefined ? found : found.slice(...(only === 'first-created' ? [0, 1] : [-1]));
  }
  function remove(key: string): number {
    const kv = store.get(key);
    if (!store.delete(key)) return 0;
    revision++;
    for (const notify of watchers) notify({ type: 'delete', revision, key, kv });
    return 1;
  }
  function endLease(lease: bigint): boolean {
    for (const kv of [...store.values()]) if (kv.lease === lease) remove(kv.key);
    return leases.delete(lease);
  }
  function scheduleExpiry(lease: bigint): void {
    clock.timer((leases.get(lease)?.expiresAt ?? 0) - clock.now(), () => {
      const entry = leases.get(lease);
      if (entry !== undefined && entry.expiresAt <= clock.now()) endLease(lease);
    });
  }
  function apply({ compare, success, failure }: Txn) {
    const succeeded = compare.every(
      ({ key, createRevision }) => (store.get(key)?.createRevision ?? 0n) === createRevision,
    );
    const results = (succeeded ? success : failure).map((op) => {
      if (op.do === 'get') return { kvs: find(op), deleted: 0 };
      if (op.do === 'delete') return { kvs: [], deleted: remove(op.key) };
      if (op.lease !== undefined && !leases.has(op.lease))
        throw new EtcdFailure('lease-not-found', 'requested lease not found');
      revision++;
      const { key, value, lease = 0n } = op;
      store.set(key, {
        key,
        value,
        lease,
        createRevision: store.get(key)?.createRevision ?? revision,
        modRevision: revision,
      });
      return { kvs: [], deleted: 0 };
    });
    return { succeeded, revision, results };
  }

  /** A connection of its own, with the faults that tests set on it. */
  function connect() {
    const keepAlivesAt: number[] = [];
    const watched: string[] = [];
    const faults = { cut: false, refused: false, loseAnswers: 0 };
    async function call<T>(deadlineMs: number, run: () => T): Promise<T> {
      if (faults.refused) throw new EtcdFailure('connection-refused', 'No connection established');
      const lost = faults.loseAnswers > 0 && faults.loseAnswers-- > 0;
      const answer = faults.cut ? undefined : run();
      if (!faults.cut && !lost) return answer as T;
      await clock.sleep(deadlineMs);
      throw new EtcdFailure('timeout', 'deadline exceeded');
    }
    const etcd: Etcd = {
      range: (options) => call(DEADLINE_MS, () => ({ revision, kvs: find(options) })),
      txn: (txn) => call(DEADLINE_MS, () => apply(txn)),
      leaseGrant: (ttlSeconds) =>
        call(DEADLINE_MS, () => {
          const lease = nextLease++;
          const ttlMs = Math.max(ttlSeconds * 1000, MIN_TTL_MS);
          leases.set(lease, { ttlMs, expiresAt: clock.now() + ttlMs });
          scheduleExpiry(lease);
          return { lease, ttlMs };
        }),
      leaseKeepAlive(lease, deadlineMs = DEADLINE_MS) {
        keepAlivesAt.push(clock.now());
        return call(deadlineMs, () => {
          const entry = leases.get(lease);
          if (entry !== undefined) entry.expiresAt = clock.now() + entry.ttlMs;
          if (entry !== undefined) scheduleExpiry(lease);
          return { ttlMs: entry?.ttlMs ?? 0 };
        });
      },
      leaseRevoke: (lease) =>
        call(DEADLINE_MS, () => {
          if (!endLease(lease)) throw new EtcdFailure('lease-not-found', 'requested lease not found');
        }),
      watch({ key }, { onEvent }) {
        watched.push(key);
        const notify = (event: WatchEvent) => (!faults.cut && event.key === key ? onEvent(event) : undefined);
        watchers.add(notify);
        return () => watchers.delete(notify);
      },
      close: () => undefined,
    };
    return { etcd, faults, keepAlivesAt, watched };
  }
  return { connect, store, endLease, remove, leases };
}

async function setUp(keepAlive: 'client' | 'controller' = 'client') {
  const time = simulatedClock();
  const server = simulatedEtcd(time.clock);
  async function client() {
    const connection = server.connect();
    const opened = await mutex.open(
      { etcd: connection.etcd, clock: time.clock, endpoints: [], deadlineMs: 1000 },
      { ttlSeconds: 1, keepAlive },
    );
    if (!opened.ok) throw new Error(opened.message);
    const { session } = opened;
    return { ...connection, session, key: `lock/${session.leaseHex}`, acquire: () => session.acquire('lock') };
  }
  return { time, server, client };
}

async function held(session: Session): Promise<{ hold: Hold; lost: string[] }> {
  const acquired = await session.acquire('lock');
  if (!acquired.ok) throw new Error(acquired.message);
  const lost: string[] = [];
  acquired.hold.onLost((reason) => lost.push(reason));
  return { hold: acquired.hold, lost };
}

/** What a promise has come to so far. */
function watchOutcome<T>(promise: Promise<T>): { now: T | undefined } {
  const outcome: { now: T | undefined } = { now: undefined };
  void promise.then((value) => (outcome.now = value));
  return outcome;
}

describe('the queue recipe', () => {
  it('hands the lock on in the order of arrival, with the create revision of the own key as token', async () => {
    const { time, server, client } = await setUp();
    const [a, b, c] = [await client(), await client(), await client()];
    const { hold } = await held(a.session);
    expect(hold.createRevision).toBe(server.store.get(a.key)?.createRevision.toString());
    const second = watchOutcome(b.acquire());
    await time.settle();
    const third = watchOutcome(c.acquire());
    await time.advance(10_000);
    expect([second.now, third.now]).toEqual([undefined, undefined]);
    expect([b.watched, c.watched]).toEqual([[a.key], [b.key]]);

    expect(await hold.release()).toEqual({ ok: true, deleted: true });
    expect(hold.endReason()).toBe('released');
    await time.settle();
    expect(second.now).toMatchObject({ ok: true, hold: { token: server.store.get(b.key)?.createRevision.toString() } });
    expect(third.now).toBeUndefined();
    if (second.now?.ok) await second.now.hold.release();
    await time.settle();
    expect(third.now).toMatchObject({ ok: true });
  });

  it('keeps the lease alive every third of what was granted, not of what was asked', async () => {
    const { time, client } = await setUp();
    const a = await client();
    expect(a.session.grantedTtlMs).toBe(MIN_TTL_MS);
    const start = time.clock.now();
    await time.advance(2100);
    expect(a.keepAlivesAt.map((at) => Math.round(at - start))).toEqual([667, 1333, 2000]);
  });

  it('gives a cut-off hold up before the server can give the lock to another', async () => {
    const { time, client } = await setUp();
    const [a, b] = [await client(), await client()];
    const { hold, lost } = await held(a.session);
    const second = watchOutcome(b.acquire());
    await time.advance(1000);
    a.faults.cut = true;
    const lastAcknowledged = a.keepAlivesAt.at(-1) ?? 0;
    await time.advance(lastAcknowledged + MIN_TTL_MS - 1 - time.clock.now());
    expect([hold.endReason(), second.now, lost]).toEqual([undefined, undefined, []]);
    await time.advance(1);
    expect([hold.endReason(), lost]).toEqual(['local-deadline', ['local-deadline']]);
    await time.advance(10);
    expect(second.now).toMatchObject({ ok: true });

    a.faults.cut = false;
    expect(await a.session.acquire('lock')).toMatchObject({ ok: false, error: 'not-open' });
    expect(await hold.release()).toEqual({ ok: true, deleted: false });
    expect(hold.endReason()).toBe('local-deadline');
    expect(await a.session.close()).toEqual({ ok: true });
  });

  it('knows after a pause that its deadline has passed, before any timer has run, and revives nothing', async () => {
    const { time, client } = await setUp();
    const a = await client();
    const { hold, lost } = await held(a.session);
    await time.advance(700);
    const sent = a.keepAlivesAt.length;
    time.jump(MIN_TTL_MS);
    expect(hold.endReason()).toBe('local-deadline');
    expect(lost).toEqual(['local-deadline']);
    await time.advance(5000);
    expect(a.keepAlivesAt.length).toBe(sent);
  });

  it('renews the lease when it is told to and only then, where the controller keeps it alive', async () => {
    const { time, client } = await setUp('controller');
    const a = await client();
    const { hold, lost } = await held(a.session);
    await time.advance(1500);
    expect(a.keepAlivesAt).toEqual([]);
    expect(await a.session.keepAlive()).toEqual({ ok: true, ttlMs: MIN_TTL_MS });
    const renewedAt = a.keepAlivesAt.at(-1) ?? 0;
    await time.advance(renewedAt + MIN_TTL_MS - 1 - time.clock.now());
    expect([hold.endReason(), lost]).toEqual([undefined, []]);
    await time.advance(1);
    expect([hold.endReason(), lost]).toEqual(['local-deadline', ['local-deadline']]);
    expect(await a.session.keepAlive()).toMatchObject({ ok: false, error: 'not-open' });
    expect(a.keepAlivesAt.length).toBe(1);
  });

  it('tells a lease that the server does not know from a keep-alive of which nobody knows', async () => {
    const { time, server, client } = await setUp('controller');
    const a = await client();
    const { hold, lost } = await held(a.session);
    a.faults.loseAnswers = 1;
    const unanswered = watchOutcome(a.session.keepAlive());
    await time.advance(MIN_TTL_MS / 3);
    expect(unanswered.now).toMatchObject({ ok: false, error: 'timeout' });
    expect(hold.endReason()).toBeUndefined();
    server.endLease(0x10n);
    expect(await a.session.keepAlive()).toMatchObject({ ok: false, error: 'lease-not-found' });
    expect([hold.endReason(), lost]).toEqual(['lease-not-found', ['lease-not-found']]);
  });

  it('gives the hold up when the server no longer knows the lease', async () => {
    const { time, server, client } = await setUp();
    const a = await client();
    const { hold, lost } = await held(a.session);
    server.endLease(0x10n);
    await time.advance(700);
    expect([hold.endReason(), lost]).toEqual(['lease-not-found', ['lease-not-found']]);
  });

  it('does not take the lock when its own key has gone while it queued', async () => {
    const { time, server, client } = await setUp();
    const [a, b] = [await client(), await client()];
    const { hold } = await held(a.session);
    const second = watchOutcome(b.acquire());
    await time.settle();
    server.remove(b.key);
    await hold.release();
    await time.settle();
    expect(second.now).toMatchObject({ ok: false, error: 'session-expired' });
  });

  it('stops queueing when its session ends', async () => {
    const { time, server, client } = await setUp();
    const [a, b, c] = [await client(), await client(), await client()];
    await held(a.session);
    const expired = watchOutcome(b.acquire());
    const closed = watchOutcome(c.acquire());
    await time.settle();
    b.faults.cut = true;
    expect(await c.session.close()).toEqual({ ok: true });
    await time.settle();
    expect(closed.now).toMatchObject({ ok: false, error: 'session-expired' });
    await time.advance(MIN_TTL_MS);
    expect(expired.now).toMatchObject({ ok: false, error: 'session-expired' });
    await time.advance(10);
    expect([...server.store.keys()]).toEqual([a.key]);
  });

  it('leaves the queue when it does not know whether it has entered it', async () => {
    const { time, server, client } = await setUp();
    const a = await client();
    a.faults.loseAnswers = 1;
    const outcome = watchOutcome(a.acquire());
    await time.settle();
    expect(server.store.has(a.key)).toBe(true);
    await time.advance(DEADLINE_MS);
    expect(outcome.now).toMatchObject({ ok: false, error: 'timeout' });
    expect(server.store.has(a.key)).toBe(false);
    expect(a.session.endReason()).toBeUndefined();
  });

  it('lets its lease expire when it cannot leave the queue', async () => {
    const { time, server, client } = await setUp();
    const a = await client();
    a.faults.loseAnswers = 1;
    const outcome = watchOutcome(a.acquire());
    await time.settle();
    a.faults.cut = true;
    await time.advance(2 * DEADLINE_MS);
    expect(outcome.now).toMatchObject({ ok: false, error: 'timeout' });
    a.faults.cut = false;
    await time.advance(2 * MIN_TTL_MS);
    expect(server.store.size).toBe(0);
  });

  it('tells a call that was never sent from one that may have been carried out', async () => {
    const { time, client } = await setUp();
    const [a, b] = [await client(), await client()];
    a.faults.refused = true;
    expect(await a.acquire()).toMatchObject({ ok: false, error: 'connection-refused' });
    a.faults.refused = false;

    const { hold, lost } = await held(a.session);
    const queueing = watchOutcome(b.acquire());
    await time.settle();
    b.faults.refused = true;
    a.faults.refused = true;
    expect(await hold.release()).toMatchObject({ ok: false, error: 'connection-refused' });
    expect(hold.endReason()).toBeUndefined();
    a.faults.refused = false;
    await hold.release();
    await time.settle();
    expect(queueing.now).toMatchObject({ ok: false, error: 'unavailable' });
    await a.session.close();
    expect(lost).toEqual([]);
  });
});

/** Etcd and a clock in virtual time: one store, leases that expire, connections that can be cut. For tests; not part of the program. */
import {
  EtcdFailure,
  type Clock,
  type Etcd,
  type KeyValue,
  type RangeOptions,
  type Txn,
  type WatchEvent,
} from '../ports.js';
import type { Hold, Recipe, Session } from '../recipe.js';

/** Time that passes only when told to. `jump` lets it pass without running anything, as for a process that is stopped. */
export function simulatedClock() {
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

/** What is granted at least. */
export const MIN_TTL_MS = 2000;
/** Of every call but keep-alives. */
export const DEADLINE_MS = 500;

/** `latencyMs`: until an answer is there; what is asked for is done at once. */
export function simulatedEtcd(clock: Clock, latencyMs = 0) {
  let revision = 1n;
  let nextLease = 0x10n;
  const store = new Map<string, KeyValue>();
  const leases = new Map<bigint, { ttlMs: number; expiresAt: number }>();
  const watchers = new Set<(event: WatchEvent) => void>();
  const events: WatchEvent[] = [];

  function tell(event: WatchEvent): void {
    events.push(event);
    for (const notify of watchers) notify(event);
  }
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
    tell({ type: 'delete', revision, key, kv });
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
    const succeeded = compare.every((one) =>
      'createRevision' in one
        ? (store.get(one.key)?.createRevision ?? 0n) === one.createRevision
        : (store.get(one.key)?.modRevision ?? 0n) === one.modRevision,
    );
    const results = (succeeded ? success : failure).map((op) => {
      if (op.do === 'get') return { kvs: find(op), deleted: 0 };
      if (op.do === 'delete') return { kvs: [], deleted: remove(op.key) };
      if (op.lease !== undefined && !leases.has(op.lease))
        throw new EtcdFailure('lease-not-found', 'requested lease not found');
      revision++;
      const { key, value, lease = 0n } = op;
      const createRevision = store.get(key)?.createRevision ?? revision;
      const kv = { key, value, lease, createRevision, modRevision: revision };
      store.set(key, kv);
      tell({ type: 'put', revision, key, kv });
      return { kvs: [], deleted: 0 };
    });
    return { succeeded, revision, results };
  }

  /** A connection of its own, with the faults that tests set on it. */
  function connect() {
    const keepAlivesAt: number[] = [];
    const watched: string[] = [];
    /** `losePut`: the answer to the next transaction that puts something is lost. */
    const faults = { cut: false, refused: false, loseAnswers: 0, losePut: false };
    async function call<T>(deadlineMs: number, run: () => T): Promise<T> {
      if (faults.refused) throw new EtcdFailure('connection-refused', 'No connection established');
      const lost = faults.loseAnswers > 0 && faults.loseAnswers-- > 0;
      const answer = faults.cut ? undefined : run();
      if (latencyMs > 0) await clock.sleep(latencyMs);
      if (!faults.cut && !lost) return answer as T;
      await clock.sleep(deadlineMs);
      throw new EtcdFailure('timeout', 'deadline exceeded');
    }
    const etcd: Etcd = {
      range: (options) => call(DEADLINE_MS, () => ({ revision, kvs: find(options) })),
      txn(txn) {
        if (faults.losePut && txn.success.some((operation) => operation.do === 'put')) {
          faults.losePut = false;
          faults.loseAnswers = 1;
        }
        return call(DEADLINE_MS, () => apply(txn));
      },
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
      watch({ key, prefix, fromRevision = revision + 1n }, { onEvent }) {
        watched.push(key);
        let isOpen = true;
        const notify = (event: WatchEvent): void => {
          if (isOpen && !faults.cut && (prefix ? event.key.startsWith(key) : event.key === key)) onEvent(event);
        };
        const missed = events.filter((event) => event.revision >= fromRevision);
        watchers.add(notify);
        queueMicrotask(() => missed.forEach(notify));
        return () => {
          isOpen = false;
          watchers.delete(notify);
        };
      },
      close: () => undefined,
    };
    return { etcd, faults, keepAlivesAt, watched };
  }
  return { connect, store, endLease, remove, leases, revision: () => revision };
}

/** `client` opens a session over a connection of its own. */
export function setUp(recipe: Recipe, keepAlive: 'client' | 'controller' = 'client', latencyMs = 0) {
  const time = simulatedClock();
  const server = simulatedEtcd(time.clock, latencyMs);
  async function client() {
    const connection = server.connect();
    const opened = await recipe.open(
      { etcd: connection.etcd, clock: time.clock, endpoints: [], deadlineMs: 1000 },
      { ttlSeconds: 1, keepAlive },
    );
    if (!opened.ok) throw new Error(opened.message);
    const { session } = opened;
    return { ...connection, session, key: `lock/${session.leaseHex}`, acquire: () => session.acquire('lock') };
  }
  return { time, server, client };
}

export async function held(session: Session): Promise<{ hold: Hold; lost: string[] }> {
  const acquired = await session.acquire('lock');
  if (!acquired.ok) throw new Error(acquired.message);
  const lost: string[] = [];
  acquired.hold.onLost((reason) => lost.push(reason));
  return { hold: acquired.hold, lost };
}

/** What a promise has come to so far. */
export function watchOutcome<T>(promise: Promise<T>): { now: T | undefined } {
  const outcome: { now: T | undefined } = { now: undefined };
  void promise.then((value) => (outcome.now = value));
  return outcome;
}

/**
 * The lock service that every etcd member has (server/etcdserver/api/v3lock, over the JSON gateway: `/v3/lock/lock`, `/v3/lock/unlock`).
 * It runs the official queue inside the server, under the lease that the caller passes, and keeps no lease alive.
 *
 * `lock-service`: grants a lease for each hold, asks for the lock with it, and starts to keep the lease alive when the lock is there, as
 * etcd's documentation of the service leaves one to do. A lease that expires in the queue takes the waiter's key with it. Up to 3.4 the service answers
 * all the same that the waiter has the lock (etcd issue 11456); since 3.5 it answers that the session is expired, which is certain, and
 * the lock is asked for with a new lease.
 * `lock-service-zero`: passes no lease, so that the server makes one of 60 s, which nobody renews.
 *
 * The service hands out the key and no token. The key's create revision is read afterwards (creation.ts).
 */
import { EtcdFailure } from './ports.js';
import { readCreation } from './creation.js';
import { fromBase64, toBase64 } from './gateway-answer.js';
import { connectGateway, type Gateway, type GatewayLease, giveBack, grantLease, keepLeaseAlive } from './gateway.js';
import { closed, createLibraryHold, createLibrarySession } from './library-hold.js';
import type { Acquired, Failure, LossReason, Opened, Recipe, RecipeEnvironment, SessionOptions } from './recipe.js';

export const lockService: Recipe = {
  name: 'lock-service',
  description: "etcd's own lock service over its JSON gateway; the lease is kept alive from when the lock is there",
  source: 'etcd server/etcdserver/api/v3lock/lock.go; etcd issue 11456',
  expected:
    'etcd 3.4: mutual exclusion breaks without any fault, once a waiter queues for longer than the TTL; since 3.5 as mutex',
  keepAlive: ['client'],
  open: (environment, { ttlSeconds }) => open(environment, ttlSeconds),
};

export const lockServiceZero: Recipe = {
  name: 'lock-service-zero',
  description: "etcd's own lock service without a lease: the server makes one of 60 s, and nobody renews it",
  source: 'etcd server/etcdserver/api/v3lock/lock.go, client/v3/concurrency/session.go',
  expected:
    'a section longer than 60 s loses its lock with no fault at all; a dead holder keeps everybody out for 60 s',
  keepAlive: ['client'],
  open: (environment) => open(environment, undefined),
};

/** Wait before the lock is asked for with a new lease, in ms. */
const RETRY_MS = 20;

function open(environment: RecipeEnvironment, ttlSeconds: SessionOptions['ttlSeconds'] | undefined): Promise<Opened> {
  const { endpoints, clock, deadlineMs } = environment;
  const gateway = connectGateway(endpoints, deadlineMs);
  const session = createLibrarySession(
    {
      async acquire(name, isOver) {
        for (let failedTries = 0; !isOver(); failedTries++) {
          const acquired = await tryOnce(environment, gateway, name, ttlSeconds, failedTries);
          if (acquired !== 'expired') return acquired;
          await clock.sleep(RETRY_MS);
        }
        return closed();
      },
      disconnect: () => gateway.close(),
    },
    clock,
    deadlineMs,
  );
  return Promise.resolve({ ok: true, session });
}

async function tryOnce(
  environment: RecipeEnvironment,
  gateway: Gateway,
  name: string,
  ttlSeconds: number | undefined,
  failedTries: number,
): Promise<Acquired | 'expired'> {
  const granted = ttlSeconds === undefined ? undefined : await grantLease(gateway, ttlSeconds);
  if (granted?.ok === false) return granted;
  const lease = granted?.lease;
  const locked = await gateway.post('/v3/lock/lock', { name: toBase64(name), lease: lease?.id ?? '0' }, 'none');
  // Both are the server's word that there is no key of this lease, and no lock.
  if (!locked.ok && (locked.error === 'session-expired' || locked.error === 'lease-not-found')) return 'expired';
  if (!locked.ok) return locked;
  const { key = '', header } = locked.body;

  // Told by the keep-alives before the hold is there.
  let lost: LossReason | undefined;
  let lose = (reason: LossReason): void => void (lost = reason);
  const stop =
    lease === undefined
      ? () => undefined
      : keepLeaseAlive(gateway, environment.clock, lease, () => lose('lease-not-found'));
  const release = () => giveBack(gateway, { path: '/v3/lock/unlock', body: { key } }, lease, stop);
  const named = await createRevisionOf(environment, fromBase64(key), lease);
  if (!named.ok) {
    await release();
    return named;
  }
  const created = createLibraryHold(
    {
      key: fromBase64(key),
      createRevision: named.createRevision,
      headerRevision: header?.revision ?? '0',
      leaseHex: fromBase64(key).slice(name.length + 1),
      failedTries,
    },
    release,
  );
  ({ lose } = created);
  if (lost !== undefined) lose(lost);
  return { ok: true, hold: created.hold };
}

/** A failure says nothing of the lock, which is there: nobody knows what its token is. */
async function createRevisionOf(
  environment: RecipeEnvironment,
  key: string,
  lease: GatewayLease | undefined,
): Promise<{ ok: true; createRevision: string } | Failure> {
  try {
    const creation = await readCreation(environment, key, lease?.revision ?? 0n, environment.deadlineMs);
    if (creation !== undefined) return { ok: true, createRevision: creation.createRevision };
    return { ok: false, error: 'unavailable', message: `etcd did not tell when ${key} was created` };
  } catch (error) {
    if (!(error instanceof EtcdFailure)) throw error;
    return { ok: false, error: 'unavailable', message: error.message };
  }
}

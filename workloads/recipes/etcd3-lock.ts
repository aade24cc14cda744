/**
 * The npm package etcd3's Lock (1.1.2, lib/lock.js), as its documentation uses it: `client.lock(name).ttl(s).acquire()`, `release()`.
 * One try: it puts the bare key if nobody else has, under a lease of its own that it keeps alive, and rejects with
 * `EtcdLockFailedError` otherwise. So whoever wants the lock asks again after a while; each try costs a grant, a transaction and a revoke.
 *
 * What a user can and cannot know:
 * - There is no fencing token. The key's create revision has to be read afterwards, when it may be the next holder's already; as
 *   `leaseId()` is public, a user can compare it with the key's lease, and here does. What is not its own any more counts as a failed try.
 * - `do()` and `acquire()` tell nobody that the lease is lost. The lease that knows of it is a private field of the lock; it is
 *   listened to here, so that the record says when the package noticed, and for users who stop on such word.
 * - It notices late: when etcd says so, or when a keep-alive that is due finds the last answer more than 2 x TTL of the wall clock old
 *   (lib/lease.js); nothing is looked at in between.
 *
 * As shipped, a call is tried up to four times on errors after which it may have taken effect, behind a circuit breaker, and has no
 * deadline: what an error says of the last attempt it does not say of the ones before. `etcd3-lock-strict` is the same lock without
 * retries and with a deadline for each call, by the package's documented options.
 */
import { noop } from 'cockatiel';
import { Etcd3, EtcdLockFailedError, type IOptions, type Lease, type Lock } from 'etcd3';
import { wallClock } from '../../harness/history/clock.js';
import { toEtcdFailure } from './etcd3-failure.js';
import { closed, createLibraryHold, createLibrarySession } from './library-hold.js';
import type { Acquired, Failure, LossReason, Opened, Recipe, RecipeEnvironment, SessionOptions } from './recipe.js';

export const etcd3Lock: Recipe = {
  name: 'etcd3-lock',
  description:
    "the npm package etcd3's Lock with its default settings: one key, create if absent, tried again and again",
  source: 'npm etcd3 1.1.2 lib/lock.js, lib/lease.js',
  expected:
    'mutual exclusion breaks when a holder is paused or cut off for longer than the TTL, and for longer than with the queue, as it notices late; no queue, so no fairness',
  keepAlive: ['client'],
  open: (environment, options) => open(environment, options, {}, toFailure),
};

export const etcd3LockStrict: Recipe = {
  name: 'etcd3-lock-strict',
  description: "the npm package etcd3's Lock without its retries, and with a deadline for each call",
  source: 'npm etcd3 1.1.2 lib/lock.js, lib/options.d.ts (faultHandling, defaultCallOptions)',
  expected: 'as etcd3-lock; calls fail sooner and never take effect twice',
  keepAlive: ['client'],
  open: (environment, options) =>
    open(environment, options, strictOptions(environment.deadlineMs), (error) => toStrictFailure(error)),
};

/** Wait before the lock is asked for again, in ms. */
const RETRY_MS = 100;

/** No hidden retries and no circuit breaker; `deadlineMs` for each call, streams excepted. */
export function strictOptions(deadlineMs: number): Omit<IOptions, 'hosts'> {
  return {
    faultHandling: { global: noop, host: () => noop },
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: new Date(wallClock().getTime() + deadlineMs) }),
  };
}

/** Of a call that may have been tried before: nothing that its last attempt met is definite. */
export function toFailure(error: unknown): Failure {
  const { code, message } = toEtcdFailure(error);
  if (code === 'lease-not-found') return { ok: false, error: 'session-expired', message };
  return { ok: false, error: code === 'timeout' ? 'timeout' : 'unavailable', message };
}

/** Of a call that was made once. */
export function toStrictFailure(error: unknown): Failure {
  const { code: errorCode, message } = toEtcdFailure(error);
  return { ok: false, error: errorCode, message };
}

type Fail = (error: unknown) => Failure;

function open(
  { endpoints, clock, deadlineMs }: RecipeEnvironment,
  { ttlSeconds }: SessionOptions,
  settings: Omit<IOptions, 'hosts'>,
  fail: Fail,
): Promise<Opened> {
  const client = new Etcd3({ hosts: [...endpoints], ...settings });
  const session = createLibrarySession(
    {
      async acquire(name, isOver) {
        for (let failedTries = 0; !isOver(); failedTries++) {
          const lock = client.lock(name).ttl(ttlSeconds);
          const acquired = await tryOnce(client, lock, name, failedTries, fail);
          if (acquired !== 'taken') return acquired;
          await clock.sleep(RETRY_MS);
        }
        return closed();
      },
      disconnect: () => client.close(),
    },
    clock,
    deadlineMs,
  );
  return Promise.resolve({ ok: true, session });
}

async function tryOnce(
  client: Etcd3,
  lock: Lock,
  name: string,
  failedTries: number,
  fail: Fail,
): Promise<Acquired | 'taken'> {
  try {
    await lock.acquire();
  } catch (error) {
    if (error instanceof EtcdLockFailedError) return 'taken';
    // As `lock.do` does.
    await lock.release().catch(() => undefined);
    return fail(error);
  }
  try {
    const own = await lock.leaseId();
    const { header, kvs } = await client.get(name).exec();
    const kv = kvs[0];
    if (own !== null && kv?.lease === own) {
      return {
        ok: true,
        hold: createLockHold(lock, fail, {
          key: name,
          createRevision: kv.create_revision,
          headerRevision: header.revision,
          leaseHex: BigInt(own).toString(16),
          failedTries,
        }),
      };
    }
    await lock.release().catch(() => undefined);
    return 'taken';
  } catch (error) {
    await lock.release().catch(() => undefined);
    const failure = fail(error);
    // The lock was taken, whatever became of the question for its token.
    return { ...failure, error: failure.error === 'timeout' ? 'timeout' : 'unavailable' };
  }
}

function createLockHold(lock: Lock, fail: Fail, facts: Parameters<typeof createLibraryHold>[0]) {
  const { hold, lose } = createLibraryHold(facts, async () => {
    try {
      // Revokes the lease, and takes one that etcd does not know for a success: whether the key was still there is not told.
      await lock.release();
      return { ok: true };
    } catch (error) {
      return fail(error);
    }
  });
  const { lease } = lock as unknown as { lease: Lease };
  lease.on('lost', (error) => lose(lossOf(error)));
  if (lease.revoked()) lose('lease-not-found');
  return hold;
}

/** The package has one class of error for both, with a text of its own for what it found out by its clock (lib/lease.js). */
export function lossOf(error: Error): LossReason {
  return error.message.includes('lost connection to etcd') ? 'local-deadline' : 'lease-not-found';
}

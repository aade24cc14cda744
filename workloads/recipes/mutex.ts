/**
 * The official queue, as in etcd's client/v3/concurrency/mutex.go and key.go (since 3.5): everybody who wants the lock
 * puts a key of their own under its prefix; the one created first owns the lock, and each waits only for the key just before
 * its own, so that a release wakes one client and not all. After the wait it looks whether its own key still exists:
 * before 3.5 it did not, and a waiter whose lease had expired while it queued believed that it held the lock (etcd issue 11456).
 */
import { completionType } from '../../harness/history/errors.js';
import { EtcdFailure, type Etcd } from './ports.js';
import { openLeaseSession, type LeaseSession } from './lease-session.js';
import type {
  Acquired,
  EndReason,
  Failure,
  Hold,
  LossReason,
  Opened,
  Recipe,
  RecipeEnvironment,
  Session,
  SessionOptions,
} from './recipe.js';

export const mutex: Recipe = {
  name: 'mutex',
  description: 'official queue: own key under a kept-alive lease, wait for the key just before it',
  source: 'etcd client/v3/concurrency/mutex.go',
  expected:
    'mutual exclusion breaks when a holder is paused or cut off for longer than the TTL; fencing by the create revision guards the storage',
  keepAlive: ['client', 'controller'],
  open,
};

async function open({ etcd, clock }: RecipeEnvironment, options: SessionOptions): Promise<Opened> {
  try {
    const lease = await openLeaseSession(etcd, clock, options);
    return { ok: true, session: createSession(etcd, lease) };
  } catch (error) {
    return toFailure(error);
  }
}

function createSession(etcd: Etcd, session: LeaseSession): Session {
  const leaseHex = BigInt.asUintN(64, session.lease).toString(16);
  return {
    grantedTtlMs: session.grantedTtlMs,
    leaseHex,
    endReason: session.endReason,
    async acquire(lock) {
      const gone = session.endReason();
      if (gone !== undefined) return { ok: false, error: 'not-open', message: `the session is over: ${gone}` };
      return acquire(etcd, session, `${lock}/`, `${lock}/${leaseHex}`);
    },
    async keepAlive() {
      try {
        return await session.keepAlive();
      } catch (error) {
        return toFailure(error);
      }
    },
    async close(deadlineMs) {
      session.end('closed');
      try {
        await etcd.leaseRevoke(session.lease, deadlineMs);
        return { ok: true };
      } catch (error) {
        const failure = toFailure(error);
        return failure.error === 'session-expired' ? { ok: true } : failure;
      }
    },
  };
}

async function acquire(etcd: Etcd, session: LeaseSession, prefix: string, key: string): Promise<Acquired> {
  const first = { do: 'get', key: prefix, prefix: true, only: 'first-created' } as const;
  let sent = false;
  try {
    const { succeeded, revision, results } = await etcd.txn({
      compare: [{ key, createRevision: 0n }],
      success: [{ do: 'put', key, value: '', lease: session.lease }, first],
      // The key is there already: locked twice in one session, or a release whose outcome nobody knew.
      failure: [{ do: 'get', key }, first],
    });
    sent = true;
    let headerRevision = revision;
    const own = succeeded ? revision : results[0]?.kvs[0]?.createRevision;
    const owner = results[1]?.kvs[0]?.createRevision;
    if (own === undefined) throw new EtcdFailure('unavailable', 'etcd answered a transaction without its results');
    if (owner !== undefined && owner !== own) {
      await waitForPredecessors(etcd, session, prefix, own - 1n);
      const now = session.endReason() === undefined ? await etcd.range({ key }) : undefined;
      if (now?.kvs[0]?.createRevision !== own) return expired(session);
      headerRevision = now.revision;
    }
    if (session.endReason() !== undefined) return expired(session);
    return { ok: true, hold: createHold(etcd, session, { key, createRevision: own, headerRevision }) };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.error === 'session-expired') session.end('lease-not-found');
    if (!sent && completionType(failure.error) === 'fail') return failure;
    if (session.endReason() === undefined) await abandon(etcd, session, key);
    // A call that was never sent says nothing of the key that an earlier one has put.
    return failure.error === 'connection-refused' ? { ...failure, error: 'unavailable' } : failure;
  }
}

function expired(session: LeaseSession): Failure {
  const why = session.endReason() ?? 'its key is gone';
  return { ok: false, error: 'session-expired', message: `the session ended while queueing: ${why}` };
}

/** Resolves when no key of the queue is older than the own one, or when the session has ended. */
async function waitForPredecessors(
  etcd: Etcd,
  session: LeaseSession,
  prefix: string,
  maxCreateRevision: bigint,
): Promise<void> {
  while (session.endReason() === undefined) {
    const { revision, kvs } = await etcd.range({ key: prefix, prefix: true, only: 'last-created', maxCreateRevision });
    const predecessor = kvs[0];
    if (predecessor === undefined || session.endReason() !== undefined) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stopWatching();
        stopListening();
        resolve();
      };
      const stopListening = session.onEnd(done);
      // From the revision after the read, so that no deletion falls between the two.
      const stopWatching = etcd.watch(
        { key: predecessor.key, fromRevision: revision + 1n },
        { onEvent: (event) => (event.type === 'delete' ? done() : undefined), onCompacted: done },
      );
    });
  }
}

/** Leaves the queue. If that fails too, the session is given up, or its keep-alives would keep the key in everybody's way. */
async function abandon(etcd: Etcd, session: LeaseSession, key: string): Promise<void> {
  try {
    await etcd.txn({ compare: [], success: [{ do: 'delete', key }], failure: [] });
  } catch {
    session.end('closed');
  }
}

function createHold(
  etcd: Etcd,
  session: LeaseSession,
  { key, createRevision, headerRevision }: { key: string; createRevision: bigint; headerRevision: bigint },
): Hold {
  let ended: EndReason | undefined;
  let stopListening = (): unknown => undefined;
  const endReason = (): EndReason | undefined => (ended ??= session.endReason());
  return {
    key,
    createRevision: createRevision.toString(),
    headerRevision: headerRevision.toString(),
    endReason,
    onLost(callback) {
      const report = (reason: EndReason): void => (isLoss(reason) ? callback(reason) : undefined);
      const already = endReason();
      if (already === undefined) stopListening = session.onEnd(report);
      else report(already);
    },
    async release() {
      try {
        const { results } = await etcd.txn({ compare: [], success: [{ do: 'delete', key }], failure: [] });
        ended = endReason() ?? 'released';
        return { ok: true, deleted: results[0]?.deleted === 1 };
      } catch (error) {
        const failure = toFailure(error);
        if (completionType(failure.error) === 'info') ended = endReason() ?? 'released';
        return failure;
      } finally {
        if (ended !== undefined) stopListening();
      }
    },
  };
}

function isLoss(reason: EndReason): reason is LossReason {
  return reason === 'lease-not-found' || reason === 'local-deadline';
}

/** Failures of etcd become answers; anything else is a defect and goes on as an exception. */
function toFailure(error: unknown): Failure {
  if (!(error instanceof EtcdFailure)) throw error;
  return {
    ok: false,
    error: error.code === 'lease-not-found' ? 'session-expired' : error.code,
    message: error.message,
  };
}

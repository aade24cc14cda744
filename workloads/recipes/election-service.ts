/**
 * The election service that every etcd member has (server/etcdserver/api/v3election, over the JSON gateway: `/v3/election/campaign`,
 * `/v3/election/resign`). It runs client/v3/concurrency/election.go inside the server, under the lease that the caller passes. The lease is
 * kept alive from the start, as a candidate may queue for long. The answer has the token: the create revision of the leader's key.
 *
 * election.go does not look whether the candidate's own key is still there once the older ones are gone, as the mutex does since 3.5
 * (etcd issue 11456): a candidate that stops keeping its lease alive in the queue is told all the same that it leads.
 */
import { fromBase64, toBase64 } from './gateway-answer.js';
import { connectGateway, type Gateway, giveBack, grantLease, keepLeaseAlive } from './gateway.js';
import { closed, createLibraryHold, createLibrarySession } from './library-hold.js';
import type { Acquired, LossReason, Opened, Recipe, RecipeEnvironment, SessionOptions } from './recipe.js';

export const electionService: Recipe = {
  name: 'election-service',
  description: "etcd's own election service over its JSON gateway: campaign, resign",
  source: 'etcd server/etcdserver/api/v3election/election.go, client/v3/concurrency/election.go',
  expected:
    'mutual exclusion breaks when a leader is paused or cut off for longer than the TTL; a candidate paused while it queues is elected without its key',
  keepAlive: ['client'],
  open,
};

function open(environment: RecipeEnvironment, { ttlSeconds }: SessionOptions): Promise<Opened> {
  const { endpoints, clock, deadlineMs } = environment;
  const gateway = connectGateway(endpoints, deadlineMs);
  const session = createLibrarySession(
    {
      async acquire(name, isOver) {
        const acquired = await campaign(environment, gateway, name, ttlSeconds);
        return isOver() && !acquired.ok ? closed() : acquired;
      },
      disconnect: () => gateway.close(),
    },
    clock,
    deadlineMs,
  );
  return Promise.resolve({ ok: true, session });
}

async function campaign(
  { clock }: RecipeEnvironment,
  gateway: Gateway,
  name: string,
  ttlSeconds: number,
): Promise<Acquired> {
  const granted = await grantLease(gateway, ttlSeconds);
  if (!granted.ok) return granted;
  const { lease } = granted;
  // Told by the keep-alives before the hold is there.
  let lost: LossReason | undefined;
  let lose = (reason: LossReason): void => void (lost = reason);
  const stop = keepLeaseAlive(gateway, clock, lease, () => lose('lease-not-found'));
  const candidacy = { name: toBase64(name), value: toBase64('candidate'), lease: lease.id };
  const elected = await gateway.post('/v3/election/campaign', candidacy, 'none');
  if (!elected.ok) {
    stop();
    await gateway.post('/v3/lease/revoke', { ID: lease.id });
    return elected;
  }
  const { leader = {}, header } = elected.body;
  const created = createLibraryHold(
    {
      key: fromBase64(leader.key ?? ''),
      createRevision: leader.rev ?? '0',
      headerRevision: header?.revision ?? '0',
      leaseHex: lease.hex,
    },
    () => giveBack(gateway, { path: '/v3/election/resign', body: { leader } }, lease, stop),
  );
  ({ lose } = created);
  if (lost !== undefined) lose(lost);
  return { ok: true, hold: created.hold };
}

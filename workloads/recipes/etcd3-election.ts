/**
 * The npm package etcd3's Election (1.1.2, lib/election.js), as its documentation uses it: campaign, wait to be elected, resign; the
 * package's default settings. A queue after the model of etcd's client/v3/concurrency/election.go: each candidate puts a key under a
 * kept-alive lease of its own, and waits until no older one is left.
 *
 * Like the original it does not look whether its own key is still there once the older ones are gone: a candidate that is stopped while it
 * queues, for longer than the TTL, may be told that it is elected before its lease is found to be lost.
 *
 * The token has to be read afterwards, from `getCampaignKey()`; that key's name has the lease in it, so it is never another's. Where it is
 * gone already, a user who fences finds out, and one who does not goes on: this adapter goes on, with the revision that the campaign
 * itself keeps in a private field.
 */
import { type Campaign, Etcd3 } from 'etcd3';
import { lossOf, toFailure } from './etcd3-lock.js';
import { closed, createLibraryHold, createLibrarySession } from './library-hold.js';
import type { Acquired, Opened, Recipe, RecipeEnvironment, SessionOptions } from './recipe.js';

export const etcd3Election: Recipe = {
  name: 'etcd3-election',
  description: "the npm package etcd3's Election with its default settings: campaign, resign",
  source: 'npm etcd3 1.1.2 lib/election.js',
  expected: 'mutual exclusion breaks when a leader is paused or cut off for longer than the TTL',
  keepAlive: ['client'],
  open,
};

/** The package puts its keys under `election/NAME/` of the namespace. */
const ELECTION = 'leader';

function open({ endpoints, clock, deadlineMs }: RecipeEnvironment, { ttlSeconds }: SessionOptions): Promise<Opened> {
  const client = new Etcd3({ hosts: [...endpoints] });
  let queueing: Campaign | undefined;
  const session = createLibrarySession(
    {
      async acquire(name, isOver) {
        const campaign = client.namespace(`${name}/`).election(ELECTION, ttlSeconds).campaign('candidate');
        queueing = campaign;
        const acquired = await campaignOnce(client, campaign);
        queueing = undefined;
        return isOver() && !acquired.ok ? closed() : acquired;
      },
      async disconnect() {
        // Of a campaign that has resigned, nobody is told anything any more.
        const late = clock.sleep(deadlineMs);
        await Promise.race([queueing?.resign().catch(() => undefined), late]);
        client.close();
      },
    },
    clock,
    deadlineMs,
  );
  return Promise.resolve({ ok: true, session });
}

async function campaignOnce(client: Etcd3, campaign: Campaign): Promise<Acquired> {
  try {
    await campaign.wait();
    const key = await campaign.getCampaignKey();
    const { header, kvs } = await client.get(key).exec();
    const { keyRevision } = campaign as unknown as { keyRevision: string };
    const { hold, lose } = createLibraryHold(
      {
        key,
        createRevision: kvs[0]?.create_revision ?? keyRevision,
        headerRevision: header.revision,
        leaseHex: BigInt(key.slice(key.lastIndexOf('/') + 1)).toString(16),
      },
      async () => {
        try {
          await campaign.resign();
          return { ok: true };
        } catch (error) {
          return toFailure(error);
        }
      },
    );
    const { lease } = campaign as unknown as { lease: { revoked(): boolean } };
    campaign.on('error', (error) => lose(lossOf(error)));
    if (lease.revoked()) lose('lease-not-found');
    return { ok: true, hold };
  } catch (error) {
    await campaign.resign().catch(() => undefined);
    return toFailure(error);
  }
}

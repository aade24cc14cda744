/** What each recipe does, how it breaks, and what it leaves behind, in virtual time against a simulated etcd. */
import { describe, expect, it } from 'vitest';
import { leaseBareDelete } from './lease-bare-delete.js';
import { leaseFixed } from './lease-fixed.js';
import { leaseKeepalive } from './lease-keepalive.js';
import { naiveWait } from './naive-wait.js';
import { naive } from './naive.js';
import { noLease } from './no-lease.js';
import type { Acquired, Hold, Recipe, Session } from './recipe.js';
import { DEADLINE_MS, held, MIN_TTL_MS, setUp, watchOutcome } from './testing/simulated.js';
import { trylockSpin } from './trylock-spin.js';
import { trylockWait } from './trylock-wait.js';
import { txnGuard } from './txn-guard.js';

/** Milliseconds until etcd answers: enough for two clients to meet in a gap. */
const LATENCY_MS = 2;
const WAITING: readonly Recipe[] = [
  naive,
  naiveWait,
  noLease,
  leaseFixed,
  leaseBareDelete,
  leaseKeepalive,
  trylockSpin,
  trylockWait,
];

/** A setting with answers that take time, in which so many clients have opened their sessions. */
async function ready(recipe: Recipe, count: number) {
  const setting = setUp(recipe, 'client', LATENCY_MS);
  const { time } = setting;
  const clients = await after(time, Promise.all(Array.from({ length: count }, setting.client)));
  return { ...setting, clients, after: <T>(promise: Promise<T>, ms?: number) => after(time, promise, ms) };
}

/** What a promise comes to within that time. */
async function after<T>(time: ReturnType<typeof setUp>['time'], promise: Promise<T>, ms = 100): Promise<T> {
  const outcome = watchOutcome(promise);
  await time.advance(ms);
  if (outcome.now === undefined) throw new Error(`nothing came of it in ${ms} ms`);
  return outcome.now;
}

function holdOf(acquired: Acquired | undefined): Hold {
  if (acquired?.ok !== true) throw new Error(acquired?.message ?? 'it still waits');
  return acquired.hold;
}

const close = (...clients: readonly { session: Session }[]) =>
  Promise.all(clients.map(({ session }) => session.close()));

type Client = Awaited<ReturnType<typeof ready>>['clients'][number];

describe.each(WAITING.map((recipe) => [recipe.name, recipe] as const))('%s', (_, recipe) => {
  it('lets a second client in when the first has released, under a later revision', async () => {
    const { time, server, clients, after } = await ready(recipe, 2);
    const [a, b] = clients as [Client, Client];
    const hold = holdOf(await after(a.acquire()));
    expect(server.store.get(hold.key)?.createRevision.toString()).toBe(hold.createRevision);
    const second = watchOutcome(b.acquire());
    await time.advance(500);
    expect(second.now).toBeUndefined();
    expect(await after(hold.release())).toEqual({ ok: true, deleted: true });
    expect(hold.endReason()).toBe('released');
    expect(BigInt(holdOf(second.now).createRevision)).toBeGreaterThan(BigInt(hold.createRevision));
    await after(close(a, b));
    expect(server.store.size).toBe(0);
  });

  it('leaves nothing behind when nobody knows whether it took the lock', async () => {
    const { server, clients, after } = await ready(recipe, 1);
    const [a] = clients as [Client];
    a.faults.losePut = true;
    expect(await after(a.acquire(), 3 * DEADLINE_MS)).toMatchObject({ ok: false, error: 'timeout' });
    await after(close(a));
    expect([server.store.size, server.leases.size]).toEqual([0, 0]);
  });

  it('cleans up as it is closed, where it could not before', async () => {
    const { time, server, clients, after } = await ready(recipe, 1);
    const [a] = clients as [Client];
    a.faults.losePut = true;
    const outcome = watchOutcome(a.acquire());
    await time.advance(20);
    a.faults.cut = true;
    await time.advance(4 * DEADLINE_MS);
    expect(outcome.now).toMatchObject({ ok: false, error: 'timeout' });
    a.faults.cut = false;
    await after(close(a));
    expect([server.store.size, server.leases.size]).toEqual([0, 0]);
  });

  it('says that nothing was sent when etcd cannot be reached, and goes on afterwards', async () => {
    const { clients, after } = await ready(recipe, 1);
    const [a] = clients as [Client];
    a.faults.refused = true;
    expect(await after(a.acquire())).toMatchObject({ ok: false, error: 'connection-refused' });
    a.faults.refused = false;
    const hold = holdOf(await after(a.acquire()));
    a.faults.refused = true;
    expect(await after(hold.release())).toMatchObject({ ok: false, error: 'connection-refused' });
    expect(hold.endReason()).toBeUndefined();
    a.faults.refused = false;
    expect(await after(hold.release())).toEqual({ ok: true, deleted: true });
  });

  it('stops waiting when its session is closed', async () => {
    const { time, server, clients, after } = await ready(recipe, 2);
    const [a, b] = clients as [Client, Client];
    const hold = holdOf(await after(a.acquire()));
    const waiting = watchOutcome(b.acquire());
    await time.advance(50);
    await after(close(b));
    expect(waiting.now).toMatchObject({ ok: false });
    expect([...server.store.keys()]).toEqual([hold.key]);
    expect(await b.acquire()).toMatchObject({ ok: false, error: 'not-open' });
  });
});

describe.each([naive, naiveWait, leaseKeepalive].map((recipe) => [recipe.name, recipe] as const))('%s', (_, recipe) => {
  it('lets two clients in that look before either has put, with one create revision', async () => {
    const { clients, after } = await ready(recipe, 2);
    const both = await after(Promise.all(clients.map((client) => client.acquire())));
    const [first, second] = both.map((acquired) => holdOf(acquired).createRevision);
    expect(second).toBe(first);
    expect(recipe.sharesRevisions).toBe(true);
  });
});

describe('no-lease', () => {
  it('is locked for ever by a client that dies with it, and lets nobody in beside it', async () => {
    const { time, server, client } = setUp(noLease);
    const [a, b] = [await client(), await client()];
    const { hold } = await held(a.session);
    expect(server.store.get('lock')?.value).toBe(a.session.leaseHex);
    a.faults.cut = true;
    const second = watchOutcome(b.acquire());
    await time.advance(3_600_000);
    expect([second.now, server.store.size, hold.endReason()]).toEqual([undefined, 1, undefined]);
  });
});

describe('lease-fixed', () => {
  it('lets another in while a section outlasts the TTL, and removes nobody else afterwards', async () => {
    const { time, server, client } = setUp(leaseFixed);
    const [a, b] = [await client(), await client()];
    const { hold, lost } = await held(a.session);
    expect(server.store.get('lock')?.lease.toString(16)).toBe(hold.leaseHex);
    const second = watchOutcome(b.acquire());
    await time.advance(MIN_TTL_MS - 1);
    expect(second.now).toBeUndefined();
    await time.advance(2);
    expect(second.now).toMatchObject({ ok: true });
    expect([hold.endReason(), lost, a.keepAlivesAt]).toEqual([undefined, [], []]);
    expect(await hold.release()).toEqual({ ok: true, deleted: false });
    expect(server.store.size).toBe(1);
  });
});

describe('lease-bare-delete', () => {
  it("removes the next holder's key with a late unlock, and lets a third client in", async () => {
    const { time, server, client } = setUp(leaseBareDelete);
    const [a, b, c] = [await client(), await client(), await client()];
    const { hold } = await held(a.session);
    const [second, third] = [watchOutcome(b.acquire()), watchOutcome(c.acquire())];
    await time.settle();
    a.faults.cut = true;
    await time.advance(MIN_TTL_MS + 10);
    const inside = [second, third].filter(({ now }) => now?.ok === true);
    expect([inside.length, hold.endReason()]).toEqual([1, 'local-deadline']);
    a.faults.cut = false;
    expect(await hold.release()).toEqual({ ok: true, deleted: true });
    await time.settle();
    expect([second.now, third.now]).toMatchObject([{ ok: true }, { ok: true }]);
    const holds = [second.now, third.now].map((now) => (now?.ok === true ? now.hold.endReason() : 'none'));
    expect(holds).toEqual([undefined, undefined]);
    expect(server.store.size).toBe(1);
  });
});

describe('lease-keepalive', () => {
  it('keeps its lease alive while it has the lock, and no longer', async () => {
    const { time, server, client } = setUp(leaseKeepalive);
    const a = await client();
    const { hold } = await held(a.session);
    await time.advance(5 * MIN_TTL_MS);
    expect([hold.endReason(), server.store.size]).toEqual([undefined, 1]);
    expect(await hold.release()).toEqual({ ok: true, deleted: true });
    const sent = a.keepAlivesAt.length;
    await time.advance(5 * MIN_TTL_MS);
    expect([a.keepAlivesAt.length, server.leases.size]).toEqual([sent, 0]);
  });

  it("gives a cut-off hold up in time; of two in the gap, the first one's unlock removes nothing", async () => {
    const { time, server, clients, after } = await ready(leaseKeepalive, 2);
    const both = await after(Promise.all(clients.map((client) => client.acquire())));
    const [first, second] = both.map(holdOf) as [Hold, Hold];
    await after(first.release());
    expect([...server.store.values()].map(({ lease }) => lease.toString(16))).toEqual([second.leaseHex]);
    for (const { faults } of clients) faults.cut = true;
    await time.advance(2 * MIN_TTL_MS);
    expect([second.endReason(), server.store.size]).toEqual(['local-deadline', 0]);
  });
});

describe('the TryLock recipes', () => {
  /** Revisions that two waiters use up in a second of waiting for one holder, and the tries of the one that gets in then. */
  async function cost(recipe: Recipe): Promise<{ revisions: bigint; failedTries: number | undefined }> {
    const { time, server, clients, after } = await ready(recipe, 3);
    const [a, ...others] = clients as [Client, Client, Client];
    const hold = holdOf(await after(a.acquire()));
    const before = server.revision();
    const waiting = others.map((client) => watchOutcome(client.acquire()));
    await time.advance(1000);
    const revisions = server.revision() - before;
    await after(hold.release());
    const [next] = waiting.flatMap(({ now }) => (now?.ok === true ? [now.hold] : []));
    await after(close(...clients));
    return { revisions, failedTries: next?.failedTries };
  }

  it('burn revisions without end, or two for each try, which is one for each deletion', async () => {
    const [spin, wait] = [await cost(trylockSpin), await cost(trylockWait)];
    expect(wait).toEqual({ revisions: 4n, failedTries: 1 });
    expect(spin.revisions).toBeGreaterThan(500n);
    expect(spin.failedTries).toBeGreaterThan(100);
  });

  it('let nobody in beside a holder whose lease lives', async () => {
    const { time, server, client } = setUp(trylockWait);
    const [a, b] = [await client(), await client()];
    const { hold } = await held(a.session);
    const second = watchOutcome(b.acquire());
    await time.advance(10 * MIN_TTL_MS);
    expect([second.now, hold.endReason(), [...server.store.keys()]]).toEqual([undefined, undefined, [hold.key]]);
  });
});

describe('txn-guard', () => {
  it('takes the lock over at once, and its release removes its own key alone', async () => {
    const { time, server, client } = setUp(txnGuard);
    const [a, b] = [await client(), await client()];
    const [first, second] = [await held(a.session), await held(b.session)];
    expect(BigInt(second.hold.createRevision)).toBeGreaterThan(BigInt(first.hold.createRevision));
    expect(server.store.get('lock')?.createRevision.toString()).toBe(second.hold.createRevision);
    expect(await first.hold.release()).toEqual({ ok: true, deleted: false });
    expect(server.store.size).toBe(1);
    expect(await second.hold.release()).toEqual({ ok: true, deleted: true });
    a.faults.losePut = true;
    const outcome = watchOutcome(a.acquire());
    await time.advance(3 * DEADLINE_MS);
    expect(outcome.now).toMatchObject({ ok: false, error: 'timeout' });
    expect(server.store.size).toBe(0);
  });
});

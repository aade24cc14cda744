/** The queue recipe in virtual time, against a simulated etcd. */
import { describe, expect, it } from 'vitest';
import { mutex } from './mutex.js';
import { DEADLINE_MS, held, MIN_TTL_MS, setUp, watchOutcome } from './testing/simulated.js';

describe('the queue recipe', () => {
  it('hands the lock on in the order of arrival, with the create revision of the own key as token', async () => {
    const { time, server, client } = setUp(mutex);
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
    expect(second.now).toMatchObject({
      ok: true,
      hold: { createRevision: server.store.get(b.key)?.createRevision.toString() },
    });
    expect(third.now).toBeUndefined();
    if (second.now?.ok) await second.now.hold.release();
    await time.settle();
    expect(third.now).toMatchObject({ ok: true });
  });

  it('keeps the lease alive every third of what was granted, not of what was asked', async () => {
    const { time, client } = setUp(mutex);
    const a = await client();
    expect(a.session.grantedTtlMs).toBe(MIN_TTL_MS);
    const start = time.clock.now();
    await time.advance(2100);
    expect(a.keepAlivesAt.map((at) => Math.round(at - start))).toEqual([667, 1333, 2000]);
  });

  it('gives a cut-off hold up before the server can give the lock to another', async () => {
    const { time, client } = setUp(mutex);
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
    const { time, client } = setUp(mutex);
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
    const { time, client } = setUp(mutex, 'controller');
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
    const { time, server, client } = setUp(mutex, 'controller');
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
    const { time, server, client } = setUp(mutex);
    const a = await client();
    const { hold, lost } = await held(a.session);
    server.endLease(0x10n);
    await time.advance(700);
    expect([hold.endReason(), lost]).toEqual(['lease-not-found', ['lease-not-found']]);
  });

  it('does not take the lock when its own key has gone while it queued', async () => {
    const { time, server, client } = setUp(mutex);
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
    const { time, server, client } = setUp(mutex);
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
    const { time, server, client } = setUp(mutex);
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
    const { time, server, client } = setUp(mutex);
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
    const { time, client } = setUp(mutex);
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

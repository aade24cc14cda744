/** Session and lock, as long as nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from './check.js';
import { holds, ok, refused, valueOf } from './expect.js';
import { eachRefused, endsWithStdin, WITHOUT_SESSION } from './line-checks.js';
import { read } from './stage.js';
import { Skipped } from './subject.js';

/** How long a second client has to be kept waiting to be believed. */
const WAITS_MS = 500;

export const LOCK_CHECKS: readonly Check[] = [
  {
    name: 'open',
    section: 'Requests',
    says: 'open answers the TTL that etcd granted, and the id of a lease that etcd knows',
    async drive(stage) {
      const { lease, ttlMs } = await stage.opened();
      if (lease === undefined) throw new Skipped('the client names no lease in open');
      const granted = await stage.world.grantedTtlMs(lease);
      holds(
        `the granted TTL of a lease ${lease} that etcd knows`,
        granted === ttlMs,
        `${ttlMs}; etcd: ${granted ?? 'no such lease'}`,
      );
    },
  },
  {
    name: 'open twice',
    section: 'Order',
    says: 'open with a session open already answers bad-request, and the session stays',
    async drive(stage) {
      const { subject } = await stage.opened();
      refused(await subject.ask(stage.openRequest()), 'bad-request');
      ok(await subject.ask({ f: 'acquire', lock: stage.lock }));
    },
  },
  {
    name: 'open where nobody listens',
    section: 'Answers',
    says: 'an etcd that cannot be reached answers connection-refused, timeout or unavailable within a few deadlines; open can be asked again',
    async drive(stage) {
      const subject = await stage.client();
      const answer = await subject.ask(stage.openRequest({ etcd: [stage.world.refusing] }));
      refused(answer, 'connection-refused', 'timeout', 'unavailable');
      ok(await subject.ask(stage.openRequest()));
    },
  },
  {
    name: 'nothing without a lock',
    section: 'Answers',
    says: 'before acquire, read, write, check and release answer not-held',
    async drive(stage) {
      const { subject } = await stage.opened();
      const needLock = WITHOUT_SESSION.filter(({ f }) => ['read', 'write', 'check', 'release'].includes(f));
      await eachRefused(subject, needLock, 'not-held');
    },
  },
  {
    name: 'acquire',
    section: 'Requests',
    says: "acquire answers a token: with create-revision, the create revision of a key that is the lock's name or lies below it",
    async drive(stage) {
      const { token } = await stage.holder();
      const { key, createRevision } = await stage.onlyKey();
      holds(`token ${createRevision}, the create revision of ${key}`, token === createRevision, token);
    },
  },
  {
    name: 'acquire twice',
    section: 'Order',
    says: 'acquire with a lock held already answers bad-request',
    async drive(stage) {
      const { subject } = await stage.holder();
      refused(await subject.ask({ f: 'acquire', lock: `${stage.lock}-2` }), 'bad-request');
    },
  },
  {
    name: 'mutual exclusion',
    section: 'Requests',
    says: 'acquire waits until the other client has released the lock; the later holder has the larger token',
    async drive(stage) {
      const first = await stage.holder();
      const { subject } = await stage.opened();
      const waiting = subject.begin({ f: 'acquire', lock: stage.lock });
      await sleep(WAITS_MS);
      holds('no answer while another client holds the lock', waiting.now() === undefined, waiting.now());
      ok(await first.subject.ask({ f: 'release' }));
      const { token = '' } = ok(await waiting.answer());
      holds(`a token above ${first.token}`, BigInt(token === '' ? '0' : token) > BigInt(first.token), token);
    },
  },
  {
    name: 'one operation at a time',
    section: 'Order',
    says: 'while an acquire waits, another operation answers bad-request, hello and clock are answered at once, and the late answer still comes',
    async drive(stage) {
      const first = await stage.holder();
      const { subject } = await stage.opened();
      const waiting = subject.begin({ f: 'acquire', lock: stage.lock });
      refused(await subject.ask(read(stage.key)), 'bad-request');
      ok(await subject.ask({ f: 'hello', version: 1 }));
      ok(await subject.ask({ f: 'clock' }));
      holds('no answer while another client holds the lock', waiting.now() === undefined, waiting.now());
      ok(await first.subject.ask({ f: 'release' }));
      ok(await waiting.answer());
    },
  },
  {
    name: 'check',
    section: 'Requests',
    says: "check asks etcd: ok while the lock's key is there, lock-lost once it is gone, whatever the lock library believes",
    async drive(stage) {
      const { subject } = await stage.holder();
      ok(await subject.ask({ f: 'check' }));
      await stage.world.deleteKey((await stage.onlyKey()).key);
      refused(await subject.ask({ f: 'check' }), 'lock-lost');
    },
  },
  {
    name: 'release',
    section: 'Requests',
    says: "release answers {deleted: true} and the lock's key is gone; afterwards the client holds nothing and can acquire again",
    async drive(stage) {
      const { subject } = await stage.holder();
      const { deleted } = valueOf(await subject.ask({ f: 'release' }));
      holds('{deleted: true}', deleted === true, deleted);
      const keys = await stage.world.keysOf(stage.lock);
      holds("no key under the lock's name", keys.length === 0, keys);
      refused(await subject.ask({ f: 'release' }), 'not-held');
      ok(await subject.ask({ f: 'acquire', lock: stage.lock }));
    },
  },
  {
    name: 'release of a lost lock',
    section: 'Requests',
    says: 'release answers {deleted: false} where the key was gone already',
    async drive(stage) {
      const { subject } = await stage.holder();
      await stage.world.deleteKey((await stage.onlyKey()).key);
      const { deleted } = valueOf(await subject.ask({ f: 'release' }));
      holds('{deleted: false}', deleted === false, deleted);
    },
  },
  {
    name: 'close',
    section: 'Requests',
    says: 'close gives the lease and with it the lock back; afterwards there is no session',
    async drive(stage) {
      const { subject, lease } = await stage.leaseHolder();
      ok(await subject.ask({ f: 'close' }));
      const left = await stage.world.grantedTtlMs(lease);
      holds(`the lease ${lease} to be revoked`, left === undefined, `it is still there`);
      holds('no lock key', (await stage.world.keysOf(stage.lock)).length === 0, 'the key is still there');
      await eachRefused(subject, WITHOUT_SESSION, 'not-open');
    },
  },
  {
    name: 'close ends a wait',
    section: 'Order',
    says: 'close ends a waiting acquire, which answers session-expired',
    async drive(stage) {
      await stage.holder();
      const { subject } = await stage.opened();
      const waiting = subject.begin({ f: 'acquire', lock: stage.lock });
      await sleep(WAITS_MS);
      ok(await subject.ask({ f: 'close' }));
      refused(await waiting.answer(), 'session-expired');
    },
  },
  {
    name: 'open again',
    section: 'Order',
    says: 'after a close, open makes a new session in the same program',
    async drive(stage) {
      const { subject, lease } = await stage.opened();
      ok(await subject.ask({ f: 'close' }));
      const again = valueOf(await subject.ask(stage.openRequest()))['lease'];
      holds('another lease', lease === undefined || again !== lease, again);
      ok(await subject.ask({ f: 'acquire', lock: stage.lock }));
    },
  },
  {
    name: 'lease kept alive',
    section: 'Requests',
    says: 'with keepAlive client the lease outlives its TTL by itself',
    async drive(stage) {
      const { subject, lease, ttlMs } = await stage.leaseHolder();
      await sleep(2.5 * ttlMs);
      holds('the lease to be alive', (await stage.world.grantedTtlMs(lease)) !== undefined, 'it has expired');
      ok(await subject.ask({ f: 'check' }));
      holds('no lost event', subject.lost.length === 0, subject.lost);
    },
  },
  {
    name: 'keep-alive by the controller',
    section: 'Requests',
    says: 'with keepAlive controller the lease is renewed by keep-alive alone, which answers {ttlMs}; once it is gone: lease-not-found, or not-open from a client that knows it already',
    async drive(stage) {
      const { subject, lease, ttlMs } = await stage.leaseHolder({ keepAlive: 'controller' });
      for (let n = 0; n < 5; n++) {
        await sleep(ttlMs / 2);
        const kept = valueOf(await subject.ask({ f: 'keep-alive' }));
        holds(`ttlMs ${ttlMs}`, kept['ttlMs'] === ttlMs, kept);
      }
      holds('the lease to be alive', (await stage.world.grantedTtlMs(lease)) !== undefined, 'it has expired');
      await stage.leaseGone(lease);
      refused(await subject.ask({ f: 'keep-alive' }), 'lease-not-found', 'not-open');
    },
  },
  {
    name: 'end of stdin while holding',
    section: 'Requests',
    says: 'when stdin ends, the program gives its lease back and ends',
    async drive(stage) {
      const { subject, lease } = await stage.leaseHolder();
      await endsWithStdin(subject);
      holds('the lease to be revoked', (await stage.world.grantedTtlMs(lease)) === undefined, 'it is still there');
    },
  },
];

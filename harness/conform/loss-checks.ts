/** What a client does once its lease is gone without its doing: stopped, it could not renew it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from './check.js';
import { holds, ok, refused, valueOf } from './expect.js';
import { read, write } from './stage.js';
import { Skipped, type Subject } from './subject.js';

/** A client that says something a second too often has had its chance. */
const QUIET_MS = 1000;

function told(subject: Subject, acquire: number): Promise<void> {
  return subject.until(`a lost event with hold ${acquire}`, () => subject.lost.some(({ hold }) => hold === acquire));
}

export const LOSS_CHECKS: readonly Check[] = [
  {
    name: 'lost',
    section: '`lost`',
    says: 'a client whose lease has expired says lost by itself, once, with the id of the acquire; after it, open makes a new session',
    async drive(stage) {
      const held = await stage.leaseHolder();
      await stage.outlive(held);
      await told(held.subject, held.acquire);
      await sleep(QUIET_MS);
      ok(await held.subject.ask(stage.openRequest()));
      ok(await held.subject.ask({ f: 'acquire', lock: stage.lock }));
    },
  },
  {
    name: 'nothing lost after release',
    section: '`lost`',
    says: 'lost is not said after release',
    async drive(stage) {
      const held = await stage.leaseHolder();
      ok(await held.subject.ask({ f: 'release' }));
      await stage.outlive(held);
      await sleep(QUIET_MS);
      holds('no lost event', held.subject.lost.length === 0, held.subject.lost);
    },
  },
  {
    name: 'loss discipline stop',
    section: '`lost`',
    says: 'under onLoss stop, reads and writes answer lock-lost once the loss is known, without touching the storage; release still cleans up',
    async drive(stage) {
      const held = await stage.leaseHolder({ onLoss: 'stop' });
      const { subject } = held;
      await stage.outlive(held);
      await told(subject, held.acquire);
      refused(await subject.ask(read(stage.key, 41)), 'lock-lost');
      refused(await subject.ask(write(stage.key, 'late', 42)), 'lock-lost');
      const reached = (await stage.world.decisions()).filter(({ key }) => key === stage.key);
      holds('nothing in the storage', reached.length === 0, reached);
      const { deleted } = valueOf(await subject.ask({ f: 'release' }));
      holds('{deleted: false}', deleted === false, deleted);
    },
  },
  {
    name: 'loss discipline ignore',
    section: '`lost`',
    says: 'under onLoss ignore, the late write goes out with the old token',
    async drive(stage) {
      const held = await stage.leaseHolder();
      await stage.outlive(held);
      await told(held.subject, held.acquire);
      const { token } = ok(await held.subject.ask(write(stage.key, 'late', 51)));
      const [decision] = (await stage.world.decisions()).filter(({ key }) => key === stage.key);
      const old = token === held.token && decision?.token === held.token;
      holds(`the old token ${held.token}, in the answer and in the storage`, old, { answer: token, storage: decision });
    },
  },
  {
    name: 'expired in the queue',
    section: 'Order',
    says: 'a client whose lease expires while it waits in acquire does not believe that it has the lock: session-expired',
    async drive(stage) {
      const first = await stage.holder();
      const waiter = await stage.opened();
      const { subject, lease } = waiter;
      if (lease === undefined) throw new Skipped('the client names no lease in open');
      const waiting = subject.begin({ f: 'acquire', lock: stage.lock });
      await subject.ask({ f: 'hello', version: 1 });
      await sleep(QUIET_MS / 2);
      await stage.outlive({ ...waiter, lease }, async () => {
        ok(await first.subject.ask({ f: 'release' }));
      });
      refused(await waiting.answer(), 'session-expired', 'lease-not-found', 'unavailable');
    },
  },
];

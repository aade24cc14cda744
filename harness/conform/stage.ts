/** What one check works with: a lock and a key of its own, and as many clients as it wants. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import { holds, valueOf } from './expect.js';
import { Mismatch, Skipped, Subject } from './subject.js';
import { FENCING_ON_TRIAL, type LockKey, type World } from './world.js';

/** The least that etcd grants with its default election timeout, in s. */
const TTL_S = 2;
const DEADLINE_MS = 2000;
const LOOK_EVERY_MS = 100;

export interface Open {
  subject: Subject;
  /** Missing for a client that has a lease for each hold, or none. */
  lease: string | undefined;
  ttlMs: number;
}

/** `acquire`: the id of the request. */
export interface Held extends Open {
  token: string;
  acquire: number;
}

export interface Stage {
  readonly world: World;
  /** Both are used by no other check. */
  readonly lock: string;
  readonly key: string;
  client(): Promise<Subject>;
  /** The fields of an `open`, with changes. */
  openRequest(changes?: object): Record<string, unknown> & { f: string };
  /** A client with a session. */
  opened(changes?: object): Promise<Open>;
  /** A client that holds the lock, or another one. */
  holder(changes?: object, lock?: string): Promise<Held>;
  /** The same with a lease; a check that needs one is skipped for a client that names none. */
  leaseHolder(changes?: object): Promise<Held & { lease: string }>;
  /** The lock's only key. */
  onlyKey(): Promise<LockKey>;
  leaseGone(lease: string): Promise<void>;
  /** Stops the client until its lease has expired, and lets it go on. */
  outlive(held: Open & { lease: string }, beforeItGoesOn?: () => Promise<void> | void): Promise<void>;
  readonly subjects: readonly Subject[];
}

export function createStage(world: World, prefix: string): Stage {
  const subjects: Subject[] = [];
  const lock = `${prefix}lock`;
  const stage: Stage = {
    world,
    lock,
    key: `${prefix}key`,
    subjects,
    async client() {
      const subject = await Subject.start(world, `${prefix.replaceAll('/', '-')}${subjects.length + 1}`);
      subjects.push(subject);
      return subject;
    },
    openRequest: (changes) => ({
      f: 'open',
      recipe: world.recipe,
      etcd: world.etcd,
      storage: world.storage,
      fencing: FENCING_ON_TRIAL,
      ttl: TTL_S,
      onLoss: 'ignore',
      keepAlive: 'client',
      token: 'create-revision',
      deadlineMs: DEADLINE_MS,
      ...changes,
    }),
    async opened(changes) {
      const subject = await stage.client();
      const answer = await subject.ask(stage.openRequest(changes));
      if (changes !== undefined && answer.error === 'unsupported')
        throw new Skipped(`open answers unsupported: ${answer.message ?? ''}`);
      const { ttlMs, lease } = valueOf(answer);
      return {
        subject,
        lease: typeof lease === 'string' ? lease : undefined,
        ttlMs: typeof ttlMs === 'number' ? ttlMs : TTL_S * 1000,
      };
    },
    async holder(changes, name = lock) {
      const open = await stage.opened(changes);
      const asked = open.subject.begin({ f: 'acquire', lock: name });
      const answer = await asked.answer();
      const ofHold = valueOf(answer)['lease'];
      const lease = typeof ofHold === 'string' ? ofHold : open.lease;
      const { token } = answer;
      holds('a token in the answer to acquire', token !== undefined, answer);
      return { ...open, lease, token, acquire: asked.id };
    },
    async leaseHolder(changes) {
      const held = await stage.holder(changes);
      const { lease } = held;
      if (lease === undefined) throw new Skipped('the client names no lease, neither in open nor in acquire');
      return { ...held, lease };
    },
    async onlyKey() {
      const keys = await world.keysOf(lock);
      const [key] = keys;
      holds(`one key in etcd that is the lock's name or begins with ${lock}/`, keys.length === 1, keys);
      return key as LockKey;
    },
    async leaseGone(lease) {
      for (const begun = monotonicMs(); (await world.grantedTtlMs(lease)) !== undefined; await sleep(LOOK_EVERY_MS))
        if (monotonicMs() - begun > world.patienceMs)
          throw new Mismatch(`the lease ${lease} to end`, `it is still there after ${world.patienceMs / 1000} s`);
    },
    async outlive({ subject, lease }, beforeItGoesOn) {
      await subject.pause();
      await stage.leaseGone(lease);
      await beforeItGoesOn?.();
      await subject.resume();
    },
  };
  return stage;
}

/** `read` and `write` say whose they are; these numbers are found again in the storage's log. */
export function read(key: string, op = -1, changes: object = {}): Record<string, unknown> & { f: string } {
  return { f: 'read', key, op, process: op, ...changes };
}

export function write(key: string, value: unknown, op = -1): Record<string, unknown> & { f: string } {
  return { f: 'write', key, value, op, process: op };
}

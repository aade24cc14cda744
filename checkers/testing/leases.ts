/**
 * Clients that take a lock by a queue of keys under leases, executed one small step at a time in virtual time, as a list of numbers
 * says: keep-alives, late and lost answers, pauses, leases that expire, watches that lag. The record that it leaves is true by
 * construction, and so is what it knows of every deletion. For tests; not part of the program.
 */
import type { HistoryEntry, OperationEntry, OperationName } from '../../harness/history/operation.js';
import type { OwnershipEvent } from '../../harness/history/ownership.js';
import type { RunRecord } from '../../harness/history/run-record.js';
import { record } from './builders.js';

export interface LeaseOptions {
  lanes: number;
  /** Clients per lane. */
  clients: number;
  /** One number a step, 0 to 2^30. */
  choices: readonly number[];
  keepAlive: 'client' | 'controller';
  /** Etcd revokes leases whenever it likes. */
  early?: boolean;
  /** A waiter does not look whether its own key is still there (etcd issue 11456). */
  forgetful?: boolean;
}

/** A deletion as it truly was. Times in ns since the run began. */
export interface Deletion {
  created: number;
  at: number;
  /** Its client had asked for it. */
  byClient: boolean;
}

export interface LeaseRun {
  run: RunRecord;
  deletions: Deletion[];
}

interface Underway {
  f: OperationName;
  index: number;
  process: number;
  invokedAt: number;
  lease: string | undefined;
  /** What the client will be told. */
  answer?: { type: 'ok' | 'fail' | 'info'; value?: unknown; token?: string; error?: string };
}

interface Client {
  slot: number;
  lane: number;
  process: number;
  lease: string | undefined;
  token: string | undefined;
  main: Underway | undefined;
  keepAlive: Underway | undefined;
}

/** From then on etcd may end it. */
interface Lease {
  mayEndAt: number;
}

interface Key {
  lane: number;
  lease: string;
  created: number;
}

const MS = 1_000_000;
const TTL_MS = 2000;
const MEMBERS = 2;

export function simulateLeases(options: LeaseOptions): LeaseRun {
  const { lanes, clients, choices, keepAlive, early = false, forgetful = false } = options;
  const slots = lanes * clients;
  const history: HistoryEntry[] = [];
  const ownership: OwnershipEvent[] = [];
  const deletions: Deletion[] = [];
  const leases = new Map<string, Lease>();
  let keys: Key[] = [];
  const untold: OwnershipEvent[][] = Array.from({ length: MEMBERS }, () => []);
  /** Requests whose client has given up on them, but which may still arrive. */
  const strays: Underway[] = [];
  const all = Array.from(
    { length: slots },
    (_, slot): Client => ({
      slot,
      lane: slot % lanes,
      process: slot,
      lease: undefined,
      token: undefined,
      main: undefined,
      keepAlive: undefined,
    }),
  );
  /** Acquires whose key is in the queue. */
  const waiting = new Map<Underway, Key>();
  let time = 0;
  let revision = 1;
  let nextLease = 0xabc0_0000_0000_0001n;

  const note = (entry: Omit<OperationEntry, 'index' | 'time'>): number =>
    history.push({ ...entry, index: history.length, time }) - 1;

  function tell(type: 'put' | 'delete', { lane, lease, created }: Key): void {
    for (const [by, queue] of untold.entries())
      queue.push({
        time: 0,
        member: `etcd${by + 1}`,
        revision: `${revision}`,
        type,
        key: `locks/lane-${lane}/${lease}`,
        lane,
        createRevision: `${created}`,
        lease,
      });
  }

  function drop(gone: readonly Key[], byClient: boolean): void {
    if (gone.length === 0) return;
    revision++;
    for (const key of gone) {
      deletions.push({ created: key.created, at: time, byClient });
      tell('delete', key);
    }
    keys = keys.filter((key) => !gone.includes(key));
  }

  function endLease(lease: string, byClient: boolean): void {
    drop(
      keys.filter((key) => key.lease === lease),
      byClient,
    );
    leases.delete(lease);
  }

  function invoke(client: Client, f: OperationName): Underway {
    const { process, lane, lease } = client;
    const index = note({ process, lane, type: 'invoke', f });
    return { f, index, process, invokedAt: time, lease };
  }

  function takeEffect(request: Underway, client: Client): void {
    const { f, lease } = request;
    const known = lease === undefined ? undefined : leases.get(lease);
    if (f === 'open') {
      const id = (nextLease++).toString(16);
      // By a clock that is as fast as is allowed for.
      leases.set(id, { mayEndAt: time + 0.99 * TTL_MS * MS });
      request.answer = { type: 'ok', value: { ttlMs: TTL_MS, lease: id } };
    } else if (f === 'keep-alive') {
      if (known === undefined) request.answer = { type: 'fail', error: 'lease-not-found' };
      else {
        known.mayEndAt = time + 0.99 * TTL_MS * MS;
        request.answer = { type: 'ok', value: { ttlMs: TTL_MS, lease } };
      }
    } else if (f === 'close') {
      if (lease !== undefined) endLease(lease, true);
      request.answer = { type: 'ok' };
    } else if (f === 'release') {
      const mine = keys.filter((key) => key.lease === lease && key.lane === client.lane);
      drop(mine, true);
      request.answer = { type: 'ok', value: { deleted: mine.length > 0 } };
    } else if (f === 'acquire') {
      let own = keys.find((key) => key.lease === lease && key.lane === client.lane);
      if (own === undefined) {
        if (known === undefined) {
          request.answer = { type: 'info', error: 'session-expired' };
          return;
        }
        own = { lane: client.lane, lease: lease as string, created: ++revision };
        keys.push(own);
        tell('put', own);
      }
      waiting.set(request, own);
    }
  }
  function look(request: Underway): void {
    const own = waiting.get(request);
    if (own === undefined) return;
    const isThere = keys.includes(own);
    if (!isThere && !forgetful) request.answer = { type: 'info', error: 'session-expired' };
    else if (!keys.some((key) => key.lane === own.lane && key.created < own.created))
      request.answer = { type: 'ok', token: `${own.created}` };
  }

  function complete(client: Client, request: Underway): void {
    const { f, process, answer } = request;
    if (answer === undefined) return;
    const { type, ...fields } = answer;
    note({ process, lane: client.lane, type, f, ...fields });
    if (f === 'keep-alive') return;
    if (type === 'info') retire(client);
    if (f === 'open' && type === 'ok') client.lease = (answer.value as { lease: string }).lease;
    if (f === 'acquire') client.token = type === 'ok' ? answer.token : undefined;
    if (f === 'release') client.token = undefined;
    if (f === 'close') client.lease = undefined;
    // The session of an acquire that failed is closed.
    if (f === 'acquire' && type !== 'ok') client.token = 'to be closed';
  }

  function retire(client: Client): void {
    client.process += slots;
  }

  function step(choice: number): void {
    time += (Math.floor(choice / 64) % 240) * MS;
    const dice = choice % 64;
    if (dice < 12) {
      for (const queue of untold.slice(dice % MEMBERS, (dice % MEMBERS) + 1)) {
        for (const event of queue.splice(0, 1 + (dice >> 2))) ownership.push({ ...event, time });
      }
      return;
    }
    if (dice < 18) {
      const ripe = [...leases].filter(([, { mayEndAt }]) => early || mayEndAt <= time);
      const [lease] = ripe[dice % Math.max(1, ripe.length)] ?? [];
      if (lease !== undefined) endLease(lease, false);
      return;
    }
    if (dice < 20) {
      const stray = strays.shift();
      const client = all[(stray?.process ?? 0) % slots];
      if (stray !== undefined && client !== undefined && stray.answer === undefined) takeEffect(stray, client);
      return;
    }
    const client = all[Math.floor(choice / 20_000) % slots] as Client;
    if (dice < 34 && client.lease !== undefined && client.token !== 'to be closed') {
      if (client.keepAlive === undefined) {
        if (keepAlive === 'controller') client.keepAlive = invoke(client, 'keep-alive');
        else if (leases.has(client.lease)) (leases.get(client.lease) as Lease).mayEndAt = time + 0.99 * TTL_MS * MS;
      } else if (dice < 22 && client.keepAlive.answer === undefined) {
        // Nobody will know; and it may still arrive.
        strays.push(client.keepAlive);
        note({ process: client.keepAlive.process, lane: client.lane, type: 'info', f: 'keep-alive', error: 'timeout' });
        client.keepAlive = undefined;
      } else if (client.keepAlive.answer === undefined) takeEffect(client.keepAlive, client);
      else {
        complete(client, client.keepAlive);
        client.keepAlive = undefined;
      }
      return;
    }
    const { main } = client;
    if (main === undefined) {
      if (client.lease === undefined) client.main = invoke(client, 'open');
      else if (client.token === 'to be closed') client.main = invoke(client, 'close');
      else if (client.token === undefined) client.main = invoke(client, 'acquire');
      else if (dice > 58) client.main = invoke(client, dice > 61 ? 'close' : 'release');
      return;
    }
    if (main.answer === undefined && dice === 34) {
      strays.push({ ...main });
      complete(client, { ...main, answer: { type: 'info', error: 'timeout' } });
      if (main.f !== 'open' && main.f !== 'close') client.token = 'to be closed';
      client.main = undefined;
    } else if (main.answer === undefined) {
      if (waiting.has(main)) look(main);
      else takeEffect(main, client);
    } else {
      complete(client, main);
      client.main = undefined;
      if (main.f === 'close') client.token = undefined;
    }
  }

  for (const choice of choices) step(choice);
  for (const queue of untold) {
    time += MS;
    for (const event of queue) ownership.push({ ...event, time });
  }
  const run = record(history, { ownership, settings: { lanes, clients, ttlMs: TTL_MS, keepAlive } });
  return { run, deletions };
}

/** The latest end of what any acknowledged answer promises the lease of the key, found by looking at everything. */
export function promisedEnd({ history, ownership }: RunRecord, created: number): number {
  const lease = ownership.find(({ createRevision }) => createRevision === `${created}`)?.lease;
  let until = Number.NEGATIVE_INFINITY;
  for (const entry of history) {
    if (entry.type !== 'ok' || (entry.f !== 'open' && entry.f !== 'keep-alive')) continue;
    const { ttlMs, lease: of } = entry.value as { ttlMs: number; lease: string };
    const asked = history.findLast(
      (other) =>
        other.index < entry.index && other.f === entry.f && other.process === entry.process && other.type === 'invoke',
    );
    if (of === lease) until = Math.max(until, (asked?.time ?? Number.NaN) + ttlMs * 0.99 * MS);
  }
  return until;
}

/**
 * etcd itself as storage: the state is read, the request judged by it here, and the decision put in one transaction that holds only
 * while the state is still that one (compare and swap). If it is not, nothing has happened, and the request is judged again by what is
 * there now. A transaction whose outcome is unknown is never sent again.
 *
 * With the scheme `guard` the transaction of a write also holds only while the lock's key is the one that was acquired, by its create
 * revision. Its existence would not do: on a fixed key it would let the stale holder write under the next one's lock.
 */
import { randomUUID } from 'node:crypto';
import type { Fencing } from '../../harness/history/decision.js';
import { type Compare, type Etcd, EtcdFailure, type KeyValue } from '../recipes/ports.js';
import { decodeState, encodeState, type Entry, logKey, stateKey } from '../storages/databases/etcd.js';
import { type Access, NEVER_WRITTEN, rule, type Ruling } from '../storages/fencing.js';
import type { ReadRequest } from '../storages/protocol.js';
import type { LockKey, StorageClient } from './storage-client.js';
import { failed, type StorageOutcome } from './storage-outcome.js';

/** Each further attempt means that somebody else's decision came in between. */
const ATTEMPTS = 100;

/** Deadlines are those of `etcd`, for each call. */
export function connectEtcdStorage(etcd: Etcd, fencing: Fencing): StorageClient {
  async function request(body: ReadRequest, access: Access, owner?: LockKey): Promise<StorageOutcome> {
    try {
      return await decide(body, access, owner);
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      return failed(error.code, error.message);
    }
  }

  async function decide({ op, process, key }: ReadRequest, access: Access, owner?: LockKey): Promise<StorageOutcome> {
    const { f, token } = access;
    const own: Compare[] =
      owner === undefined ? [] : [{ key: owner.key, createRevision: BigInt(owner.createRevision) }];
    let seen = (await etcd.range({ key: stateKey(key) })).kvs[0];
    /** Why the lock is known not to be this client's any more: a create revision never comes again. */
    let lost: string | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = seen === undefined ? NEVER_WRITTEN : decodeState(seen.value);
      const ruling: Ruling = lost === undefined ? rule(fencing, before, access) : { verdict: 'refused', reason: lost };
      const accepted = ruling.verdict === 'accepted';
      const { value, highest } = accepted
        ? ruling.state
        : { ...before, value: f === 'write' ? access.value : undefined };
      const entry: Entry = { op, process, f, key, token, verdict: ruling.verdict, highest, value };
      const changed = accepted && (f === 'write' || highest !== before.highest);
      const { succeeded, results } = await etcd.txn({
        compare: [{ key: stateKey(key), modRevision: seen?.modRevision ?? 0n }, ...(accepted ? own : [])],
        success: [
          ...(changed ? [{ do: 'put' as const, key: stateKey(key), value: encodeState(ruling.state) }] : []),
          {
            do: 'put',
            key: logKey(randomUUID()),
            value: JSON.stringify(accepted ? entry : { ...entry, reason: ruling.reason }),
          },
        ],
        failure: [
          { do: 'get', key: stateKey(key) },
          ...own.map((compare) => ({ do: 'get' as const, key: compare.key })),
        ],
      });
      if (succeeded) return accepted ? { type: 'ok', value } : failed('fenced', ruling.reason);
      seen = results[0]?.kvs[0];
      if (owner !== undefined) lost = lostTo(owner, results[1]?.kvs[0]);
    }
    return failed('unavailable', `${ATTEMPTS} times another decision came before this one`);
  }

  return {
    read: (body) => {
      const { token, register } = body;
      return request(body, { f: 'read', token, register: register === true });
    },
    write: async (body, owner) => {
      const { token, value } = body;
      if (fencing !== 'guard') return request(body, { f: 'write', token, value });
      if (owner === undefined) return failed('bad-request', "the scheme guard needs the lock's key");
      return request(body, { f: 'write', token, value }, owner);
    },
    close: async () => undefined,
  };
}

function lostTo({ key, createRevision }: LockKey, found: KeyValue | undefined): string | undefined {
  if (found === undefined) return `the lock's key ${key} of revision ${createRevision} is gone`;
  const now = found.createRevision.toString();
  return now === createRevision
    ? undefined
    : `the lock's key ${key} has create revision ${now} instead of ${createRevision}`;
}

/** etcd as storage, in a simulated etcd: what comes in between, and what is not known. Real ones: test/databases.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Fencing } from '../../harness/history/decision.js';
import { type Etcd, EtcdFailure, type Txn } from '../recipes/ports.js';
import { simulatedClock, simulatedEtcd } from '../recipes/testing/simulated.js';
import { type Entry, LOG_PREFIX } from '../storages/databases/etcd.js';
import { connectEtcdStorage } from './etcd-storage.js';

const BODY = { op: 3, process: 1, key: 'k' };

function setUp(fencing: Fencing) {
  const cluster = simulatedEtcd(simulatedClock().clock);
  const etcd = cluster.connect().etcd;
  /** What is done once before the next transaction of `interrupted`. */
  let between: (() => Promise<unknown>) | undefined;
  const sent: Txn[] = [];
  const interrupted: Etcd = {
    ...etcd,
    async txn(txn) {
      const first = between;
      between = undefined;
      await first?.();
      sent.push(txn);
      return etcd.txn(txn);
    },
  };
  const log = (): Entry[] =>
    [...cluster.store.values()]
      .filter(({ key }) => key.startsWith(LOG_PREFIX))
      .sort((a, b) => Number(a.createRevision - b.createRevision))
      .map(({ value }) => JSON.parse(value) as Entry);
  return {
    etcd,
    interrupted,
    sent,
    log,
    other: connectEtcdStorage(etcd, fencing),
    stopped: connectEtcdStorage(interrupted, fencing),
    before: (what: () => Promise<unknown>) => (between = what),
  };
}

describe('etcd as storage', () => {
  it('judges a request again by what came in between, and decides once', async () => {
    const { stopped, other, before, sent, log } = setUp('monotonic');
    before(() => other.write({ ...BODY, op: 9, token: '34', value: 'new' }));
    expect(await stopped.write({ ...BODY, token: '33', value: 'late' })).toEqual({
      type: 'fail',
      error: 'fenced',
      message: 'token 33 is below the highest seen, 34',
    });
    expect(sent).toHaveLength(2);
    expect(log().map(({ op, verdict, value }) => [op, verdict, value])).toEqual([
      [9, 'accepted', 'new'],
      [3, 'refused', 'late'],
    ]);
  });

  it('reads what was there at its place in the log', async () => {
    const { stopped, other, before, log } = setUp('off');
    before(() => other.write({ ...BODY, token: '34', value: 'new' }));
    expect(await stopped.read({ ...BODY, token: '33' })).toEqual({ type: 'ok', value: 'new' });
    expect(log().map(({ f, value }) => [f, value])).toEqual([
      ['write', 'new'],
      ['read', 'new'],
    ]);
  });

  it('sends no transaction again whose outcome is not known', async () => {
    const { etcd, log } = setUp('off');
    let tries = 0;
    const losing: Etcd = {
      ...etcd,
      async txn(txn) {
        tries += 1;
        await etcd.txn(txn);
        throw new EtcdFailure('timeout', 'deadline exceeded');
      },
    };
    const storage = connectEtcdStorage(losing, 'off');
    expect(await storage.write({ ...BODY, token: '33', value: 1 })).toMatchObject({ type: 'info', error: 'timeout' });
    expect(tries).toBe(1);
    expect(log()).toHaveLength(1);
  });

  it('is definite about a request that never went out', async () => {
    const { etcd } = setUp('off');
    const refusing: Etcd = {
      ...etcd,
      range: () => Promise.reject(new EtcdFailure('connection-refused', 'No connection established')),
    };
    expect(await connectEtcdStorage(refusing, 'off').read({ ...BODY, token: '33' })).toMatchObject({
      type: 'fail',
      error: 'connection-refused',
    });
  });

  it('guards a write by the create revision of the lock key, whatever the token says', async () => {
    const { etcd, stopped, before, log } = setUp('guard');
    const lock = async () => {
      const { revision } = await etcd.txn({
        compare: [],
        success: [{ do: 'put', key: 'lock', value: '' }],
        failure: [],
      });
      return { key: 'lock', createRevision: revision.toString() };
    };
    const unlock = () => etcd.txn({ compare: [], success: [{ do: 'delete', key: 'lock' }], failure: [] });
    const older = await lock();
    expect(await stopped.write({ ...BODY, token: '9', value: 1 }, older)).toMatchObject({ type: 'ok' });
    before(unlock);
    expect(await stopped.write({ ...BODY, token: '9', value: 2 }, older)).toMatchObject({ error: 'fenced' });
    const newer = await lock();
    // The key is there again, and it is another's.
    expect(await stopped.write({ ...BODY, token: '9', value: 3 }, older)).toEqual({
      type: 'fail',
      error: 'fenced',
      message: `the lock's key lock has create revision ${newer.createRevision} instead of ${older.createRevision}`,
    });
    expect(await stopped.write({ ...BODY, token: '1', value: 4 }, newer)).toMatchObject({ type: 'ok' });
    expect(log().map(({ verdict, value }) => [verdict, value])).toEqual([
      ['accepted', 1],
      ['refused', 2],
      ['refused', 3],
      ['accepted', 4],
    ]);
    expect(await stopped.write({ ...BODY, token: '1', value: 5 })).toMatchObject({ error: 'bad-request' });
  });

  it('gives up when somebody else is always first', async () => {
    const { etcd, interrupted, sent } = setUp('off');
    const crowded: Etcd = {
      ...interrupted,
      async txn(txn) {
        await etcd.txn({
          compare: [],
          success: [{ do: 'put', key: 'storage/state/k', value: '{"value":0,"highest":"0"}' }],
          failure: [],
        });
        return interrupted.txn(txn);
      },
    };
    expect(await connectEtcdStorage(crowded, 'off').write({ ...BODY, token: '1', value: 1 })).toMatchObject({
      type: 'info',
      error: 'unavailable',
    });
    expect(sent.length).toBeLessThanOrEqual(100);
  });
});

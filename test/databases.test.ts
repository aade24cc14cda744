/**
 * The databases as storages, each in its container, asked as clients ask them: that they decide as fencing.ts does, what each scheme
 * lets through, what outlives a kill, and what the decision log is worth when many write at once.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, storageUrl } from '../harness/cluster/cluster.js';
import { type Decision, type Fencing, schemesOf } from '../harness/history/decision.js';
import type { LockKey } from '../workloads/clients/storage-client.js';
import { type Access, type KeyState, NEVER_WRITTEN, rule } from '../workloads/storages/fencing.js';
import { createStore } from '../workloads/storages/store.js';
import { id, SMALL, start } from './support/cluster.js';
import { buildPlayer, type PlayedClient, type Player, speakTo } from './support/players.js';

const KINDS = ['postgres', 'redis', 'etcd'] as const;
const DEADLINE_MS = 10_000;
/** Sequences for each scheme, and accesses in one at most. */
const SEQUENCES = 6;
const LONGEST = 12;

let folder = '';
let program = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-player-'));
  program = join(folder, 'player.mjs');
  await writeFile(program, await buildPlayer());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const token = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 12 }).map(String) },
  fc.constantFrom(
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '9223372036854775806',
    '9223372036854775807',
  ),
);
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    "'; DROP TABLE state; --",
    { b: 1, a: [1.5, -0.1, 1e300] },
    JSON.parse('{"__proto__":{"x":1}}'),
  ),
);
const access: fc.Arbitrary<Access> = fc.oneof(
  token.map((given): Access => ({ f: 'read', token: given })),
  token.map((given): Access => ({ f: 'read', token: given, register: true })),
  fc.tuple(token, value).map(([given, written]): Access => ({ f: 'write', token: given, value: written })),
);

describe.each(KINDS)('%s', (kind) => {
  let cluster: Cluster;
  let player: Player;
  let etcd: string[] = [];
  let lastKey = 0;
  let lastOp = 0;

  beforeAll(async () => {
    cluster = await start({ ...SMALL, storage: kind, runId: id(`db-${kind}`) });
    etcd = cluster.nodes.filter(({ role }) => role === 'etcd').map(({ address }) => `http://${address}:2379`);
    await execa('docker', ['cp', program, `${await containerOf('clients1')}:/opt/leasebreaker/player.mjs`]);
    player = speakTo(await cluster.openProgram('clients1', ['node', '/opt/leasebreaker/player.mjs']));
  });
  afterAll(async () => {
    player?.end();
    await cluster?.down();
  });

  async function containerOf(service: string): Promise<string> {
    const filters = [`label=leasebreaker.run=${id(`db-${kind}`)}`, `label=com.docker.compose.service=${service}`];
    const { stdout } = await execa('docker', ['ps', '-aq', ...filters.flatMap((filter) => ['--filter', filter])]);
    return stdout.trim();
  }

  const freshKey = (): string => `key-${++lastKey}`;
  const connect = (fencing: Fencing, deadlineMs = DEADLINE_MS): Promise<PlayedClient> =>
    player.connect({ url: storageUrl(kind, cluster.nodes), etcd, fencing, deadlineMs });

  function ask(client: PlayedClient, key: string, wanted: Access, owner?: LockKey, op = ++lastOp) {
    const body = { op, process: 7, key, token: wanted.token };
    if (wanted.f === 'write') return client.write({ ...body, value: wanted.value }, owner);
    return client.read(wanted.register === true ? { ...body, register: true } : body);
  }

  async function log(): Promise<Decision[]> {
    const asked = await cluster.openStorageAdmin('log');
    const lines: string[] = [];
    asked.onLine((line) => lines.push(line));
    const complaints: string[] = [];
    asked.onStderr((line) => complaints.push(line));
    const { code } = await asked.closed;
    expect({ code, complaints }).toEqual({ code: 0, complaints: [] });
    return lines.map((line) => JSON.parse(line) as Decision);
  }

  it.each(schemesOf(kind))('decides as fencing.ts does, and logs it: %s', async (scheme) => {
    const client = await connect(scheme);
    const owner = scheme === 'guard' ? await player.takeLock(etcd, 'lock-kept') : undefined;
    const expected: Record<string, unknown>[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(access, { minLength: 4, maxLength: LONGEST }), async (accesses) => {
        const key = freshKey();
        const model = createStore(scheme);
        for (const wanted of accesses) {
          const op = ++lastOp;
          const decided = model.apply({ op, process: 7, key }, wanted);
          const outcome = await ask(client, key, wanted, owner, op);
          if ('refused' in decided) {
            expect(outcome).toEqual({ type: 'fail', error: 'fenced', message: decided.refused.reason });
          } else if (wanted.f === 'read') {
            expect(outcome).toEqual({ type: 'ok', value: decided.accepted.value });
          } else expect(outcome).toMatchObject({ type: 'ok' });
        }
        const lines = Buffer.concat(model.log.pieces()).toString().trim().split('\n');
        for (const line of lines) expected.push({ ...(JSON.parse(line) as Decision), seq: expect.any(Number) });
      }),
      // The log is compared once, below, and a key is used once: there is nothing to shrink.
      { numRuns: SEQUENCES, endOnFailure: true },
    );
    const first = expected[0]?.['op'] as number;
    expect((await log()).filter(({ op }) => op >= first)).toEqual(expected);
    await client.close();
  });

  describe('what the schemes let through', () => {
    type Step = [token: string, f: 'read' | 'register' | 'write'];
    // Holder 33 is stopped inside its section, 34 gets the lock and reads, and 33 goes on before 34 has written; then again after.
    const STORY: Step[] = [
      ['33', 'write'],
      ['33', 'register'],
      ['34', 'register'],
      ['33', 'write'],
      ['34', 'write'],
      ['33', 'write'],
      ['34', 'write'],
    ];
    it.each<[Fencing, string]>([
      ['off', 'ok ok ok ok ok ok ok'],
      ['ask-etcd', 'ok ok ok ok ok ok ok'],
      ['equality', 'ok ok ok ok fenced ok fenced'], // the stale one goes on, the rightful owner is shut out
      ['monotonic', 'ok ok ok ok ok fenced ok'], // the first-write hole, then closed
      ['strict', 'ok ok ok fenced ok fenced fenced'], // no second write in a section, whoever it is: replays too
      ['monotonic+register', 'ok ok ok fenced ok fenced ok'],
      ['on', 'ok ok ok fenced ok fenced ok'],
    ])('%s: %s', async (scheme, outcomes) => {
      const [older, newer] = [await connect(scheme), await connect(scheme)];
      const key = freshKey();
      const seen: string[] = [];
      for (const [n, [given, f]] of STORY.entries()) {
        const wanted: Access =
          f === 'write' ? { f, token: given, value: n } : { f: 'read', token: given, register: true };
        const outcome = await ask(given === '33' ? older : newer, key, wanted);
        seen.push(outcome.type === 'ok' ? 'ok' : outcome.error);
      }
      expect(seen.join(' ')).toBe(outcomes);
      await Promise.all([older.close(), newer.close()]);
    });

    it('monotonic+register without the registration has the hole again', async () => {
      const client = await connect('monotonic+register');
      const key = freshKey();
      expect(await ask(client, key, { f: 'read', token: '34' })).toMatchObject({ type: 'ok' });
      expect(await ask(client, key, { f: 'write', token: '33', value: 'stale' })).toMatchObject({ type: 'ok' });
      await client.close();
    });

    if (kind === 'etcd')
      it('guard: the write of whoever lost the lock, its first one too, and no other', async () => {
        const client = await connect('guard');
        const key = freshKey();
        const older = await player.takeLock(etcd, 'lock-lost');
        expect(await ask(client, key, { f: 'write', token: '99', value: 1 }, older)).toMatchObject({ type: 'ok' });
        const newer = await player.takeLock(etcd, 'lock-lost');
        const reason = `the lock's key lock-lost has create revision ${newer.createRevision} instead of ${older.createRevision}`;
        expect(await ask(client, key, { f: 'write', token: '99', value: 2 }, older)).toEqual({
          type: 'fail',
          error: 'fenced',
          message: reason,
        });
        // The token says nothing here.
        expect(await ask(client, key, { f: 'write', token: '1', value: 3 }, newer)).toMatchObject({ type: 'ok' });
        expect(await ask(client, key, { f: 'read', token: '1' })).toEqual({ type: 'ok', value: 3 });
        const decided = (await log()).filter((decision) => decision.key === key);
        expect(decided.map(({ verdict, value, reason }) => [verdict, value, reason])).toEqual([
          ['accepted', 1, undefined],
          ['refused', 2, reason],
          ['accepted', 3, undefined],
          ['accepted', 3, undefined],
        ]);
        await client.close();
      });
  });

  it('numbers and orders the decisions of eight clients at once as they took effect', async () => {
    const before = (await log()).length;
    const keys = [freshKey(), freshKey()];
    const acknowledged: { op: number; asked: number; answered: number; outcome: string; value: unknown }[] = [];
    let clock = 0;
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect('on')));
    await Promise.all(
      clients.map(async (client, n) => {
        for (let turn = 0; turn < 25; turn++) {
          const op = ++lastOp;
          // Tokens mostly rise, and some are stale.
          const given = String(turn + ((n * 7 + turn * 3) % 5));
          const wanted: Access =
            turn % 3 === 0 ? { f: 'read', token: given } : { f: 'write', token: given, value: `${n}/${turn}` };
          const asked = ++clock;
          const outcome = await ask(client, keys[(n + turn) % 2] as string, wanted, undefined, op);
          const value = outcome.type === 'ok' && wanted.f === 'read' ? outcome.value : undefined;
          acknowledged.push({
            op,
            asked,
            answered: ++clock,
            outcome: outcome.type === 'ok' ? 'ok' : outcome.error,
            value,
          });
        }
      }),
    );
    const all = await log();
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    const decisions = all.slice(before);
    expect(decisions).toHaveLength(acknowledged.length);
    expect(acknowledged.filter(({ outcome }) => outcome === 'fenced').length).toBeGreaterThan(0);

    // Played again in the order of the log, everything comes out the same.
    const states = new Map<string, KeyState>();
    for (const decision of decisions) {
      const { key, f, token: given, value: logged } = decision;
      const state = states.get(key) ?? NEVER_WRITTEN;
      const ruling = rule('on', state, f === 'read' ? { f, token: given } : { f, token: given, value: logged });
      const next = ruling.verdict === 'accepted' ? ruling.state : state;
      states.set(key, next);
      expect(decision).toMatchObject({ verdict: ruling.verdict, highest: next.highest });
      if (f === 'read' && ruling.verdict === 'accepted') expect(logged).toEqual(next.value);
      const heard = acknowledged.find(({ op }) => op === decision.op);
      expect(heard?.outcome).toBe(ruling.verdict === 'accepted' ? 'ok' : 'fenced');
      if (heard?.value !== undefined) expect(heard.value).toEqual(logged);
    }
    // And what was answered before something else was asked comes before it.
    const place = new Map(decisions.map(({ op }, index) => [op, index]));
    for (const one of acknowledged)
      for (const other of acknowledged)
        if (one.answered < other.asked) expect(place.get(one.op)).toBeLessThan(place.get(other.op) as number);
    await Promise.all(clients.map((client) => client.close()));
  });

  // What becomes of etcd itself is shown elsewhere.
  if (kind === 'etcd') return;

  describe('in trouble', () => {
    it('loses nothing that it has acknowledged when it is killed', async () => {
      const container = await containerOf('storage');
      const client = await connect('on', 2000);
      const key = freshKey();
      const acknowledged: number[] = [];
      let attempted = 0;
      let killed = false;
      const writing = (async () => {
        while (!killed) {
          attempted += 1;
          const outcome = await ask(client, key, { f: 'write', token: String(attempted), value: attempted });
          if (outcome.type === 'ok') acknowledged.push(attempted);
          else killed = true;
        }
      })();
      await sleep(1500);
      // All of its processes, at once.
      await execa('docker', ['kill', '--signal', 'KILL', container]);
      await writing;
      expect(acknowledged.length).toBeGreaterThan(10);
      await execa('docker', ['start', container]);

      const last = acknowledged.at(-1) as number;
      let outcome = await ask(client, key, { f: 'write', token: String(last - 1), value: 'stale' });
      const refusals = new Set<string>();
      for (let tries = 0; tries < 100 && outcome.type === 'fail' && outcome.error !== 'fenced'; tries++) {
        refusals.add(outcome.error);
        await sleep(300);
        outcome = await ask(client, key, { f: 'write', token: String(last - 1), value: 'stale' });
      }
      // The highest token is there; and until the server took connections, nothing was sent.
      expect(outcome).toMatchObject({ type: 'fail', error: 'fenced' });
      expect([...refusals].filter((error) => error !== 'connection-refused')).toEqual([]);
      const read = await ask(client, key, { f: 'read', token: String(attempted) });
      expect([last, attempted]).toContain(read.type === 'ok' ? read.value : undefined);
      const decisions = await log();
      expect(decisions.map(({ seq }) => seq)).toEqual(decisions.map((_, index) => index + 1));
      const written = decisions.filter((one) => one.key === key && one.f === 'write' && one.verdict === 'accepted');
      expect(written.map(({ value }) => value).slice(0, last)).toEqual(acknowledged);
      await client.close();
    });

    it('carries out a write that waited while it stood still, once, though its client has given it up', async () => {
      const container = await containerOf('storage');
      const client = await connect('off', 1500);
      const key = freshKey();
      expect(await ask(client, key, { f: 'write', token: '1', value: 'before' })).toMatchObject({ type: 'ok' });
      await execa('docker', ['pause', container]);
      const given = await ask(client, key, { f: 'write', token: '1', value: 'late' });
      await execa('docker', ['unpause', container]);
      expect(given).toMatchObject({ type: 'info', error: 'timeout' });
      let value: unknown;
      for (let tries = 0; tries < 50 && value !== 'late'; tries++) {
        const read = await ask(client, key, { f: 'read', token: '1' });
        value = read.type === 'ok' ? read.value : read.error;
        await sleep(100);
      }
      expect(value).toBe('late');
      expect((await log()).filter((one) => one.key === key && one.value === 'late' && one.f === 'write')).toHaveLength(
        1,
      );
      await client.close();
    });

    it('is not asked what nobody could answer: no connection, no request', async () => {
      const url = storageUrl(kind, cluster.nodes).replace(/:\d+/, ':1');
      const client = await player.connect({ url, etcd, fencing: 'on', deadlineMs: DEADLINE_MS });
      const outcome = await ask(client, freshKey(), { f: 'write', token: '1', value: 1 });
      expect(outcome).toMatchObject({ type: 'fail', error: 'connection-refused' });
      expect(await ask(client, 'k\u0000', { f: 'read', token: '1' })).toMatchObject({
        type: 'fail',
        error: 'bad-request',
      });
      await client.close();
    });
  });
});

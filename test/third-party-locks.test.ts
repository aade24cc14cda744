/**
 * The adapters of third-party locks. First each against a real cluster, driven as in a run: two clients keep each other out, the token is
 * the create revision of the owner's key, a pause for longer than the TTL lets the next one in. Then whole runs with the outcome
 * that is known of these locks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../harness/cluster/cluster.js';
import { connectAgent, type AgentLink } from '../harness/run/agent-link.js';
import {
  type ClientAnswer,
  type ClientMessage,
  clientMessageSchema,
  type OpenOptions,
} from '../workloads/clients/protocol.js';
import { id, printed, SMALL, start } from './support/cluster.js';
import { judged } from './support/judged.js';
import { until } from './support/until.js';

const RUN = id('third-party');
/** In s. */
const SHORT = 2;
const LONG = 10;
const PATIENCE_MS = 60_000;
/** In the pool. */
const CLIENTS = 10;

const ADAPTERS = [
  'etcd3-lock',
  'etcd3-lock-strict',
  'etcd3-election',
  'lock-service',
  'election-service',
  'etcdctl-lock',
  'lock-service-zero',
] as const;
type Adapter = (typeof ADAPTERS)[number];

const read = { f: 'read', key: 'r', op: 1, process: 1 };
const write = (value: string) => ({ f: 'write', key: 'r', value, op: 2, process: 1 });

let cluster: Cluster;
let hosts: AgentLink;
let pool: Client[] = [];

beforeAll(async () => {
  cluster = await start({ ...SMALL, runId: RUN, fencing: 'off' });
  hosts = await connectAgent('clients1', await cluster.openAgent('clients1'));
  pool = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => startClient(`client-${n}`)));
});

afterAll(async () => {
  await cluster?.down();
});

const addressOf = (role: string) => cluster.nodes.find((node) => node.role === role)?.address ?? '';

type Client = Awaited<ReturnType<typeof startClient>>;

/** Clients are used again and again: starting one takes longer than what is done with it. */
async function startClient(name: string) {
  const said: ClientMessage[] = [];
  let lastId = 0;
  await hosts.spawn(name, ['node', '/opt/leasebreaker/client.mjs'], {
    onLine: (line) => said.push(clientMessageSchema.parse(JSON.parse(line))),
    onStderr: (line) => console.error(`${name}: ${line}`),
    onExit: () => undefined,
  });
  function begin(body: object) {
    const request = ++lastId;
    const now = (): ClientAnswer | undefined =>
      said.find((message): message is ClientAnswer => 'type' in message && message.id === request);
    hosts.send(name, JSON.stringify({ id: request, ...body }));
    const answer = () =>
      vi.waitFor(
        () => {
          const answered = now();
          if (answered === undefined) throw new Error(`${name} did not answer ${JSON.stringify(body)}`);
          return answered;
        },
        { timeout: PATIENCE_MS, interval: 10 },
      );
    return { id: request, now, answer };
  }
  const ask = (body: object) => begin(body).answer();
  return {
    begin,
    ask,
    /** The answer to what must succeed. */
    async have(body: object): Promise<{ token: string; value: { lease: string; failedTries?: number } }> {
      const answer = await ask(body);
      expect(answer, JSON.stringify(answer)).toMatchObject({ type: 'ok' });
      return answer as never;
    },
    lost: (hold: number) => said.find((message) => 'event' in message && message.hold === hold),
    pause: async () => expect(await hosts.signal(name, 'SIGSTOP')).toMatchObject({ reached: true }),
    resume: async () => expect(await hosts.signal(name, 'SIGCONT')).toMatchObject({ reached: true }),
  };
}

/** Carries out a test with clients of the pool, one for each TTL. */
async function withClients<const T extends number[]>(
  recipe: Adapter,
  ttls: T,
  test: (clients: { [K in keyof T]: Client }) => Promise<void>,
): Promise<void> {
  await until('free clients', () => pool.length >= ttls.length, 300_000);
  const clients = pool.splice(0, ttls.length);
  const common = {
    recipe,
    deadlineMs: 10_000,
    onLoss: 'ignore',
    token: 'create-revision',
  } satisfies Partial<OpenOptions>;
  const urls = { etcd: [`http://${addressOf('etcd')}:2379`], storage: `http://${addressOf('storage')}:8080` };
  await Promise.all(clients.map((client, n) => client.have({ f: 'open', ...common, ...urls, ttl: ttls[n] })));
  await test(clients as never);
  await Promise.all(clients.map((client) => client.ask({ f: 'close' })));
  pool.push(...clients);
}

let lastLock = 0;
const newLock = () => `leasebreaker/${RUN}/lane-${++lastLock}`;

/** Keys of the lock as etcdctl sees them, oldest first. */
async function keysOf(lock: string): Promise<{ key: string; createRevision: string; lease: bigint }[]> {
  const json = await printed(cluster, 'observer', 'etcdctl', 'get', '--prefix', lock, '--sort-by=CREATE', '-w', 'json');
  // Lease ids are larger than what a number holds exactly.
  const { kvs = [] } = JSON.parse(json.replace(/"lease":(\d+)/g, '"lease":"$1"')) as {
    kvs?: { key: string; create_revision: number; lease?: string }[];
  };
  return kvs.map(({ key, create_revision, lease = '0' }) => ({
    key: Buffer.from(key, 'base64').toString(),
    createRevision: String(create_revision),
    lease: BigInt(lease),
  }));
}

describe.concurrent('a third-party lock on a real cluster', () => {
  it.each(ADAPTERS)('%s: one at a time, with the create revision of its key as its token', (recipe) =>
    withClients(recipe, [LONG, LONG], async ([a, b]) => {
      const lock = newLock();
      const first = await a.have({ f: 'acquire', lock });
      const lease = BigInt(`0x${first.value.lease}`);
      expect((await keysOf(lock))[0]).toMatchObject({ createRevision: first.token, lease });
      const second = b.begin({ f: 'acquire', lock });
      await sleep(1500);
      expect(second.now()).toBeUndefined();
      expect(await a.have(write('of a'))).toMatchObject({ token: first.token });
      await a.have({ f: 'check' });
      await a.have({ f: 'release' });
      const { type, token } = await second.answer();
      expect(type).toBe('ok');
      expect((await keysOf(lock)).map(({ createRevision }) => createRevision)).toEqual([token]);
      expect(BigInt(token ?? 0)).toBeGreaterThan(BigInt(first.token));
      await b.have(read);
      await b.have({ f: 'close' });
      expect(await keysOf(lock)).toEqual([]);
      await a.have({ f: 'acquire', lock });
    }),
  );

  it.each(ADAPTERS.filter((recipe) => recipe !== 'lock-service-zero'))(
    '%s: a pause for longer than the TTL lets another in, and the late write goes out',
    (recipe) =>
      withClients(recipe, [SHORT, LONG], async ([a, b]) => {
        const lock = newLock();
        const resource = { key: lock };
        const first = a.begin({ f: 'acquire', lock });
        const answer = await first.answer();
        expect(answer, JSON.stringify(answer)).toMatchObject({ type: 'ok' });
        const { token } = answer;
        await a.pause();
        const second = await b.have({ f: 'acquire', lock });
        expect(BigInt(second.token)).toBeGreaterThan(BigInt(token ?? 0));
        await b.have({ ...write('of b'), ...resource });
        const late = a.begin({ ...write('late'), ...resource });
        await a.resume();
        expect(await late.answer()).toMatchObject({ type: 'ok', token });
        expect(await b.have({ ...read, ...resource })).toMatchObject({ value: 'late' });
        expect(await a.ask({ f: 'check' })).toMatchObject({ type: 'fail', error: 'lock-lost' });
        if (recipe === 'etcdctl-lock') {
          // Long after etcdctl has found out, its command runs on beside the other one.
          await sleep(2000 * SHORT);
          await a.have({ ...read, ...resource });
          expect(a.lost(first.id)).toBeUndefined();
        } else {
          await until('word of the loss', () => a.lost(first.id) !== undefined, PATIENCE_MS);
        }
        await a.have({ f: 'release' });
        expect((await keysOf(lock)).map(({ createRevision }) => createRevision)).toEqual([second.token]);
      }),
  );

  it('lock-service: a lease that expires in the queue is answered, and the lock asked for with a new one', () =>
    withClients('lock-service', [LONG, SHORT], async ([a, b]) => {
      const lock = newLock();
      await a.have({ f: 'acquire', lock });
      const second = b.begin({ f: 'acquire', lock });
      await until('its key', async () => (await keysOf(lock)).length === 2);
      const expired = (await keysOf(lock))[1]?.createRevision ?? '';
      await until('the end of its key', async () =>
        (await keysOf(lock)).every(({ createRevision }) => createRevision !== expired),
      );
      await a.have({ f: 'release' });
      const { token, value } = await second.answer();
      expect((value as { failedTries: number }).failedTries).toBeGreaterThan(0);
      expect((await keysOf(lock)).map(({ createRevision }) => createRevision)).toEqual([token]);
    }));

  it('lock-service-zero: is held under a lease of 60 s that nobody renews', () =>
    withClients('lock-service-zero', [SHORT], async ([a]) => {
      const { value } = await a.have({ f: 'acquire', lock: newLock() });
      const ask = ['etcdctl', 'lease', 'timetolive', value.lease, '-w', 'json'];
      const left = async () =>
        JSON.parse(await printed(cluster, 'observer', ...ask)) as { 'granted-ttl': number; ttl: number };
      const { 'granted-ttl': granted, ttl } = await left();
      expect(granted).toBe(60);
      await sleep(3000);
      expect((await left()).ttl).toBeLessThan(ttl);
    }));

  // It is the server that does not look for the candidate's key.
  it('election-service: a candidate that was stopped in the queue is elected without its key', () =>
    withClients('election-service', [LONG, SHORT, LONG], async ([a, b, c]) => {
      const lock = newLock();
      await a.have({ f: 'acquire', lock });
      const second = b.begin({ f: 'acquire', lock });
      await until('its key', async () => (await keysOf(lock)).length === 2);
      const own = (await keysOf(lock))[1]?.createRevision;
      await b.pause();
      await until('the end of its key', async () => (await keysOf(lock)).length === 1);
      await a.have({ f: 'release' });
      const third = await c.have({ f: 'acquire', lock });
      await b.resume();
      expect(await second.answer()).toMatchObject({ type: 'ok', token: own });
      expect((await keysOf(lock)).map(({ createRevision }) => createRevision)).toEqual([third.token]);
      expect(await b.ask({ f: 'check' })).toMatchObject({ type: 'fail', error: 'lock-lost' });
      await until('word of the loss', () => b.lost(second.id) !== undefined, PATIENCE_MS);
    }));
});

describe.concurrent('a run with a third-party lock', () => {
  // Five clients that think for 0.75 s on average: the last in the queue waits for about 3 s, longer than its lease of
  // 2 s, which nobody keeps alive yet.
  const QUEUE = ['--recipe', 'lock-service', '--faults', 'none', '--clients', '5', '--think', '1500'];

  it('lock-service on etcd 3.4: breaks without any fault, and etcd does not keep its word', async () => {
    const { verdict, exclusion, service, counts } = await judged(...QUEUE, '--etcd', '3.4');
    expect({ verdict, exclusion, service }).toEqual({
      verdict: 'violated',
      exclusion: 'violated',
      service: 'violated',
    });
    expect(counts['never-owned']).toBeGreaterThan(0);
  });

  // Its lease may still expire between the answer and the first keep-alive, which is the caller's doing.
  it('lock-service on etcd 3.5: tells nobody of a lock whose key is gone', async () => {
    const { service, counts } = await judged(...QUEUE, '--etcd', '3.5');
    expect({ service, neverOwned: counts['never-owned'] }).toEqual({ service: 'clean', neverOwned: 0 });
  });

  // Stopped between read and write, for longer than the TTL, in both lanes twice.
  const PAUSE = ['--faults', 'pause:on=before-write:for=3ttl', '--expect', 'violation'];

  it.each(['etcd3-lock', 'etcd3-lock-strict', 'etcd3-election', 'election-service', 'etcdctl-lock'])(
    '%s under pauses: the late write destroys an update',
    async (recipe) => {
      const { code, ...verdict } = await judged('--recipe', recipe, ...PAUSE);
      expect(verdict).toMatchObject({ verdict: 'violated', exclusion: 'violated', service: 'clean' });
      expect(verdict.counts['stale-write']).toBeGreaterThan(0);
      expect(code).toBe(0);
    },
  );

  it('lock-service-zero: a holder that is killed keeps everybody out, for a minute at a TTL of 2 s', async () => {
    const kill = ['--faults', 'kill:on=before-write:at=1s:for=1s@holder', '--time', '5'];
    const { code, ...verdict } = await judged('--recipe', 'lock-service-zero', ...kill);
    expect(verdict).toMatchObject({ service: 'clean', recovery: 'violated' });
    expect(verdict.exclusion).not.toBe('violated');
    expect(code).toBe(1);
  });
});

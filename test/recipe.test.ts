/**
 * The client program and its queue recipe against a real three-member cluster: order, tokens, and what a pause, a cut and
 * a member's death do to a hold. Driven as in a run: by agents, over `docker exec`.
 */
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCluster, type Cluster } from '../harness/cluster/cluster.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { connectAgent, type AgentLink } from '../harness/run/agent-link.js';
import {
  clientMessageSchema,
  type ClientAnswer,
  type ClientMessage,
  type OpenOptions,
} from '../workloads/clients/protocol.js';

const RUN = `test-recipe-${process.pid}`;
/** What those get who are to lose their lease, in s: the least that etcd grants. The others get enough for a slow machine. */
const SHORT = 2;
const LONG = 10;
const CLIENT = ['node', '/opt/leasebreaker/client.mjs'];
/** For whatever has to come about; far more than it takes. */
const PATIENCE_MS = 60_000;

let cluster: Cluster;
let clients: AgentLink;
let observers: AgentLink;
let started: string[] = [];
let nextLock = 1;
let lastClient = 0;

beforeAll(async () => {
  const outcome = await startCluster(
    { runId: RUN, etcdNodes: 3, etcdData: 'tmpfs', fencing: 'off', clientHosts: 1 },
    () => undefined,
  );
  if (outcome.kind !== 'up') throw new Error(`${outcome.message}\n${outcome.mend.join('\n')}`);
  cluster = outcome.cluster;
  clients = await connectAgent('clients1', await cluster.openAgent('clients1'));
  observers = await connectAgent('observer', await cluster.openAgent('observer'));
});

afterEach(async () => {
  await Promise.all(started.map((name) => clients.signal(name, 'SIGKILL').catch(() => undefined)));
  started = [];
});

afterAll(async () => {
  await cluster?.down();
});

function until<T>(find: () => T | undefined, what: string): Promise<T> {
  return vi.waitFor(
    () => {
      const found = find();
      if (found === undefined) throw new Error(`waited in vain for ${what}`);
      return found;
    },
    { timeout: PATIENCE_MS, interval: 5 },
  );
}

/** Client URLs, the given member's first: it is the one that the client uses as long as it answers. */
function etcdUrls(first = 'etcd1'): string[] {
  const members = cluster.nodes.filter(({ role }) => role === 'etcd');
  members.sort((a, b) => Number(b.name === first) - Number(a.name === first));
  return members.map(({ address }) => `http://${address}:2379`);
}

async function startClient(role: string, options: Partial<OpenOptions> = {}) {
  const name = `${role}-${++lastClient}`;
  const said: ClientMessage[] = [];
  const stderr: string[] = [];
  let lastId = 0;
  started.push(name);
  const handlers = {
    onLine: (line: string) => said.push(clientMessageSchema.parse(JSON.parse(line))),
    onStderr: (line: string) => stderr.push(line),
    onExit: () => undefined,
  };
  await clients.spawn(name, CLIENT, handlers);

  /** Sends, and gives a way to look at or wait for the answer. */
  function begin(body: object) {
    const id = ++lastId;
    const now = (): ClientAnswer | undefined =>
      said.find((message): message is ClientAnswer => 'type' in message && message.id === id);
    clients.send(name, JSON.stringify({ id, ...body }));
    return { id, now, answer: () => until(now, `${name} to answer ${JSON.stringify(body)}`) };
  }
  const ask = (body: object): Promise<ClientAnswer> => begin(body).answer();
  const open = () => {
    const storage = `http://${cluster.nodes.find(({ role }) => role === 'storage')?.address}:8080`;
    const common = { recipe: 'mutex', etcd: etcdUrls(), storage, ttl: LONG, deadlineMs: 3000 };
    return ask({ f: 'open', ...common, onLoss: 'ignore', token: 'create-revision', ...options });
  };
  expect(await ask({ f: 'hello', version: 1 })).toMatchObject({ type: 'ok', value: { version: 1 } });
  const opened = await open();
  expect(opened).toMatchObject({ type: 'ok', value: { ttlMs: 1000 * (options.ttl ?? LONG) } });
  return {
    said,
    stderr,
    begin,
    ask,
    open,
    raw: (line: string) => clients.send(name, line),
    lease: (opened.value as { lease: string }).lease,
    lost: (hold: number) => said.find((message) => 'event' in message && message.hold === hold),
    pause: () => clients.signal(name, 'SIGSTOP'),
    resume: () => clients.signal(name, 'SIGCONT'),
  };
}

/** A name that no other test uses. */
function newLock(): string {
  return `leasebreaker/${RUN}/lane-${nextLock++}`;
}

async function output(command: string[]): Promise<string> {
  const stream = await cluster.openProgram('observer', command);
  const lines: string[] = [];
  stream.onLine((line) => lines.push(line));
  stream.onStderr(() => undefined);
  const { code } = await stream.closed;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  return lines.join('\n');
}

/** The lock's keys as etcdctl sees them, oldest first: lease id and create revision. */
async function queue(lock: string): Promise<{ lease: string; createRevision: string }[]> {
  const json = await output(['etcdctl', 'get', '--prefix', `${lock}/`, '--sort-by=CREATE', '-w', 'json']);
  const { kvs = [] } = JSON.parse(json) as { kvs?: { key: string; create_revision: number }[] };
  return kvs.map(({ key, create_revision }) => ({
    lease: Buffer.from(key, 'base64').toString().split('/').at(-1) ?? '',
    createRevision: String(create_revision),
  }));
}

const engine = (command: 'pause' | 'unpause' | 'kill', member: string) =>
  execa('docker', [command, cluster.nodes.find(({ name }) => name === member)?.container ?? '']);

/** A member that does not lead, and is not `other`: its silence or death brings no election. */
async function follower(other?: string): Promise<string> {
  const health = await cluster.etcd.awaitHealthy(PATIENCE_MS);
  if (health.kind !== 'healthy') throw new Error(health.problems.join('; '));
  return health.members.find(({ name, leader }) => !leader && name !== other)?.name ?? '';
}

const read = { f: 'read', key: 'r', op: 1, process: 1 };
const write = { f: 'write', key: 'r', value: 'x', op: 2, process: 1 };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the queue recipe on a real cluster', () => {
  it('hands the lock on in the order of arrival; the token is the create revision of the own key', async () => {
    const lock = newLock();
    const [a, b, c] = await Promise.all([startClient('a'), startClient('b'), startClient('c', { token: 'lease-id' })]);
    const first = await a.ask({ f: 'acquire', lock });
    const second = b.begin({ f: 'acquire', lock });
    await eventually(async () => (await queue(lock)).length === 2);
    const third = c.begin({ f: 'acquire', lock });
    await eventually(async () => (await queue(lock)).length === 3);

    const keys = await queue(lock);
    expect(keys.map(({ lease }) => lease)).toEqual([a.lease, b.lease, c.lease]);
    expect(first.token).toBe(keys[0]?.createRevision);
    expect(await a.ask(write)).toMatchObject({ type: 'ok', token: first.token });
    expect(await a.ask(read)).toMatchObject({ type: 'ok', value: 'x', token: first.token });
    expect([second.now(), third.now()]).toEqual([undefined, undefined]);

    expect(await a.ask({ f: 'release' })).toMatchObject({ type: 'ok', value: { deleted: true } });
    expect((await second.answer()).token).toBe(keys[1]?.createRevision);
    expect(await a.ask(read)).toMatchObject({ type: 'fail', error: 'not-held' });
    expect(third.now()).toBeUndefined();
    await b.ask({ f: 'close' });
    expect((await third.answer()).token).toBe(BigInt(`0x${c.lease}`).toString());
    expect(await queue(lock)).toEqual([{ lease: c.lease, createRevision: keys[2]?.createRevision }]);
  });

  it('loses the lock while paused for longer than the TTL, says so, and lets the late write go out', async () => {
    const lock = newLock();
    const [a, b] = await Promise.all([startClient('a', { ttl: SHORT }), startClient('b')]);
    const first = a.begin({ f: 'acquire', lock });
    const { token } = await first.answer();
    expect(await a.pause()).toMatchObject({ reached: true });
    const pausedAt = performance.now();
    const second = await b.ask({ f: 'acquire', lock });
    expect(performance.now() - pausedAt).toBeGreaterThan(SHORT * 500);
    expect(BigInt(second.token ?? 0)).toBeGreaterThan(BigInt(token ?? 0));
    await b.ask({ ...write, value: 'of b' });

    const late = a.begin({ ...write, value: 'late' });
    expect(await a.resume()).toMatchObject({ reached: true });
    expect(await late.answer()).toMatchObject({ type: 'ok', token });
    expect(await b.ask(read)).toMatchObject({ value: 'late' });
    expect(await until(() => a.lost(first.id), 'the loss')).toMatchObject({ event: 'lost', reason: 'local-deadline' });

    expect(await a.ask({ f: 'release' })).toMatchObject({ type: 'ok', value: { deleted: false } });
    expect(await a.ask({ f: 'acquire', lock })).toMatchObject({ type: 'fail', error: 'not-open' });
    expect(await a.ask({ f: 'close' })).toMatchObject({ type: 'ok' });
    expect(await a.open()).toMatchObject({ type: 'ok' });
    const again = a.begin({ f: 'acquire', lock });
    await b.ask({ f: 'release' });
    expect(await again.answer()).toMatchObject({ type: 'ok' });
  });

  it('refuses the rest of the section after a loss under the discipline `stop`', async () => {
    const lock = newLock();
    const [a, b] = await Promise.all([startClient('a', { ttl: SHORT, onLoss: 'stop' }), startClient('b')]);
    const first = a.begin({ f: 'acquire', lock });
    await first.answer();
    await a.pause();
    await b.ask({ f: 'acquire', lock });
    await b.ask({ ...write, value: 'of b' });
    const late = a.begin({ ...write, value: 'late' });
    await a.resume();
    expect(await late.answer()).toMatchObject({ type: 'fail', error: 'lock-lost' });
    expect(await a.ask(read)).toMatchObject({ type: 'fail', error: 'lock-lost' });
    await until(() => a.lost(first.id), 'the loss');
    expect(await b.ask(read)).toMatchObject({ value: 'of b' });
  });

  it('does not take the lock when its lease expired while it queued in a pause', async () => {
    const lock = newLock();
    const [a, b] = await Promise.all([startClient('a'), startClient('b', { ttl: SHORT })]);
    await a.ask({ f: 'acquire', lock });
    const second = b.begin({ f: 'acquire', lock });
    await eventually(async () => (await queue(lock)).length === 2);
    await b.pause();
    await eventually(async () => (await queue(lock)).length === 1);
    await a.ask({ f: 'release' });
    await b.resume();
    expect(await second.answer()).toMatchObject({ type: 'info', error: 'session-expired' });
  });

  it('loses its lock to a garbage collection that takes longer than the TTL', async () => {
    const lock = newLock();
    const [a, b] = await Promise.all([startClient('a', { ttl: SHORT }), startClient('b')]);
    const first = a.begin({ f: 'acquire', lock });
    await first.answer();
    const stall = a.begin({ f: 'stall', how: 'gc', ms: 3000 * SHORT });
    const second = await b.ask({ f: 'acquire', lock });
    expect(second).toMatchObject({ type: 'ok' });
    expect(stall.now()).toBeUndefined();
    const { delayMs } = (await stall.answer()).value as { delayMs: number };
    expect(delayMs).toBeGreaterThan(3000 * SHORT);
    expect(await until(() => a.lost(first.id), 'the loss')).toMatchObject({ reason: 'local-deadline' });
  });

  it('goes on when the member that it uses falls silent, holding and queueing', async () => {
    const lock = newLock();
    const silent = await follower();
    const etcd = { etcd: etcdUrls(silent) };
    const [a, b] = await Promise.all([startClient('a', etcd), startClient('b', etcd)]);
    const first = a.begin({ f: 'acquire', lock });
    await first.answer();
    const second = b.begin({ f: 'acquire', lock });
    await eventually(async () => (await queue(lock)).length === 2);
    // The key is there before its client has been told so; cut off in between, it could not know that it queues.
    await sleep(1000);
    await engine('pause', silent);
    try {
      // Until both have found out by a keep-alive, which waits for a third of the TTL, twice over.
      await sleep(1000 * LONG);
      expect([a.lost(first.id), second.now()]).toEqual([undefined, undefined]);
      expect(await a.ask({ f: 'release' })).toMatchObject({ type: 'ok', value: { deleted: true } });
      expect(await second.answer()).toMatchObject({ type: 'ok' });
    } finally {
      await engine('unpause', silent);
    }
  });

  it('gives a hold up by its own clock when no member answers', async () => {
    const lock = newLock();
    const a = await startClient('a', { ttl: SHORT });
    const first = a.begin({ f: 'acquire', lock });
    await first.answer();
    const members = ['etcd1', 'etcd2', 'etcd3'];
    await Promise.all(members.map((member) => engine('pause', member)));
    try {
      expect(await until(() => a.lost(first.id), 'the loss')).toMatchObject({ reason: 'local-deadline' });
    } finally {
      await Promise.all(members.map((member) => engine('unpause', member)));
    }
    await eventually(async () => {
      await a.ask({ f: 'close' });
      await a.open();
      return (await a.ask({ f: 'acquire', lock })).type === 'ok';
    });
  });

  it('answers broken lines where it can and goes on', async () => {
    const a = await startClient('a');
    a.raw('{"id": 900, "f": ');
    a.raw('{"id": 901, "f": "dance"}');
    a.raw('{"id": 902, "f": "acquire"}');
    expect(await a.ask({ f: 'release' })).toMatchObject({ type: 'fail', error: 'not-held' });
    const answers = a.said.filter((message): message is ClientAnswer => 'type' in message && Number(message.id) >= 900);
    expect(answers).toMatchObject([
      { id: 901, type: 'fail', error: 'unsupported' },
      { id: 902, type: 'fail', error: 'bad-request' },
    ]);
    await until(() => a.stderr[2], 'three complaints');
  });

  it('gives its lease back when its stdin ends, holding or queueing', async () => {
    const lock = newLock();
    const holder = await startClient('a');
    await holder.ask({ f: 'acquire', lock });
    const stream = await cluster.openProgram('clients1', CLIENT);
    const said: string[] = [];
    stream.onLine((line) => said.push(line));
    const storage = 'http://127.0.0.1:8080';
    const open = {
      recipe: 'mutex',
      etcd: etcdUrls(),
      storage,
      ttl: 60,
      onLoss: 'ignore',
      token: 'lease-id',
      deadlineMs: 1000,
    };
    stream.send(JSON.stringify({ id: 1, f: 'open', ...open }));
    await until(() => said[0], 'the lease');
    stream.send(JSON.stringify({ id: 2, f: 'acquire', lock }));
    await eventually(async () => (await queue(lock)).length === 2);
    stream.end();
    expect(await stream.closed).toMatchObject({ code: 0 });
    expect((await queue(lock)).map(({ lease }) => lease)).toEqual([holder.lease]);
  });

  it('is observed from where the history begins, when it was compacted', async () => {
    const lock = newLock();
    const a = await startClient('a');
    await a.ask({ f: 'acquire', lock });
    await a.ask({ f: 'release' });
    const health = await cluster.etcd.awaitHealthy(PATIENCE_MS);
    const revision = health.kind === 'healthy' ? health.members[0]?.revision : undefined;
    await output(['etcdctl', 'compact', String(revision)]);

    const said: Record<string, string>[] = [];
    const url = etcdUrls('etcd2')[0];
    await observers.spawn('late', ['node', '/opt/leasebreaker/observer.mjs', `${lock}/`, `etcd2=${url}`], {
      onLine: (line) => said.push(JSON.parse(line)),
      onStderr: () => undefined,
      onExit: () => undefined,
    });
    const gap = await until(() => said.find(({ observer }) => observer === 'gap'), 'the gap');
    expect(gap).toEqual({ observer: 'gap', member: 'etcd2', revision: String(revision) });
    const { token } = await a.ask({ f: 'acquire', lock });
    const event = await until(() => said.find(({ createRevision }) => createRevision === token), 'the new key');
    expect(event).toMatchObject({ member: 'etcd2', type: 'put', lease: a.lease });
    await observers.signal('late', 'SIGKILL');
  });

  it('is observed on every member alike, across the silence and the death of one', async () => {
    const lock = newLock();
    const watching = new Set<string>();
    const seen: Omit<OwnershipEvent, 'time' | 'lane'>[] = [];
    const members = cluster.nodes.filter(({ role }) => role === 'etcd');
    const silent = await follower();
    const dying = await follower(silent);
    const command = ['node', '/opt/leasebreaker/observer.mjs', `${lock}/`];
    await observers.spawn(
      'observer',
      [...command, ...members.map(({ name, address }) => `${name}=http://${address}:2379`)],
      {
        onLine(line) {
          const said = JSON.parse(line) as { observer: string; member: string } | (typeof seen)[number];
          if (!('observer' in said)) seen.push(said);
          else if (said.observer === 'watching') watching.add(said.member);
        },
        onStderr: () => undefined,
        onExit: () => undefined,
      },
    );
    await until(() => (watching.size === 3 ? true : undefined), 'three watches');
    const leader = members.find(({ name }) => name !== silent && name !== dying)?.name;
    const a = await startClient('a', { etcd: etcdUrls(leader) });
    const tokens: string[] = [];
    const section = async (): Promise<boolean> => {
      const { type, token } = await a.ask({ f: 'acquire', lock });
      if (type === 'ok') tokens.push(token ?? '');
      return type === 'ok' && (await a.ask({ f: 'release' })).type === 'ok';
    };
    expect(await section()).toBe(true);
    await engine('pause', silent);
    expect(await section()).toBe(true);
    await engine('unpause', silent);
    expect(await section()).toBe(true);

    const of = (member: string) =>
      seen.filter((event) => event.member === member).map(({ member: _, ...event }) => event);
    const key = `${lock}/${a.lease}`;
    const expected = tokens.flatMap((token) => [
      { type: 'put', key, createRevision: token, lease: a.lease, revision: token },
      { type: 'delete', key, createRevision: token, lease: a.lease, revision: expect.any(String) },
    ]);
    const sawThree = () => members.every(({ name }) => of(name).length >= 6);
    await until(() => (sawThree() ? true : undefined), 'all members, the silent one too, to catch up');
    for (const { name } of members) expect(of(name)).toEqual(expected);

    await engine('kill', dying);
    expect(await section()).toBe(true);
    const caughtUp = () => members.every(({ name }) => name === dying || of(name).length === 8);
    await until(() => (caughtUp() ? true : undefined), 'the two others to see it');
    expect(of(dying)).toEqual(expected);
  });
});

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error('waited in vain');
    await sleep(50);
  }
}

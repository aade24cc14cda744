/**
 * The story that etcd tells in its own lock example (contrib/lock), made executable: client 1 locks and stops, its lease
 * expires, client 2 locks and writes, client 1 goes on and writes. Every step waits for its condition, none for a key press.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, storageUrl } from '../cluster/cluster.js';
import { monotonicMs } from '../history/clock.js';
import type { TokenSource } from '../history/run-record.js';
import type { ClientAnswer } from '../../workloads/clients/protocol.js';
import { connectAgent, type AgentLink } from './agent-link.js';
import { ClientProcess, type RequestBody } from './client-process.js';

/** Who a line of the transcript belongs to. */
export type Speaker = 'client 1' | 'client 2' | 'etcd';

export interface StoryOptions {
  cluster: Cluster;
  runId: string;
  ttlSeconds: number;
  /** `stop`: SIGSTOP, SIGCONT. `gc`: a garbage collection that takes as long, made by allocating. */
  how: 'stop' | 'gc';
  token: TokenSource;
  tell: (who: Speaker, text: string) => void;
  interrupt: AbortSignal;
}

export type StoryEnd =
  | { kind: 'told'; lateWrite: 'accepted' | 'refused'; message: string; value: unknown }
  /** A step did not come about: the text says which. */
  | { kind: 'broken'; message: string };

const KEY = 'story';
/** Patience for anything but a lease, in ms. */
const LIMIT_MS = 60_000;

export async function tellExpiredLease(options: StoryOptions): Promise<StoryEnd> {
  const { cluster, tell, interrupt } = options;
  if (interrupt.aborted) return { kind: 'broken', message: 'interrupted' };
  const links: AgentLink[] = [];
  const connect = async (node: string): Promise<AgentLink> => {
    const link = await connectAgent(node, await cluster.openAgent(node));
    links.push(link);
    return link;
  };
  try {
    const [host1, host2, observerHost] = await Promise.all([
      connect('clients1'),
      connect('clients2'),
      connect('observer'),
    ]);
    const [one, two] = await Promise.all([startClient(host1, 'client 1', tell), startClient(host2, 'client 2', tell)]);
    const interrupted = new Promise<StoryEnd>((resolve) =>
      interrupt.addEventListener('abort', () => resolve({ kind: 'broken', message: 'interrupted' }), {
        once: true,
      }),
    );
    return await Promise.race([story(options, one, two, observerHost), interrupted]);
  } catch (error) {
    return { kind: 'broken', message: (error as Error).message };
  } finally {
    for (const link of links) link.end();
  }
}

async function story(
  options: StoryOptions,
  one: ClientProcess,
  two: ClientProcess,
  observerHost: AgentLink,
): Promise<StoryEnd> {
  const { runId, ttlSeconds, how, tell } = options;
  const lock = `leasebreaker/${runId}/lane-0`;
  // Whoever waits for a lease to end may wait for it three times over: the stall lasts as long.
  const limitMs = LIMIT_MS + 3 * ttlSeconds * 1000;
  const gone = await watchDeletions(options, observerHost, limitMs);
  const ask = async (who: Speaker, client: ClientProcess, body: RequestBody): Promise<ClientAnswer> => {
    const answer = await client.request(body, limitMs, () => undefined);
    if (answer.type !== 'ok')
      throw new Error(`${who}: ${body.f} answered ${answer.error ?? answer.type} ${answer.message ?? ''}`);
    return answer;
  };

  const opened = (await ask('client 1', one, openRequest(options))).value as { ttlMs: number; lease: string };
  tell('client 1', `gets a lease of ${opened.ttlMs / 1000} s (${opened.lease})`);
  const held = await ask('client 1', one, { f: 'acquire', lock });
  tell('client 1', `locks: token ${held.token ?? '?'}`);

  const stallMs = 3 * ttlSeconds * 1000;
  let stalled: Promise<ClientAnswer> | undefined;
  if (how === 'stop') {
    const { states, reached } = await one.signal('SIGSTOP');
    if (!reached) throw new Error('client 1 could not be stopped');
    one.hold();
    tell('client 1', `STOPS (SIGSTOP: ${states.length} threads, state ${states.map(({ state }) => state).join('')})`);
  } else {
    stalled = one.request({ f: 'stall', how: 'gc', ms: stallMs }, stallMs + LIMIT_MS, () => undefined);
    tell('client 1', `STOPS (garbage collection, ${stallMs / 1000} s)`);
  }

  await ask('client 2', two, openRequest(options));
  tell('client 2', 'asks for the lock, waits');
  const stoppedMs = monotonicMs();
  const takenOver = ask('client 2', two, { f: 'acquire', lock });
  const [deleted, second] = await Promise.all([gone(opened.lease), takenOver]);
  tell('etcd', `lease of client 1 expired: its lock key was deleted in revision ${deleted}`);
  tell('client 2', `locks: token ${second.token ?? '?'}, ${((monotonicMs() - stoppedMs) / 1000).toFixed(1)} s later`);
  await ask('client 2', two, { f: 'write', key: KEY, value: 'written by client 2', op: -1, process: 2 });
  tell('client 2', `writes with token ${second.token ?? '?'}: accepted`);
  await ask('client 2', two, { f: 'release' });
  tell('client 2', 'unlocks: done');

  // The write is what client 1 was about to do when it stopped: it lies ready and goes out the moment it wakes.
  const late = one.request(
    { f: 'write', key: KEY, value: 'written by client 1', op: -1, process: 1 },
    LIMIT_MS,
    () => undefined,
  );
  if (how === 'stop') {
    one.letGo();
    await one.signal('SIGCONT');
    tell('client 1', 'GOES ON (SIGCONT), still believes in its lock');
  } else {
    const { delayMs, gcMs } = (await stalled)?.value as { delayMs: number; gcMs: number };
    tell('client 1', `GOES ON after ${(delayMs / 1000).toFixed(1)} s (${(gcMs / 1000).toFixed(1)} s of it collecting)`);
  }
  const answer = await late;
  const { value } = await ask('client 2', two, { f: 'acquire', lock }).then(() =>
    ask('client 2', two, { f: 'read', key: KEY, op: -1, process: 2 }),
  );
  if (answer.type === 'ok') {
    tell('client 1', `writes with token ${held.token ?? '?'}: ACCEPTED`);
    return {
      kind: 'told',
      lateWrite: 'accepted',
      message: 'the storage now holds what client 1 wrote, on top of what client 2 wrote',
      value,
    };
  }
  if (answer.error !== 'fenced')
    throw new Error(`client 1: write answered ${answer.error ?? ''} ${answer.message ?? ''}`);
  tell('client 1', `writes with token ${held.token ?? '?'}: REFUSED`);
  return { kind: 'told', lateWrite: 'refused', message: answer.message ?? '', value };
}

function openRequest({ cluster, ttlSeconds, token }: StoryOptions): RequestBody {
  const address = (role: string): string[] =>
    cluster.nodes.filter((node) => node.role === role).map((node) => node.address);
  return {
    f: 'open',
    recipe: 'mutex',
    etcd: address('etcd').map((each) => `http://${each}:2379`),
    storage: storageUrl('http', cluster.nodes),
    ttl: ttlSeconds,
    onLoss: 'ignore',
    token,
    deadlineMs: 5000,
  };
}

function startClient(link: AgentLink, who: Speaker, tell: StoryOptions['tell']): Promise<ClientProcess> {
  return ClientProcess.start(
    link,
    who.replace(' ', '-'),
    {
      onLost: ({ reason }) => tell(who, `is told by its lock library: lock lost (${reason})`),
      onTrouble: (error, detail) => tell(who, `BROKE: ${error}: ${detail}`),
      onStderr: () => undefined,
    },
    LIMIT_MS,
  );
}

/** Watches the lock on one member; the answer waits until the key of the given lease is deleted, and gives the revision. */
async function watchDeletions(
  { cluster, runId }: StoryOptions,
  link: AgentLink,
  limitMs: number,
): Promise<(lease: string) => Promise<string>> {
  const member = cluster.nodes.find((node) => node.role === 'etcd');
  const deleted = new Map<string, string>();
  let watching = false;
  await link.spawn(
    'observer',
    [
      'node',
      '/opt/leasebreaker/observer.mjs',
      `leasebreaker/${runId}/`,
      `${member?.name ?? ''}=http://${member?.address ?? ''}:2379`,
    ],
    {
      onLine(line) {
        const said = JSON.parse(line) as { observer?: string; type?: string; lease?: string; revision?: string };
        if (said.observer === 'watching') watching = true;
        if (said.type === 'delete') deleted.set(said.lease ?? '', said.revision ?? '');
      },
      onStderr: () => undefined,
      onExit: () => undefined,
    },
  );
  await until(() => watching, 'the observer to watch', limitMs);
  return async (lease) => {
    await until(() => deleted.has(lease), 'the lock key to go', limitMs);
    return deleted.get(lease) ?? '';
  };
}

async function until(condition: () => boolean, what: string, limitMs: number): Promise<void> {
  for (const begun = monotonicMs(); !condition(); await sleep(10)) {
    if (monotonicMs() - begun > limitMs) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
  }
}

/**
 * The results folder of a run of any length, as a real run writes one: a simulation of a lock on etcd with three members that
 * watch, of its clients and of a storage without fencing. Now and then a holder is paused before its write; its lease expires, the
 * next one gets the lock, and the write that comes after the heal is stale. The same seed makes the same files.
 *
 * What it leaves out: elections, members that fall behind, keep-alives, clients that are killed.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULTS, makePlan } from '../../harness/plan/make-plan.js';
import { stream } from '../../harness/plan/random.js';
import { FILES, type RunFile, writeJson } from '../../harness/run/results.js';
import { createAgenda } from './agenda.js';
import { createLines } from './lines.js';

export interface GeneratedRun {
  /** Folder to write; one that is there is replaced. */
  dir: string;
  seed: number;
  /** Operations, at the least. */
  operations: number;
  lanes: number;
  /** Clients per lane. */
  clients: number;
  /** One section in so many is paused before its write. */
  pauseEvery: number;
  /** One release in so many is not answered in time. */
  timeoutEvery: number;
}

/** How much there is of everything. */
export interface Written {
  operations: number;
  entries: number;
  decisions: number;
  events: number;
  bytes: number;
  pauses: number;
  staleWrites: number;
}

interface Client {
  slot: number;
  lane: Lane;
  process: number;
  node: string;
  lease: string;
  /** Create revision of its key while it has one. */
  revision: number | undefined;
}

interface Lane {
  number: number;
  name: string;
  prefix: string;
  /** Who has a key, by create revision; the first owns the lock. */
  queue: { client: Client; granted: () => void }[];
  value: number | null;
  highest: number;
}

const MS = 1e6;
const RUN_ID = 'generated-0';
const MEMBERS = ['etcd1', 'etcd2', 'etcd3'];
const TTL_MS = DEFAULTS.ttlSeconds * 1000;
const PAUSE_MS = 2.5 * TTL_MS;

export async function generateRun(asked: GeneratedRun): Promise<Written> {
  const { dir, seed, operations, lanes, clients, pauseEvery, timeoutEvery } = asked;
  const slots = lanes * clients;
  const draws = stream(seed, 'generated-run');
  const agenda = createAgenda();
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const history = createLines(join(dir, FILES.history));
  const storage = createLines(join(dir, FILES.storage));
  const ownership = createLines(join(dir, FILES.ownership));
  const written: Written = { operations: 0, entries: 0, decisions: 0, events: 0, bytes: 0, pauses: 0, staleWrites: 0 };
  let revision = 1;
  let sessions = 0;

  const soon = (least: number, most: number, act: () => void): void =>
    agenda.at(agenda.now() + draws.int(least * MS, most * MS), act);
  const isOneIn = (many: number): boolean => draws.int(1, many) === 1;

  function entry(fields: object): number {
    history.add({ index: written.entries, time: agenda.now(), ...fields });
    return written.entries++;
  }

  function log(client: Client, type: string, f: string, more: object = {}): number {
    if (type === 'invoke') written.operations++;
    return entry({ process: client.process, lane: client.lane.number, node: client.node, type, f, ...more });
  }

  /** Every member's watch tells of the change, one a little later than the other. */
  function watched(client: Client, type: 'put' | 'delete', createRevision: number): void {
    revision++;
    const event = {
      revision: String(revision),
      type,
      key: `${client.lane.prefix}/${client.lease}`,
      createRevision: String(createRevision),
      lease: client.lease,
      lane: client.lane.number,
    };
    for (const [nth, member] of MEMBERS.entries()) {
      // The delay of a member is always the same, so that it tells in the order of the revisions.
      agenda.at(agenda.now() + (1 + nth * 0.1) * MS, () => {
        ownership.add({ time: agenda.now(), member, ...event });
        written.events++;
      });
    }
  }

  function putKey(client: Client, granted: () => void): void {
    client.revision = revision + 1;
    watched(client, 'put', client.revision);
    client.lane.queue.push({ client, granted });
    if (client.lane.queue.length === 1) soon(1, 2, granted);
  }

  /** False if the key is gone already. */
  function deleteKey(client: Client): boolean {
    const { lane, revision: created } = client;
    if (created === undefined) return false;
    watched(client, 'delete', created);
    client.revision = undefined;
    lane.queue = lane.queue.filter((one) => one.client !== client);
    const [next] = lane.queue;
    if (next) soon(1, 2, next.granted);
    return true;
  }

  function decide(client: Client, op: number, f: 'read' | 'write', token: number, value: number | null): void {
    const { lane } = client;
    if (f === 'write') {
      if (token < lane.highest) written.staleWrites++;
      lane.value = value;
    }
    lane.highest = Math.max(lane.highest, token);
    written.decisions++;
    storage.add({
      seq: written.decisions,
      op,
      process: client.process,
      f,
      key: lane.name,
      token: String(token),
      verdict: 'accepted',
      highest: String(lane.highest),
      value,
    });
  }

  function open(client: Client): void {
    if (written.operations >= operations) return;
    client.lease = ((0x2ddea2013a1fn << 16n) + BigInt(++sessions)).toString(16);
    log(client, 'invoke', 'open');
    soon(1, 3, () => {
      log(client, 'ok', 'open', { value: { ttlMs: TTL_MS, lease: client.lease } });
      soon(0, 20, () => acquire(client));
    });
  }

  function acquire(client: Client): void {
    if (written.operations >= operations) return close(client, () => undefined);
    const key = client.lane.prefix;
    log(client, 'invoke', 'acquire', { key });
    soon(1, 2, () =>
      putKey(client, () => {
        const token = client.revision ?? 0;
        log(client, 'ok', 'acquire', { key, token: String(token) });
        soon(0, 1, () => read(client, token));
      }),
    );
  }

  function read(client: Client, token: number): void {
    const { name: key } = client.lane;
    const op = log(client, 'invoke', 'read', { key, token: String(token) });
    soon(1, 2, () => {
      const { value } = client.lane;
      decide(client, op, 'read', token, value);
      soon(1, 2, () => {
        log(client, 'ok', 'read', { key, value, token: String(token) });
        soon(0, 20, () => (isOneIn(pauseEvery) ? pausedWrite(client, token, value) : write(client, token, value)));
      });
    });
  }

  function write(client: Client, token: number, value: number | null): void {
    const { name: key } = client.lane;
    const op = log(client, 'invoke', 'write', { key, value: (value ?? 0) + 1, token: String(token) });
    soon(1, 2, () => landWrite(client, op, token, value, () => release(client, token)));
  }

  function landWrite(client: Client, op: number, token: number, value: number | null, then: () => void): void {
    const { name: key } = client.lane;
    decide(client, op, 'write', token, (value ?? 0) + 1);
    soon(1, 2, () => {
      log(client, 'ok', 'write', { key, token: String(token) });
      soon(0, 1, then);
    });
  }

  function pausedWrite(client: Client, token: number, value: number | null): void {
    const { name: key, number: lane } = client.lane;
    const op = log(client, 'invoke', 'write', { key, value: (value ?? 0) + 1, token: String(token) });
    const fault = {
      id: `lane-${lane}/pause-${written.pauses++}`,
      kind: 'pause',
      trigger: 'before-write',
      targets: [`client ${client.process}`],
      processes: [client.process],
      nodes: [client.node],
      options: {},
      durationMs: PAUSE_MS,
    };
    const half = (f: 'inject' | 'heal', states: string, more: object): number =>
      entry({
        process: 'nemesis',
        lane,
        type: 'info',
        f,
        value: { ...fault, receipt: { proven: true, evidence: { states } }, ...more },
      });
    const begun = agenda.now();
    soon(1, 1, () => half('inject', 'TTTT', { begun }));
    soon(TTL_MS, TTL_MS + 500, () => deleteKey(client));
    soon(PAUSE_MS, PAUSE_MS + 10, () => {
      half('heal', 'SSSS', {});
      landWrite(client, op, token, value, () => {
        log(client, 'info', 'lost', { value: 'local-deadline', token: String(token) });
        releaseGone(client, token);
      });
    });
  }

  function release(client: Client, token: number): void {
    const key = client.lane.prefix;
    log(client, 'invoke', 'release', { key, token: String(token) });
    if (isOneIn(timeoutEvery)) {
      soon(1, 2, () => deleteKey(client));
      return soon(2000, 2000, () => {
        log(client, 'info', 'release', { key, token: String(token), error: 'timeout', message: '4 DEADLINE_EXCEEDED' });
        client.process += slots;
        open(client);
      });
    }
    return soon(1, 2, () => {
      const deleted = deleteKey(client);
      soon(1, 2, () => {
        log(client, 'ok', 'release', { key, token: String(token), value: { deleted } });
        soon(0, 20, () => acquire(client));
      });
    });
  }

  /** The end of a section whose key is gone: nothing is deleted, and the session is made anew. */
  function releaseGone(client: Client, token: number): void {
    const key = client.lane.prefix;
    log(client, 'invoke', 'release', { key, token: String(token) });
    soon(1, 2, () => {
      log(client, 'ok', 'release', { key, token: String(token), value: { deleted: false } });
      close(client, () => open(client));
    });
  }

  function close(client: Client, then: () => void): void {
    log(client, 'invoke', 'close');
    soon(1, 2, () => {
      log(client, 'ok', 'close');
      then();
    });
  }

  for (let number = 0; number < lanes; number++) {
    const prefix = `leasebreaker/${RUN_ID}/lane-${number}`;
    const lane: Lane = { number, name: `lane-${number}`, prefix, queue: [], value: null, highest: 0 };
    for (let nth = 0; nth < clients; nth++) {
      const slot = nth * lanes + number;
      const client: Client = {
        slot,
        lane,
        process: slot,
        node: `clients${1 + (nth % 3)}`,
        lease: '',
        revision: undefined,
      };
      soon(0, 50, () => open(client));
    }
  }
  while (agenda.step());
  entry({
    process: 'nemesis',
    lane: -1,
    type: 'info',
    f: 'recovery',
    value: { withinMs: 30_000, tookMs: 500, lanesNotLocked: [], cluster: [] },
  });
  written.bytes = history.end() + storage.end() + ownership.end();
  await writeFrame(asked, written, agenda.now());
  return written;
}

/** Plan and run file. */
async function writeFrame(
  { dir, seed, lanes, clients }: GeneratedRun,
  { pauses }: Written,
  timeNs: number,
): Promise<void> {
  const made = makePlan({ ...DEFAULTS, seed, lanes, clients, storage: 'http', faults: [], expect: {} });
  if (made.kind === 'invalid') throw new Error(made.message);
  const settings = {
    ...made.plan.settings,
    plannedFaults: pauses,
    faultKinds: ['pause'],
    timeMs: Math.ceil(timeNs / MS),
  };
  const expect = { ...made.plan.expect, data: 'violated' as const };
  await writeJson(join(dir, FILES.plan), { ...made.plan, settings, expect });
  const run: RunFile = {
    runId: RUN_ID,
    startedAt: '2026-01-01T00:00:00.000Z',
    versions: { leasebreaker: 'generated' },
    environment: {},
    replay: 'generated',
    end: { kind: 'completed' },
  };
  await writeJson(join(dir, FILES.run), run);
}

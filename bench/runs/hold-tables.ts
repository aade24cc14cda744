/**
 * The record of a run with many holds as columns, as the reader would make them of a run's files: locks whose clients acquire, read
 * a counter, write it one higher and release, all of them out of step. Some writes get no answer; half of these arrive, and the client
 * goes on under another number. Right by construction, unless it is the bad twin: there one lock is given to the next client past
 * the middle while the holder still has to write, and both write. The same seed makes the same record.
 *
 * What it leaves out: faults, watch events, sessions and keep-alives (generate-run.ts has the first three).
 */
import { DEFAULTS, makePlan } from '../../harness/plan/make-plan.js';
import { stream } from '../../harness/plan/random.js';
import type { RunTables } from '../../harness/history/run-record.js';
import { ABSENT, F, INFO, INVOKE, NONE, NUMBER, OK } from '../../harness/history/tables.js';

export interface HoldOptions {
  operations: number;
  clients: number;
  /** Share of the writes whose end nobody knows, 0 to 1. */
  indeterminate: number;
  locks: number;
  seed: number;
  bad: boolean;
}

const TICK_NS = 10_000;

interface Client {
  process: number;
  /** What it does next with the lock that it has. */
  turn: 'granted' | 'read' | 'reading' | 'write' | 'writing' | 'release' | 'releasing';
  token: number;
  /** The last read. */
  value: number;
  /** Row of the invocation. */
  invoked: number;
}

interface Lock {
  idle: Client[];
  waiting: Client[];
  /** One, or two where the lock fails. */
  holders: Client[];
  counter: number;
}

export function holdTables({ operations, clients, indeterminate, locks, seed, bad }: HoldOptions): RunTables {
  const draws = stream(seed, `holds/${operations}/${clients}/${indeterminate}/${locks}`);
  const below = (limit: number): number => draws.int(0, limit - 1);
  const chance = (share: number): boolean => share > 0 && draws.int(1, 1_000_000) <= share * 1_000_000;
  const room = 2 * operations + 4 * clients + 16;
  const history = historyOf(room, locks);
  const decisions = decisionsOf(operations + clients + 8);
  const all = Array.from({ length: locks }, (): Lock => ({ idle: [], waiting: [], holders: [], counter: 0 }));
  let processes = 0;
  let tokens = 0;
  let invoked = 0;
  let wentWrong = !bad;
  const arrival = (): Client => {
    return { process: processes++, turn: 'granted', token: NONE, value: 0, invoked: NONE };
  };
  for (let n = 0; n < clients; n++) all[n % locks]?.idle.push(arrival());

  function log(at: number, client: Client, type: number, f: number, value?: number): void {
    const row = history.length++;
    history.time[row] = row * TICK_NS;
    history.process[row] = client.process;
    history.lane[row] = at;
    history.type[row] = type;
    history.f[row] = f;
    // Locks come first among the keys, then what they guard.
    history.key[row] = f === F.acquire || f === F.release ? at : locks + at;
    history.token[row] = client.token;
    history.valueKind[row] = value === undefined ? ABSENT : NUMBER;
    if (value !== undefined) history.number[row] = value;
    if (type === INVOKE) {
      client.invoked = row;
      invoked++;
    }
  }

  function decide(at: number, client: Client, f: number, value: number): void {
    const row = decisions.length++;
    decisions.seq[row] = row + 1;
    decisions.op[row] = client.invoked;
    decisions.process[row] = client.process;
    decisions.f[row] = f;
    decisions.key[row] = locks + at;
    decisions.token[row] = client.token;
    decisions.accepted[row] = 1;
    decisions.highest[row] = client.token;
    decisions.valueKind[row] = NUMBER;
    decisions.number[row] = value;
  }

  function grant(lock: Lock): void {
    const next = lock.waiting.splice(below(Math.max(1, lock.waiting.length)), 1)[0];
    if (next === undefined) return;
    next.token = ++tokens;
    next.turn = 'granted';
    lock.holders.push(next);
  }

  function leave(lock: Lock, client: Client): void {
    lock.holders.splice(lock.holders.indexOf(client), 1);
    client.token = NONE;
    lock.idle.push(client);
    if (lock.holders.length === 0) grant(lock);
  }

  function advance(at: number, lock: Lock, client: Client): void {
    switch (client.turn) {
      case 'granted':
        log(at, client, OK, F.acquire);
        client.turn = 'read';
        return;
      case 'read':
        log(at, client, INVOKE, F.read);
        client.turn = 'reading';
        return;
      case 'reading':
        decide(at, client, F.read, lock.counter);
        client.value = lock.counter;
        log(at, client, OK, F.read, client.value);
        client.turn = 'write';
        if (wentWrong || history.length < 0.6 * room || lock.waiting.length === 0) return;
        wentWrong = true;
        return grant(lock);
      case 'write':
        // The first of two holders does not write before the other one has read.
        if (lock.holders.length > 1 && lock.holders[1]?.turn !== 'write') return;
        log(at, client, INVOKE, F.write, client.value + 1);
        client.turn = 'writing';
        return;
      case 'writing': {
        const isLost = chance(indeterminate);
        if (!isLost || below(2) === 0) {
          decide(at, client, F.write, client.value + 1);
          lock.counter = client.value + 1;
        }
        if (!isLost) {
          log(at, client, OK, F.write);
          client.turn = 'release';
          return;
        }
        history.error[history.length] = 0;
        log(at, client, INFO, F.write);
        client.process = processes++;
        return leave(lock, client);
      }
      case 'release':
        log(at, client, INVOKE, F.release);
        client.turn = 'releasing';
        return;
      case 'releasing':
        log(at, client, OK, F.release);
        return leave(lock, client);
    }
  }

  while (invoked < operations) {
    const at = below(locks);
    const lock = all[at] as Lock;
    const holder = lock.holders[below(Math.max(1, lock.holders.length))];
    const idle = lock.idle.length;
    if (holder !== undefined && (idle === 0 || below(2) === 0)) {
      advance(at, lock, holder);
    } else if (idle > 0) {
      const client = lock.idle.splice(below(idle), 1)[0] as Client;
      log(at, client, INVOKE, F.acquire);
      lock.waiting.push(client);
      if (lock.holders.length === 0) grant(lock);
    }
  }
  for (const [at, lock] of all.entries()) for (const client of [...lock.holders]) finish(at, lock, client);

  /** So that every hold has its end. */
  function finish(at: number, lock: Lock, client: Client): void {
    lock.waiting.length = 0;
    while (lock.holders.includes(client)) advance(at, lock, client);
  }

  const made = makePlan({
    ...DEFAULTS,
    seed,
    lanes: locks,
    clients: clients / locks,
    storage: 'http',
    faults: [],
    expect: {},
  });
  if (made.kind === 'invalid') throw new Error(made.message);
  return {
    settings: { ...made.plan.settings, plannedFaults: 0, timeMs: (history.length * TICK_NS) / 1e6 },
    history,
    decisions,
    ownership: noEvents(),
    largeTokens: [],
    end: { kind: 'completed' },
  };
}

function historyOf(room: number, locks: number): RunTables['history'] {
  const named = (word: string): string[] => Array.from({ length: locks }, (_, n) => `${word}-${n}`);
  return {
    length: 0,
    damage: undefined,
    time: new Float64Array(room),
    process: new Int32Array(room),
    lane: new Int32Array(room),
    type: new Uint8Array(room),
    f: new Uint8Array(room),
    key: new Int32Array(room),
    token: new Float64Array(room),
    error: new Int16Array(room).fill(NONE),
    node: new Int16Array(room),
    valueKind: new Uint8Array(room),
    number: new Float64Array(room),
    values: [],
    keys: [...named('lock'), ...named('counter')],
    errors: ['timeout'],
    nodes: ['clients1'],
    messages: new Map(),
  };
}

function decisionsOf(room: number): RunTables['decisions'] {
  return {
    length: 0,
    malformed: 0,
    seq: new Float64Array(room),
    op: new Int32Array(room),
    process: new Int32Array(room),
    f: new Uint8Array(room),
    key: new Int32Array(room),
    token: new Float64Array(room),
    accepted: new Uint8Array(room),
    highest: new Float64Array(room),
    valueKind: new Uint8Array(room),
    number: new Float64Array(room),
    values: [],
    reasons: new Map(),
  };
}

function noEvents(): RunTables['ownership'] {
  return {
    length: 0,
    malformed: 0,
    time: new Float64Array(0),
    member: new Uint8Array(0),
    members: [],
    revision: new Float64Array(0),
    deleted: new Uint8Array(0),
    lane: new Int32Array(0),
    createRevision: new Float64Array(0),
    lease: new Float64Array(0),
    prefix: new Int32Array(0),
    prefixes: [],
    endsWithLease: new Uint8Array(0),
  };
}

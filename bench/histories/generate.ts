/**
 * Histories of any size, made by executing an object that is right with clients that are not in step: each step lets one
 * client, drawn by chance, send a request, have it take effect, or read its answer. So every history is linearizable by
 * construction, unless it is the bad twin: that one goes wrong once, past the middle. The same seed makes the same history.
 */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  type Model,
  MISMATCHED,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
  WRITE,
} from '../../checkers/linearizability/operations.js';
import { stream } from '../../harness/plan/random.js';

export const KINDS = [
  'register',
  'kv',
  'cas-chain',
  'cas-search',
  'append',
  'set',
  'owner-mutex',
  'fenced-mutex',
] as const;
export type Kind = (typeof KINDS)[number];

export const MODEL_OF: Readonly<Record<Kind, Model>> = {
  register: 'register',
  kv: 'kv',
  'cas-chain': 'cas-register',
  'cas-search': 'cas-register',
  append: 'append',
  set: 'set',
  'owner-mutex': 'owner-mutex',
  'fenced-mutex': 'fenced-mutex',
};

export interface HistoryOptions {
  kind: Kind;
  /** Operations in all; a bad twin of `cas-search` has a few more. */
  operations: number;
  clients: number;
  /** Share of the updates whose end nobody knows, 0 to 1. Half of these take effect. */
  indeterminate: number;
  /** Keys, lists or locks. */
  objects: number;
  seed: number;
  bad: boolean;
}

/** Values of `cas-search`: few, so that they return and only a search can tell. */
const FEW = 5;

const IDLE = 0;
const CALLED = 1;
const DONE = 2;

interface Client {
  process: number;
  state: typeof IDLE | typeof CALLED | typeof DONE;
  /** Row of the operation under way. */
  row: number;
  /** Lock that it holds; -1 for none. */
  holds: number;
}

export function generate({ kind, operations, clients, indeterminate, objects, seed, bad }: HistoryOptions): Operations {
  const draws = stream(seed, `${kind}/${operations}/${clients}/${indeterminate}/${objects}`);
  const below = (limit: number): number => draws.int(0, limit - 1);
  const chance = (share: number): boolean => share > 0 && draws.int(1, 1_000_000) <= share * 1_000_000;
  const isMutex = kind === 'owner-mutex' || kind === 'fenced-mutex';
  const isList = kind === 'append' || kind === 'set';

  const room = operations + 4 * clients + 16;
  const columns = {
    process: new Int32Array(room),
    call: new Int32Array(room),
    ret: new Int32Array(room),
    f: new Uint8Array(room),
    object: new Int32Array(room),
    a: new Int32Array(room),
    b: new Int32Array(room),
    outcome: new Uint8Array(room),
  };
  const { process, call, ret, f, object, a, b, outcome } = columns;
  let rows = 0;
  let events = 0;
  let unique = 0;
  let processes = clients;
  let wentWrong = !bad;

  const value = new Int32Array(objects).fill(NIL);
  const owner = new Array<Client | undefined>(objects);
  const waiting = Array.from({ length: objects }, (): Client[] => []);
  const lists = Array.from({ length: isList ? objects : 0 }, (): number[] => []);
  const read = { starts: [0, 0], elements: [] as number[] };
  // What object 0 once was, long enough ago that nothing of it is still under way.
  const past: number[] = [];
  const pastLength = Math.max(4, Math.min(8 * clients, Math.floor(operations / (8 * objects))));

  const all = Array.from({ length: clients }, (_, n): Client => ({ process: n, state: IDLE, row: -1, holds: -1 }));
  const runnable = [...all];
  const isLate = (): boolean => !wentWrong && rows > 0.6 * operations;

  function invoke(client: Client): void {
    const row = rows++;
    client.row = row;
    client.state = CALLED;
    process[row] = client.process;
    call[row] = events++;
    ret[row] = NEVER;
    object[row] = isMutex ? client.process % objects : below(objects);
    switch (kind) {
      case 'register':
      case 'kv':
        f[row] = below(2) === 0 ? READ : WRITE;
        if (f[row] === WRITE) a[row] = ++unique;
        break;
      case 'cas-chain':
        f[row] = below(10) < 3 ? READ : CAS;
        if (f[row] === CAS) b[row] = ++unique;
        break;
      case 'cas-search':
        f[row] = below(3);
        a[row] = below(FEW);
        b[row] = below(FEW);
        break;
      case 'append':
      case 'set':
        f[row] = below(2) === 0 ? READ : kind === 'set' ? ADD : APPEND;
        if (f[row] !== READ) a[row] = ++unique;
        break;
      case 'owner-mutex':
      case 'fenced-mutex':
        object[row] = client.holds === -1 ? below(objects) : client.holds;
        f[row] = client.holds === -1 ? ACQUIRE : RELEASE;
        break;
    }
  }

  /** Whether it took effect; a lock that is held makes its client wait. */
  function takeEffect(client: Client): boolean {
    const { row } = client;
    const on = object[row] as number;
    switch (f[row] as number) {
      case READ:
        readNow(row, on);
        break;
      case WRITE:
        value[on] = a[row] as number;
        remember(on);
        break;
      case CAS:
        compareAndSet(row, on);
        break;
      case APPEND:
      case ADD:
        (lists[on] as number[]).push(a[row] as number);
        break;
      case ACQUIRE:
        if (owner[on] === undefined) grant(client, on);
        else if (isLate() && owner[on].state === IDLE) {
          // The bad twin lets a second owner in, and tells it so while the first one is inside and has nothing under way.
          wentWrong = true;
          grant(client, on);
          answer(client);
          return true;
        } else {
          (waiting[on] as Client[]).push(client);
          return false;
        }
        break;
      case RELEASE: {
        const queue = waiting[on] as Client[];
        client.holds = -1;
        owner[on] = undefined;
        const next = queue.splice(below(Math.max(1, queue.length)), 1)[0];
        if (next !== undefined) {
          grant(next, on);
          runnable.push(next);
        }
        break;
      }
    }
    client.state = DONE;
    return true;
  }

  function grant(client: Client, on: number): void {
    owner[on] = client;
    client.holds = on;
    client.state = DONE;
    if (kind === 'fenced-mutex') a[client.row] = ++unique;
  }

  function readNow(row: number, on: number): void {
    if (isList) {
      const list = lists[on] as number[];
      const goesWrong = isLate() && on === 0 && list.length > 3;
      if (goesWrong) wentWrong = true;
      // The bad twin exchanges the two oldest elements, or leaves out the oldest one.
      const oldest = kind === 'set' ? [] : [list[1] as number, list[0] as number];
      const seen = goesWrong ? [...oldest, ...list.slice(kind === 'set' ? 1 : 2)] : list;
      if (seen.length === 0) return;
      a[row] = read.starts.length - 1;
      for (const element of seen) read.elements.push(element);
      read.starts.push(read.elements.length);
      return;
    }
    a[row] = value[on] as number;
    if (kind === 'cas-search' || kind === 'cas-chain' || !isLate() || on !== 0 || past.length < pastLength) return;
    a[row] = past[0] as number;
    wentWrong = true;
  }

  function compareAndSet(row: number, on: number): void {
    if (kind === 'cas-chain') {
      a[row] = value[on] as number;
      if (isLate() && on === 0 && past.length === pastLength) {
        // It succeeds on a value that was replaced long ago.
        a[row] = past[0] as number;
        wentWrong = true;
      }
      value[on] = b[row] as number;
      return remember(on);
    }
    if (value[on] === a[row]) value[on] = b[row] as number;
    else outcome[row] = MISMATCHED;
  }

  function remember(on: number): void {
    if (on !== 0) return;
    past.push(value[0] as number);
    if (past.length > pastLength) past.shift();
  }

  function answer(client: Client): void {
    const { row } = client;
    const isUpdate = f[row] !== READ && outcome[row] !== MISMATCHED;
    client.state = IDLE;
    if (isUpdate && !isMutex && chance(indeterminate / 2)) return lose(client);
    ret[row] = events++;
    outcome[row] = outcome[row] === MISMATCHED ? MISMATCHED : OK;
  }

  /** Nobody knows what became of it; the client goes on under another number. */
  function lose(client: Client): void {
    outcome[client.row] = INDETERMINATE;
    loose++;
    client.process = processes++;
    client.state = IDLE;
  }

  function stepAt(place: number): void {
    const client = runnable[place] as Client;
    if (client.state === IDLE) return invoke(client);
    if (client.state === DONE) return answer(client);
    const isUpdate = f[client.row] !== READ;
    if (isUpdate && !isMutex && chance(indeterminate / 2)) return lose(client);
    if (isMutex && f[client.row] === RELEASE && chance(indeterminate)) {
      // It takes effect, and nobody is told.
      takeEffect(client);
      return lose(client);
    }
    if (takeEffect(client)) return;
    runnable[place] = runnable.at(-1) as Client;
    runnable.pop();
  }

  /** Of the operations whose end nobody knows, which can explain a wrong read each. */
  let loose = 0;
  const isContradicted = kind === 'cas-search' && bad;
  while (rows + (isContradicted ? loose + clients + 3 : 0) < operations) stepAt(below(runnable.length));
  // What is under way is answered, so that a history does not end with as many loose ends as it has clients.
  for (let place = runnable.length - 1; place >= 0; place--) {
    const client = runnable[place] as Client;
    if (client.state === CALLED) takeEffect(client);
    if (client.state === DONE) answer(client);
  }
  if (isContradicted) contradict();
  for (let row = 0; row < rows; row++) if (ret[row] === NEVER) outcome[row] = INDETERMINATE;

  /** When all is quiet: a write, and reads of two other values in turns, more often than what is under way can explain. */
  function contradict(): void {
    const add = (name: number, code: number): void => {
      process[rows] = 0;
      f[rows] = name;
      a[rows] = code;
      call[rows] = events++;
      ret[rows] = events++;
      rows++;
    };
    add(WRITE, 1);
    for (let n = 0; n < loose + 2; n++) add(READ, 2 + (n % 2));
  }

  return {
    length: rows,
    events,
    process: process.subarray(0, rows),
    call: call.subarray(0, rows),
    ret: ret.subarray(0, rows),
    f: f.subarray(0, rows),
    object: object.subarray(0, rows),
    a: a.subarray(0, rows),
    b: b.subarray(0, rows),
    outcome: outcome.subarray(0, rows),
    lists: { starts: Int32Array.from(read.starts), elements: Int32Array.from(read.elements) },
    values: [],
  };
}

/**
 * Pairs the events of a file and turns them into `Operations` of a model. Pairing is by process: one has a single operation open
 * at a time, and after an `info` it is retired, because its operation may still take effect at any later time (the rule is
 * Jepsen's). A file that breaks it is refused, with the line. Positions are the events' order in the file.
 *
 * What an answer says decides what becomes of an operation:
 * `ok`  – it took effect; a read whose result was not recorded says nothing and is left out;
 * `fail` – it did not, and is left out, but for a compare-and-set that found another value;
 * `info`, or no answer – nobody knows; a read is left out.
 */
import {
  ACQUIRE,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  type Model,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
} from '../../checkers/linearizability/operations.js';
import { grown, newColumns, newIntList, type OperationColumns } from './columns.js';
import type { HistoryEvent, Sink, Unreadable } from './event.js';
import { createKeying } from './keying.js';
import { isLock, OPERATION_NAMES, roleOf } from './operation-names.js';
import { createTokens } from './tokens.js';
import { createInterner, fieldOf, showValue } from './values.js';

/** Codes of the builder's own in `outcome`. */
const OPEN = 254;
const LEFT_OUT = 255;
/** More cannot be numbered, nor held in memory. */
const MOST_EVENTS = 2 ** 30;

export interface History {
  model: Model;
  operations: Operations;
  /** By operation: the line of its invocation, and of its completion or 0. */
  callLine: Int32Array;
  retLine: Int32Array;
  /** Names of the numbers in `operations.process`: `process 3`, or `client c1` where values name clients. */
  owners: readonly string[];
  /** Names of the numbers in `operations.object`; undefined for the one object of a history without keys. */
  objects: readonly unknown[];
  /** Tokens by their rank, decimal; place 0 stands for the unknown one. */
  tokens: readonly string[];
  /** Events of operations that touch other objects, by their name. */
  skipped: Readonly<Record<string, number>>;
}

export interface Builder {
  event: Sink;
  finish(): { kind: 'history'; history: History } | ({ kind: 'unreadable' } & Unreadable);
}

export function createBuilder(model: Model): Builder {
  const names = OPERATION_NAMES[model];
  const locks = isLock(model);
  const lists = model === 'append' || model === 'set';
  let columns: OperationColumns = newColumns();
  let length = 0;
  let position = 0;
  const open = new Map<number, number>();
  const retired = new Map<number, number>();
  const processes = new Map<number, number>();
  const values = createInterner();
  const objects = createInterner();
  const clients = createInterner();
  const tokens = createTokens();
  const keying = createKeying(model);
  const starts = newIntList();
  const elements = newIntList();
  starts.push(0);
  starts.push(0);
  const skipped: Record<string, number> = {};
  let firstAppend = 0;

  function event(given: HistoryEvent): Unreadable | undefined {
    const { line, f, process, type } = given;
    const role = roleOf(model, f);
    if (role === 'unknown')
      return { line, reason: `${f} is no operation of the model ${model}; it has ${Object.keys(names).join(', ')}` };
    if (role === 'other') {
      skipped[f] = (skipped[f] ?? 0) + 1;
      return undefined;
    }
    if (position >= MOST_EVENTS) return { line, reason: `more than ${MOST_EVENTS} events` };
    const at = open.get(process);
    let reason: string | undefined;
    if (type === 'invoke') {
      const since = retired.get(process);
      if (at !== undefined)
        reason = `process ${process} invokes ${f} while its operation of line ${columns.callLine[at]} is open`;
      else if (since !== undefined) reason = `process ${process} goes on after its info of line ${since}`;
      else reason = invoke(given, role);
    } else if (at === undefined) reason = `process ${process} completes ${f} without an invocation`;
    else if (columns.f[at] !== role) {
      reason = `process ${process} completes ${f}, but has another operation open since line ${columns.callLine[at]}`;
    } else reason = complete(given, at);
    return reason === undefined ? undefined : { line, reason };
  }

  function invoke(given: HistoryEvent, code: number): string | undefined {
    const keyed = keying.invoked(given, code);
    if ('reason' in keyed) return keyed.reason;
    const object = keyed.keyed ? objects.codeOf(keyed.key) : NIL;
    if (typeof object === 'object') return object.reason;
    if (length === columns.call.length) columns = grown(columns);
    const at = length;
    columns.a[at] = NIL;
    columns.b[at] = NIL;
    const reason = argument(at, code, keyed.value, given.line);
    if (reason !== undefined) return reason;
    const number = processes.get(given.process) ?? processes.size;
    processes.set(given.process, number);
    columns.process[at] = number;
    columns.client[at] = 0;
    columns.call[at] = position;
    columns.ret[at] = NEVER;
    columns.f[at] = code;
    columns.object[at] = object;
    columns.outcome[at] = OPEN;
    columns.callLine[at] = given.line;
    columns.retLine[at] = 0;
    open.set(given.process, at);
    length += 1;
    position += 1;
    return undefined;
  }

  /** What the operation was asked to do: `a` and `b`. */
  function argument(at: number, code: number, value: unknown, line: number): string | undefined {
    if (code === READ || code === ACQUIRE || code === RELEASE) return undefined;
    if (code === CAS) {
      if (!Array.isArray(value) || value.length !== 2)
        return `a compare-and-set needs a value [expected new], and has ${showValue(value)}`;
      return put(columns.a, at, value[0]) ?? put(columns.b, at, value[1]);
    }
    if (value === undefined) return 'the value is missing';
    if (code === APPEND && model === 'kv') {
      if (typeof value !== 'string') return `append takes a string, and has ${showValue(value)}`;
      firstAppend ||= line;
    }
    return put(columns.a, at, value);
  }

  function put(column: Int32Array, at: number, value: unknown): string | undefined {
    // A key that nobody has written reads as nil with some clients and as the empty string with others.
    const code = model === 'kv' && value === '' ? NIL : values.codeOf(value);
    if (typeof code === 'object') return code.reason;
    column[at] = code;
    return undefined;
  }

  function complete(given: HistoryEvent, at: number): string | undefined {
    const { process, type, line } = given;
    const code = columns.f[at] as number;
    const answered = type === 'ok' || (type === 'fail' && code === CAS && given.mismatched);
    const keyed = keying.completed(given, answered && code === READ);
    if ('reason' in keyed) return keyed.reason;
    if (keyed.keyed && objects.codeOf(keyed.key) !== columns.object[at])
      return `process ${process} completes ${given.f} of another key than it invoked in line ${columns.callLine[at]}`;
    if (type === 'info') columns.outcome[at] = code === READ ? LEFT_OUT : INDETERMINATE;
    else if (type === 'fail') columns.outcome[at] = answered ? MISMATCHED : LEFT_OUT;
    else {
      columns.outcome[at] = OK;
      const reason = result(at, code, keyed.value, given.token);
      if (reason !== undefined) return reason;
    }
    if (locks) {
      const reason = owner(at, keyed.value);
      if (reason !== undefined) return reason;
    }
    if (type !== 'info') columns.ret[at] = position;
    else if (given.retires) retired.set(process, line);
    columns.retLine[at] = line;
    open.delete(process);
    position += 1;
    return undefined;
  }

  /** What an operation answered. */
  function result(at: number, code: number, value: unknown, token: unknown): string | undefined {
    if (code === ACQUIRE && model === 'fenced-mutex') {
      const named = token ?? fieldOf(value, 'fence') ?? (typeof value === 'object' ? undefined : value);
      const number = tokens.numberOf(named);
      if (typeof number === 'object') return number.reason;
      columns.a[at] = number;
    }
    if (code !== READ) return undefined;
    if (value === undefined) columns.outcome[at] = LEFT_OUT;
    else if (!lists) return put(columns.a, at, value);
    else return list(at, value);
    return undefined;
  }

  function list(at: number, value: unknown): string | undefined {
    if (value === null) return undefined;
    if (!Array.isArray(value) && !(value instanceof Set))
      return `a read of the model ${model} returns a list, and not ${showValue(value)}`;
    const before = elements.length;
    for (const element of value as Iterable<unknown>) {
      const code = values.codeOf(element);
      if (typeof code === 'object') return code.reason;
      elements.push(code);
    }
    if (elements.length === before) return undefined;
    columns.a[at] = starts.length - 1;
    starts.push(elements.length);
    return undefined;
  }

  /** Hazelcast's tests name the client in the answer; a process that reconnects is another one. */
  function owner(at: number, value: unknown): string | undefined {
    const client = fieldOf(value, 'client');
    if (client === undefined || client === null) return undefined;
    const code = clients.codeOf(client);
    if (typeof code === 'object') return code.reason;
    columns.client[at] = code;
    return undefined;
  }

  function finish(): ReturnType<Builder['finish']> {
    const unreadable = (line: number, reason: string): ReturnType<Builder['finish']> => ({
      kind: 'unreadable',
      line,
      reason,
    });
    if (length === 0)
      return unreadable(0, `there is no operation of the model ${model} in it (${Object.keys(names).join(', ')})`);
    const odd =
      firstAppend === 0 ? undefined : values.values.find((value) => value !== null && typeof value !== 'string');
    if (odd !== undefined)
      return unreadable(
        firstAppend,
        `appends go to strings, but somewhere in the file there is the value ${showValue(odd)}`,
      );
    const kept = keep();
    if (kept.length === 0)
      return unreadable(0, `nothing to judge: no operation of the model ${model} took effect or may have taken it`);
    return { kind: 'history', history: build(kept) };
  }

  function build(kept: Int32Array): History {
    const { owners, ownerOf } = nameOwners();
    const { ranks, names: tokenNames } = tokens.ranked();
    const at = (column: Int32Array): Int32Array => picked(column, kept, new Int32Array(kept.length));
    const small = (column: Uint8Array): Uint8Array => picked(column, kept, new Uint8Array(kept.length));
    const a = at(columns.a);
    if (model === 'fenced-mutex') for (let n = 0; n < a.length; n++) a[n] = ranks[a[n] as number] ?? NIL;
    return {
      model,
      operations: {
        length: kept.length,
        events: position,
        process: kept.map(ownerOf),
        call: at(columns.call),
        ret: at(columns.ret),
        f: small(columns.f),
        object: at(columns.object),
        a,
        b: at(columns.b),
        outcome: small(columns.outcome),
        lists: { starts: starts.taken(), elements: elements.taken() },
        values: values.values,
      },
      callLine: at(columns.callLine),
      retLine: at(columns.retLine),
      owners,
      objects: [undefined, ...objects.values.slice(1)],
      tokens: tokenNames,
      skipped,
    };
  }

  /** Rows that are judged; those without an answer become indeterminate. */
  function keep(): Int32Array {
    const kept = newIntList();
    for (let row = 0; row < length; row++) {
      if (columns.outcome[row] === OPEN) columns.outcome[row] = columns.f[row] === READ ? LEFT_OUT : INDETERMINATE;
      if (columns.outcome[row] !== LEFT_OUT) kept.push(row);
    }
    return kept.taken();
  }

  /** A client that was named once stands for its process also where an answer did not come. */
  function nameOwners(): { owners: string[]; ownerOf: (row: number) => number } {
    const owners = [...processes.keys()].map((process) => `process ${process}`);
    const firstClient = owners.length - 1;
    const clientOf = new Map<number, number>();
    for (let row = 0; row < length; row++) {
      const client = columns.client[row] as number;
      if (client !== 0) clientOf.set(columns.process[row] as number, client);
    }
    for (const client of clients.values.slice(1)) owners.push(`client ${showValue(client)}`);
    return {
      owners,
      ownerOf: (row) => {
        const process = columns.process[row] as number;
        const client = (columns.client[row] as number) || (clientOf.get(process) ?? 0);
        return client === 0 ? process : firstClient + client;
      },
    };
  }

  return { event, finish };
}

/** The places of a column that `rows` names. */
function picked<Column extends Int32Array | Uint8Array>(from: Column, rows: Int32Array, to: Column): Column {
  for (let n = 0; n < rows.length; n++) to[n] = from[rows[n] as number] as number;
  return to;
}

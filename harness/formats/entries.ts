/** What `jsonl` and `edn` have in common: an entry with fields, as Jepsen's histories and leasebreaker's own have them. */
import { EdnName } from './edn-reader.js';
import type { EventType, Sink, Unreadable } from './event.js';
import { showValue } from './values.js';

/** Fields as they were parsed; undefined where there are none. */
export interface Entry {
  process: unknown;
  type: unknown;
  f: unknown;
  key: unknown;
  value: unknown;
  token: unknown;
  error: unknown;
  index: unknown;
  time: unknown;
}

const TYPES: ReadonlySet<string> = new Set(['invoke', 'ok', 'fail', 'info']);
/** Errors of a compare-and-set that say: it was answered, and the value was another one. */
const MISMATCHES: ReadonlySet<string> = new Set(['mismatch', 'mismatched', 'did-not-succeed', 'precondition-failed']);

/**
 * Judges the form of entries and hands those of clients on. Jepsen's nemesis, and whatever else has no integer for a process, is
 * skipped. The order of the file is the order of events: an `index` that falls is refused. `byTime`: so is a `time` that falls in
 * a file without indexes, for then it was written in another order (one client after the other, say), and intervals that never
 * were would be judged. Jepsen's own old histories have times that fall a little, so that rule is not for them.
 */
export function createEntries(
  sink: Sink,
  { byTime }: { byTime: boolean },
): (entry: Entry, line: number) => Unreadable | undefined {
  let index = Number.NEGATIVE_INFINITY;
  let time = Number.NEGATIVE_INFINITY;

  return (entry, line) => {
    if (typeof entry.index === 'number') {
      if (entry.index <= index)
        return { line, reason: `index ${entry.index} after ${index}: entries must stand in their order` };
      index = entry.index;
    } else if (byTime && typeof entry.time === 'number') {
      if (entry.time < time)
        return { line, reason: `time ${entry.time} after ${time}: entries must stand in their order` };
      time = entry.time;
    }
    const { process } = entry;
    if (process === undefined || process === null) return { line, reason: 'an entry without a process' };
    if (typeof process !== 'number' || !Number.isInteger(process)) return undefined;
    if (!Number.isSafeInteger(process)) return { line, reason: `process ${process} is beyond 2^53` };
    const type = nameOf(entry.type);
    if (type === undefined || !TYPES.has(type))
      return { line, reason: `type is ${showValue(entry.type)} and must be invoke, ok, fail or info` };
    const f = nameOf(entry.f);
    if (f === undefined) return { line, reason: `f is ${showValue(entry.f)} and must be the name of an operation` };
    const { key, value } = entry;
    const operation = f === 'txn' ? onlyOperation(value) : { f, key, value };
    if (!operation) return { line, reason: 'a transaction must be of one read or write, as [[:r key value]]' };
    return sink({
      line,
      process,
      type: type as EventType,
      ...operation,
      token: entry.token,
      error: entry.error,
      time: entry.time,
      mismatched: MISMATCHES.has(errorName(entry.error)),
      retires: true,
    });
  };
}

/** A transaction of one operation, as Elle knows them, is that operation. */
function onlyOperation(value: unknown): { f: string; key: unknown; value: unknown } | undefined {
  const operation: unknown = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  if (!Array.isArray(operation) || operation.length !== 3) return undefined;
  const name = nameOf(operation[0]);
  const f = name === 'r' ? 'read' : name === 'w' ? 'write' : undefined;
  return f === undefined ? undefined : { f, key: operation[1] as unknown, value: operation[2] as unknown };
}

/** The name that a keyword, a symbol or a string says, without its colon. */
export function nameOf(value: unknown): string | undefined {
  const text = value instanceof EdnName ? value.text : value;
  if (typeof text !== 'string') return undefined;
  return text.startsWith(':') ? text.slice(1) : text;
}

/** Jepsen has errors such as `:did-not-succeed` and `[:did-not-succeed "…"]`. */
function errorName(error: unknown): string {
  return nameOf(Array.isArray(error) ? error[0] : error) ?? '';
}

/** The part of the storage's log that can be held against a lock: accepted decisions by key, made for sections of one lane. */
import { NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import type { Findings } from './findings.js';
import { sortByKey } from './group.js';

export interface JudgedKey {
  key: string;
  /** Its place in the history's `keys`. */
  place: number;
  lane: number;
  /** Log places, in the storage's order. */
  entries: Int32Array;
  /** Accepted decisions for the key that belong to no section, and were left out. */
  outside: number;
}

interface Judged {
  keys: readonly JudgedKey[];
  doubts: readonly string[];
}

const known = new WeakMap<Evidence, Judged>();

/**
 * Says as doubts what it leaves out; all of it where the log's order is not the true one. O(accepted decisions), once for each
 * record: the checkers of a run share it.
 */
export function judgedKeys(evidence: Evidence, findings: Findings): readonly JudgedKey[] {
  let judged = known.get(evidence);
  if (judged === undefined) known.set(evidence, (judged = judgeable(evidence)));
  for (const doubt of judged.doubts) findings.doubt(doubt);
  return judged.keys;
}

function judgeable(evidence: Evidence): Judged {
  const { log, holds, tables } = evidence;
  if (log.disorder !== undefined) return { keys: [], doubts: [log.disorder] };
  const keys: JudgedKey[] = [];
  const doubts: string[] = [];
  let outside = 0;
  for (const place of keysInOrder(evidence)) {
    const key = tables.history.keys[place] as string;
    const all = log.accepted(place);
    const isWhole = all.every((entry) => log.operation[entry] !== NONE);
    const entries = isWhole ? all : all.filter((entry) => log.operation[entry] !== NONE);
    outside += all.length - entries.length;
    if (entries.length === 0) continue;
    const lane = holds.lane[log.hold(entries[0] as number)] as number;
    if (entries.every((entry) => holds.lane[log.hold(entry)] === lane)) {
      keys.push({ key, place, lane, entries, outside: all.length - entries.length });
    } else {
      // Two locks do not exclude each other.
      doubts.push(`key ${key} is used under more than one lock`);
    }
  }
  if (outside > 0) doubts.push(`${outside} accepted decisions of the storage belong to no section`);
  return { keys, doubts };
}

/** Keys for which something was accepted, in the order in which that happened first. */
function keysInOrder({ log, tables }: Evidence): Int32Array {
  const first = Float64Array.from(tables.history.keys, (_, key) => log.accepted(key)[0] ?? NONE);
  const keys = Int32Array.from(tables.history.keys, (_, key) => key).filter((key) => first[key] !== NONE);
  return sortByKey(keys, first);
}

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

/** Says as doubts what it leaves out; all of it where the log's order is not the true one. O(accepted decisions). */
export function judgedKeys(evidence: Evidence, findings: Findings): JudgedKey[] {
  const { log, holds, tables } = evidence;
  const judged: JudgedKey[] = [];
  if (log.disorder !== undefined) {
    findings.doubt(log.disorder);
    return judged;
  }
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
      judged.push({ key, place, lane, entries, outside: all.length - entries.length });
    } else {
      // Two locks do not exclude each other.
      findings.doubt(`key ${key} is used under more than one lock`);
    }
  }
  if (outside > 0) findings.doubt(`${outside} accepted decisions of the storage belong to no section`);
  return judged;
}

/** Keys for which something was accepted, in the order in which that happened first. */
function keysInOrder({ log, tables }: Evidence): Int32Array {
  const first = Float64Array.from(tables.history.keys, (_, key) => log.accepted(key)[0] ?? NONE);
  const keys = Int32Array.from(tables.history.keys, (_, key) => key).filter((key) => first[key] !== NONE);
  return sortByKey(keys, first);
}

/** The part of the storage's log that can be held against a lock: accepted decisions by key, made for sections of one lane. */
import type { Evidence } from './evidence.js';
import type { Findings } from './findings.js';
import { isOfSection, type SectionEntry } from './storage-log.js';

export interface JudgedKey {
  key: string;
  lane: number;
  /** In the storage's order. */
  entries: SectionEntry[];
  /** Accepted decisions for the key that belong to no section, and were left out. */
  outside: number;
}

/** Says as doubts what it leaves out; all of it where the log's order is not the true one. O(accepted decisions). */
export function judgedKeys(evidence: Evidence, findings: Findings): JudgedKey[] {
  const judged: JudgedKey[] = [];
  if (evidence.log.disorder !== undefined) {
    findings.doubt(evidence.log.disorder);
    return judged;
  }
  let outside = 0;
  for (const [key, all] of evidence.log.acceptedByKey) {
    const entries = all.filter(isOfSection);
    outside += all.length - entries.length;
    const lane = entries[0]?.hold.lane;
    if (lane === undefined) continue;
    if (entries.every(({ hold }) => hold.lane === lane)) {
      judged.push({ key, lane, entries, outside: all.length - entries.length });
    } else {
      // Two locks do not exclude each other.
      findings.doubt(`key ${key} is used under more than one lock`);
    }
  }
  if (outside > 0) findings.doubt(`${outside} accepted decisions of the storage belong to no section`);
  return judged;
}

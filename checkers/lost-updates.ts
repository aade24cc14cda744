/**
 * Lost updates of a counter: increments that the storage accepted and that its value no longer contains, each with the write
 * that undid it; and values that no counting explains.
 *
 * Every accepted write was computed from what its section had last read (or written) before it, so it stands on the write
 * whose value that was: its parent. The parents make a forest, and the value of the key contains exactly the increments on
 * the path from the last accepted write to its root. An accepted write off that path is lost. It was undone by the first
 * later write that does not stand on it: that one's section had read before the lost write and wrote after it, so the two
 * writes and that read are the whole proof. (Known as predecessor chains of read-modify-write operations:
 * Gibbons and Korach, "Testing Shared Memories", 1997, section 4.)
 *
 * `lost-update`: as above. `wrong-count`: a read did not return what the last accepted write had written, or a write did not
 * add one to what its section had read. If there is none of these, then by induction over the log every value is the length of
 * its path, so `value present = 0 + accepted increments - lost ones` holds and needs no check of its own.
 *
 * Sound. Order and values are the storage's own, no clock is involved. Within an exclusive lock, a section reads and writes
 * with nobody in between, so each write's parent is the write before it and all are on one path. Whether an indeterminate
 * write counts is decided by the log, never guessed. Nothing is claimed for a key where the log is not known to be whole
 * (a gap could hide a read or a write), where something was accepted outside any section or twice for one operation, or where a section
 * wrote without having read.
 *
 * Complete: every accepted increment that the last value does not contain is found, once. It cannot see what the storage
 * accepted and did not log; that acknowledged writes are in the log is for the assumptions to check.
 *
 * Cost: O(accepted decisions).
 */
import { countOf, growForest, type Increment, type Miscount } from './counter-forest.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import { type JudgedKey, judgedKeys } from './judged-keys.js';
import type { SectionEntry } from './storage-log.js';
import type { Checker } from './verdict.js';
import { tell } from './witness.js';

export const lostUpdates: Checker = {
  name: 'lost-updates',
  description: 'increments that the storage accepted are missing from its value, or its values do not add up',
  decides: 'data',
  check(record) {
    const evidence = evidenceOf(record);
    const findings = createFindings('lost-updates');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const sums: Sums = { accepted: 0, acknowledged: 0, present: 0, lost: 0, lostAcknowledged: 0 };
    if (evidence.log.gapless) {
      for (const judged of judgedKeys(evidence, findings)) judgeKey(evidence, judged, findings, sums);
    } else {
      findings.doubt('the log of the storage has gaps, so what a section had read is not certain');
    }
    return findings.result({ ...sums });
  },
};

/** Increments over all keys that could be judged. */
interface Sums {
  accepted: number;
  /** Accepted ones whose client was told so; the others were indeterminate to their client. */
  acknowledged: number;
  /** Sum of the last values. */
  present: number;
  lost: number;
  lostAcknowledged: number;
}

function judgeKey(
  evidence: Evidence,
  { key, lane, entries, outside }: JudgedKey,
  findings: Findings,
  sums: Sums,
): void {
  if (outside > 0) return;
  if (evidence.log.holes.has(key))
    return findings.doubt(`answered operations on key ${key} are missing from the log of the storage`);
  const { increments, miscounts, objection } = growForest(key, entries);
  if (objection !== undefined) return findings.doubt(objection);
  for (const miscount of miscounts)
    findings.violation('wrong-count', lane, () => miscountWitness(evidence, key, miscount));
  for (const increment of increments) {
    const wasAcknowledged = isAcknowledged(increment.entry);
    sums.accepted++;
    if (wasAcknowledged) sums.acknowledged++;
    const undoneBy = increments[increment.undoneBy];
    // Off the path there is always one; and what one late write undid, another may have brought back.
    if (increment.present || undoneBy === undefined) continue;
    sums.lost++;
    if (wasAcknowledged) sums.lostAcknowledged++;
    findings.violation('lost-update', lane, () => lossWitness(evidence, key, increment, undoneBy));
  }
  sums.present += countOf(increments.at(-1)?.entry) ?? 0;
}

function isAcknowledged({ operation }: SectionEntry): boolean {
  return operation.completion?.type === 'ok';
}

function lossWitness(evidence: Evidence, key: string, lost: Increment, undoneBy: Increment) {
  const { entry, base } = undoneBy;
  return {
    key,
    ...tell(
      evidence,
      { hold: entry.hold, operations: [base.operation, entry.operation] },
      { hold: lost.entry.hold, operations: [lost.entry.operation] },
    ),
    decisions: [base.decision.seq, lost.entry.decision.seq, entry.decision.seq],
    numbers: { lostSeq: lost.entry.decision.seq, undoneBySeq: entry.decision.seq },
  };
}

function miscountWitness(evidence: Evidence, key: string, { entry, from, expected }: Miscount) {
  const { hold, operation } = entry;
  const found = countOf(entry);
  return {
    key,
    ...tell(evidence, { hold, operations: [operation] }),
    decisions: from === undefined ? [entry.decision.seq] : [from.decision.seq, entry.decision.seq],
    numbers: { ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }) },
  };
}

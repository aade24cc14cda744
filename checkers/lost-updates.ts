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
import { NONE, OK } from '../harness/history/tables.js';
import {
  type CounterForest,
  countOf,
  growForest,
  type Knowledge,
  type Miscount,
  noKnowledge,
} from './counter-forest.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import { type JudgedKey, judgedKeys } from './judged-keys.js';
import type { Checker } from './verdict.js';
import { tell } from './witness.js';

export const lostUpdates: Checker = {
  name: 'lost-updates',
  description: 'increments that the storage accepted are missing from its value, or its values do not add up',
  decides: 'data',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('lost-updates');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const sums: Sums = { accepted: 0, acknowledged: 0, present: 0, lost: 0, lostAcknowledged: 0 };
    if (evidence.log.gapless) {
      const knowledge = noKnowledge(evidence.holds.count);
      for (const judged of judgedKeys(evidence, findings)) judgeKey(evidence, judged, knowledge, findings, sums);
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

function judgeKey(evidence: Evidence, judged: JudgedKey, knowledge: Knowledge, findings: Findings, sums: Sums): void {
  const { log, operations } = evidence;
  const { key, place, lane, outside } = judged;
  if (outside > 0) return;
  if (log.holes.has(place))
    return findings.doubt(`answered operations on key ${key} are missing from the log of the storage`);
  const forest = growForest(evidence, judged, knowledge);
  if (forest.objection !== undefined) return findings.doubt(forest.objection);
  for (const miscount of forest.miscounts)
    findings.violation('wrong-count', lane, () => miscountWitness(evidence, key, miscount));
  for (let increment = 0; increment < forest.count; increment++) {
    const operation = log.operation[forest.entry[increment] as number] as number;
    const wasAcknowledged = operations.outcome(operation) === OK;
    sums.accepted++;
    if (wasAcknowledged) sums.acknowledged++;
    // Off the path there is always one that undid it; and what one late write undid, another may have brought back.
    if (forest.present[increment] === 1) continue;
    sums.lost++;
    if (wasAcknowledged) sums.lostAcknowledged++;
    findings.violation('lost-update', lane, () => lossWitness(evidence, key, forest, increment));
  }
  const last = forest.entry[forest.count - 1];
  sums.present += last === undefined ? 0 : (countOf(evidence, last) ?? 0);
}

function lossWitness(evidence: Evidence, key: string, { entry, base, undoneBy }: CounterForest, lost: number) {
  const { log } = evidence;
  const undoing = undoneBy[lost] as number;
  const [read, gone, late] = [base[undoing] as number, entry[lost] as number, entry[undoing] as number];
  const operation = (place: number) => log.operation[place] as number;
  return {
    key,
    ...tell(
      evidence,
      { hold: log.hold(late), operations: [operation(read), operation(late)] },
      { hold: log.hold(gone), operations: [operation(gone)] },
    ),
    decisions: [read, gone, late].map((place) => log.seq(place)),
    numbers: { lostSeq: log.seq(gone), undoneBySeq: log.seq(late) },
  };
}

function miscountWitness(evidence: Evidence, key: string, { entry, from, expected }: Miscount) {
  const { log } = evidence;
  const found = countOf(evidence, entry);
  return {
    key,
    ...tell(evidence, { hold: log.hold(entry), operations: [log.operation[entry] as number] }),
    decisions: (from === NONE ? [entry] : [from, entry]).map((place) => log.seq(place)),
    numbers: { ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }) },
  };
}

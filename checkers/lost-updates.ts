/**
 * Lost updates: updates that the storage accepted and that its value no longer contains, each with the write that undid it; and
 * values that no such updates explain. What an update is, the workload says: a counter is read and written as one more, a set or a
 * list (`append`) with one more element, a register with another value.
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
 * Sets and lists show what they contain: an element is lost if the last value is without it, and undone by the first write
 * after it that is. Registers show only the last value, so that a write is lost if another section wrote over it that had
 * read before it, unless a third one that had seen it came later; who writes without having read loses nothing. `wrong-value`
 * is what `wrong-count` is for counters: an element or a value that nobody had written, or that is not the last one.
 *
 * Sound. Order and values are the storage's own, no clock is involved. Within an exclusive lock, a section reads and writes
 * with nobody in between, so each write's parent is the write before it and all are on one path. Whether an indeterminate
 * write counts is decided by the log, never guessed. Nothing is claimed for a key where the log is not known to be whole
 * (a gap could hide a read or a write), where something was accepted outside any section or twice for one operation, or where a section
 * wrote without having read what its update rests on.
 *
 * Complete: every accepted increment that the last value does not contain is found, once. It cannot see what the storage
 * accepted and did not log; that acknowledged writes are in the log is for the assumptions to check.
 *
 * Cost: O(accepted decisions), and for sets and lists O(total length of their values).
 */
import { NONE } from '../harness/history/tables.js';
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
import { countUpdate, lossWitness, noSums, type Sums } from './update-sums.js';
import { followerOf, judgeValues } from './value-updates.js';
import { tell } from './witness.js';

export const lostUpdates: Checker = {
  name: 'lost-updates',
  description: 'updates that the storage accepted are missing from its value, or its values do not add up',
  decides: 'data',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('lost-updates');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const sums = noSums();
    const follow = followerOf(tables.settings.workload);
    if (evidence.log.gapless) {
      const knowledge = noKnowledge(evidence.holds.count);
      for (const judged of judgedKeys(evidence, findings)) {
        if (!isWhole(evidence, judged, findings)) continue;
        if (follow === undefined) judgeCounter(evidence, judged, knowledge, findings, sums);
        else judgeValues(evidence, judged, follow, findings, sums);
      }
    } else {
      findings.doubt('the log of the storage has gaps, so what a section had read is not certain');
    }
    return findings.result({ ...sums });
  },
};

/** Whether all that was accepted for the key is known and of sections; says as a doubt what is missing. */
function isWhole({ log }: Evidence, { key, place, outside }: JudgedKey, findings: Findings): boolean {
  if (outside > 0) return false;
  if (!log.holes.has(place)) return true;
  findings.doubt(`answered operations on key ${key} are missing from the log of the storage`);
  return false;
}

function judgeCounter(
  evidence: Evidence,
  judged: JudgedKey,
  knowledge: Knowledge,
  findings: Findings,
  sums: Sums,
): void {
  const { key, lane } = judged;
  const forest = growForest(evidence, judged, knowledge);
  if (forest.objection !== undefined) return findings.doubt(forest.objection);
  for (const miscount of forest.miscounts)
    findings.violation('wrong-count', lane, () => miscountWitness(evidence, key, miscount));
  for (let increment = 0; increment < forest.count; increment++) {
    // Off the path there is always one that undid it; and what one late write undid, another may have brought back.
    const isLost = forest.present[increment] === 0;
    countUpdate(evidence, sums, forest.entry[increment] as number, isLost);
    if (isLost) accuseLost(evidence, judged, forest, increment, findings);
  }
  const last = forest.entry[forest.count - 1];
  sums.present += last === undefined ? 0 : (countOf(evidence, last) ?? 0);
}

function accuseLost(
  evidence: Evidence,
  { key, lane }: JudgedKey,
  { entry, base, undoneBy }: CounterForest,
  increment: number,
  findings: Findings,
): void {
  const undoing = undoneBy[increment] as number;
  const [gone, read, late] = [entry[increment], base[undoing], entry[undoing]] as [number, number, number];
  findings.violation('lost-update', lane, () => lossWitness(evidence, key, { read, gone, late }));
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

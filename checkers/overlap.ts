/**
 * Overlapping sections: two clients that certainly were inside the same lock at one instant.
 *
 * The definite section of a hold is [its acquire was answered `ok`, the invocation of the last operation under the hold that
 * the client carried out], both on the controller's clock. Two definite sections of one lane that share more than a point are
 * a violation; the pairs are all reported once, the first hundred of a lane with their witness.
 *
 * Sound. When the controller has read the answer to the acquire, the client has been told that it holds the lock. When the
 * controller sends an operation that the client then carries out, the client's section has not ended yet: that operation is
 * still to come, and the client does not know, or does not care, that the lock is gone. So the true section contains the
 * definite one, whatever the delays were: answers that are read late and operations that are carried out late only make the
 * definite one shorter. What may not be carried out counts for nothing: operations that failed before the storage was asked
 * (`lock-lost` above all) and indeterminate ones, unless the storage's own log shows that they reached it. A refusal
 * (`fenced`) counts: to be refused, one has to have asked. A release counts only as long as the client had no word of the
 * loss, as afterwards it ends nothing. These are the believed intervals of Jepsen's and etcd's discussion of locks ("Jepsen:
 * etcd 3.4.3", 2020; etcd documentation, "Lock and Lease"), cut down to what is proven.
 *
 * Complete for histories without indeterminate operations: the sections can then be laid out in time without overlap exactly
 * if the definite ones do not overlap, because these are the cores [f(A), s(R)] of the zones of an owner-aware mutex, and the
 * histories of zones that do not overlap are linearizable (Gibbons and Korach, "Testing Shared Memories", 1997). It cannot see
 * a section that went on without an operation: a holder that only computed while another wrote.
 *
 * Cost: O(n log n + pairs reported). The number of pairs is counted without listing them.
 */
import type { Operation } from '../harness/history/operation.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, MAX_WITNESSES } from './findings.js';
import { append } from './group.js';
import type { Hold } from './holds.js';
import { type StorageLog, wasCarriedOut } from './storage-log.js';
import type { Checker } from './verdict.js';
import { olderFirst, tell } from './witness.js';

interface DefiniteSection {
  hold: Hold;
  /** Ns since the run began. */
  start: number;
  end: number;
  /** The operation at whose invocation the section still went on. */
  last: Operation;
}

export const overlap: Checker = {
  name: 'overlap',
  description: 'two clients were certainly inside the same lock at one instant',
  decides: 'exclusion',
  check(record) {
    const evidence = evidenceOf(record);
    const findings = createFindings('overlap');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const lanes = new Map<number, DefiniteSection[]>();
    for (const hold of evidence.holds) {
      const section = definiteSection(hold, evidence.log);
      // A section of no length shares more than a point with nothing.
      if (section !== undefined && section.end > section.start) append(lanes, section.hold.lane, section);
    }
    let sections = 0;
    let longest = 0;
    for (const [lane, inLane] of lanes) {
      inLane.sort((a, b) => a.start - b.start);
      sections += inLane.length;
      longest = Math.max(longest, longestOverlap(inLane));
      let listed = 0;
      const pairs = countPairs(inLane);
      for (const [a, b] of firstPairs(inLane, MAX_WITNESSES)) {
        listed++;
        findings.violation('overlapping-sections', lane, () => witness(evidence, a, b));
      }
      findings.count('overlapping-sections', pairs - listed);
    }
    return findings.result({ definiteSections: sections, longestOverlapMs: longest / 1e6 });
  },
};

function definiteSection(hold: Hold, log: StorageLog): DefiniteSection | undefined {
  const { operations, release } = hold;
  const start = hold.acquire.completion.time;
  if (release !== undefined && releaseCounts(hold, release))
    return { hold, start, end: release.invocation.time, last: release };
  const last = operations.findLast((operation) => wasCarriedOut(operation, log));
  return last === undefined ? undefined : { hold, start, end: last.invocation.time, last };
}

function releaseCounts({ lost, operations }: Hold, { invocation, completion }: Operation): boolean {
  if (completion?.type !== 'ok') return false;
  if (lost !== undefined && lost.index < invocation.index) return false;
  return !operations.some((operation) => operation.completion?.error === 'lock-lost');
}

/** Sections that began before the i-th and had not ended when it began, summed over all; `sections` sorted by start. */
function countPairs(sections: readonly DefiniteSection[]): number {
  const ends = Float64Array.from(sections, (section) => section.end).sort();
  let ended = 0;
  let pairs = 0;
  sections.forEach(({ start }, before) => {
    // Whatever ends by now began by now too, so it is among those before.
    while (ended < before && (ends[ended] as number) <= start) ended++;
    pairs += before - ended;
  });
  return pairs;
}

/** Lists pairs in the order in which they begin. Every look at a section that still goes on is a pair; O(n + limit). */
function* firstPairs(
  sections: readonly DefiniteSection[],
  limit: number,
): Generator<[DefiniteSection, DefiniteSection]> {
  let going: DefiniteSection[] = [];
  let listed = 0;
  for (const section of sections) {
    going = going.filter(({ end }) => end > section.start);
    for (const earlier of going) {
      if (listed++ === limit) return;
      yield [earlier, section];
    }
    going.push(section);
  }
}

/** In ns. The longest overlap of the i-th with an earlier one is the one with that which ends last. */
function longestOverlap(sections: readonly DefiniteSection[]): number {
  let longest = 0;
  let furthest = Number.NEGATIVE_INFINITY;
  for (const { start, end } of sections) {
    longest = Math.max(longest, Math.min(end, furthest) - start);
    furthest = Math.max(furthest, end);
  }
  return longest;
}

function witness(evidence: Evidence, a: DefiniteSection, b: DefiniteSection) {
  return {
    ...tell(evidence, ...olderFirst({ hold: a.hold, operations: [a.last] }, { hold: b.hold, operations: [b.last] })),
    decisions: [],
    numbers: { overlapNs: Math.min(a.end, b.end) - Math.max(a.start, b.start) },
  };
}

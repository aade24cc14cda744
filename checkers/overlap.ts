/**
 * Overlapping sections: two clients that certainly were inside the same lock at one instant.
 *
 * The definite section (the core) of a hold is [its acquire was answered `ok`, the invocation of the last operation under the
 * hold that the client certainly carried out], both on the controller's clock. Two cores of one lane that share more than a
 * point are a violation; the pairs are all reported once, the first hundred of a lane with their witness.
 *
 * Sound. When the controller has read the answer to the acquire, the client has been told that it holds the lock. When the
 * controller sends an operation that the client then carries out, the client's section has not ended yet: that operation is
 * still to come, and the client does not know, or does not care, that the lock is gone. So the true section contains the
 * core, whatever the delays were: answers that are read late and operations that are carried out late only make the
 * core shorter. What may not be carried out counts for nothing: operations that failed before the storage was asked
 * (`lock-lost` above all) and indeterminate ones, unless the storage's own log shows that they reached it. A refusal
 * (`fenced`) counts: to be refused, one has to have asked. These are the believed intervals of Jepsen's and etcd's discussion of
 * locks ("Jepsen: etcd 3.4.3", 2020; etcd documentation, "Lock and Lease"), cut down to what is proven.
 *
 * A release ends the core at its own invocation if the client carried it out and had no word of the loss when it did. It was
 * carried out if it answered `ok`, and also if nobody knows its outcome but the client itself said so: `timeout` and
 * `unavailable` are what a client answers that has sent the request to etcd and heard nothing (errors.ts). When the key
 * really went does not matter: the core ends where the client began to leave, which is the earliest that any effect of the
 * release can be. An indeterminate release whose client never spoke (`no-answer`, `client-exited`, no completion) may have met
 * a client that was dead, or that had given the lock up, and ends nothing. A client says what it was told in the order in
 * which it was told: so a loss that is read before the answer to the release may have been known when the release was sent.
 *
 * An indeterminate acquire makes no section. Its process is retired, so it is the last thing that the process does
 * (operations of a process that goes on all the same are nobody's, pairing.ts): were it proven later that it took effect, by
 * its key in the ownership log, by a late word that its lock is lost, by a keep-alive, then the client may have been told that it
 * holds the lock at the time of that proof, but nothing is invoked afterwards that it would have to be inside for. Its core would
 * begin behind its end. Leaving it out loses no pair: what is known of it can be met by a client that never came inside. What
 * etcd thinks of it meanwhile, against what others believe, is a matter of ownership and not of two sections.
 *
 * Complete for histories without indeterminate operations, in which everything but the section itself was left undone: then the
 * cores are [f(A), s(R)] of acquire and release, and the history is one of an owner-aware mutex exactly if they are disjoint
 * (up to points). If they are, let every acquire take effect when it is answered and every release when it is invoked: each does
 * so within its own interval, and the holds follow each other. If two of them are not, both holds last throughout the time that
 * the cores share, wherever within their intervals they begin and end. These are the zones of Gibbons and Korach ("Testing
 * Shared Memories", 1997); a search through all orders says the same (overlap.test.ts). It cannot see a section that went on
 * without an operation: a holder that only computed while another wrote.
 *
 * Cost: O(n) where nothing overlaps, else O(n log n + pairs reported). The number of pairs is counted without listing them.
 */
import { FAIL, INFO, NONE, OK } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, MAX_WITNESSES } from './findings.js';
import type { Operations } from './operations.js';
import type { Checker } from './verdict.js';
import { olderFirst, tell } from './witness.js';

/** The definite sections of a lane, in the order in which they begin. */
interface Cores {
  count: number;
  hold: Int32Array;
  /** The operation at whose invocation the section still went on. */
  last: Int32Array;
  /** Ns since the run began. */
  start: Float64Array;
  end: Float64Array;
}

export const overlap: Checker = {
  name: 'overlap',
  description: 'two clients were certainly inside the same lock at one instant',
  decides: 'exclusion',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('overlap');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    let sections = 0;
    let longest = 0;
    for (const [lane, cores] of definiteCores(evidence)) {
      sections += cores.count;
      const overlap = longestOverlap(cores);
      if (overlap === 0) continue;
      longest = Math.max(longest, overlap);
      let listed = 0;
      for (const [a, b] of firstPairs(cores, MAX_WITNESSES)) {
        listed++;
        findings.violation('overlapping-sections', lane, () => witness(evidence, cores, a, b));
      }
      findings.count('overlapping-sections', countPairs(cores) - listed);
    }
    return findings.result({ definiteSections: sections, longestOverlapMs: longest / 1e6 });
  },
};

/** By lane. Holds are gone through in one go, and not lane by lane, so that each column is read in its order. */
function definiteCores(evidence: Evidence): ReadonlyMap<number, Cores> {
  const { holds, operations } = evidence;
  const byLane = new Map<number, Cores>();
  for (const [lane, { length }] of holds.grantsByLane)
    byLane.set(lane, {
      count: 0,
      hold: new Int32Array(length),
      last: new Int32Array(length),
      start: new Float64Array(length),
      end: new Float64Array(length),
    });
  // Sections begin with the grant.
  for (const hold of holds.inGrantOrder) {
    const last = lastCarriedOut(evidence, hold);
    if (last === NONE) continue;
    const start = holds.grantedAt(hold);
    const end = operations.invokedAt(last);
    // A section of no length shares more than a point with nothing.
    if (end <= start) continue;
    const cores = byLane.get(holds.lane[hold] as number) as Cores;
    const place = cores.count++;
    cores.hold[place] = hold;
    cores.last[place] = last;
    cores.start[place] = start;
    cores.end[place] = end;
  }
  return byLane;
}

function lastCarriedOut(evidence: Evidence, hold: number): number {
  const { holds, log } = evidence;
  if (releaseCounts(evidence, hold)) return holds.release[hold] as number;
  for (let at = (holds.firstUnder[hold + 1] as number) - 1; at >= (holds.firstUnder[hold] as number); at--)
    if (log.wasCarriedOut(holds.under[at] as number)) return holds.under[at] as number;
  return NONE;
}

function releaseCounts({ holds, operations }: Evidence, hold: number): boolean {
  const release = holds.release[hold] as number;
  if (release === NONE || !wasLeft(operations, release)) return false;
  // A loss is noted only if the client heard of it before the release was over.
  if (holds.lost[hold] !== NONE) return false;
  // Only an operation that failed can have been refused for that.
  for (let at = holds.firstUnder[hold] as number; at < (holds.firstUnder[hold + 1] as number); at++) {
    const operation = holds.under[at] as number;
    if (operations.outcome(operation) === FAIL && operations.error(operation) === 'lock-lost') return false;
  }
  return true;
}

/** Whether the completion of a release says that the client carried it out. */
function wasLeft(operations: Operations, release: number): boolean {
  const outcome = operations.outcome(release);
  if (outcome !== INFO) return outcome === OK;
  const error = operations.error(release);
  return error === 'timeout' || error === 'unavailable';
}

/** Sections that began before the i-th and had not ended when it began, summed over all. O(n log n). */
function countPairs({ count, start, end }: Cores): number {
  const ends = end.slice(0, count).sort();
  let ended = 0;
  let pairs = 0;
  for (let section = 0; section < count; section++) {
    // Whatever ends by now began before it did, so it is among those before.
    while ((ends[ended] as number) <= (start[section] as number)) ended++;
    pairs += section - ended;
  }
  return pairs;
}

/** Lists pairs in the order in which they begin. Every look at a section that still goes on is a pair; O(n + limit). */
function* firstPairs({ count, start, end }: Cores, limit: number): Generator<[number, number]> {
  let going: number[] = [];
  let listed = 0;
  for (let section = 0; section < count; section++) {
    going = going.filter((earlier) => (end[earlier] as number) > (start[section] as number));
    for (const earlier of going) {
      if (listed++ === limit) return;
      yield [earlier, section];
    }
    going.push(section);
  }
}

/** In ns; 0 if no two overlap. The longest overlap of the i-th with an earlier one is the one with that which ends last. */
function longestOverlap({ count, start, end }: Cores): number {
  let longest = 0;
  let furthest = Number.NEGATIVE_INFINITY;
  for (let section = 0; section < count; section++) {
    longest = Math.max(longest, Math.min(end[section] as number, furthest) - (start[section] as number));
    furthest = Math.max(furthest, end[section] as number);
  }
  return longest;
}

/** `a`, `b`: places among the sections. */
function witness(evidence: Evidence, { hold, last, start, end }: Cores, a: number, b: number) {
  const part = (section: number) => ({
    hold: hold[section] as number,
    operations: [last[section] as number] as const,
  });
  const length = Math.min(end[a] as number, end[b] as number) - Math.max(start[a] as number, start[b] as number);
  return {
    ...tell(evidence, ...olderFirst(evidence, part(a), part(b))),
    decisions: [],
    numbers: { overlapNs: length },
  };
}

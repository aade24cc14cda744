/**
 * Stale writes, interleaved sections and replayed writes: what the storage accepted and should not have, in the storage's own
 * order.
 *
 * `stale-write`: a write is accepted for a key after one with a larger token was. `interleaved-sections`: a section's accepted
 * operation, then another section's, then one of the first again, where of the last two at least one is a write. A section is
 * a hold of the history together with the key. `replayed-write`: a write is accepted that the storage had accepted before, as one
 * and the same operation.
 *
 * Sound. The storage numbers its decisions in the order in which they took effect, so no clock is involved. Tokens are create
 * revisions of lock keys, and etcd grants the queue's lock in their order (client/v3/concurrency, Mutex): the hold with the
 * larger token began when the one with the smaller had ended, so a write of the older one that is accepted after a write of the
 * newer one was accepted after its own hold had ended. No claim is made where tokens do not tell the order: in a lane where one is
 * a lease id, or the run says that they are, and when the hold with the smaller token was asked for after the other had been granted. Interleaving needs
 * no tokens: with an exclusive lock the operations of a section stand together in the storage's order. Nothing is claimed
 * from a decision that contradicts the history or was not made for a section, nor from a log whose order contradicts the
 * order in which operations were invoked and answered. A replay needs neither order nor tokens: the client invoked the write once,
 * the log has two decisions with numbers of their own that accept it, and neither contradicts the history. What came between
 * them, a later hold's write perhaps, has been undone by it; what did not is a matter of luck.
 *
 * Read-only interleavings pass: if the intruding operation and the later one are both reads, they can change places without
 * either returning something else, so the storage cannot tell the history from one in which the sections stood apart.
 *
 * Complete for what it defines: every accepted write that follows a larger token, every operation at which a section comes
 * back to a key, and every acceptance of a write but its first, is found once (Kleppmann, "How to do distributed locking", 2016, is the first; A, B, A over several keys is
 * judged for each key alone, so a section that left one key before another touched it goes unnoticed). It cannot see a late
 * write that comes before anything of the newer holder: nothing distinguishes it from one in time. That is why fencing
 * lets it pass, too.
 *
 * Cost: O(accepted decisions).
 */
import { NONE } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import { type JudgedKey, judgedKeys } from './judged-keys.js';
import { isReplay } from './replays.js';
import { tokensTellOrder } from './token-order.js';
import type { Checker } from './verdict.js';
import { olderFirst, type Part, tell } from './witness.js';

export const staleWrites: Checker = {
  name: 'stale-writes',
  description:
    'the storage accepted a write of a section that was over, operations of two sections in turns, or a write twice',
  decides: 'data',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('stale-writes');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const lastOf = new Int32Array(evidence.holds.count).fill(NONE);
    let accepted = 0;
    let unordered = 0;
    for (const judged of judgedKeys(evidence, findings)) {
      accepted += judged.entries.length;
      unordered += findStaleWrites(evidence, judged, findings);
      findInterleavings(evidence, judged, lastOf, findings);
      findReplays(evidence, judged, findings);
    }
    if (unordered > 0)
      findings.doubt(`${unordered} writes follow a larger token that does not tell the order of the holds`);
    return findings.result({ acceptedDecisions: accepted });
  },
};

/** Returns the number of writes whose token is smaller, but not provably that of an older hold. */
function findStaleWrites(evidence: Evidence, judged: JudgedKey, findings: Findings): number {
  const { log } = evidence;
  let newest = NONE;
  let unordered = 0;
  for (const entry of judged.entries) {
    if (!log.isWrite(entry)) continue;
    if (newest === NONE || log.token(entry) >= log.token(newest)) newest = entry;
    else if (tokensTellOrder(evidence, log.hold(entry), log.hold(newest)))
      accuseStale(evidence, judged, entry, newest, findings);
    else unordered++;
  }
  return unordered;
}

function accuseStale(
  evidence: Evidence,
  { key, lane }: JudgedKey,
  late: number,
  before: number,
  findings: Findings,
): void {
  const granted = evidence.holds.grantedAt(evidence.log.hold(before));
  const sent = evidence.operations.invokedAt(evidence.log.operation[late] as number);
  findings.violation('stale-write', lane, () => ({
    key,
    ...tell(evidence, partOf(evidence, late), partOf(evidence, before)),
    decisions: [before, late].map((entry) => evidence.log.seq(entry)),
    // How long the newer holder had certainly had the lock when the late write was sent.
    numbers: { lateNs: Math.max(0, sent - granted) },
  }));
}

/** `lastOf`: by hold, where in `entries` its last operation was; all `NONE` before and afterwards, so that keys can share it. */
function findInterleavings(evidence: Evidence, judged: JudgedKey, lastOf: Int32Array, findings: Findings): void {
  const { log } = evidence;
  const { entries } = judged;
  let lastWrite = -1;
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as number;
    const hold = log.hold(entry);
    const isWrite = log.isWrite(entry);
    const earlier = lastOf[hold] as number;
    lastOf[hold] = at;
    // All that stands between two consecutive operations of a section is of others.
    const intruder = isWrite ? at - 1 : lastWrite;
    if (isWrite) lastWrite = at;
    if (earlier !== NONE && intruder > earlier) accuseInterleaved(evidence, judged, [earlier, intruder, at], findings);
  }
  for (const entry of entries) lastOf[log.hold(entry)] = NONE;
}

/** `places`: in the key's entries, of the section, of the one that came in between, and of the first one again. */
function accuseInterleaved(
  evidence: Evidence,
  { key, lane, entries }: JudgedKey,
  places: readonly [number, number, number],
  findings: Findings,
): void {
  const [before, between, after] = places.map((at) => entries[at]) as [number, number, number];
  findings.violation('interleaved-sections', lane, () => ({
    key,
    // Either the older section came back late, or its late operation fell into the younger one.
    ...tell(evidence, ...olderFirst(evidence, partOf(evidence, before, after), partOf(evidence, between))),
    decisions: [before, between, after].map((entry) => evidence.log.seq(entry)),
    numbers: {},
  }));
}

function findReplays(evidence: Evidence, judged: JudgedKey, findings: Findings): void {
  for (const entry of judged.entries)
    if (isReplay(evidence.log, entry)) accuseReplayed(evidence, judged, entry, findings);
}

function accuseReplayed(evidence: Evidence, { key, lane }: JudgedKey, entry: number, findings: Findings): void {
  const { log } = evidence;
  const first = log.byOperation[log.operation[entry] as number] as number;
  findings.violation('replayed-write', lane, () => ({
    key,
    ...tell(evidence, partOf(evidence, first)),
    decisions: [first, entry].map((place) => log.seq(place)),
    numbers: {},
  }));
}

/** The section of log entries that are of one, with their operations. */
function partOf({ log }: Evidence, first: number, ...more: readonly number[]): Part {
  const operation = (entry: number) => log.operation[entry] as number;
  return { hold: log.hold(first), operations: [operation(first), ...more.map(operation)] };
}

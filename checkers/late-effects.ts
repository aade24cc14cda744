/**
 * Late effects: reads and writes of a holder that had been replaced, which the storage accepted although a newer hold had
 * been granted before they were sent.
 *
 * `late-write`: such a write, unless `stale-write` tells of it already, which it does once a newer holder has written the key. What is
 * left is the first-write hole: a stale write that comes before the new holder's first one, and that no comparison of tokens at
 * the storage can tell from one in time. `stale-read`: such a read; what it returned may be acted upon.
 *
 * Sound. A hold is replaced when a newer one is granted after it: the answer to the newer acquire was read after that to the
 * older, and before the operation in question was invoked, all on one controller. At that moment both clients were inside the
 * lock: the new one had just been told so, and the old one was still to send the operation, which the storage then had. So the
 * lock did not exclude, whatever became of the data. That one hold is newer than the other is certain if it was asked for after
 * the other had been granted, or if both have tokens and those of the lane are no lease ids, as they are create revisions, in whose order etcd's
 * queue is granted (client/v3/concurrency, Mutex). An old hold whose answer came after the newer one's is not accused: the newer
 * one may have been over by then, and the sections apart.
 *
 * Complete for definite acquires: every accepted operation of a replaced hold is found, once, with the earliest hold that
 * replaced it. It cannot see a replacement whose answer came after the operation had been sent.
 *
 * Cost: O(operations).
 */
import { NONE } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import { type JudgedKey, judgedKeys } from './judged-keys.js';
import { replacements } from './replacements.js';
import { precedesByToken } from './token-order.js';
import type { Checker } from './verdict.js';
import { tell } from './witness.js';

export const lateEffects: Checker = {
  name: 'late-effects',
  description:
    'the storage accepted a read or write that its client sent after a newer holder had been granted the lock',
  decides: 'exclusion',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('late-effects');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const replacedBy = replacements(evidence);
    for (const judged of judgedKeys(evidence, findings)) judgeKey(evidence, judged, replacedBy, findings);
    let replaced = 0;
    for (let hold = 0; hold < replacedBy.length; hold++) if (replacedBy[hold] !== NONE) replaced++;
    return findings.result({ replacedHolds: replaced });
  },
};

function judgeKey(evidence: Evidence, judged: JudgedKey, replacedBy: Int32Array, findings: Findings): void {
  const { log, holds, operations } = evidence;
  /** Of the holds that have written, the one with the largest token. */
  let newest = NONE;
  for (const entry of judged.entries) {
    // What is decided again was sent in time, or is told of already.
    if (log.again[entry] === 1) continue;
    const hold = log.hold(entry);
    const operation = log.operation[entry] as number;
    const newer = replacedBy[hold] as number;
    const isLate = newer !== NONE && holds.grantedRow(newer) < (operations.invocation[operation] as number);
    const isWrite = log.isWrite(entry);
    const isStale = isWrite && newest !== NONE && precedesByToken(evidence, hold, newest);
    if (isLate && !isStale) accuse(evidence, judged, entry, newer, findings);
    if (!isWrite) continue;
    if (newest === NONE || (holds.token[hold] as number) >= (holds.token[newest] as number)) newest = hold;
  }
}

/** `newer`: the hold that had replaced that of the log place. */
function accuse(evidence: Evidence, { key, lane }: JudgedKey, entry: number, newer: number, findings: Findings): void {
  const { log, holds, operations } = evidence;
  const operation = log.operation[entry] as number;
  findings.violation(log.isWrite(entry) ? 'late-write' : 'stale-read', lane, () => ({
    key,
    ...tell(
      evidence,
      { hold: log.hold(entry), operations: [operation] },
      { hold: newer, operations: [holds.acquire[newer] as number] },
    ),
    decisions: [log.seq(entry)],
    numbers: { lateNs: operations.invokedAt(operation) - holds.grantedAt(newer) },
  }));
}

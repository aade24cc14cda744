/** What the storage decided on each operation, and which of what it accepted it should not have. */
import type { Evidence } from '../../../checkers/evidence.js';
import { createFindings } from '../../../checkers/findings.js';
import { type JudgedKey, judgedKeys } from '../../../checkers/judged-keys.js';
import { tokensTellOrder } from '../../../checkers/token-order.js';
import type { Violation, ViolationKind } from '../../../checkers/verdict.js';
import { NONE } from '../../history/tables.js';
import { DECISION } from '../page-data.js';

/** Kinds whose last decision is the one that should not have been. */
const TOO_LATE: ReadonlySet<ViolationKind> = new Set(['stale-write', 'late-write', 'stale-read']);

/**
 * By operation: `DECISION`. Stale writes are found by the checker's own rule (checkers/stale-writes.ts), so that those that it
 * counted without a witness are marked, too; of late writes and stale reads those that are listed. O(decisions).
 */
export function decisionsByOperation(evidence: Evidence, violations: readonly Violation[]): Uint8Array {
  const { operations, log } = evidence;
  const decisions = new Uint8Array(operations.count);
  for (let operation = 0; operation < operations.count; operation++) {
    const place = log.byOperation[operation] ?? NONE;
    if (place !== NONE) decisions[operation] = log.isAccepted(place) ? DECISION.accepted : DECISION.refused;
  }
  // What is doubtful here is for the checker to say.
  for (const judged of judgedKeys(evidence, createFindings('stale-writes'))) markStale(evidence, judged, decisions);
  for (const { kind, decisions: seqs } of violations) {
    const place = TOO_LATE.has(kind) ? placeOf(evidence, seqs.at(-1)) : NONE;
    if (place !== NONE) decisions[log.operation[place] ?? NONE] = DECISION.stale;
  }
  return decisions;
}

function markStale(evidence: Evidence, { entries }: JudgedKey, decisions: Uint8Array): void {
  const { log } = evidence;
  let newest = NONE;
  for (const entry of entries) {
    if (!log.isWrite(entry)) continue;
    if (newest === NONE || log.token(entry) >= log.token(newest)) newest = entry;
    else if (tokensTellOrder(evidence, log.hold(entry), log.hold(newest)))
      decisions[log.operation[entry] ?? NONE] = DECISION.stale;
  }
}

/** Log place of a decision by its `seq`; `NONE`. */
function placeOf({ log }: Evidence, seq: number | undefined): number {
  if (seq === undefined) return NONE;
  if (log.gapless) return seq >= 1 && seq <= log.count ? seq - 1 : NONE;
  let [low, high] = [0, log.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (log.seq(middle) < seq) low = middle + 1;
    else high = middle;
  }
  return low < log.count && log.seq(low) === seq ? low : NONE;
}

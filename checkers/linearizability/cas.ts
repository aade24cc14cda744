/**
 * Registers with compare-and-set whose new values are all different, with reads and blind writes, indeterminate ones included.
 *
 * A compare-and-set from x to y that took effect reads x and writes y in one moment, so that it follows the cluster of x
 * directly (chains.ts). Two that took effect on one x contradict each other without any look at the times: after the first of
 * them x is gone for good, a lost update. An indeterminate update took effect if its value was read, or if one that took effect
 * expected its value: going back from all values that were seen finds these. The others are left out: an order that fits still
 * fits without an update whose value nobody saw. (Gibbons and Korach 1997, section 4.2, for histories of read-modify-writes.)
 *
 * Sound and complete as long as no value is written twice, the initial one never, and no compare-and-set failed. Objects where
 * one of these is so are left to the search.
 *
 * Compare-and-sets that failed are seen to in failed-cas.ts.
 *
 * O(n).
 */
import { CAS, MISMATCHED, NIL, OK, READ, WRITE } from './operations.js';
import { CLEAN, type ObjectVerdicts, contradict, leave } from './object-verdicts.js';
import { type PairIndex, createPairIndex, find, put } from './pair-index.js';
import { type Chains, END, HEAD, createChains, judgeChains } from './chains.js';
import { judgeFailed } from './failed-cas.js';
import { WRITTEN_TWICE, WROTE_INITIAL, addRead } from './register.js';

/** `before` of a compare-and-set that expects a value which nobody wrote. */
const NOWHERE = -2;
const PHANTOM = 'nobody wrote the value that was seen';

export function judgeCasRegisters(verdicts: ObjectVerdicts): void {
  const chains = createChains(verdicts);
  const writers = indexUpdates(verdicts, chains);
  addObservations(verdicts, chains, writers);
  markLive(verdicts, chains);
  link(verdicts, chains);
  const zones = judgeChains(
    verdicts,
    chains,
    'one of the two values was certainly there when the other was, in every order',
  );
  if (verdicts.table.operations.outcome.includes(MISMATCHED)) judgeFailed(verdicts, chains, zones, writers);
}

/** Value that an operation writes if it takes effect, or -1. */
function written(f: number, a: number, b: number, outcome: number): number {
  return f === WRITE ? a : f === CAS && outcome !== MISMATCHED ? b : -1;
}

function indexUpdates(verdicts: ObjectVerdicts, { clusters, live }: Chains): PairIndex {
  const { length, object, call, ret, operations } = verdicts.table;
  const { f, a, b, outcome } = operations;
  const writers = createPairIndex(length);
  for (let row = 0; row < length; row++) {
    const value = written(f[row] as number, a[row] as number, b[row] as number, outcome[row] as number);
    if (value === -1) continue;
    const k = object[row] as number;
    if (value === NIL) leave(verdicts, k, WROTE_INITIAL);
    else if (put(writers, k, value, row) !== -1) leave(verdicts, k, WRITTEN_TWICE);
    clusters.minF[row] = ret[row] as number;
    clusters.maxS[row] = call[row] as number;
    live[row] = outcome[row] === OK ? 1 : 0;
  }
  return writers;
}

/** Reads, and what compare-and-sets expected. */
function addObservations(
  verdicts: ObjectVerdicts,
  { clusters, before, live, shownBy }: Chains,
  writers: PairIndex,
): void {
  const { length, object, operations } = verdicts.table;
  const { f, a, outcome } = operations;
  const { state } = verdicts;
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    const value = a[row] as number;
    const isRead = f[row] === READ && outcome[row] === OK && value >= NIL;
    if (state[k] !== CLEAN || !(isRead || (f[row] === CAS && outcome[row] !== MISMATCHED))) continue;
    const writer = value === NIL ? length + k : find(writers, k, value);
    if (!isRead) {
      before[row] = writer === -1 ? NOWHERE : writer;
    } else if (writer === -1) {
      contradict(verdicts, k, [row], PHANTOM);
    } else {
      addRead(verdicts, clusters, writer, row);
      if (writer < length) {
        if (live[writer] === 0) shownBy[writer] = row;
        live[writer] = 1;
      }
    }
  }
}

/** Each update is passed once: what is live has been followed back already, or will be. */
function markLive({ table: { length } }: ObjectVerdicts, { before, live, shownBy }: Chains): void {
  for (let row = 0; row < length; row++) {
    if (live[row] === 0) continue;
    const shown = shownBy[row] === -1 ? row : (shownBy[row] as number);
    let back = before[row] as number;
    while (back >= 0 && back < length && live[back] === 0) {
      live[back] = 1;
      shownBy[back] = shown;
      back = before[back] as number;
    }
  }
}

function link(verdicts: ObjectVerdicts, { before, after, live }: Chains): void {
  const { length, object } = verdicts.table;
  for (let row = 0; row < length; row++) {
    const from = before[row] as number;
    if (live[row] === 0 || from === HEAD) continue;
    const k = object[row] as number;
    if (from === NOWHERE) contradict(verdicts, k, [row], PHANTOM);
    else if (after[from] === END) after[from] = row;
    else
      contradict(
        verdicts,
        k,
        [after[from] as number, row],
        'two compare-and-sets took effect on one value: a lost update',
      );
  }
}

/** The storage's decisions by their number and by their operation, and what every accepted write met there. */
import type { Decision } from '../history/decision.js';
import type { RunTables } from '../history/run-record.js';
import { decisionAt } from '../history/table-entries.js';
import { F, NONE } from '../history/tables.js';
import { tokenOf } from '../history/token-codes.js';
import { lazily } from './lazily.js';

export interface StorageIndex {
  decision(seq: number): Decision | undefined;
  /** The storage's decision about an operation; of several the last. */
  decisionOn(op: number): Decision | undefined;
  /** For a write that was accepted after one with a larger token for the same key: that larger token. */
  staleAgainst(seq: number): string | undefined;
  /** The accepted write that this decision's write replaced. */
  replacedBy(seq: number): Decision | undefined;
}

export function indexStorage(record: RunTables): StorageIndex {
  const { decisions, largeTokens } = record;
  const byOperation = lazily(() => rowsByOperation(record));
  const writes = lazily(() => acceptedWrites(record));

  /** In a sound log the decision n stands in row n - 1. */
  const rowOf = (seq: number): number => {
    if (seq >= 1 && seq <= decisions.length && decisions.seq[seq - 1] === seq) return seq - 1;
    return decisions.seq.subarray(0, decisions.length).lastIndexOf(seq);
  };
  const at = (row: number | undefined): Decision | undefined =>
    row === undefined || row === NONE ? undefined : decisionAt(record, row);
  return {
    decision: (seq) => at(rowOf(seq)),
    decisionOn: (op) => at(byOperation()[op]),
    staleAgainst(seq) {
      const larger = writes().larger[rowOf(seq)] ?? NONE;
      return larger === NONE ? undefined : tokenOf(larger, largeTokens);
    },
    replacedBy: (seq) => at(writes().replaced[rowOf(seq)]),
  };
}

function rowsByOperation({ history, decisions }: RunTables): Int32Array {
  const rows = new Int32Array(history.length).fill(NONE);
  for (let row = 0; row < decisions.length; row++) {
    const op = decisions.op[row] ?? NONE;
    if (op >= 0 && op < rows.length) rows[op] = row;
  }
  return rows;
}

/** By row: the row of the write that it replaced, and the code of a larger token accepted before; `NONE` where there is none. */
function acceptedWrites({ history, decisions }: RunTables): { replaced: Int32Array; larger: Float64Array } {
  const { length, f, accepted, key, token } = decisions;
  const replaced = new Int32Array(length).fill(NONE);
  const larger = new Float64Array(length).fill(NONE);
  const last = new Int32Array(history.keys.length).fill(NONE);
  const highest = new Float64Array(history.keys.length).fill(NONE);
  for (let row = 0; row < length; row++) {
    if (f[row] !== F.write || accepted[row] !== 1) continue;
    const about = key[row] ?? 0;
    const [mine, before] = [token[row] ?? NONE, highest[about] ?? NONE];
    replaced[row] = last[about] ?? NONE;
    if (mine < before) larger[row] = before;
    else highest[about] = mine;
    last[about] = row;
  }
  return { replaced, larger };
}

/**
 * The storage's decision log in memory: lines of JSON in large buffers outside the JavaScript heap, so that a million
 * decisions cost their bytes and nothing else, and sending them needs no string of their whole length.
 * Grows with the run and drops nothing until it is cleared as a whole, because it is the ground truth; docs/storage.md says by how much.
 */
import type { Decision } from '../../harness/history/decision.js';

const BLOCK = 1024 * 1024;

export interface DecisionLog {
  /** Gives the line that it became, newline included. */
  append(decision: Decision): string;
  /** What has been decided by now, as NDJSON in pieces; appending goes on beside it without changing them. */
  pieces(): Buffer[];
  /** Forgets all of it. */
  clear(): void;
  /** Length of all lines, in bytes. */
  readonly bytes: number;
}

export function createDecisionLog(): DecisionLog {
  let full: Buffer[] = [];
  let block = Buffer.allocUnsafeSlow(BLOCK);
  let used = 0;
  let bytes = 0;
  return {
    append(decision) {
      const line = `${JSON.stringify(decision)}\n`;
      const length = Buffer.byteLength(line);
      if (used + length > block.length) {
        if (used > 0) full.push(block.subarray(0, used));
        block = Buffer.allocUnsafeSlow(Math.max(BLOCK, length));
        used = 0;
      }
      used += block.write(line, used);
      bytes += length;
      return line;
    },
    pieces: () => [...full, block.subarray(0, used)],
    clear() {
      full = [];
      block = Buffer.allocUnsafeSlow(BLOCK); // a reader may still have the old one
      used = 0;
      bytes = 0;
    },
    get bytes() {
      return bytes;
    },
  };
}

/**
 * Values of a register that each section overwrites, blindly or after a read: reads that return what the register did not hold,
 * and writes that were overwritten by a section that had read before them. Pure bookkeeping on one key in the storage's
 * order; lost-updates.ts says why it is sound.
 *
 * A read must return what the last accepted write wrote; otherwise the value was written by nobody, had been overwritten, or
 * was written only later. A write stands on the one whose value its section had last read (or written): what was written in
 * between is lost, unless a section that had read it brought it back. A blind write, of a section that had not read, stands
 * on nothing and may overwrite everything. (As in counter-forest.ts, whose values tell their place; these do not.)
 *
 * Cost: O(steps).
 */
import { createCodes, isInitial, type KeySteps, type LostStep, sayValue, type WrongStep } from './key-steps.js';

export interface RegisterReport {
  lost: LostStep[];
  wrong: WrongStep[];
  /** Writes on which the last one stands, with itself. */
  present: number;
}

/** What a section knows: its last step, and the write whose value that was. */
interface Base {
  at: number;
  state: number;
}

export function followRegister(steps: KeySteps): RegisterReport {
  const report: RegisterReport = { lost: [], wrong: [], present: 0 };
  const { length, isWrite, section } = steps;
  const codes = createCodes();
  const code = Int32Array.from({ length }, (_, at) => {
    const value = steps.value(at);
    return isInitial(value) ? 0 : codes.codeOf(value);
  });
  const writtenFirst = firstWrites(code, isWrite, codes.size);
  const bases = new Map<number, Base>();
  const parent = new Int32Array(length).fill(-1);
  const undoneBy = new Int32Array(length).fill(-1);
  const baseOf = new Int32Array(length);
  /** Writes that no later one has overwritten unseen. */
  let standing: number[] = [];
  let last = -1;

  for (let at = 0; at < length; at++) {
    const by = section[at] as number;
    if (isWrite[at] === 0) {
      const held = last === -1 ? 0 : (code[last] as number);
      if (code[at] !== held) report.wrong.push({ at, from: last, why: whyWrong(at) });
      bases.set(by, { at, state: last });
      continue;
    }
    const base = bases.get(by);
    if (base === undefined) {
      standing = [];
    } else {
      parent[at] = base.state;
      baseOf[at] = base.at;
      for (let top = standing.at(-1); top !== undefined && top > base.state; top = standing.at(-1)) {
        undoneBy[top] = at;
        standing.pop();
      }
    }
    standing.push(at);
    bases.set(by, { at, state: at });
    last = at;
  }

  function whyWrong(at: number): string {
    const value = sayValue(steps.value(at));
    const written = writtenFirst[code[at] as number] as number;
    if (code[at] === 0) return 'it returned nothing, although a value had been written';
    if (written === -1) return `it returned ${value}, which nobody wrote`;
    return written > at
      ? `it returned ${value}, which was written only later`
      : `it returned ${value}, which had been overwritten`;
  }

  const isPresent = new Uint8Array(length);
  for (let at = last; at !== -1; at = parent[at] as number) {
    isPresent[at] = 1;
    report.present++;
  }
  for (let at = 0; at < length; at++) {
    const by = undoneBy[at] as number;
    if (by !== -1 && isPresent[at] === 0) report.lost.push({ at, undoneBy: by, base: baseOf[by] as number });
  }
  return report;
}

/** By value code: the first write of it; -1 for none. */
function firstWrites(code: Int32Array, isWrite: Uint8Array, size: number): Int32Array {
  const first = new Int32Array(size).fill(-1);
  for (let at = code.length - 1; at >= 0; at--) if (isWrite[at] === 1) first[code[at] as number] = at;
  return first;
}

/**
 * Which accepted increments of one key stand on which, in the storage's order. Pure bookkeeping: what a lost increment or a
 * wrong value means is for lost-updates.ts.
 */
import { NONE, NULL, NUMBER } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import type { JudgedKey } from './judged-keys.js';
import { sameCell } from './same-value.js';

/** Increments by place, in the storage's order; the last one's value is the key's. */
export interface CounterForest {
  count: number;
  /** Log place of the write. */
  entry: Int32Array;
  /** Log place of what it was computed from: the section's last read, or a write of its own after that. */
  base: Int32Array;
  /** The increment whose value the base was; `NONE` for the initial value. */
  parent: Int32Array;
  /** 1 if the key's last value contains it. */
  present: Uint8Array;
  /** The first later increment that was computed without it, so that the value no longer contained it; `NONE`. */
  undoneBy: Int32Array;
  miscounts: Miscount[];
  /** Why the forest cannot be grown, so that the rest says nothing. */
  objection: string | undefined;
}

export interface Miscount {
  /** Log place. */
  entry: number;
  /** Log place of the decision from which the expected value follows; `NONE` for the initial value. */
  from: number;
  expected: number | undefined;
}

/** What each hold knows of the key; to be handed from key to key. All `NONE` in between. */
export interface Knowledge {
  /** By hold: log place of its last read or write. */
  base: Int32Array;
  /** By hold: the increment whose value that was. Where `base` is `NONE`, it says nothing. */
  state: Int32Array;
}

export function noKnowledge(holds: number): Knowledge {
  return { base: new Int32Array(holds).fill(NONE), state: new Int32Array(holds) };
}

/** O(entries). */
export function growForest(evidence: Evidence, { key, entries }: JudgedKey, knowledge: Knowledge): CounterForest {
  const { log, tables } = evidence;
  const columns = () => new Int32Array(entries.length);
  const forest: CounterForest = {
    count: 0,
    entry: columns(),
    base: columns(),
    parent: columns(),
    present: new Uint8Array(entries.length),
    undoneBy: columns().fill(NONE),
    miscounts: [],
    objection: undefined,
  };
  for (const entry of entries) {
    const hold = log.hold(entry);
    if (log.again[entry] === 1) {
      forest.objection = `operation ${tables.decisions.op[log.row(entry)]} on key ${key} was decided twice`;
    } else if (!log.isWrite(entry)) {
      const last = forest.count - 1;
      const from = forest.entry[last] ?? NONE;
      if (!returns(evidence, entry, from)) forest.miscounts.push({ entry, from, expected: countOf(evidence, from) });
      knowledge.base[hold] = entry;
      knowledge.state[hold] = last;
    } else if (knowledge.base[hold] === NONE) {
      forest.objection = `write ${tables.decisions.op[log.row(entry)]} on key ${key} was not preceded by a read of its section`;
    } else {
      const base = knowledge.base[hold] as number;
      const count = countOf(evidence, base);
      const expected = count === undefined ? undefined : count + 1;
      if (expected === undefined || numberOf(evidence, entry) !== expected)
        forest.miscounts.push({ entry, from: base, expected });
      const place = forest.count++;
      forest.entry[place] = entry;
      forest.base[place] = base;
      forest.parent[place] = knowledge.state[hold] as number;
      knowledge.base[hold] = entry;
      knowledge.state[hold] = place;
    }
    if (forest.objection !== undefined) break;
  }
  for (const entry of entries) knowledge.base[log.hold(entry)] = NONE;
  markPresent(forest);
  findUndoing(forest);
  return forest;
}

/** What the last value contains are the increments on the path from the last one to its root. */
function markPresent({ count, parent, present }: CounterForest): void {
  for (let at = count - 1; at >= 0; at = parent[at] as number) present[at] = 1;
}

/**
 * As long as no later increment has a parent before x, all of them stand on x. The first one that does not was therefore
 * computed from what had been there before x. Each increment is put on the stack once, in order, and leaves it once.
 */
function findUndoing({ count, parent, undoneBy }: CounterForest): void {
  const standing = new Int32Array(count);
  let height = 0;
  for (let place = 0; place < count; place++) {
    while (height > 0 && (standing[height - 1] as number) > (parent[place] as number))
      undoneBy[standing[--height] as number] = place;
    standing[height++] = place;
  }
}

/** Whether a read returned what `from` wrote; a key that nobody wrote reads null, or 0 from storages that start so. */
function returns(evidence: Evidence, entry: number, from: number): boolean {
  const { decisions } = evidence.tables;
  if (from !== NONE) return sameCell(decisions, evidence.log.row(entry), decisions, evidence.log.row(from));
  return countOf(evidence, entry) === 0;
}

/**
 * The count that a read or a write leaves its section with, by log place; 0 where nobody has written, undefined for what is no
 * count.
 */
export function countOf(evidence: Evidence, entry: number): number | undefined {
  if (entry === NONE) return 0;
  if ((evidence.tables.decisions.valueKind[evidence.log.row(entry)] as number) <= NULL) return 0;
  const value = numberOf(evidence, entry);
  return Number.isSafeInteger(value) ? value : undefined;
}

function numberOf({ log, tables: { decisions } }: Evidence, entry: number): number | undefined {
  const row = log.row(entry);
  return decisions.valueKind[row] === NUMBER ? decisions.number[row] : undefined;
}

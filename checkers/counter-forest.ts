/**
 * Which accepted increments of one key stand on which, in the storage's order. Pure bookkeeping: what a lost increment or a
 * wrong value means is for lost-updates.ts.
 */
import type { Hold } from './holds.js';
import { sameValue } from './same-value.js';
import type { SectionEntry } from './storage-log.js';

export interface Increment {
  entry: SectionEntry;
  /** What it was computed from: the section's last read, or a write of its own after that. */
  base: SectionEntry;
  /** Position among the increments of the one whose value was the base; -1 for the initial value. */
  parent: number;
  /** Whether the key's last value contains it. */
  present: boolean;
  /** Position of the first later one that was computed without it, so that the value no longer contained it; -1 for none. */
  undoneBy: number;
}

export interface Miscount {
  entry: SectionEntry;
  /** The decision from which the expected value follows; missing for the initial value. */
  from: SectionEntry | undefined;
  expected: number | undefined;
}

export interface CounterForest {
  /** In the storage's order; the last one's value is the key's. */
  increments: Increment[];
  miscounts: Miscount[];
  /** Why the forest cannot be grown, so that the rest says nothing. */
  objection: string | undefined;
}

/** `entries` are the accepted decisions on one key. O(entries). */
export function growForest(key: string, entries: readonly SectionEntry[]): CounterForest {
  const increments: Increment[] = [];
  const miscounts: Miscount[] = [];
  const bases = new Map<Hold, { entry: SectionEntry; state: number }>();
  const refuse = (objection: string): CounterForest => ({ increments: [], miscounts: [], objection });

  for (const entry of entries) {
    const { decision, hold } = entry;
    if (entry.again) return refuse(`operation ${decision.op} on key ${key} was decided twice`);
    if (decision.f === 'read') {
      const from = increments.at(-1)?.entry;
      if (!returns(entry, from)) miscounts.push({ entry, from, expected: countOf(from) });
      bases.set(hold, { entry, state: increments.length - 1 });
    } else {
      const base = bases.get(hold);
      if (base === undefined)
        return refuse(`write ${decision.op} on key ${key} was not preceded by a read of its section`);
      const count = countOf(base.entry);
      const expected = count === undefined ? undefined : count + 1;
      if (expected === undefined || decision.value !== expected) miscounts.push({ entry, from: base.entry, expected });
      const position = increments.length;
      increments.push({ entry, base: base.entry, parent: base.state, present: false, undoneBy: -1 });
      bases.set(hold, { entry, state: position });
    }
  }
  markPresent(increments);
  findUndoing(increments);
  return { increments, miscounts, objection: undefined };
}

/** What the last value contains are the increments on the path from the last one to its root. */
function markPresent(increments: readonly Increment[]): void {
  let at = increments.length - 1;
  for (let on = increments[at]; on !== undefined; on = increments[at]) {
    on.present = true;
    at = on.parent;
  }
}

/**
 * As long as no later increment has a parent before x, all of them stand on x. The first one that does not was therefore
 * computed from what had been there before x. Each increment is put on the stack once, in order, and leaves it once.
 */
function findUndoing(increments: readonly Increment[]): void {
  const standing: number[] = [];
  increments.forEach(({ parent }, position) => {
    for (let top = standing.at(-1); top !== undefined && top > parent; top = standing.at(-1)) {
      (increments[top] as Increment).undoneBy = position;
      standing.pop();
    }
    standing.push(position);
  });
}

/** Whether a read returned what `from` wrote; a key that nobody wrote reads null, or 0 from storages that start so. */
function returns({ decision }: SectionEntry, from: SectionEntry | undefined): boolean {
  if (from !== undefined) return sameValue(decision.value, from.decision.value);
  return decision.value === undefined || decision.value === null || decision.value === 0;
}

/** The count that a read or a write leaves its section with; undefined for what is no count. */
export function countOf(entry: SectionEntry | undefined): number | undefined {
  const value = entry?.decision.value ?? 0;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

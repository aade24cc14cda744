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
  /** Position of the last increment after which the key's value still contained this one. */
  lastContained: number;
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
      increments.push({ entry, base: base.entry, parent: base.state, lastContained: position });
      bases.set(hold, { entry, state: position });
    }
  }
  carryUp(increments);
  return { increments, miscounts, objection: undefined };
}

/** A parent stands before its children, so from the back each one is final when its turn comes. */
function carryUp(increments: readonly Increment[]): void {
  for (let at = increments.length - 1; at >= 0; at--) {
    const { parent, lastContained } = increments[at] as Increment;
    const below = increments[parent];
    if (below !== undefined) below.lastContained = Math.max(below.lastContained, lastContained);
  }
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

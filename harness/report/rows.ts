/** The kinds of violations in words, and the rows of numbers that pages and terminals show alike. */
import type { Outcome } from '../../checkers/verdict.js';
import { count } from './format.js';
import type { VerdictJson, VIOLATION_KINDS } from './verdict-schema.js';

export interface KindText {
  kind: (typeof VIOLATION_KINDS)[number];
  title: string;
  singular: string;
  /** What this kind means, for people who have never heard of it. */
  meaning: string;
}

export interface Row {
  name: string;
  value: string;
}

/** Assumptions are no property of the lock: what they come to is whether the evidence is good enough. */
export function evidenceWord(assumptions: Outcome): string {
  return { clean: 'sufficient', unknown: 'insufficient', violated: 'contradictory' }[assumptions];
}

/** In the order of the report: the most telling first. */
export const KINDS: readonly KindText[] = [
  {
    kind: 'stale-write',
    title: 'Stale writes',
    singular: 'a stale write',
    meaning:
      'The storage accepted a write with a fencing token smaller than one that it had accepted before: by a client whose time with the lock was over.',
  },
  {
    kind: 'lost-update',
    title: 'Lost updates',
    singular: 'a lost update',
    meaning:
      'An update that the storage had accepted is missing from the value, because a later write was made from what had been read before it.',
  },
  {
    kind: 'interleaved-sections',
    title: 'Interleaved sections',
    singular: 'interleaved sections',
    meaning:
      'A client used the resource, then another did, then the first again within the same section: under a lock that cannot be.',
  },
  {
    kind: 'wrong-count',
    title: 'Values that do not add up',
    singular: 'a value that does not add up',
    meaning: 'A read or a written value is not what follows from the writes that the storage accepted.',
  },
  {
    kind: 'overlapping-sections',
    title: 'Overlapping sections',
    singular: 'overlapping sections',
    meaning:
      'Two clients were inside their sections under the same lock at the same time. A lease cannot rule this out, and fencing does not restore it; fencing keeps it from doing harm.',
  },
];

type Counted = Pick<VerdictJson, 'counts' | 'refused' | 'operations' | 'faults' | 'checkers'>;

export function rowsOf({ counts, refused, operations, faults, checkers }: Counted): Row[] {
  const figures = Object.assign({}, ...checkers.map((each) => each.figures)) as Record<string, number>;
  const figure = (name: string): string => (figures[name] === undefined ? '?' : count(figures[name]));
  return [
    ...KINDS.map(({ kind, title }) => ({ name: title, value: count(counts[kind]) })),
    { name: 'Writes refused by the storage', value: count(refused.writes) },
    { name: 'Reads refused by the storage', value: count(refused.reads) },
    {
      name: 'Lock hand-overs a minute (under a fault)',
      value: `${figure('handOversPerMinute')} (${figure('handOversUnderFaultPerMinute')})`,
    },
    { name: 'Faults injected (proven by their receipt)', value: `${count(faults.injected)} (${count(faults.proven)})` },
    {
      name: 'Operations: ok / failed / unknown to their client',
      value: `${count(operations.ok)} / ${count(operations.fail)} / ${count(operations.info)}`,
    },
  ];
}

/** The kinds of violations in words, and the rows of numbers that pages and terminals show alike. */
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

type Counted = Pick<VerdictJson, 'counts' | 'refused' | 'operations' | 'faults'>;

export function rowsOf({ counts, refused, operations, faults }: Counted): Row[] {
  return [
    ...KINDS.map(({ kind, title }) => ({ name: title, value: count(counts[kind]) })),
    { name: 'Writes refused by the storage', value: count(refused.writes) },
    { name: 'Reads refused by the storage', value: count(refused.reads) },
    { name: 'Faults injected (proven by their receipt)', value: `${count(faults.injected)} (${count(faults.proven)})` },
    {
      name: 'Operations: ok / failed / unknown to their client',
      value: `${count(operations.ok)} / ${count(operations.fail)} / ${count(operations.info)}`,
    },
  ];
}

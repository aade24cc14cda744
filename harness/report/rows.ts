/** The kinds of violations in words, and the rows of numbers that pages and terminals show alike. */
import type { Outcome } from '../../checkers/verdict.js';
import { count, milliseconds } from './format.js';
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
  {
    kind: 'not-recovered',
    title: 'Not recovered',
    singular: 'a system that did not recover',
    meaning:
      'After all faults were healed, the lock of some lane could not be taken again, or the cluster was not healthy, within the stated time.',
  },
];

type Counted = Pick<
  VerdictJson,
  'counts' | 'refused' | 'operations' | 'faults' | 'checkers' | 'unexplained' | 'recovery' | 'recovered'
>;

/** The system's recovery in a word, for the head of a page. */
export function recoveryWord({ recovery, recovered }: Pick<VerdictJson, 'recovery' | 'recovered'>): string {
  if (recovery === 'clean') return recovered === null ? 'nothing to recover from' : 'recovered';
  return recovery === 'violated' ? 'not recovered' : 'unknown';
}

function recoveryText(run: Pick<VerdictJson, 'recovery' | 'recovered'>): string {
  const { recovered } = run;
  if (recovered === null) return recoveryWord(run);
  const { tookMs } = recovered;
  const took = tookMs === undefined ? '' : ` in ${milliseconds(Math.round(tookMs))}`;
  return `${recoveryWord(run)}${took}`;
}

export function rowsOf(run: Counted): Row[] {
  const { counts, refused, operations, faults, checkers, unexplained } = run;
  const figures = Object.assign({}, ...checkers.map((each) => each.figures)) as Record<string, number>;
  const figure = (name: string): string => (figures[name] === undefined ? '?' : count(figures[name]));
  return [
    ...KINDS.filter(({ kind }) => kind !== 'not-recovered').map(({ kind, title }) => ({
      name: title,
      value: count(counts[kind]),
    })),
    { name: 'Listed violations with no fault in force', value: count(unexplained) },
    { name: 'Writes refused by the storage', value: count(refused.writes) },
    { name: 'Reads refused by the storage', value: count(refused.reads) },
    {
      name: 'Lock hand-overs a minute (under a fault)',
      value: `${figure('handOversPerMinute')} (${figure('handOversUnderFaultPerMinute')})`,
    },
    {
      name: 'Faults injected / proven / healed',
      value: `${count(faults.injected)} / ${count(faults.proven)} / ${count(faults.healed)}`,
    },
    { name: 'Recovery after the last heal', value: recoveryText(run) },
    {
      name: 'Operations: ok / failed / unknown to their client',
      value: `${count(operations.ok)} / ${count(operations.fail)} / ${count(operations.info)}`,
    },
  ];
}

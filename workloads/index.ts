/** The workloads by name: one file each, and one entry here with what its runs are judged by. */
import type { Section } from '../harness/history/section.js';
import { appendSection } from './append.js';
import { counterSection } from './counter.js';
import { criticalSection } from './critical-section.js';
import { leaderSection } from './leader.js';
import { registerSection } from './register.js';
import { setSection } from './set.js';

export interface Workload {
  name: string;
  /** One line for `leasebreaker list`. */
  description: string;
  section: Section;
  /** What a run is to show: that the guarded data came to no harm, or, where none is touched, that no two sections overlapped. */
  shows: 'data' | 'exclusion';
  /** Longest think time unless one is given: in ms, or in lease TTLs. */
  think: { ms: number } | { ttls: number };
  /** Names of the checkers that have something to judge here, besides those of every run (assumptions, watch, recovery). */
  checkers: readonly string[];
  /** What a run must have, besides what every run must, before it is called clean (checkers/traffic.ts). */
  evidence: string;
}

const LOCK = ['overlap', 'late-effects', 'fencing-tokens', 'lease-promise', 'ownership', 'liveness'];
const DATA = [...LOCK, 'stale-writes', 'lost-updates', 'linearizability'];
const WRITTEN = 'an acknowledged write, and a lease that expired under a fault if there are any';

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'counter',
    description: 'read, think, write one more: lost updates show in the sum',
    section: counterSection,
    shows: 'data',
    // Short, so that a lock changes hands often: chances for a fault to fall between a read and its write.
    think: { ms: 20 },
    checkers: DATA,
    evidence: WRITTEN,
  },
  {
    name: 'set',
    description:
      'read a list, think, write it with one more unique element: which acknowledged updates were lost, and their share',
    section: setSection,
    shows: 'data',
    think: { ttls: 1 },
    checkers: DATA,
    evidence: WRITTEN,
  },
  {
    name: 'register',
    description: 'read, think, write a unique value: which write stands on which',
    section: registerSection,
    shows: 'data',
    think: { ttls: 1 },
    checkers: DATA,
    evidence: WRITTEN,
  },
  {
    name: 'append',
    description: 'read a list, think, write it with one more unique element at its end: the order counts as well',
    section: appendSection,
    shows: 'data',
    think: { ttls: 1 },
    checkers: DATA,
    evidence: WRITTEN,
  },
  {
    name: 'critical-section',
    description: 'enter, work, leave; touches no data: nothing but overlap',
    section: criticalSection,
    shows: 'exclusion',
    think: { ttls: 1 },
    checkers: LOCK,
    evidence: 'a lease that expired under a fault if there are any',
  },
  {
    name: 'hand-over',
    description:
      'enter, work, leave, for faults that end holders (--faults kill): the time until another one has the lock',
    section: criticalSection,
    shows: 'exclusion',
    think: { ttls: 1 },
    checkers: LOCK,
    evidence: 'three hand-overs under a fault',
  },
  {
    name: 'leader',
    description:
      'read, then write unique values over and over for a term: for elections, and for schemes that let a section write once',
    section: leaderSection,
    shows: 'data',
    think: { ttls: 1 },
    checkers: DATA,
    evidence: WRITTEN,
  },
];

/** Longest think time unless one is given, in ms. */
export function usualThinkMs({ think }: Workload, ttlMs: number): number {
  return 'ms' in think ? think.ms : think.ttls * ttlMs;
}

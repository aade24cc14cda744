/** What the parts of a story share while it is put together: whose it is, where it is drawn, and its window in time. */
import type { Violation, ViolationKind } from '../../checkers/verdict.js';
import type { RecordIndex } from './record-index.js';
import type { SectionFacts } from './section-facts.js';
import type { Sketch } from './sketch.js';
import type { Client } from './story-steps.js';

/** A violation, or an attempt that the storage refused. */
export type StorySubject = Omit<Violation, 'kind'> & { kind: ViolationKind | 'refused-attempt' };

export type Role = 'first' | 'second';
const ROLES: readonly Role[] = ['first', 'second'];

export interface Scene {
  subject: StorySubject;
  index: RecordIndex;
  sketch: Sketch;
  first: SectionFacts;
  /** Missing where the violation is about one client and etcd, or the storage. */
  second: SectionFacts | undefined;
  /** Window of the picture, in ns since the run began. */
  from: number;
  to: number;
}

/** Who takes part. */
export const rolesOf = ({ second }: Pick<Scene, 'second'>): readonly Role[] =>
  second === undefined ? ['first'] : ROLES;

/** `role`: one of `rolesOf(scene)`. */
export const factsOf = ({ first, second }: Pick<Scene, 'first' | 'second'>, role: Role): SectionFacts =>
  role === 'second' && second !== undefined ? second : first;

export const clientName = (role: Role): Client => (role === 'first' ? 'client 1' : 'client 2');
export const otherRole = (role: Role): Role => (role === 'first' ? 'second' : 'first');

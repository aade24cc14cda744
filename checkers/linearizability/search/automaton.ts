/**
 * Objects as automata for the search: states are small numbers, and operations that do the same are one class. What the states
 * stand for is each model's own affair (`registers.ts`, `mutexes.ts`, `collections.ts`, `strings.ts`).
 */

/** It says something about the state and leaves it as it is: a read, or a CAS that found another value. */
export const QUERY = 0;
/** It is possible in every state, and the state after it does not depend on the one before: a write. */
export const BLIND = 1;
/** It is possible in every state: an append. */
export const TOTAL = 2;
/** It is possible in some states only: a CAS, an acquire, a release. */
export const PARTIAL = 3;

/** What is not possible. */
export const IMPOSSIBLE = -1;

/**
 * A state that no later operation can tell from others like it, such as a value that nobody will read: they are merged into this
 * one, so that the order of what nobody looks at is not searched. Models without such states do not use it.
 */
export const UNOBSERVED = 1;

export const ANY_OTHER = -1;

export interface Automaton {
  initial: number;
  /** Number of classes. */
  classes: number;
  /** QUERY, BLIND, TOTAL or PARTIAL, by class. */
  kind: Uint8Array;
  /** The state after an operation of the class, or `IMPOSSIBLE`. */
  step(state: number, operation: number): number;
  /** The state, or `UNOBSERVED` if no operation that returns at the position or later can tell it. */
  observed?(state: number, position: number): number;
  /**
   * The only state in which a query or a PARTIAL operation of the class is possible, or `ANY_OTHER` if it is possible in all
   * states but one; for models of which that can be said. States are below `states`.
   */
  wants?: { states: number; of(operation: number): number };
  /** The state after an update of the class, where it is the same whatever it was before. */
  leadsTo?(operation: number): number;
  /** Whether there are ever more states the more operations there are, as of a lock that is taken again and again. */
  isUnbounded?: boolean;
  /** Position before which no operation that could make one of this class possible was called; it cannot return before. */
  since?(operation: number): number;
  /** Whether no way leads from this state to one in which the operation is possible. May say no too often. */
  hopeless?(state: number, operation: number): boolean;
}

/** Why there is no automaton: an operation that the object does not have. */
export const FOREIGN = 'an operation that the object does not have';

/** Rows of one object, by class: `classOf[n]` is that of `rows[n]`, or `SAYS_NOTHING`. */
export interface Classified {
  automaton: Automaton;
  classOf: Int32Array;
}

/** Of a read whose result is not known, and of an indeterminate operation that cannot help any other one. */
export const SAYS_NOTHING = -1;

/** Numbers things from 0 on, in the order in which they are met. */
export class Numbering {
  readonly keys: number[] = [];
  private readonly known = new Map<number, number>();

  of(key: number): number {
    let number = this.known.get(key);
    if (number === undefined) {
      number = this.keys.push(key) - 1;
      this.known.set(key, number);
    }
    return number;
  }
}

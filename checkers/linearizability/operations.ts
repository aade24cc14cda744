/**
 * Operations on objects, as columns: what the linearizability algorithms read. Where the operations come from (a run's
 * history, a file of another tool, a generator) is no matter here.
 *
 * Time is the position of an event among all events: `call` and `ret` are such positions, all different, so that there are no
 * ties and sweeps need no sorting. a precedes b if and only if ret[a] < call[b]. What is recorded late or early only makes
 * intervals longer and takes precedences away: it costs violations found, and never makes one up.
 */

/** Objects whose histories can be judged (docs/checkers.md has their rules). */
export const MODELS = [
  'register',
  'cas-register',
  'mutex',
  'owner-mutex',
  'reentrant-mutex',
  'fenced-mutex',
  'kv',
  'append',
  'set',
] as const;
export type Model = (typeof MODELS)[number];

/** Codes in `f`. */
export const READ = 0;
export const WRITE = 1;
/** From `a` to `b`. */
export const CAS = 2;
export const ACQUIRE = 3;
export const RELEASE = 4;
/** `append`: one element to the end of a list; `kv`: a string to the end of a string. */
export const APPEND = 5;
/** One element into a set. */
export const ADD = 6;

/** Codes in `outcome`. An operation that certainly did not happen is not in the table, with one exception: a CAS that failed. */
export const OK = 0;
/** Nobody knows whether it took effect, now or at any later time. Its `ret` is `NEVER`. */
export const INDETERMINATE = 1;
/** A CAS that was answered, and found another value than `a`: at some instant of its interval the value was not `a`. */
export const MISMATCHED = 2;

/** `ret` of an operation that was not answered. */
export const NEVER = 2 ** 31 - 1;

/** Value code of the initial value of a register or key (`nil`), the unknown token and the empty list. */
export const NIL = 0;
/** The result of a read that was not recorded; such a read says nothing. */
export const UNKNOWN_VALUE = -1;

export interface Operations {
  /** Number of operations, in the order of their calls. */
  length: number;
  /** Number of events: all positions in `call` and `ret` are below, but for `NEVER`. */
  events: number;
  /** Client. The owner, for mutexes that know one. */
  process: Int32Array;
  call: Int32Array;
  ret: Int32Array;
  f: Uint8Array;
  /** Number of the object: key of a `kv`, lock; 0 where there is one. Each is judged by itself. */
  object: Int32Array;
  /**
   * Value code. READ: what it returned (`append` and `set`: number of a list in `lists`, NIL is the empty one). WRITE: what it
   * wrote. CAS: what it expected. APPEND, ADD: the element. ACQUIRE of a fenced mutex: the token as its rank among all tokens
   * of the history from 1 on, NIL if it is unknown.
   */
  a: Int32Array;
  /** Value code. CAS: what it wrote. */
  b: Int32Array;
  outcome: Uint8Array;
  /** Lists that reads returned: list n is `elements[starts[n]]` up to before `elements[starts[n + 1]]`. List 0 is empty. */
  lists: { starts: Int32Array; elements: Int32Array };
  /** What value codes stand for, for witnesses; `kv` with APPEND needs its strings. Code 0 is nil. May be shorter than the codes go. */
  values: readonly unknown[];
}

export type Outcome = 'clean' | 'violated' | 'unknown';

/** A proof that no order of the operations fits. Operations are named by their position in `Operations`. */
export type Witness =
  /**
   * A few operations that cannot all be true, at most four, or six where it takes others to show that these belong together
   * (strings, compare-and-sets without answer): `why` says how they contradict each other, in words with the operations' numbers
   * left out.
   */
  | { kind: 'contradiction'; object: number; operations: number[]; why: string }
  /** The search: `order` is a longest order of operations that fits, and `stuck` the operation that cannot follow it in time. */
  | { kind: 'stuck'; object: number; order: number[]; stuck: number; why: string };

export interface LinearizabilityResult {
  outcome: Outcome;
  /** Objects by the algorithm that decided them, such as `{zones: 998, search: 2}`. */
  decidedBy: Record<string, number>;
  /** Why the fast algorithm did not apply to some object, with the number of objects: `a value was written twice`. */
  fallbacks: Record<string, number>;
  /** For the first hundred objects that are violated, one each. */
  witnesses: Witness[];
  /** Violated objects in all. */
  violated: number;
  /** Why the outcome is not known for some object, with the number of objects. */
  doubts: Record<string, number>;
}

/** What a search may use before it answers `unknown`. */
export interface Budget {
  /** Configurations visited, per object: the bound that is the same on every machine. */
  configurations: number;
  /** Bytes of configurations kept, per object. */
  bytes: number;
  /** Asked now and then; true ends the search. For deadlines, which a checker has no clock for. */
  isOver?: () => boolean;
}

export const DEFAULT_BUDGET: Budget = { configurations: 20_000_000, bytes: 1024 ** 3 };

/** Which operations of a file belong to an object of each model, by the names that tools give them. */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  type Model,
  READ,
  RELEASE,
  WRITE,
} from '../../checkers/linearizability/operations.js';

const READS = { read: READ, get: READ };
const WRITES = { write: WRITE, put: WRITE, set: WRITE };
const COMPARES = { cas: CAS, 'compare-and-set': CAS };
const LOCKS = { acquire: ACQUIRE, lock: ACQUIRE, release: RELEASE, unlock: RELEASE };

/** `f` in the file, and what it is. */
export const OPERATION_NAMES: Record<Model, Readonly<Record<string, number>>> = {
  register: { ...READS, ...WRITES },
  'cas-register': { ...READS, ...WRITES, ...COMPARES },
  mutex: LOCKS,
  'owner-mutex': LOCKS,
  'reentrant-mutex': LOCKS,
  'fenced-mutex': LOCKS,
  kv: { ...READS, ...WRITES, append: APPEND },
  append: { ...READS, append: APPEND },
  set: { ...READS, add: ADD },
};

/** What a run's own history holds besides operations on the lock and on the storage. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'open',
  'close',
  'stall',
  'keep-alive',
  'check',
  'lost',
  'harness-error',
]);
const LOCK_NAMES: ReadonlySet<string> = new Set(Object.keys(LOCKS));
const DATA_NAMES: ReadonlySet<string> = new Set(
  [READS, WRITES, COMPARES, { append: APPEND, add: ADD }].flatMap((names) => Object.keys(names)),
);

export const isLock = (model: Model): boolean => OPERATION_NAMES[model] === LOCKS;

/**
 * The code of an operation of the model; or `other`: it touches another object than the model's, such as a write under the lock
 * that is judged; or `unknown`: nobody can say what it does to the object, so that leaving it out could make up a violation.
 */
export function roleOf(model: Model, f: string): number | 'other' | 'unknown' {
  const names = OPERATION_NAMES[model];
  const code = Object.hasOwn(names, f) ? names[f] : undefined;
  if (code !== undefined) return code;
  const others = isLock(model) ? DATA_NAMES : LOCK_NAMES;
  return BOOKKEEPING.has(f) || others.has(f) ? 'other' : 'unknown';
}

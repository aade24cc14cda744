/**
 * Whether the operations are linearizable, found by trying every order: the oracle that the algorithms are compared with. It is
 * meant to be believed by reading it, and shares nothing with them. It takes time that is exponential in the number of
 * operations (a dozen is fine). For tests; not part of the program.
 */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  type Model,
  NIL,
  type Operations,
  READ,
  RELEASE,
  UNKNOWN_VALUE,
  WRITE,
} from '../operations.js';

/** A history is linearizable if each of its objects is (Herlihy and Wing 1990, section 3.1). */
export function bruteForce(model: Model, operations: Operations): boolean {
  const objects = new Set(operations.object);
  return [...objects].every((object) => {
    const rows = Array.from(operations.object.keys()).filter((row) => operations.object[row] === object);
    return objectIsLinearizable(model, operations, rows);
  });
}

function objectIsLinearizable(model: Model, operations: Operations, rows: readonly number[]): boolean {
  const mustHappen = (row: number) => operations.outcome[row] !== INDETERMINATE;
  const precedes = (x: number, y: number) => (operations.ret[x] as number) < (operations.call[y] as number);
  const beenHere = new Set<string>();

  function canFinish(done: ReadonlySet<number>, state: State): boolean {
    if (rows.every((row) => done.has(row) || !mustHappen(row))) return true;
    const configuration = JSON.stringify([[...done].sort((x, y) => x - y), state]);
    if (beenHere.has(configuration)) return false;
    beenHere.add(configuration);
    return rows.some((next) => {
      if (done.has(next)) return false;
      if (rows.some((row) => !done.has(row) && mustHappen(row) && precedes(row, next))) return false;
      const after = step(model, operations, next, state);
      return after !== undefined && canFinish(new Set([...done, next]), after);
    });
  }

  return canFinish(new Set(), initialState(model));
}

type Mutex = { owner: number | null; holds: number; highest: number };
/** Of registers the value (of `kv` its text too), of lists and sets the elements, or who holds the mutex. */
export type State = { value: number } | { text: string | null } | { elements: number[] } | Mutex;

export function initialState(model: Model): State {
  if (model === 'kv') return { text: null };
  if (model === 'register' || model === 'cas-register') return { value: NIL };
  if (model === 'append' || model === 'set') return { elements: [] };
  return { owner: null, holds: 0, highest: 0 };
}

/** The state after the operation took effect, or undefined if it could not have had its outcome in this state. */
export function step(model: Model, operations: Operations, row: number, state: State): State | undefined {
  const f = operations.f[row];
  const a = operations.a[row] as number;
  const b = operations.b[row] as number;
  const process = operations.process[row] as number;
  if (f === READ && (a === UNKNOWN_VALUE || operations.outcome[row] === INDETERMINATE)) return state;

  if ('value' in state) {
    if (f === READ) return a === state.value ? state : undefined;
    if (f === WRITE) return { value: a };
    if (f !== CAS || model !== 'cas-register') return undefined;
    if (operations.outcome[row] === MISMATCHED) return state.value === a ? undefined : state;
    return state.value === a ? { value: b } : undefined;
  }

  if ('text' in state) {
    const text = a === NIL ? null : String(operations.values[a]);
    if (f === READ) return text === state.text ? state : undefined;
    if (f === WRITE) return { text };
    return f === APPEND ? { text: (state.text ?? '') + (text ?? '') } : undefined;
  }

  if ('elements' in state) {
    const { elements } = state;
    if (f === READ) {
      const { starts, elements: all } = operations.lists;
      const read = Array.from(all.slice(starts[a], starts[a + 1]));
      const shown = model === 'set' ? sorted(read) : read;
      return JSON.stringify(shown) === JSON.stringify(elements) ? state : undefined;
    }
    if (f === APPEND && model === 'append') return { elements: [...elements, a] };
    if (f === ADD && model === 'set') return { elements: sorted([...elements, a]) };
    return undefined;
  }

  const { owner, holds, highest } = state;
  if (f === ACQUIRE) {
    if (model === 'reentrant-mutex' && owner === process) return { owner, holds: holds + 1, highest };
    if (owner !== null) return undefined;
    if (model !== 'fenced-mutex' || a === NIL) return { owner: process, holds: 1, highest };
    return a > highest ? { owner: process, holds: 1, highest: a } : undefined;
  }
  if (f !== RELEASE || owner === null) return undefined;
  if (model !== 'mutex' && owner !== process) return undefined;
  return holds > 1 ? { owner, holds: holds - 1, highest } : { owner: null, holds: 0, highest };
}

/** In order, each element once. */
function sorted(elements: readonly number[]): number[] {
  return [...new Set(elements)].sort((x, y) => x - y);
}

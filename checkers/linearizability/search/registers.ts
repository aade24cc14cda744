/**
 * `register` and `cas-register` for the search: the state is the value, as a number of its own. A CAS that replaces a value by
 * itself is a read of it.
 */
import {
  CAS,
  INDETERMINATE,
  MISMATCHED,
  NEVER,
  NIL,
  type Operations,
  READ,
  UNKNOWN_VALUE,
  WRITE,
} from '../operations.js';
import {
  ANY_OTHER,
  BLIND,
  type Classified,
  IMPOSSIBLE,
  Numbering,
  PARTIAL,
  QUERY,
  SAYS_NOTHING,
  UNOBSERVED,
} from './automaton.js';

const EQUAL = 0;
const UNEQUAL = 1;
const SET = 2;
const REPLACE = 3;
const KIND = [QUERY, QUERY, BLIND, PARTIAL];

export function registers(operations: Operations, rows: Int32Array, hasCas: boolean): Classified | undefined {
  const { f, a, b, outcome, call, ret } = operations;
  const values = new Numbering();
  values.of(NIL);
  // A code that no operation has stands for all values that nobody looks at: its number is UNOBSERVED.
  values.of(-2);
  /** Last position at which an operation that looks for the value returns, by value. */
  const lookedForUntil: number[] = [];
  /** Position of the first call that writes the value, by value. */
  const writtenSince: number[] = [-1];
  const classes = new Numbering();
  const classOf = new Int32Array(rows.length);
  const width = rows.length * 2 + 2;

  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    const result = outcome[row] as number;
    const isRead = f[row] === READ;
    if (!isRead && f[row] !== WRITE && !(hasCas && f[row] === CAS)) return undefined;
    classOf[n] = SAYS_NOTHING;
    if (isRead && (a[row] === UNKNOWN_VALUE || result === INDETERMINATE)) continue;
    const x = values.of(a[row] as number);
    const y = f[row] === CAS ? values.of(b[row] as number) : 0;
    if (f[row] === CAS && x === y && result === INDETERMINATE) continue;
    let what = SET;
    if (f[row] === CAS) what = result === MISMATCHED ? UNEQUAL : x === y ? EQUAL : REPLACE;
    else if (isRead) what = EQUAL;
    classOf[n] = classes.of((what * width + x) * width + (what === REPLACE ? y : 0));
    const written = what === SET ? x : y;
    if (what === SET || what === REPLACE) writtenSince[written] ??= call[row] as number;
    if (what !== SET) lookedForUntil[x] = Math.max(lookedForUntil[x] ?? -1, ret[row] as number);
  }

  const count = classes.keys.length;
  const whatOf = Int32Array.from(classes.keys, (key) => Math.floor(key / width / width));
  const from = Int32Array.from(classes.keys, (key) => Math.floor(key / width) % width);
  const to = Int32Array.from(classes.keys, (key, c) => (whatOf[c] === REPLACE ? key % width : (from[c] as number)));
  const until = Int32Array.from(values.keys, (_, value) => lookedForUntil[value] ?? -1);
  dropIdle(operations, rows, classOf, whatOf, until, to);
  return {
    classOf,
    automaton: {
      initial: 0,
      classes: count,
      kind: Uint8Array.from(whatOf, (what) => KIND[what] as number),
      step: (state, c) => {
        const what = whatOf[c];
        if (what === SET) return from[c] as number;
        if (what === UNEQUAL) return state === from[c] ? IMPOSSIBLE : state;
        return state === from[c] ? (to[c] as number) : IMPOSSIBLE;
      },
      wants: { states: values.keys.length, of: (c) => (whatOf[c] === UNEQUAL ? ANY_OTHER : (from[c] as number)) },
      leadsTo: (c) => to[c] as number,
      since: (c) => (whatOf[c] === EQUAL || whatOf[c] === REPLACE ? (writtenSince[from[c] as number] ?? NEVER) : -1),
      observed: (state, position) => ((until[state] as number) < position ? UNOBSERVED : state),
    },
  };
}

/** Indeterminate updates to a value that nobody looks for help nobody, unless a CAS failed, which they may have made fail. */
function dropIdle(
  { outcome }: Operations,
  rows: Int32Array,
  classOf: Int32Array,
  whatOf: Int32Array,
  until: Int32Array,
  to: Int32Array,
): void {
  if (whatOf.includes(UNEQUAL)) return;
  for (let n = 0; n < rows.length; n++) {
    const c = classOf[n] as number;
    if (c === SAYS_NOTHING || outcome[rows[n] as number] !== INDETERMINATE) continue;
    if ((until[to[c] as number] as number) < 0) classOf[n] = SAYS_NOTHING;
  }
}

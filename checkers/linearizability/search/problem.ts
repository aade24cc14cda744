/**
 * The operations of one object as the search wants them: those that took effect for certain numbered in the order of their
 * returns, the others by class, and who is open when. It decides nothing.
 */
import { INDETERMINATE, MISMATCHED, type Model, type Operations } from '../operations.js';
import { type Automaton, BLIND, type Classified, FOREIGN, SAYS_NOTHING } from './automaton.js';
import { collections } from './collections.js';
import { mutexes } from './mutexes.js';
import { registers } from './registers.js';
import { strings } from './strings.js';

export interface Problem {
  automaton: Automaton;
  /** Number of definite operations. Each is named by the place of its return among all returns, its event. */
  count: number;
  /** By definite operation. */
  row: Int32Array;
  classOf: Int32Array;
  /** Positions. */
  call: Int32Array;
  ret: Int32Array;
  /** The bit that it has in masks while it is open. */
  slot: Int32Array;
  /** 32-bit words of a mask. */
  words: number;
  /** Operations open just before event e, itself included, by the order of their returns: `open[openStart[e]]` up to before `[e + 1]`. */
  open: Int32Array;
  openStart: Int32Array;
  /** Those of them that were called after the return before, likewise. */
  arrivals: Int32Array;
  arrivalStart: Int32Array;
  /** Indeterminate operations that do the same. */
  crashed: readonly Crashed[];
  /** How often crashed operations may be used; a configuration has a count for each. Usually one for each class. */
  supplies: readonly Supply[];
}

/** Classes that draw on one supply (places in `crashed`), and the positions of their calls in order. */
export interface Supply {
  classes: readonly number[];
  calls: readonly number[];
  /** So many of the supplies that follow are of operations that one of this could be used for instead. */
  standsInFor: number;
}

export interface Crashed {
  operation: number;
  /** Rows and positions of the calls, in order. */
  rows: number[];
  calls: number[];
}

/**
 * A supply for each of the classes, which all lead to the same value and of which the first one is the write, if there is one: a
 * write of the value can be used for any CAS that leads to it.
 */
export function suppliesOf(
  { crashed, automaton }: Pick<Problem, 'crashed' | 'automaton'>,
  classes: readonly number[],
): Supply[] {
  return classes.map((k, n) => {
    const { operation, calls } = crashed[k] as Crashed;
    const standsInFor = n === 0 && automaton.kind[operation] === BLIND ? classes.length - 1 : 0;
    return { classes: [k], calls, standsInFor };
  });
}

/** Classes of crashed operations that lead to the same value, by value; each class by itself where that is not so simple. */
export function alike(automaton: Automaton, crashed: readonly Crashed[]): number[][] {
  const found = new Map<number, number[]>();
  crashed.forEach(({ operation }, k) => {
    const value = automaton.leadsTo?.(operation) ?? -1 - k;
    const classes = found.get(value);
    if (classes === undefined) found.set(value, [k]);
    else if (automaton.kind[operation] === BLIND) classes.unshift(k);
    else classes.push(k);
  });
  return [...found.values()];
}

/** A problem, or why there is none. `room`: bytes that it may take. */
export function problemOf(model: Model, operations: Operations, rows: Int32Array, room: number): Problem | string {
  const classified = classify(model, operations, rows);
  if (classified === undefined) return FOREIGN;
  const { automaton, classOf } = classified;
  const definite: number[] = [];
  const crashed: Crashed[] = [];
  const crashedOf = new Map<number, Crashed>();
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    const operation = classOf[n] as number;
    if (operation === SAYS_NOTHING) continue;
    if (operations.outcome[row] !== INDETERMINATE) {
      definite.push(n);
      continue;
    }
    let all = crashedOf.get(operation);
    if (all === undefined) {
      all = { operation, rows: [], calls: [] };
      crashedOf.set(operation, all);
      crashed.push(all);
    }
    all.rows.push(row);
    all.calls.push(operations.call[row] as number);
  }
  const places = byReturn(operations, rows, definite);
  const row = places.map((n) => rows[n] as number);
  const call = row.map((of) => operations.call[of] as number);
  const ret = row.map((of) => operations.ret[of] as number);
  const timing = timingOf(call, ret, byCall(places), room);
  if (timing === undefined) return 'too many operations at once for the bytes allowed';
  return {
    automaton,
    count: row.length,
    row,
    classOf: places.map((n) => classOf[n] as number),
    call,
    ret,
    ...timing,
    crashed,
    supplies: alike(automaton, crashed).flatMap((classes) => suppliesOf({ automaton, crashed }, classes)),
  };
}

function classify(model: Model, operations: Operations, rows: Int32Array): Classified | undefined {
  for (const row of rows) if ((operations.outcome[row] as number) > MISMATCHED) return undefined;
  if (model === 'register' || model === 'cas-register') return registers(operations, rows, model === 'cas-register');
  if (model === 'append' || model === 'set') return collections(operations, rows, model === 'set');
  if (model === 'kv') return strings(operations, rows);
  for (const row of rows) if (operations.outcome[row] === MISMATCHED) return undefined;
  return mutexes(operations, rows, model);
}

/** Positions are below 2^31 and places below 2^22 in all that fits into memory, so that both fit into one number. */
const PLACES = 2 ** 22;

function byReturn({ ret }: Operations, rows: Int32Array, definite: readonly number[]): Int32Array {
  const keys = new Float64Array(definite.length);
  definite.forEach((n, at) => {
    keys[at] = (ret[rows[n] as number] as number) * PLACES + n;
  });
  return placesIn(keys.sort());
}

/** Definite operations in the order of their calls, as numbers by return. Rows are in the order of calls. */
function byCall(places: Int32Array): Int32Array {
  const keys = new Float64Array(places.length);
  for (let operation = 0; operation < places.length; operation++)
    keys[operation] = (places[operation] as number) * PLACES + operation;
  return placesIn(keys.sort());
}

function placesIn(keys: Float64Array): Int32Array {
  const places = new Int32Array(keys.length);
  for (let n = 0; n < keys.length; n++) places[n] = (keys[n] as number) % PLACES;
  return places;
}

type Timing = Pick<Problem, 'slot' | 'words' | 'open' | 'openStart' | 'arrivals' | 'arrivalStart'>;

function timingOf(call: Int32Array, ret: Int32Array, arrivals: Int32Array, room: number): Timing | undefined {
  const count = call.length;
  const slot = new Int32Array(count);
  const arrivalStart = new Int32Array(count + 1);
  const openStart = new Int32Array(count + 1);
  let arrived = 0;
  let total = 0;
  for (let event = 0; event < count; event++) {
    arrivalStart[event] = arrived;
    while (arrived < count && (call[arrivals[arrived] as number] as number) < (ret[event] as number)) arrived++;
    openStart[event] = total;
    total += arrived - event;
    if (total * 4 > room) return undefined;
  }
  arrivalStart[count] = arrived;
  openStart[count] = total;

  const open = new Int32Array(total);
  /** Open now, by return; a new one is put into its place from behind. */
  const now: number[] = [];
  const free: number[] = [];
  let slots = 0;
  for (let event = 0; event < count; event++) {
    for (let n = arrivalStart[event] as number; n < (arrivalStart[event + 1] as number); n++) {
      const operation = arrivals[n] as number;
      slot[operation] = free.pop() ?? slots++;
      let at = now.length;
      while (at > 0 && (now[at - 1] as number) > operation) at--;
      now.splice(at, 0, operation);
    }
    open.set(now, openStart[event] as number);
    now.shift();
    free.push(slot[event] as number);
  }
  return { slot, words: Math.max(1, Math.ceil(slots / 32)), open, openStart, arrivals, arrivalStart };
}

/**
 * Histories of one shape, as columns: one early update, then a bundle of updates that overlap, then reads only at the end, and
 * sometimes one in between. All that a search leaves out because nobody would notice is about what happens in
 * such a bundle, and only the reads at the end tell: histories in which everybody reads all the time decide most of it early,
 * and hardly ever come to these cases. What is read is what some order of the updates gives, which may be one that is not
 * allowed. For tests; not part of the program.
 */
import fc from 'fast-check';
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  type Model,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
  WRITE,
} from '../operations.js';
import { initialState, type State, step } from './brute-force.js';
import { type Draft, operationsOf } from './drafts.js';

/** Of `kv`, by value code; `xy` may be written at once or put together. What else is put together comes behind. */
const TEXTS = [null, 'x', 'y', 'xy'];

/** Times. The early update is over before 0; effects come soon after calls, so that returns come in any order behind them. */
const EARLY = -2;
const SOON = 100;
const SHORT = 300;
const LONG = 800;
/** All that returns has done so. */
const END = 2000;
/** Times are multiplied by this, and something that is each operation's own is added, so that no two are the same. */
const APART = 64;
const READER = 9;

const percent = fc.nat(99);

const update = fc.record({
  process: fc.nat(1),
  kind: percent,
  value: fc.nat(59),
  other: fc.nat(59),
  fate: percent,
  call: fc.nat(LONG),
  length: fc.oneof(fc.nat(SHORT), fc.nat(LONG)),
  /** When it takes effect, counted from its call, or later if nobody knows. */
  effect: fc.nat(SOON),
});
type Update = typeof update extends fc.Arbitrary<infer Drawn> ? Drawn : never;

const bundle = fc.record({
  processes: fc.integer({ min: 1, max: 2 }),
  values: fc.integer({ min: 1, max: TEXTS.length - 1 }),
  /** Updates of a hundred whose outcome nobody knows. */
  lossy: fc.constantFrom(0, 15, 40),
  early: fc.option(update, { freq: 4 }),
  updates: fc.array(update, { minLength: 3, maxLength: 6, size: 'max' }),
  /** In what time they are called. */
  within: fc.constantFrom(SOON, 2 * SHORT),
  /** A read while the bundle is open: after which effect, and how long it takes. */
  between: fc.option(fc.tuple(fc.nat(7), fc.nat(SHORT)), { freq: 2 }),
  /** How many effects the reads at the end know of, all if there are not so many: the fault of a stale read. */
  known: fc.nat(16),
  last: fc.integer({ min: 1, max: 2 }),
});
type Bundle = typeof bundle extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** Up to ten operations on one object. */
export function bundles(model: Model): fc.Arbitrary<Operations> {
  return bundle.map((drawn) => historyOf(model, drawn));
}

interface Effect {
  at: number;
  draft: Draft;
  /** Whether a CAS expects what it finds. */
  isInformed: boolean;
}

function historyOf(model: Model, drawn: Bundle): Operations {
  const effects = effectsOf(model, drawn);
  const drafts = effects.map(({ draft }) => draft);
  const texts: unknown[] = [...TEXTS];
  if (!model.endsWith('mutex')) drafts.push(...readsOf(model, drawn, effects, texts));
  drafts.forEach((draft, n) => {
    draft.call = draft.call * APART + 2 * n;
    if (draft.ret !== NEVER) draft.ret = draft.ret * APART + 2 * n + 1;
  });
  return operationsOf(drafts, model === 'kv' ? texts : []);
}

/** The updates, in the order in which they take effect. */
function effectsOf(model: Model, drawn: Bundle): Effect[] {
  const effects = drawn.updates.map((one): Effect => {
    const { fate, length, effect } = one;
    const process = one.process % drawn.processes;
    const call = one.call % drawn.within;
    const draft: Draft = { process, ...what(model, one, drawn), call, ret: call + 1 + length };
    const isInformed = one.value < 40;
    if (fate >= drawn.lossy) return { at: call + Math.min(effect, length), draft, isInformed };
    Object.assign(draft, { ret: NEVER, outcome: INDETERMINATE });
    // Some of what nobody knows of never happens.
    return { at: fate % 5 === 0 ? NEVER : call + length + effect, draft, isInformed };
  });
  if (drawn.early !== null) {
    const process = drawn.early.process % drawn.processes;
    const draft: Draft = { process, ...whatFirst(model, drawn.early, drawn), call: EARLY, ret: EARLY + 1 };
    effects.push({ at: EARLY, draft, isInformed: false });
  }
  return effects.sort((x, y) => x.at - y.at);
}

function readsOf(
  model: Model,
  { between, known, last }: Bundle,
  effects: readonly Effect[],
  texts: unknown[],
): Draft[] {
  const reads: Draft[] = [];
  let state = initialState(model);
  let lastSeen = seenIn(state, texts);
  effects.forEach(({ at, draft, isInformed }, n) => {
    if (at === NEVER) return;
    if (isInformed && draft.f === CAS && draft.outcome !== MISMATCHED && 'value' in state) draft.a = state.value;
    state = after(model, draft, state, texts);
    const seen = seenIn(state, texts);
    if (n < known) lastSeen = seen;
    if (n === between?.[0]) reads.push({ process: READER, f: READ, call: at, ret: at + 1 + between[1], ...seen });
  });
  for (let n = 0; n < last; n++) {
    const call = END + 2 * n;
    reads.push({ process: READER, f: READ, call, ret: call + 1, ...lastSeen });
  }
  return reads;
}

type What = Pick<Draft, 'f' | 'a' | 'b' | 'outcome'>;

/** An update that is possible at the beginning, and that others can cover if there are such. */
function whatFirst(model: Model, drawn: Update, { values }: Bundle): What {
  const a = 1 + (drawn.value % (model === 'set' ? 5 : values));
  if (model === 'append') return { f: APPEND, a };
  if (model === 'set') return { f: ADD, a };
  return model.endsWith('mutex') ? { f: ACQUIRE, a: NIL } : { f: WRITE, a };
}

function what(model: Model, drawn: Update, bundle: Bundle): What {
  const { kind, other } = drawn;
  const first = whatFirst(model, drawn, bundle);
  if (model === 'cas-register' && kind < 50)
    return { f: CAS, a: first.a ?? NIL, b: 1 + (other % (bundle.values + 4)), outcome: kind < 10 ? MISMATCHED : OK };
  if (model === 'kv') return { f: kind < 50 ? APPEND : WRITE, a: kind % 20 === 0 ? NIL : (first.a ?? NIL) };
  if (!model.endsWith('mutex')) return first;
  if (kind < 50) return { f: RELEASE };
  return model === 'fenced-mutex' && kind < 83 ? { f: ACQUIRE, a: 1 + (other % 4) } : first;
}

/** The state as it was if the operation is not possible in it, such as a CAS of another value. */
function after(model: Model, draft: Draft, state: State, texts: readonly unknown[]): State {
  if (draft.outcome === MISMATCHED) return state;
  return step(model, operationsOf([{ ...draft, call: 0, ret: 1, outcome: OK }], texts), 0, state) ?? state;
}

/** What a read of it returns. */
function seenIn(state: State, texts: unknown[]): Pick<Draft, 'a' | 'list'> {
  if ('value' in state) return { a: state.value };
  if ('elements' in state) return { list: state.elements };
  if (!('text' in state)) return {};
  const code = texts.indexOf(state.text);
  return { a: code === -1 ? texts.push(state.text) - 1 : code };
}

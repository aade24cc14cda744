/**
 * A second oracle, for small histories (small-histories.ts): whether the operations are linearizable, found by trying every order, on
 * masks and numbers where brute-force.ts has sets and words, so that hundreds of millions can be asked for. It shares nothing with
 * the checkers nor with the other oracle, and is tested to say the same as that. For tests; not part of the program.
 */
import { ACQUIRE, CAS, INDETERMINATE, MISMATCHED, type Model, NIL, READ, WRITE } from '../operations.js';
import { type Argument, type Kind, SEQUENCES } from './small-arguments.js';
import type { SmallHistory } from './small-histories.js';

/** No such step. */
const IMPOSSIBLE = -1;

/** Lists as numbers: their elements as octal digits. */
const DIGITS = SEQUENCES.map((sequence) => sequence.reduce((number, element) => number * 8 + element, 0));
/** Sets as masks. */
const MASKS = SEQUENCES.map((sequence) => sequence.reduce((mask, element) => mask | (1 << element), 0));

type Step = (state: number, kind: Kind, argument: Argument) => number;

const register: Step = (value, { f, outcome }, { a, b }) => {
  if (f === WRITE) return a;
  if (outcome === MISMATCHED) return value === a ? IMPOSSIBLE : value;
  if (value !== a) return IMPOSSIBLE;
  return f === CAS ? b : value;
};

const text: Step = (string, { f }, { a }) => {
  if (f === READ) return string === DIGITS[a] ? string : IMPOSSIBLE;
  return f === WRITE ? a : string * 8 + a;
};

const set: Step = (elements, { f }, { a }) => {
  if (f === READ) return elements === MASKS[a] ? elements : IMPOSSIBLE;
  return elements | (1 << a);
};

const mutex: Step = (held, { f }) => {
  if (f === ACQUIRE) return held === 0 ? 1 : IMPOSSIBLE;
  return held === 1 ? 0 : IMPOSSIBLE;
};

/** The state is how often it is held, the owner and the greatest token, as octal digits. */
const owned =
  (isReentrant: boolean): Step =>
  (state, { f }, { a, process }) => {
    const [holds, owner, highest] = [state >> 6, (state >> 3) & 7, state & 7];
    if (f !== ACQUIRE) {
      if (holds === 0 || owner !== process) return IMPOSSIBLE;
      return ((holds - 1) << 6) | ((holds === 1 ? 0 : owner) << 3) | highest;
    }
    if (holds > 0 && !(isReentrant && owner === process)) return IMPOSSIBLE;
    if (a !== NIL && a <= highest) return IMPOSSIBLE;
    return ((holds + 1) << 6) | (process << 3) | (a === NIL ? highest : a);
  };

const STEPS: Record<Model, Step> = {
  register,
  'cas-register': register,
  kv: text,
  append: text,
  set,
  mutex,
  'owner-mutex': owned(false),
  'reentrant-mutex': owned(true),
  'fenced-mutex': owned(false),
};

/** States below this are remembered, by what was done; larger ones come seldom twice. */
const FEW = 64;

export function createOracle(model: Model): (history: SmallHistory) => boolean {
  const step = STEPS[model];
  const beenHere = new Uint32Array(FEW * 64);
  let asked = 0;
  let history: SmallHistory;
  let definite = 0;

  function canFinish(done: number, state: number): boolean {
    if ((done & definite) === definite) return true;
    if (state < FEW) {
      if (beenHere[done * FEW + state] === asked) return false;
      beenHere[done * FEW + state] = asked;
    }
    for (let row = 0; row < history.length; row++) {
      const bit = 1 << row;
      // What precedes another one was answered, and so took effect.
      if ((done & bit) !== 0 || ((history.before[row] as number) & ~done) !== 0) continue;
      const after = step(state, history.kinds[row] as Kind, history.arguments[row] as Argument);
      if (after !== IMPOSSIBLE && canFinish(done | bit, after)) return true;
    }
    return false;
  }

  return (asks) => {
    history = asks;
    asked++;
    definite = 0;
    for (let row = 0; row < asks.length; row++) {
      if (asks.kinds[row]?.outcome !== INDETERMINATE) definite |= 1 << row;
    }
    return canFinish(0, 0);
  };
}

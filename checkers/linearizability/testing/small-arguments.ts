/**
 * What the operations of small histories may be, by model. For tests; not part of the program.
 *
 * - `register`: writes of any values, equal ones among them; reads of nil, of each of these and of one that nobody wrote.
 * - `cas-register`: every write and CAS has a new value; a CAS expects nil or any of the others, reads and failed CAS have nil or any.
 * - `kv`: every write and append has a letter of its own; reads have every string that some of them can make in some order.
 * - `append`, `set`: every element is appended or added once; reads have every list (every set) of different ones of them.
 * - `mutex`: acquires and releases, of nobody in particular.
 * - `owner-mutex`, `reentrant-mutex`, `fenced-mutex`: those of up to as many processes as there are operations, each of which does one
 *   after the other, but may go on after one without answer. Acquires that were answered have any tokens, equal and unknown ones
 *   among them.
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
  OK,
  READ,
  RELEASE,
  WRITE,
} from '../operations.js';
import type { SmallHistory } from './small-histories.js';

export interface Kind {
  f: number;
  outcome: number;
}

export interface Argument {
  /** As in `Operations`; lists and strings are numbers of `SEQUENCES`. */
  a: number;
  b: number;
  /** -1: nobody in particular. */
  process: number;
}

const MOST = 6;

/** All lists of different elements 1 to 6, short ones first: that of element n alone has the number n. */
export const SEQUENCES: readonly (readonly number[])[] = sequences();
const NUMBER_OF = new Map(SEQUENCES.map((sequence, n) => [sequence.join(), n]));

function sequences(): number[][] {
  const all: number[][] = [[]];
  for (const sequence of all) {
    for (let n = 1; n <= MOST; n++) if (!sequence.includes(n)) all.push([...sequence, n]);
  }
  return all;
}

const update = (f: number): Kind[] => [
  { f, outcome: OK },
  { f, outcome: INDETERMINATE },
];
const READING: Kind = { f: READ, outcome: OK };
const LOCKING = [...update(ACQUIRE), ...update(RELEASE)];

export const KINDS: Record<Model, readonly Kind[]> = {
  register: [READING, ...update(WRITE)],
  'cas-register': [READING, ...update(WRITE), ...update(CAS), { f: CAS, outcome: MISMATCHED }],
  kv: [READING, ...update(WRITE), ...update(APPEND)],
  append: [READING, ...update(APPEND)],
  set: [READING, ...update(ADD)],
  mutex: LOCKING,
  'owner-mutex': LOCKING,
  'reentrant-mutex': LOCKING,
  'fenced-mutex': LOCKING,
};

/** Those of the row, given all kinds and the arguments of those whose turn was before: rows of updates, then those of reads. */
export function argumentsOf(model: Model, history: SmallHistory, row: number): readonly Argument[] {
  const { f, outcome } = history.kinds[row] as Kind;
  switch (model) {
    case 'register': {
      const named = largest(history, f === WRITE ? row : history.length);
      return f === WRITE ? values(1, named + 1) : values(0, named + 1);
    }
    case 'cas-register': {
      const updates = updatesUpTo(history, history.length);
      const own = updatesUpTo(history, row + 1);
      if (f === WRITE) return values(own, own);
      return f === CAS && outcome !== MISMATCHED ? swaps(updates, own) : values(0, updates);
    }
    case 'kv': {
      const own = updatesUpTo(history, row + 1);
      return f === READ ? strings(history) : values(own, own);
    }
    case 'append':
    case 'set': {
      const own = updatesUpTo(history, f === READ ? history.length : row + 1);
      if (f !== READ) return values(own, own);
      return model === 'set' ? sets(own) : lists(own);
    }
    case 'mutex':
      return values(NIL, NIL);
    default: {
      const processes = processesOf(history, row);
      const isToken = model === 'fenced-mutex' && f === ACQUIRE && outcome === OK;
      return holders(processes, isToken ? acquiresIn(history) : 0);
    }
  }
}

/** Whether tokens have no gaps: then they are ranks, and no other history has the same ones. */
export function isComplete(model: Model, history: SmallHistory): boolean {
  if (model !== 'fenced-mutex') return true;
  let mask = 1;
  for (let row = 0; row < history.length; row++) mask |= 1 << (history.arguments[row] as Argument).a;
  return (mask & (mask + 1)) === 0;
}

/** Arguments are made once, so that a place in a list of them can be found again. */
function remembered(make: (...key: number[]) => Argument[]): (...key: number[]) => readonly Argument[] {
  const known = new Map<number, readonly Argument[]>();
  return (...key) => {
    const name = key.reduce((sum, part) => sum * 64 + part, 1);
    let made = known.get(name);
    if (made === undefined) {
      made = make(...key);
      known.set(name, made);
    }
    return made;
  };
}

const argument = (a: number, b = NIL, process = -1): Argument => ({ a, b, process });

const values = remembered((from = 0, to = 0) => Array.from({ length: to - from + 1 }, (_, n) => argument(from + n)));

const swaps = remembered((updates = 0, own = 0) =>
  Array.from({ length: updates + 1 }, (_, a) => argument(a, own)).filter(({ a }) => a !== own),
);

const lists = remembered((elements = 0) =>
  [...SEQUENCES.keys()].filter((n) => SEQUENCES[n]?.every((each) => each <= elements)).map((n) => argument(n)),
);

const sets = remembered((elements = 0) =>
  lists(elements).filter(({ a }) => SEQUENCES[a]?.every((each, n, all) => n === 0 || (all[n - 1] as number) < each)),
);

const holders = remembered((processes = 0, tokens = 0) =>
  Array.from({ length: MOST }, (_, process) => process)
    .filter((process) => (processes & (1 << process)) !== 0)
    .flatMap((process) => Array.from({ length: tokens + 1 }, (_, a) => argument(a, NIL, process))),
);

/** Of updates, as masks by number: writes begin a string, appends go on with it. */
const stringsOf = remembered((writes = 0, appends = 0) =>
  SEQUENCES.filter((sequence) =>
    sequence.every((each, n) => ((appends | (n === 0 ? writes : 0)) & (1 << (each - 1))) !== 0),
  ).map((sequence) => argument(NUMBER_OF.get(sequence.join()) as number)),
);

function strings({ kinds }: SmallHistory): readonly Argument[] {
  let [writes, appends, bit] = [0, 0, 1];
  for (const { f } of kinds) {
    if (f === WRITE) writes |= bit;
    if (f === APPEND) appends |= bit;
    if (f !== READ) bit <<= 1;
  }
  return stringsOf(writes, appends);
}

function updatesUpTo({ kinds }: SmallHistory, row: number): number {
  let updates = 0;
  for (let n = 0; n < row; n++) {
    const { f, outcome } = kinds[n] as Kind;
    if (f !== READ && outcome !== MISMATCHED) updates++;
  }
  return updates;
}

/** Of the writes before the row; that of no write is nil. */
function largest({ kinds, arguments: chosen }: SmallHistory, row: number): number {
  let most = NIL;
  for (let n = 0; n < row; n++) if (kinds[n]?.f === WRITE) most = Math.max(most, (chosen[n] as Argument).a);
  return most;
}

function acquiresIn({ kinds }: SmallHistory): number {
  return kinds.filter(({ f, outcome }) => f === ACQUIRE && outcome === OK).length;
}

/** As a mask: those that are there already and free, and the next new one. */
function processesOf({ kinds, before, arguments: chosen }: SmallHistory, row: number): number {
  let most = -1;
  let busy = 0;
  for (let n = 0; n < row; n++) {
    const { process } = chosen[n] as Argument;
    most = Math.max(most, process);
    const isOver = ((before[row] as number) & (1 << n)) !== 0 || kinds[n]?.outcome === INDETERMINATE;
    if (!isOver) busy |= 1 << process;
  }
  return ((2 << (most + 1)) - 1) & ~busy;
}

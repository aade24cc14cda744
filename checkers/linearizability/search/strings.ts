/**
 * A key of `kv` for the search: the state is its string, as a number of its own. Only strings that some read begins with are
 * told apart; the others, and those that only reads of the past begin with, are `UNOBSERVED`.
 */
import { APPEND, INDETERMINATE, NEVER, NIL, type Operations, READ, UNKNOWN_VALUE, WRITE } from '../operations.js';
import { BLIND, type Classified, IMPOSSIBLE, Numbering, QUERY, SAYS_NOTHING, TOTAL, UNOBSERVED } from './automaton.js';

const KIND: Record<number, number> = { [READ]: QUERY, [WRITE]: BLIND, [APPEND]: TOTAL };
/** Functions are below this. */
const FUNCTIONS = 8;

export function strings(operations: Operations, rows: Int32Array): Classified | undefined {
  const { f, a, outcome, values } = operations;
  const texts = new Texts(operations, rows);
  const textOf = (code: number) => String(values[code]);
  const classes = new Numbering();
  const classOf = new Int32Array(rows.length).fill(SAYS_NOTHING);
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    if (KIND[f[row] as number] === undefined) return undefined;
    const code = a[row] as number;
    if (f[row] === READ && (code === UNKNOWN_VALUE || outcome[row] === INDETERMINATE)) continue;
    const idle = f[row] === WRITE && code !== NIL && texts.number(textOf(code)) === UNOBSERVED;
    if (idle && outcome[row] === INDETERMINATE) continue;
    classOf[n] = classes.of(code * FUNCTIONS + (f[row] as number));
  }
  const kind = Uint8Array.from(classes.keys, (key) => KIND[key % FUNCTIONS] as number);
  const code = Int32Array.from(classes.keys, (key) => Math.floor(key / FUNCTIONS));
  const target = Int32Array.from(code, (value, c) => {
    if (kind[c] === TOTAL) return 0;
    return value === NIL ? 0 : texts.number(textOf(value));
  });
  const appended = new Map<number, number>();
  const append = (state: number, c: number): number => {
    const key = state * kind.length + c;
    let after = appended.get(key);
    if (after === undefined) {
      const more = code[c] === NIL ? '' : textOf(code[c] as number);
      after = texts.number((texts.text[state] ?? '') + more);
      appended.set(key, after);
    }
    return after;
  };
  return {
    classOf,
    automaton: {
      initial: 0,
      classes: kind.length,
      kind,
      step: (state, c) => {
        if (kind[c] === TOTAL) return state === UNOBSERVED ? state : append(state, c);
        if (kind[c] === BLIND) return target[c] as number;
        return state === target[c] ? state : IMPOSSIBLE;
      },
      observed: (state, position) => ((texts.readUntil[state] as number) < position ? UNOBSERVED : state),
    },
  };
}

/** Numbers of strings: 0 is nil, which every string is a continuation of. */
class Texts {
  readonly text: (string | undefined)[] = [undefined, undefined];
  /** Last position at which a read that begins with the string returns. */
  readonly readUntil: number[] = [NEVER, NEVER];
  private readonly numbers = new Map<string, number>();
  /** What reads returned, sorted, and until when. */
  private readonly read: string[];
  private readonly until = new Map<string, number>();

  constructor({ f, a, ret, values }: Operations, rows: Int32Array) {
    for (const row of rows) {
      if (f[row] !== READ || a[row] === UNKNOWN_VALUE || a[row] === NIL || ret[row] === NEVER) continue;
      const text = String(values[a[row] as number]);
      this.until.set(text, Math.max(this.until.get(text) ?? -1, ret[row] as number));
    }
    this.read = [...this.until.keys()].sort();
  }

  number(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      const until = this.lastReadThatBeginsWith(text);
      number = until === -1 ? UNOBSERVED : this.text.push(text) - 1;
      if (until !== -1) this.readUntil.push(until);
      this.numbers.set(text, number);
    }
    return number;
  }

  private lastReadThatBeginsWith(text: string): number {
    let low = 0;
    let high = this.read.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.read[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    let until = -1;
    for (; this.read[low]?.startsWith(text) === true; low++) {
      until = Math.max(until, this.until.get(this.read[low] as string) as number);
    }
    return until;
  }
}

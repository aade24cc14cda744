/**
 * What was made of some bytes, so that it is made once and not for each of a million lines: a log has few keys, nodes, errors and
 * small values, and they come again and again. Bounded: what comes later in the same slot takes its place, and what was there is
 * made anew the next time. So what is made must depend on nothing but the bytes.
 */
import { asciiIn, QUOTE, standsAt } from './bytes.js';
import type { Fields } from './line-scanner.js';

const SLOTS = 1024;
/** Longer ones are made anew each time. */
const LONGEST = 64;
/** No text and no JSON value is one quote. */
const EMPTY = Uint8Array.of(QUOTE);

export class Memo<Made> {
  readonly #make: (text: string) => Made;
  readonly #known = new Array<Uint8Array>(SLOTS).fill(EMPTY);
  readonly #made = new Array<Made | undefined>(SLOTS).fill(undefined);

  /** What `make` throws is thrown. */
  constructor(make: (text: string) => Made) {
    this.#make = make;
  }

  /** Of the bytes from `from` to before `to`, which must be ASCII. `hash`: any number that equal bytes share. */
  of(bytes: Buffer, from: number, to: number, hash: number): Made {
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
    const known = this.#known[slot] as Uint8Array;
    if (known.length === to - from && standsAt(known, bytes, from)) return this.#made[slot] as Made;
    const made = this.#make(asciiIn(bytes, from, to));
    if (to - from > LONGEST) return made;
    // A copy, as the same memory is used for the next part of the log.
    this.#known[slot] = new Uint8Array(bytes.subarray(from, to));
    this.#made[slot] = made;
    return made;
  }

  /** Of the text of the field at that place. */
  ofField({ bytes, start, end, hash }: Fields, place: number): Made {
    return this.of(bytes, start[place] as number, end[place] as number, hash[place] as number);
  }
}

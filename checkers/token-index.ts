/**
 * Numbers by lane and token code: a hash table in typed arrays, because a `Map` costs a hundred bytes for each of a million
 * tokens. Open addressing with linear probing (Knuth, "The Art of Computer Programming", volume 3, section 6.4, algorithm L).
 */
import { NONE } from '../harness/history/tables.js';

export class TokenIndex {
  #lanes: Int32Array;
  #tokens: Float64Array;
  /** `NONE` marks a free place. */
  #values: Int32Array;
  #used = 0;

  /** `expected`: about how many different pairs there will be. */
  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * expected + 16));
    this.#lanes = new Int32Array(size);
    this.#tokens = new Float64Array(size);
    this.#values = new Int32Array(size).fill(NONE);
  }

  /** `NONE` if there is none. O(1). */
  get(lane: number, token: number): number {
    return this.#values[this.#find(lane, token)] as number;
  }

  /** `value`: a 32-bit integer other than `NONE`. O(1), spread over all calls. */
  set(lane: number, token: number, value: number): void {
    let at = this.#find(lane, token);
    if (this.#values[at] === NONE) {
      if (2 * ++this.#used > this.#values.length) {
        this.#grow();
        at = this.#find(lane, token);
      }
      this.#lanes[at] = lane;
      this.#tokens[at] = token;
    }
    this.#values[at] = value;
  }

  /** Where the pair is, or the free place where it belongs. */
  #find(lane: number, token: number): number {
    const mask = this.#values.length - 1;
    // Tokens are whole numbers up to 2^54: both halves count, and consecutive ones must not stay side by side.
    let hash = Math.imul(
      (token | 0) ^ Math.imul((token / 2 ** 32) | 0, 0x9e3779b1) ^ Math.imul(lane, 0x85ebca6b),
      0xc2b2ae35,
    );
    hash ^= hash >>> 15;
    let at = hash & mask;
    while (this.#values[at] !== NONE && (this.#tokens[at] !== token || this.#lanes[at] !== lane)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [lanes, tokens, values] = [this.#lanes, this.#tokens, this.#values];
    this.#lanes = new Int32Array(2 * lanes.length);
    this.#tokens = new Float64Array(2 * lanes.length);
    this.#values = new Int32Array(2 * lanes.length).fill(NONE);
    for (let from = 0; from < values.length; from++) {
      if (values[from] === NONE) continue;
      const at = this.#find(lanes[from] as number, tokens[from] as number);
      this.#lanes[at] = lanes[from] as number;
      this.#tokens[at] = tokens[from] as number;
      this.#values[at] = values[from] as number;
    }
  }
}

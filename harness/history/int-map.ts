/**
 * Whole numbers by whole numbers. Processes and lanes count from 0 in every sound record, so an array holds what belongs to
 * small keys; a `Map` holds the rest, as a record may say anything.
 */
import { NONE } from './tables.js';

/** Keys from 0 up to here go into the array: 4 MiB of it at most. */
const DENSE = 2 ** 20;

export class IntMap {
  #dense = new Int32Array(64).fill(NONE);
  readonly #rest = new Map<number, number>();

  /** `NONE` for a key that has no value. */
  get(key: number): number {
    if (key >= 0 && key < this.#dense.length) return this.#dense[key] as number;
    if (this.#rest.size === 0) return NONE;
    return this.#rest.get(key) ?? NONE;
  }

  /** `value`: a 32-bit integer; `NONE` takes the key out. */
  set(key: number, value: number): void {
    if (key >= 0 && key < DENSE) {
      if (key >= this.#dense.length) this.#grow(key);
      this.#dense[key] = value;
    } else this.#rest.set(key, value);
  }

  #grow(key: number): void {
    const longer = new Int32Array(Math.min(DENSE, 2 * (key + 1))).fill(NONE);
    longer.set(this.#dense);
    this.#dense = longer;
  }
}

/** Strings by place, each once: most values of a run are numbers that come again, and errors are few. */
import { shorten } from '../format.js';
import type { StringTable } from '../page-data.js';
import { stringTable } from '../page-codec.js';

/** What is longer is of no use on a screen; history.jsonl has all of it. */
const MAX_TEXT = 300;

export class Interner {
  readonly #strings: string[] = [];
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Map<number, number>();

  text(text: string): number {
    let place = this.#texts.get(text);
    if (place === undefined) {
      place = this.#strings.push(shorten(text, MAX_TEXT)) - 1;
      this.#texts.set(text, place);
    }
    return place;
  }

  number(value: number): number {
    let place = this.#numbers.get(value);
    if (place === undefined) {
      place = this.#strings.push(String(value)) - 1;
      this.#numbers.set(value, place);
    }
    return place;
  }

  table(): StringTable {
    return stringTable(this.#strings);
  }
}

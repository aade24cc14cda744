/** Texts of one band of a row: the most important first, each where it covers neither a sign nor another text, or not at all. */
import { type Paint, type TextStyle, widthOf, write } from './paint.js';

export interface Label {
  /** From the longest to the shortest; the first that fits is taken. */
  readonly texts: readonly (string | undefined)[];
  /** Where it may stand, in pixels. */
  readonly from: number;
  readonly to: number;
  readonly style: TextStyle;
  /** One of `RANK`; 0 comes first. */
  readonly rank: number;
  /** Drawn behind the text. */
  readonly chip?: string;
  readonly isCentred?: boolean;
}

/** Which text gives way to which. */
export const RANK = { fault: 0, leader: 1, wrong: 1, gap: 2, hold: 3, mark: 4, request: 5, wait: 6 } as const;

const PAD = 4;

export class Labels {
  readonly #paint: Paint;
  readonly #y: number;
  readonly #taken: (readonly [number, number])[] = [];
  readonly #wanted: Label[] = [];

  /** `y`: the middle of the lines. */
  constructor(paint: Paint, y: number) {
    this.#paint = paint;
    this.#y = y;
  }

  /** No text will stand there. */
  block(x0: number, x1: number): void {
    this.#taken.push([x0, x1]);
  }

  want(label: Label): void {
    const { left, width } = this.#paint.scale;
    const [from, to] = [Math.max(label.from, left), Math.min(label.to, left + width)];
    if (to - from > 12) this.#wanted.push({ ...label, from, to });
  }

  draw(): void {
    this.#wanted.sort((a, b) => a.rank - b.rank);
    for (const label of this.#wanted) this.#place(label);
  }

  #place({ texts, from, to, style, chip, isCentred }: Label): void {
    const { context } = this.#paint;
    for (const text of texts) {
      if (text === undefined || text === '') continue;
      const width = widthOf(context, text, style) + 2 * PAD;
      if (width > to - from) continue;
      const x = this.#free(isCentred === true ? (from + to - width) / 2 : from, width, to);
      if (x === undefined) continue;
      if (chip !== undefined) {
        context.fillStyle = chip;
        context.fillRect(x, this.#y - style.size / 2 - 1, width, style.size + 2);
      }
      write(context, text, x + PAD, this.#y, style);
      this.#taken.push([x, x + width]);
      return;
    }
  }

  /** The first place from `from` on where so much room is free. */
  #free(from: number, width: number, to: number): number | undefined {
    let x = from;
    for (let tries = 0; tries <= this.#taken.length && x + width <= to; tries++) {
      const across = this.#taken.find(([x0, x1]) => x < x1 && x0 < x + width);
      if (across === undefined) return x;
      x = across[1];
    }
    return undefined;
  }
}

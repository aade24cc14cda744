/** Reads a file line by line without holding more of it than a piece and the line at hand. */
import { createReadStream } from 'node:fs';
import { splitLines } from '../history/lines.js';

const PIECE = 1024 * 1024;
/** A whole history in one vector on one line passes; what is longer does not fit into a string. */
const LONGEST = 256 * 1024 * 1024;

export interface Line {
  text: string;
  /** `cut` is longer than a line can be and only begins here; `torn` is a last line without its newline. */
  state: 'whole' | 'cut' | 'torn';
}

/** Yields the lines in batches, because a promise per line would cost more than the line. Throws what reading throws. */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  const split = splitLines((text, cut) => batch.push({ text, state: cut ? 'cut' : 'whole' }), LONGEST);
  for await (const piece of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
    split(piece);
    yield batch;
    batch = [];
  }
  split.end();
  yield batch.map(({ text }) => ({ text, state: 'torn' }));
}

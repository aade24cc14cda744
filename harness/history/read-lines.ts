/** Reads a file line by line without holding more of it than a piece, and tells whether its last line is whole. */
import { createReadStream } from 'node:fs';
import { splitLines } from './lines.js';

const PIECE = 1024 * 1024;
/** A harness error may quote a line of 1 MiB, which JSON can make six times as long. */
const LONGEST = 16 * 1024 * 1024;

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

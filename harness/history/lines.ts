/**
 * Cuts a byte stream into lines. Splits at the byte `\n` before decoding, so that a character which arrives in two chunks
 * stays whole. Bounds its memory: a line over `max` bytes is handed over cut, once, and its rest is dropped.
 */

/** 1 MiB: far more than any message of ours, far less than what would hurt. */
export const MAX_LINE = 1024 * 1024;

export interface LineSplitter {
  (chunk: Uint8Array): void;
  /** Hands over what stands behind the last newline, if anything does. */
  end(): void;
}

const NEWLINE = 10;
// One decoder for all is safe, as no state is kept between calls; without ignoreBOM it would swallow a leading U+FEFF.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** `onLine` gets each line without its newline; `cut` is true for the first `max` bytes of a longer one. */
export function splitLines(onLine: (line: string, cut: boolean) => void, max: number = MAX_LINE): LineSplitter {
  let parts: Uint8Array[] = [];
  let size = 0;
  let dropping = false;

  function take(bytes: Uint8Array): void {
    const room = max - size;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    parts.push(kept);
    size += kept.length;
    if (bytes.length > room) {
      hand(true);
      dropping = true;
    }
  }

  function hand(cut: boolean): void {
    const line = utf8.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    parts = [];
    size = 0;
    onLine(line, cut);
  }

  const split = (chunk: Uint8Array): void => {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      if (!dropping) take(chunk.subarray(start, at));
      if (!dropping) hand(false);
      dropping = false;
      start = at + 1;
    }
    // Copied, because the caller may use the chunk's memory again. (`slice` of a Buffer would not copy.)
    if (start < chunk.length && !dropping) take(new Uint8Array(chunk.subarray(start)));
  };
  const end = (): void => {
    if (size > 0) hand(false);
  };
  return Object.assign(split, { end });
}

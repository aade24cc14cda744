/**
 * A table of strings as pieces of JSON, each of which becomes strings when one of them is asked for. JSON, because it brings back
 * what no encoding of text does: half of a surrogate pair.
 */
import type { StringTable } from '../page-data.js';
import type { ByteReader, ByteWriter } from './bytes.js';

const PIECE = 1024;

export function writeStrings(out: ByteWriter, { length, at }: StringTable): void {
  out.varint(length);
  const encoder = new TextEncoder();
  for (let first = 0; first < length; first += PIECE) {
    const piece = Array.from({ length: Math.min(PIECE, length - first) }, (_, nth) => at(first + nth));
    const bytes = encoder.encode(JSON.stringify(piece));
    out.varint(bytes.length);
    out.bytes(bytes);
  }
}

export function readStrings(from: ByteReader): StringTable {
  const length = from.varint();
  const pieces: Uint8Array[] = [];
  for (let first = 0; first < length; first += PIECE) pieces.push(from.bytes(from.varint()).slice());
  const known: string[][] = [];
  const piece = (nth: number): string[] => {
    const bytes = pieces[nth];
    return bytes === undefined ? [] : (known[nth] ??= JSON.parse(new TextDecoder().decode(bytes)) as string[]);
  };
  return {
    length,
    at: (place) => (place < 0 ? '' : (piece(Math.floor(place / PIECE))[place % PIECE] ?? '')),
  };
}

/** A table of strings that are there already. */
export function stringTable(strings: readonly string[]): StringTable {
  return { length: strings.length, at: (place) => strings[place] ?? '' };
}

/**
 * Takes apart a line of a log as our own programs write it, several times faster than JSON.parse and without making an object of it:
 * a JSON object without blanks whose fields are known, each there once at most, and are strings of ASCII without escapes,
 * integers of up to 15 digits, or null. Lists and objects in it are found, but not looked into. Of anything else it says nothing at
 * all, and it has to be left to JSON.parse.
 *
 * What a field has to be is not known here.
 */
import {
  BACKSLASH,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  MINUS,
  mix,
  naturalIn,
  NEWLINE,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
  standsAt,
  ZERO,
} from './bytes.js';

/** What a field is. */
export const MISSING = 0;
export const INTEGER = 1;
export const NOTHING = 2;
export const TEXT = 3;
/** A list or an object; whether it is well-formed is not known. */
export const NESTED = 4;

/** The line that was scanned last; by the places of the fields in the list of their names. */
export interface Fields {
  /** In which the line stands. */
  bytes: Buffer;
  readonly kind: Uint8Array;
  /** Of an `INTEGER`. Never -0. */
  readonly number: Float64Array;
  /** Where a `TEXT` without its quotes, or a `NESTED`, begins and ends in the bytes. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Of the same bytes: see `mix`. */
  readonly hash: Int32Array;
  /** The names as they stand in a line, with the quotes and the colon, so that none begins another. */
  readonly labels: readonly Uint8Array[];
  /** Which field came after this one the last time, and at the end which came first: a guess that is nearly always right. */
  readonly next: Uint8Array;
}

const NOWHERE = -1;
const NULL = ascii('null');
/** By byte: whether it is the end of a text, or nothing that a text may have in it here: controls, escapes, what is not ASCII. */
const ENDS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte >= 0x80 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);

export function createFields(names: readonly string[]): Fields {
  const { length } = names;
  return {
    bytes: Buffer.alloc(0),
    kind: new Uint8Array(length),
    number: new Float64Array(length),
    start: new Int32Array(length),
    end: new Int32Array(length),
    hash: new Int32Array(length),
    labels: names.map((name) => ascii(`"${name}":`)),
    next: new Uint8Array(length + 1),
  };
}

/** Where the line that begins at `from` ends: at its newline or at the end of the bytes. -1 if it is not of the form above. */
export function scanLine(fields: Fields, bytes: Buffer, from: number): number {
  const { kind, labels } = fields;
  fields.bytes = bytes;
  for (let place = 0; place < kind.length; place++) kind[place] = MISSING;
  if (bytes[from] !== OPENING_BRACE) return NOWHERE;
  let at = from;
  let place = labels.length;
  do {
    place = fieldAt(fields, bytes, at + 1, place);
    // Of a name that is there twice JSON.parse takes the last.
    if (place === NOWHERE || kind[place] !== MISSING) return NOWHERE;
    at = takeValue(fields, bytes, at + 1 + (labels[place] as Uint8Array).length, place);
    if (at === NOWHERE) return NOWHERE;
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSING_BRACE) return NOWHERE;
  at++;
  return at === bytes.length || bytes[at] === NEWLINE ? at : NOWHERE;
}

/** The place of the field that begins at `at`. */
function fieldAt({ labels, next }: Fields, bytes: Buffer, at: number, previous: number): number {
  const guess = next[previous] as number;
  if (standsAt(labels[guess] as Uint8Array, bytes, at)) return guess;
  for (let place = 0; place < labels.length; place++) {
    if (!standsAt(labels[place] as Uint8Array, bytes, at)) continue;
    next[previous] = place;
    return place;
  }
  return NOWHERE;
}

// Each of these takes what begins at `from` for the field, and answers with where it ends.

function takeValue(fields: Fields, bytes: Buffer, from: number, place: number): number {
  const byte = bytes[from];
  if (byte === QUOTE) return takeText(fields, bytes, from + 1, place);
  if (byte === OPENING_BRACE || byte === OPENING_BRACKET) return takeNested(fields, bytes, from, place);
  if (!standsAt(NULL, bytes, from)) return takeInteger(fields, bytes, from, place);
  fields.kind[place] = NOTHING;
  return from + NULL.length;
}

/** `from`: after the quote. */
function takeText(fields: Fields, bytes: Buffer, from: number, place: number): number {
  const { length } = bytes;
  let hash = 0;
  let at = from;
  for (; at < length; at++) {
    const byte = bytes[at] as number;
    if (ENDS_TEXT[byte] === 1) break;
    hash = mix(hash, byte);
  }
  if (bytes[at] !== QUOTE) return NOWHERE;
  fields.kind[place] = TEXT;
  fields.start[place] = from;
  fields.end[place] = at;
  fields.hash[place] = hash;
  return at + 1;
}

function takeInteger(fields: Fields, bytes: Buffer, from: number, place: number): number {
  const isNegative = bytes[from] === MINUS;
  const digits = isNegative ? from + 1 : from;
  let at = digits;
  while (at < bytes.length && isDigit(bytes[at] as number)) at++;
  const value = naturalIn(bytes, digits, at);
  // JSON has a -0, and it is not 0.
  if (value === -1 || (isNegative && value === 0)) return NOWHERE;
  fields.kind[place] = INTEGER;
  fields.number[place] = isNegative ? -value : value;
  return at;
}

/** Looks for the bracket that closes the first one; whether what is between is JSON, JSON.parse has to say. */
function takeNested(fields: Fields, bytes: Buffer, from: number, place: number): number {
  let depth = 0;
  let isInText = false;
  let hash = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) isInText = !isInText;
    else if (ENDS_TEXT[byte] === 1) return NOWHERE;
    hash = mix(hash, byte);
    if (isInText) continue;
    if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++;
    else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && --depth === 0) {
      fields.kind[place] = NESTED;
      fields.start[place] = from;
      fields.end[place] = at + 1;
      fields.hash[place] = hash;
      return at + 1;
    }
  }
  return NOWHERE;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte < ZERO + 10;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** What the scan of a log asks of bytes, and the bytes that JSON is made of. */

export const NEWLINE = 0x0a;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const BACKSLASH = 0x5c;
export const LETTER_A = 0x61;
export const OPENING_BRACKET = 0x5b;
export const CLOSING_BRACKET = 0x5d;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;

/** So many decimal digits are an exact number whatever they are. */
const EXACT_DIGITS = 15;

/** Whether `these` stand in the bytes from `from` on. */
export function standsAt(these: Uint8Array, bytes: Buffer, from: number): boolean {
  for (let nth = 0; nth < these.length; nth++) if (bytes[from + nth] !== these[nth]) return false;
  return true;
}

/** A number for some bytes, one byte after the other, from 0 on: equal bytes have equal ones. */
export function mix(hash: number, byte: number): number {
  return ((hash << 5) - hash + byte) | 0;
}

/** The number that the bytes from `from` to before `to` are as JSON writes it, if it is a natural one of up to 15 digits; else -1. */
export function naturalIn(bytes: Buffer, from: number, to: number): number {
  const digits = to - from;
  if (digits < 1 || digits > EXACT_DIGITS || (digits > 1 && bytes[from] === ZERO)) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}

/** The bytes from `from` to before `to`, all of which must be ASCII, as a string. */
export function asciiIn(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to);
}

/** Tokens and lease ids as they stand in the bytes of a log: whether they are well-formed, and their codes. */
import { isToken } from '../entry-shape.js';
import { codeOfToken, type TokenCoder } from '../numbering.js';
import { asciiIn, LETTER_A, naturalIn, ZERO } from './bytes.js';
import type { Fields } from './line-scanner.js';
import { Memo } from './memo.js';

/** Whether the text of the field is what `tokenSchema` wants. Its `number` is its code then, or -1 if it is long. */
export function readToken({ bytes, start, end, number }: Fields, place: number): boolean {
  const from = start[place] as number;
  const to = end[place] as number;
  // Up to 15 digits a token is its own code.
  const code = naturalIn(bytes, from, to);
  number[place] = code;
  return code !== -1 || isToken(asciiIn(bytes, from, to));
}

export function createTokenMemo(tokens: TokenCoder): Memo<number> {
  return new Memo((token) => codeOfToken(tokens, token));
}

/** The code of a field that `readToken` has taken. One that is large is numbered. */
export function codeOfField(fields: Fields, place: number, long: Memo<number>): number {
  const code = fields.number[place] as number;
  return code === -1 ? long.ofField(fields, place) : code;
}

const MOST_HEX_DIGITS = 16;

/** Whether the text of the field is a lease id: hex in lower case, up to 16 digits, without leading zeros. */
export function isLease({ bytes, start, end }: Fields, place: number): boolean {
  const from = start[place] as number;
  const to = end[place] as number;
  const digits = to - from;
  if (digits < 1 || digits > MOST_HEX_DIGITS || (digits > 1 && bytes[from] === ZERO)) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    const isHex = (byte >= ZERO && byte < ZERO + 10) || (byte >= LETTER_A && byte < LETTER_A + 6);
    if (!isHex) return false;
  }
  return true;
}

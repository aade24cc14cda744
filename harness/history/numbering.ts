/** Numbers for strings and tokens, in the order of their first appearance, while tables are being built. */
import { compareTokens } from './token.js';
import { FIRST_LARGE, largeTokenCode, smallTokenCode } from './token-codes.js';

export interface Numbering {
  list: string[];
  places: Map<string, number>;
}

export function createNumbering(): Numbering {
  return { list: [], places: new Map() };
}

/** The place of the string in the list; one that is new is put at its end. */
export function numberOf(numbering: Numbering, text: string): number {
  const known = numbering.places.get(text);
  if (known !== undefined) return known;
  const place = numbering.list.length;
  numbering.list.push(text);
  numbering.places.set(text, place);
  return place;
}

/** The places in `numbering` of the strings of another list. */
export function placesOf(numbering: Numbering, list: readonly string[]): Int32Array {
  return Int32Array.from(list, (text) => numberOf(numbering, text));
}

/** Codes of tokens while not all of them are known: a large one is coded by its number instead of its rank. */
export interface TokenCoder {
  large: Numbering;
  /** Codes of lease ids in hex. */
  leases: Map<string, number>;
}

export function createTokenCoder(): TokenCoder {
  return { large: createNumbering(), leases: new Map() };
}

/** `token`: as `tokenSchema` wants it. */
export function codeOfToken(coder: TokenCoder, token: string): number {
  return smallTokenCode(token) ?? largeTokenCode(numberOf(coder.large, token));
}

/** `lease`: hex without leading zeros, up to 2^64 - 1. */
export function codeOfLease(coder: TokenCoder, lease: string): number {
  const known = coder.leases.get(lease);
  if (known !== undefined) return known;
  const code = codeOfToken(coder, BigInt(`0x${lease}`).toString());
  coder.leases.set(lease, code);
  return code;
}

/** All large tokens, ascending, and the final code of each by its number. O(n log n) in the number of large tokens. */
export function rankTokens({ large: { list } }: TokenCoder): { large: string[]; codes: Float64Array } {
  const codes = new Float64Array(list.length);
  const large = [...list].sort(compareTokens);
  const rank = new Map(large.map((token, at) => [token, at]));
  for (const [number, token] of list.entries()) codes[number] = largeTokenCode(rank.get(token) ?? 0);
  return { large, codes };
}

/** Puts other codes for large tokens into the rows from `start` to before `end`. `codes`: by the number in the code. */
export function recode(column: Float64Array, codes: Float64Array, start: number, end: number): void {
  for (let row = start; row < end; row++) {
    const code = column[row] as number;
    if (code >= FIRST_LARGE) column[row] = codes[(code - FIRST_LARGE) / 2] as number;
  }
}

/** Puts other numbers into the rows from `start` to before `end`; `NONE` stays. `numbers`: by the number so far. */
export function renumber(
  column: Int32Array | Int16Array | Uint8Array,
  numbers: Int32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) {
    const number = column[row] as number;
    if (number >= 0) column[row] = numbers[number] as number;
  }
}

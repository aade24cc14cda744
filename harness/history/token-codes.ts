/**
 * Tokens, revisions and lease ids as doubles that order as the tokens do, so that columns can hold and compare them. Up to
 * 2^53 a token is its own code. A larger one (most lease ids) is 2^53 + 2 * its rank among the larger ones of the record: every
 * even integer from 2^53 to 2^54 is a double. Codes of two records have nothing to do with each other.
 */

/** Codes from here on stand for a place in the list of large tokens. */
export const FIRST_LARGE = 2 ** 53;

/** The code of a token that satisfies `tokenSchema`, if it needs no rank; undefined for one above 2^53 - 1. */
export function smallTokenCode(token: string): number | undefined {
  if (token.length > 16) return undefined;
  const code = Number(token);
  return code < FIRST_LARGE ? code : undefined;
}

/** The code of the large token of that rank. */
export function largeTokenCode(rank: number): number {
  return FIRST_LARGE + 2 * rank;
}

/** The decimal string that a code stands for. `large`: the record's large tokens, ascending. Not for `NONE`. */
export function tokenOf(code: number, large: readonly string[]): string {
  return code < FIRST_LARGE ? String(code) : (large[(code - FIRST_LARGE) / 2] ?? '');
}

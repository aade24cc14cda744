/**
 * Fencing tokens: what one looks like and which of two is larger. Tokens travel as decimal strings, because etcd's
 * revisions and lease ids are int64 and a JSON number keeps only 53 bits of them.
 */
import { z } from 'zod';

const MAX_TOKEN = 2n ** 63n - 1n;

/** A fencing token: a decimal string from 0 to 2^63-1, without sign or leading zeros. */
export const tokenSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,18})$/, 'a token is a decimal string from "0" to "9223372036854775807"')
  .refine((token) => token.length < 19 || BigInt(token) <= MAX_TOKEN, 'a token is at most 9223372036854775807');

/**
 * Negative, zero or positive as `a` is smaller than, equal to or larger than `b`. Both must satisfy `tokenSchema`: without
 * leading zeros the longer string is the larger number, and strings of one length order as their numbers do.
 */
export function compareTokens(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

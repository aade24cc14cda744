/** Fencing tokens of a file: their order is what counts, so they become their ranks. */
import { compareTokens } from '../history/token.js';
import { NIL } from '../../checkers/linearizability/operations.js';
import { showValue } from './values.js';

const DIGITS = /^(0|[1-9]\d{0,99})$/;

export interface Tokens {
  /** A number for the token, from 1 in the order in which they appear; `NIL` for none. */
  numberOf(token: unknown): number | { reason: string };
  /** By number: rank among all tokens of the file, from 1; and the tokens by rank. */
  ranked(): { ranks: Int32Array; names: string[] };
}

export function createTokens(): Tokens {
  const numbers = new Map<string, number>();
  return {
    numberOf(token) {
      // Hazelcast's invalid fence is 0, and others use -1.
      if (token === undefined || token === null || token === '') return NIL;
      if (typeof token !== 'string' && typeof token !== 'number' && typeof token !== 'bigint')
        return { reason: `a fencing token must be a whole number, and not ${showValue(token)}` };
      if (typeof token === 'number' && !Number.isSafeInteger(token))
        return { reason: `the fencing token ${token} is no whole number below 2^53; write it as a string` };
      const text = String(token);
      if (/^-\d+$/.test(text) || text === '0') return NIL;
      if (!DIGITS.test(text)) return { reason: `a fencing token must be a whole number, and not ${showValue(token)}` };
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size + 1);
      return numbers.size;
    },
    ranked() {
      const names = [...numbers.keys()].sort(compareTokens);
      const ranks = new Int32Array(numbers.size + 1);
      names.forEach((name, at) => (ranks[numbers.get(name) as number] = at + 1));
      return { ranks, names: ['', ...names] };
    },
  };
}

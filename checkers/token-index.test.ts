import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_LARGE } from '../harness/history/token-codes.js';
import { NONE } from '../harness/history/tables.js';
import { TokenIndex } from './token-index.js';

describe('TokenIndex', () => {
  it('keeps what a Map would keep, however it grows', () => {
    const token = fc.oneof(
      fc.nat(50),
      fc.nat(20).map((rank) => FIRST_LARGE + 2 * rank),
      fc.nat(5).map((n) => n * 2 ** 32),
    );
    const lane = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());
    const entries = fc.array(fc.tuple(lane, token, fc.nat(9)), { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(entries, fc.nat(3), (all, expected) => {
        const index = new TokenIndex(expected);
        const plain = new Map<string, number>();
        for (const [lane, token, value] of all) {
          expect(index.get(lane, token)).toBe(plain.get(`${lane} ${token}`) ?? NONE);
          index.set(lane, token, value);
          plain.set(`${lane} ${token}`, value);
        }
        for (const [lane, token] of all) expect(index.get(lane, token)).toBe(plain.get(`${lane} ${token}`));
        expect(index.get(99, 7)).toBe(plain.get('99 7') ?? NONE);
      }),
      { numRuns: 200 },
    );
  });

  it('takes tokens that are the same but for their upper half without long walks', () => {
    const index = new TokenIndex(0);
    const count = 100_000;
    for (let n = 0; n < count; n++) index.set(0, n * 2 ** 32, n);
    let sum = 0;
    for (let n = 0; n < count; n++) sum += index.get(0, n * 2 ** 32) === n ? 1 : 0;
    expect(sum).toBe(count);
  });

  it('takes a million consecutive revisions without long walks', () => {
    const index = new TokenIndex(0);
    for (let token = 0; token < 1_000_000; token++) index.set(token % 4, token, token);
    let sum = 0;
    for (let token = 0; token < 1_000_000; token++) sum += index.get(token % 4, token) === token ? 1 : 0;
    expect(sum).toBe(1_000_000);
  }, 30_000);
});

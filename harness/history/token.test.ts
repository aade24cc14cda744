import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTokens, tokenSchema } from './token.js';

const token = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);

describe('tokenSchema', () => {
  it.each(['0', '1', '9007199254740992', '9223372036854775807'])('takes %j', (text) => {
    expect(tokenSchema.safeParse(text).success).toBe(true);
  });

  it.each([
    '',
    '-1',
    '-0',
    '+1',
    '01',
    '1.5',
    '1e3',
    ' 1',
    '1\n',
    '0x1',
    '٣',
    '9223372036854775808',
    '9999999999999999999',
    '1'.repeat(20),
  ])('refuses %j', (text) => {
    expect(tokenSchema.safeParse(text).success).toBe(false);
  });

  it.each([0, 5, 1.5, 2 ** 53, null, undefined, true, ['1'], { token: '1' }])(
    'refuses %j, which is no string',
    (value) => {
      expect(tokenSchema.safeParse(value).success).toBe(false);
    },
  );
});

describe('compareTokens', () => {
  it('orders as the numbers do', () => {
    fc.assert(
      fc.property(token, token, (a, b) => {
        expect(Math.sign(compareTokens(a, b))).toBe(BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
      }),
    );
  });

  it('tells neighbours apart that are one number as doubles', () => {
    expect(compareTokens('9007199254740992', '9007199254740993')).toBeLessThan(0);
    expect(compareTokens('9223372036854775807', '9223372036854775806')).toBeGreaterThan(0);
  });
});

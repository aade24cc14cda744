import { describe, expect, it } from 'vitest';
import { isUnlimited } from './cpu.js';

describe('isUnlimited', () => {
  it('reads both versions of control groups', () => {
    expect(['-1', 'max 100000', 'max'].map(isUnlimited)).toEqual([true, true, true]);
    expect(['5000', '5000 100000', '0', '', 'unreadable'].map(isUnlimited)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

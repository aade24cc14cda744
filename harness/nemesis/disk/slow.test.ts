import { describe, expect, it } from 'vitest';
import { readDelayed } from './slow.js';

describe('readDelayed', () => {
  it.each([
    ['[pid    23] <... fdatasync resumed>)    = 0 (DELAYED) <0.500071>', 500.071],
    ['[pid    23] fdatasync(8)    = 0 (DELAYED) <1.000200>', 1000.2],
    ['fsync(8)    = 0 (DELAYED) <12.000000>', 12_000],
  ])('reads %j', (line, ms) => {
    expect(readDelayed(line)).toBeCloseTo(ms);
  });

  it.each([
    'strace: Process 8 attached with 11 threads',
    '[pid    23] fdatasync(20 <unfinished ...>',
    '[pid    23] fdatasync(8)    = 0 <0.000200>',
    'write(1, "fdatasync"..., 9) = 9 (DELAYED) <0.1',
    '',
  ])('finds no delayed sync in %j', (line) => {
    expect(readDelayed(line)).toBeUndefined();
  });
});

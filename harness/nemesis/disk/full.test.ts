import { describe, expect, it } from 'vitest';
import { judgeFill } from './full.js';

const SAID = "dd: error writing 'leasebreaker-ballast-probe': No space left on device";

describe('judgeFill', () => {
  it('takes a write that failed and nothing that is left', () => {
    expect(judgeFill(`tmpfs\n${SAID}\n0\n`)).toEqual({ full: true, said: SAID.slice(4) });
    expect(judgeFill(`tmpfs\n${SAID}\n       0\n`)).toMatchObject({ full: true });
  });

  it('takes nothing less', () => {
    expect(judgeFill('tmpfs\n0\n')).toEqual({ full: false, reason: 'a write still succeeded' });
    expect(judgeFill(`tmpfs\n${SAID}\n4096\n`)).toEqual({ full: false, reason: '4096 bytes are still free' });
    expect(judgeFill(`tmpfs\n${SAID}\n`)).toMatchObject({ full: false });
    expect(judgeFill('')).toMatchObject({ full: false });
  });

  it("says that a machine's own disk is not filled", () => {
    expect(judgeFill('ext2/ext3\n')).toEqual({
      full: false,
      reason: 'its data lies on ext2/ext3, not in memory',
    });
  });
});

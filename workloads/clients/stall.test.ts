import { describe, expect, it } from 'vitest';
import { stall } from './stall.js';

/** How long timers that were due every 5 ms were kept waiting at most. */
async function longestSilence(during: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const tick = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(tick, 5);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await during();
  tick();
  clearInterval(timer);
  return longest;
}

describe('stall', () => {
  it.each(['gc', 'busy'] as const)('keeps the event loop still for the time asked (%s)', async (how) => {
    let delayMs = 0;
    const silence = await longestSilence(async () => ({ delayMs } = await stall(how, 300)));
    expect(silence).toBeGreaterThan(300);
    expect(delayMs).toBeGreaterThan(300);
    expect(delayMs).toBeLessThan(3000);
  });

  it('spends the time of a gc stall in the garbage collector', async () => {
    const { delayMs, gcMs } = await stall('gc', 1000);
    expect(gcMs).toBeGreaterThan(delayMs / 3);
    expect((await stall('busy', 300)).gcMs).toBeLessThan(100);
  });
});

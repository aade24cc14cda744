import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../history/clock.js';
import { createPacer } from './pacer.js';

describe('pacer', () => {
  it('spaces turns by the time that four operations have at the rate', async () => {
    const pacer = createPacer(400);
    const begun = monotonicMs();
    await Promise.all(Array.from({ length: 21 }, () => pacer.turn(() => false)));
    // 20 gaps of 10 ms; timers may fire up to 1 ms early each, and any amount late.
    expect(monotonicMs() - begun).toBeGreaterThan(180);
  });

  it('lets everybody through at once without a limit', async () => {
    const pacer = createPacer(0);
    expect(await Promise.all(Array.from({ length: 100 }, () => pacer.turn(() => false)))).toEqual(
      Array.from({ length: 100 }, () => true),
    );
  });

  it('gives up when the run stops', async () => {
    const pacer = createPacer(0.001);
    await pacer.turn(() => false);
    let stopping = false;
    const turn = pacer.turn(() => stopping);
    stopping = true;
    expect(await turn).toBe(false);
  });
});

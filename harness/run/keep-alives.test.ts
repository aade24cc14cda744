import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../history/clock.js';
import { keepSessionAlive } from './keep-alives.js';

describe('keepSessionAlive', () => {
  let sentAt: number[];
  let limits: number[];
  let answer: { error: string; afterMs: number };

  beforeEach(() => {
    vi.useFakeTimers();
    sentAt = [];
    limits = [];
    answer = { error: '', afterMs: 10 };
  });
  afterEach(() => vi.useRealTimers());

  function start(intervalMs: number): { stop(): void } {
    const begun = monotonicMs();
    return keepSessionAlive(intervalMs, async (limitMs) => {
      sentAt.push(Math.round(monotonicMs() - begun));
      limits.push(limitMs);
      const { error, afterMs } = answer;
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      return { error };
    });
  }

  it('sends one each interval, counted from the sending of the one before', async () => {
    start(1000);
    await vi.advanceTimersByTimeAsync(3500);
    expect(sentAt).toEqual([1000, 2000, 3000]);
    expect(limits).toEqual([2000, 2000, 2000]);
  });

  it('has one under way at a time, and makes up for one that took long', async () => {
    answer.afterMs = 1500;
    start(1000);
    await vi.advanceTimersByTimeAsync(4500);
    expect(sentAt).toEqual([1000, expect.closeTo(2500, -1), expect.closeTo(4000, -1)]);
  });

  it.each(['timeout', 'unavailable', 'no-answer', 'connection-refused'])('goes on after %s', async (error) => {
    answer.error = error;
    start(1000);
    await vi.advanceTimersByTimeAsync(2500);
    expect(sentAt).toEqual([1000, 2000]);
  });

  it.each(['not-open', 'lease-not-found', 'client-exited', 'malformed-line'])('ends with %s', async (error) => {
    answer.error = error;
    start(1000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sentAt).toEqual([1000]);
  });

  it('sends nothing after it was stopped, be one under way or not', async () => {
    const idle = start(1000);
    idle.stop();
    await vi.advanceTimersByTimeAsync(1500);
    expect(sentAt).toEqual([]);
    answer.afterMs = 900;
    const busy = start(1000);
    await vi.advanceTimersByTimeAsync(1500);
    busy.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(sentAt).toEqual([1000]);
  });
});

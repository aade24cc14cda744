import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecovery, recoveryLimitMs } from './recovery.js';

describe('recovery', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  const start = (problems: () => string[]) => {
    const recovery = createRecovery({ lanes: 2, clusterProblems: () => Promise.resolve(problems()) });
    let stopped = false;
    const waited = recovery.await(10_000, () => stopped);
    return { recovery, waited, stop: () => (stopped = true) };
  };

  it('is there when every lane was locked after the heal and the cluster is healthy', async () => {
    const { recovery, waited } = start(() => []);
    recovery.acquired(1);
    await vi.advanceTimersByTimeAsync(500);
    recovery.acquired(0);
    await vi.advanceTimersByTimeAsync(100);
    const record = await waited;
    expect(record).toMatchObject({ withinMs: 10_000, lanesNotLocked: [], cluster: [] });
    expect(record?.tookMs).toBeGreaterThanOrEqual(500);
    expect(record?.tookMs).toBeLessThanOrEqual(600);
  });

  it('names the lanes and members that did not come back in time', async () => {
    const { recovery, waited } = start(() => ['etcd2: no answer']);
    recovery.acquired(0);
    await vi.advanceTimersByTimeAsync(11_000);
    const record = await waited;
    expect(record).toEqual({ withinMs: 10_000, lanesNotLocked: [1], cluster: ['etcd2: no answer'] });
  });

  it('waits for a cluster that is not healthy yet', async () => {
    let problems = ['no leader'];
    const { recovery, waited } = start(() => problems);
    recovery.acquired(0);
    recovery.acquired(1);
    await vi.advanceTimersByTimeAsync(3000);
    problems = [];
    await vi.advanceTimersByTimeAsync(100);
    expect((await waited)?.tookMs).toBeGreaterThanOrEqual(3000);
  });

  it('says nothing when it is stopped before', async () => {
    const { waited, stop } = start(() => []);
    await vi.advanceTimersByTimeAsync(500);
    stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(await waited).toBeUndefined();
  });
});

describe('recoveryLimitMs', () => {
  const plan = (thinkMs: number, rate: number) => ({
    settings: { ttlMs: 2000 } as Parameters<typeof recoveryLimitMs>[0]['settings'],
    processes: [0, 1].map((slot) => ({ slot, lane: 0, host: 0, sections: [{ idleMs: 0, thinkMs }] })),
    rate,
  });

  it('gives a long thought and a low rate their time', () => {
    expect(recoveryLimitMs(plan(0, 0))).toBe(40_000);
    expect(recoveryLimitMs(plan(120_000, 0))).toBe(160_000);
    expect(recoveryLimitMs(plan(0, 1))).toBe(48_000);
  });
});

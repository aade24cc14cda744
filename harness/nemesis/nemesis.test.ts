import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignalResult } from '../agent/protocol.js';
import type { FaultRecord } from '../history/operation.js';
import type { PlannedFault } from '../plan/plan.js';
import type { ClientTarget } from './fault.js';
import { createNemesis, type Nemesis } from './nemesis.js';

/** A client that only remembers what was done to it; real ones are paused in test/. */
class RememberedTarget implements ClientTarget {
  lane = 0;
  node = 'clients1';
  deeds: string[] = [];
  waiting = false;
  stopped = false;
  signalWorks = true;

  constructor(readonly process: number) {}
  isWaiting(): boolean {
    return this.waiting;
  }
  isRunning(): boolean {
    return !this.stopped;
  }
  hold(): void {
    this.stopped = true;
    this.deeds.push('hold');
  }
  letGo(): void {
    this.stopped = false;
    this.deeds.push('letGo');
  }
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<SignalResult> {
    this.deeds.push(signal);
    if (!this.signalWorks) return Promise.reject(new Error('no such process'));
    return Promise.resolve({
      pid: 100 + this.process,
      states: [{ tid: 1, state: signal === 'SIGSTOP' ? 'T' : 'S' }],
      reached: true,
      tookMs: 1,
    });
  }
}

const TTL = 1000;

function planned(changes: Partial<PlannedFault> = {}): PlannedFault {
  return { id: 'f0', kind: 'pause', lane: 0, trigger: 'acquired', atMs: 0, durationMs: 2500, pick: 0, ...changes };
}

describe('nemesis', () => {
  let targets: RememberedTarget[];
  let recorded: { f: string; value: FaultRecord }[];
  const start = (faults: PlannedFault[]): Nemesis => {
    const nemesis = createNemesis({
      faults,
      targets,
      ttlMs: TTL,
      record: (f, _lane, value) => recorded.push({ f, value }),
    });
    nemesis.start();
    return nemesis;
  };
  const hit = (): number[] =>
    targets.filter((target) => target.deeds.includes('SIGSTOP')).map((target) => target.process);
  const target = (n: number): RememberedTarget => targets[n] ?? expect.fail(`no target ${n}`);

  beforeEach(() => {
    vi.useFakeTimers();
    targets = [0, 1, 2, 3].map((process) => new RememberedTarget(process));
    recorded = [];
  });
  afterEach(() => vi.useRealTimers());

  it('pauses the client that acquired, records the receipt, and resumes it after the duration', async () => {
    const nemesis = start([planned()]);
    nemesis.trigger('before-write', target(0));
    expect(hit()).toEqual([]);
    nemesis.trigger('acquired', target(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(hit()).toEqual([1]);
    expect(recorded).toMatchObject([
      { f: 'inject', value: { target: 1, receipt: { proven: true, evidence: { states: 'T' } } } },
    ]);
    expect(nemesis.inForce).toBe(1);
    await vi.advanceTimersByTimeAsync(2499);
    expect(recorded).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(recorded[1]).toMatchObject({ f: 'heal', value: { receipt: { proven: true } } });
    expect(target(1).deeds).toEqual(['hold', 'SIGSTOP', 'letGo', 'SIGCONT']);
    expect(nemesis.inForce).toBe(0);
  });

  it('fires neither before its time nor within a TTL of the last one in the lane', async () => {
    const nemesis = start([planned({ atMs: 500 }), planned({ id: 'f1', atMs: 600 })]);
    nemesis.trigger('acquired', target(0));
    expect(hit()).toEqual([]);
    await vi.advanceTimersByTimeAsync(700);
    nemesis.trigger('acquired', target(0));
    nemesis.trigger('acquired', target(1));
    expect(hit()).toEqual([0]);
    await vi.advanceTimersByTimeAsync(TTL);
    nemesis.trigger('acquired', target(1));
    expect(hit()).toEqual([0, 1]);
  });

  it('leaves two clients of a lane unhurt', async () => {
    const faults = [0, 1, 2].map((n) => planned({ id: `f${n}`, durationMs: 60_000 }));
    const nemesis = start(faults);
    for (const each of targets) {
      await vi.advanceTimersByTimeAsync(TTL);
      nemesis.trigger('acquired', each);
    }
    expect(hit()).toEqual([0, 1]);
  });

  it('hits a queueing client for `waiting`, and the drawn one for `time`', async () => {
    start([planned({ trigger: 'waiting', pick: 1 }), planned({ id: 'f1', trigger: 'time', pick: 0, atMs: 3000 })]);
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual([]);
    target(2).waiting = true;
    target(3).waiting = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual([3]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(hit()).toEqual([0, 3]);
  });

  it('gives a `waiting` fault up where nobody queues, but only then', async () => {
    const nemesis = start([planned({ trigger: 'waiting' }), planned({ id: 'f1' })]);
    await vi.advanceTimersByTimeAsync(3 * TTL - 100);
    nemesis.trigger('acquired', target(0));
    expect(hit()).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    nemesis.trigger('acquired', target(0));
    expect(hit()).toEqual([0]);
  });

  it('hits a queueing client however late the `waiting` fault has its turn', async () => {
    start([planned({ trigger: 'time', atMs: 5 * TTL }), planned({ id: 'f1', trigger: 'waiting', pick: 1 })]);
    target(1).waiting = true;
    target(2).waiting = true;
    await vi.advanceTimersByTimeAsync(7 * TTL);
    expect(hit()).toEqual([0, 2]);
  });

  it('heals everything at the end, twice over if asked, and injects nothing after', async () => {
    const nemesis = start([planned({ durationMs: 60_000 }), planned({ id: 'f1' })]);
    nemesis.trigger('acquired', target(0));
    await nemesis.finalHeal();
    await nemesis.finalHeal();
    expect(recorded.map(({ f }) => f)).toEqual(['inject', 'heal']);
    await vi.advanceTimersByTimeAsync(5000);
    nemesis.trigger('acquired', target(1));
    expect(hit()).toEqual([0]);
    expect(targets.every((each) => each.isRunning())).toBe(true);
  });

  it('records a receipt that proves nothing when the signal fails', async () => {
    target(0).signalWorks = false;
    const nemesis = start([planned()]);
    nemesis.trigger('acquired', target(0));
    await nemesis.finalHeal();
    expect(recorded.map(({ value }) => value.receipt.proven)).toEqual([false, false]);
  });
});

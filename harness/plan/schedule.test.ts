import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strikesLanes } from './draw-fault.js';
import { parseFaults } from './fault-grammar.js';
import { FAULT_KINDS } from './fault-kinds.js';
import type { FaultSpec } from './fault-spec.js';
import type { PlannedFault } from './plan.js';
import { schedule } from './schedule.js';
import { fault, someKinds } from './testing/arbitrary-fault.js';

const TTL = 2000;
const base = { seed: 1, lanes: 3, ttlMs: TTL, timeMs: 60 * TTL, impossibleClocks: false };
const seeds = fc.nat({ max: 1_000_000 });

function faults(text: string, changes: Partial<typeof base> = {}): PlannedFault[] {
  const parsed = parseFaults(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return schedule(parsed.faults, { ...base, ...changes }).faults;
}

const end = ({ atMs, delayMs, durationMs }: PlannedFault): number => atMs + delayMs + durationMs;
const inCluster = ({ id }: PlannedFault): boolean => id.startsWith('cluster/');

describe('schedule', () => {
  it('gives the same faults, byte for byte, for the same seed, and others for another', () => {
    fc.assert(
      fc.property(seeds, someKinds, (seed, specs) => {
        const text = (input: number): string => JSON.stringify(schedule(specs, { ...base, seed: input }));
        expect(text(seed)).toBe(text(seed));
        expect(text(seed)).not.toBe(text(seed + 1));
      }),
      { numRuns: 50 },
    );
  });

  it('brings up every kind where there is time, in the order of the times, and ends with the traffic', () => {
    fc.assert(
      fc.property(seeds, someKinds, (seed, specs) => {
        const { faults: planned, missing } = schedule(specs, { ...base, seed });
        expect(missing).toEqual([]);
        expect(new Set(planned.map(({ kind }) => kind))).toEqual(new Set(specs.map(({ kind }) => kind)));
        expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
        for (const [n, one] of planned.entries()) {
          expect(end(one)).toBeLessThanOrEqual(base.timeMs);
          expect(one.atMs).toBeGreaterThanOrEqual(planned[n - 1]?.atMs ?? 0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a fault to its lane, and takes the pick that is given', () => {
    const laneOf = ({ lane }: PlannedFault): number | undefined => lane;
    for (const text of ['pause:lane=1', 'pause:every=5s:lane=1', 'pause:at=5s:lane=1', 'freeze:lane=1:at=5s@holder'])
      expect(new Set(faults(text).map(laneOf)), text).toEqual(new Set([1]));
    const behind = faults('stall:every=20s,pause:after=stall:lane=2:for=1s');
    expect(new Set(behind.filter(({ kind }) => kind === 'pause').map(laneOf))).toEqual(new Set([2]));
    expect(faults('pause:at=5s:lane=1:pick=17')).toMatchObject([{ atMs: 5000, lane: 1, pick: 17 }]);
  });

  it('names what it has no room for', () => {
    const specs: FaultSpec[] = FAULT_KINDS.map((kind) => ({ kind, options: {} }));
    const { faults: planned, missing } = schedule(specs, { ...base, timeMs: 10 * TTL });
    expect(missing.length).toBeGreaterThan(0);
    for (const { kind } of missing) expect(planned.map((one) => one.kind)).not.toContain(kind);
  });

  it('moves no fault of a lane, and none of the cluster, when a lane is added', () => {
    fc.assert(
      fc.property(seeds, someKinds, fc.integer({ min: 1, max: 6 }), (seed, specs, lanes) => {
        const before = schedule(specs, { ...base, seed, lanes: lanes + 1 }).faults;
        const after = schedule(specs, { ...base, seed, lanes: lanes + 2 }).faults;
        expect(after.filter((one) => !inCluster(one) && (one.lane ?? 0) <= lanes)).toEqual(
          before.filter((one) => !inCluster(one)),
        );
        // Which lane a fault of the cluster looks at is drawn from the lanes that there are.
        const withoutLane = (planned: PlannedFault[]): unknown[] =>
          planned.filter(inCluster).map(({ lane: _, ...rest }) => rest);
        expect(withoutLane(after)).toEqual(withoutLane(before));
      }),
      { numRuns: 60 },
    );
  });

  it('changes no fault of a lane that stays when a kind is added, and none of the cluster when it strikes lanes', () => {
    fc.assert(
      fc.property(seeds, someKinds, fc.constantFrom(...FAULT_KINDS), (seed, specs, kind) => {
        fc.pre(!specs.some((spec) => spec.kind === kind));
        const added: FaultSpec = { kind, options: {} };
        const before = schedule(specs, { ...base, seed }).faults;
        const after = schedule([...specs, added], { ...base, seed }).faults;
        // In a lane its turns were others' before; whatever kept its turn kept all that was drawn for it.
        const stayed = new Map(before.map((one) => [one.id, one]));
        for (const one of after.filter((each) => !inCluster(each) && each.kind !== kind))
          expect(one).toEqual(stayed.get(one.id));
        const others = (planned: PlannedFault[]): PlannedFault[] =>
          planned.filter((one) => inCluster(one) === strikesLanes(added));
        expect(others(after)).toEqual(others(before));
      }),
      { numRuns: 100 },
    );
  });
});

describe('faults on clients', () => {
  it('are on holders, in their sections, eight times of ten', () => {
    const planned = faults('pause', { lanes: 20 });
    const share = (target: string): number => planned.filter((one) => one.target === target).length / planned.length;
    expect(share('holder')).toBeGreaterThan(0.7);
    expect(share('waiter')).toBeGreaterThan(0.03);
    expect(share('random-client')).toBeGreaterThan(0.03);
    for (const { target, trigger, durationMs } of planned) {
      expect(
        { waiter: ['waiting'], 'random-client': ['time'], holder: ['acquired', 'before-write'] }[target],
      ).toContain(trigger);
      expect(durationMs).toBeGreaterThanOrEqual(2 * TTL);
      expect(durationMs).toBeLessThanOrEqual(3 * TTL);
    }
  });

  it('start 1.1 to 1.6 x TTL apart in a lane', () => {
    const times = faults('pause,stall')
      .filter(({ lane }) => lane === 1)
      .map(({ atMs }) => atMs);
    expect(times.length).toBeGreaterThan(20);
    for (const [n, atMs] of times.slice(1).entries()) {
      expect(atMs - (times[n] ?? 0)).toBeGreaterThanOrEqual(1.1 * TTL);
      expect(atMs - (times[n] ?? 0)).toBeLessThanOrEqual(1.6 * TTL);
    }
  });

  it('share the lane by weight', () => {
    const planned = faults('pause:weight=9,stall', { lanes: 20 });
    const pauses = planned.filter(({ kind }) => kind === 'pause').length / planned.length;
    expect(pauses).toBeGreaterThan(0.8);
    expect(pauses).toBeLessThan(0.98);
  });

  it('wait for the moment that a target or a trigger implies', () => {
    const of = (text: string): string[] =>
      [...new Set(faults(text).map(({ target, trigger }) => `${trigger} ${target}`))].sort();
    expect(of('pause@holder')).toEqual(['acquired holder', 'before-write holder']);
    expect(of('pause@next-in-queue')).toEqual(['waiting next-in-queue']);
    expect(of('pause@random-client')).toEqual(['time random-client']);
    expect(of('pause:on=waiting')).toEqual(['waiting waiter']);
    expect(of('pause:on=released')).toEqual(['released holder']);
    expect(of('pause:on=acquired@waiter')).toEqual(['acquired waiter']);
    expect(of('pause:at=5s@holder')).toEqual(['time holder']);
  });
});

describe('faults of the cluster', () => {
  it('come one after the other with 1.5 to 2.5 x TTL between, the first after one', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const planned = faults('partition,kill,cpu,freeze,pause@leader', { seed });
        expect(planned[0]?.atMs).toBe(TTL);
        expect(
          planned
            .slice(0, 5)
            .map(({ kind }) => kind)
            .sort(),
        ).toEqual(['cpu', 'freeze', 'kill', 'partition', 'pause']);
        for (const [n, one] of planned.entries()) {
          expect(one.alone).toBe(true);
          const next = planned[n + 1];
          if (next === undefined) continue;
          expect(next.atMs - end(one)).toBeGreaterThanOrEqual(1.5 * TTL);
          expect(next.atMs - end(one)).toBeLessThanOrEqual(2.5 * TTL);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('have a lane where a client says who or when, and none elsewhere', () => {
    const lanes = (text: string): boolean[] => faults(text).map(({ lane }) => lane !== undefined);
    expect(new Set(lanes('freeze,partition:isolate-holder,cpu@waiter,partition:on=acquired'))).toEqual(new Set([true]));
    expect(new Set(lanes('partition,kill,freeze@etcd1,pause@all-clients'))).toEqual(new Set([false]));
  });
});

describe('times of their own', () => {
  it('at: once, and in every lane if clients are struck', () => {
    expect(faults('kill:at=5s')).toMatchObject([{ atMs: 5000, target: 'follower', trigger: 'time', alone: false }]);
    expect(faults('pause:at=5s').map(({ lane, atMs }) => [lane, atMs])).toEqual([0, 1, 2].map((lane) => [lane, 5000]));
  });

  it('every: again and again, with jitter between its bounds', () => {
    const exact = faults('kill:every=10s:for=1s').map(({ atMs }) => atMs);
    expect(exact).toEqual(Array.from({ length: 11 }, (_, n) => 10_000 * (n + 1)));
    const times = faults('kill:every=10s:jitter=2s:at=1ttl').map(({ atMs }) => atMs);
    expect(times[0]).toBe(TTL);
    expect(new Set(times.slice(1).map((atMs, n) => atMs - (times[n] ?? 0))).size).toBeGreaterThan(3);
    for (const [n, atMs] of times.slice(1).entries())
      expect(Math.abs(atMs - (times[n] ?? 0) - 10_000)).toBeLessThanOrEqual(2000);
  });

  it('after: behind each fault of the kind, by its id', () => {
    const planned = faults('partition,pause:after=partition:wait=50ms,kill:after=pause');
    const ids = (kind: string): string[] => planned.filter((one) => one.kind === kind).map(({ id }) => id);
    const behind = (kind: string): (string | undefined)[] =>
      planned.filter((one) => one.kind === kind).map(({ after }) => after);
    expect(ids('partition').length).toBeGreaterThan(3);
    expect(behind('pause')).toEqual(ids('partition'));
    expect(behind('kill')).toEqual(ids('pause'));
    expect(planned.find(({ kind }) => kind === 'pause')).toMatchObject({ trigger: 'after', delayMs: 50 });
  });
});

describe('options', () => {
  it('are filled in, clocks by who is struck', () => {
    const options = (text: string): unknown => faults(text)[0]?.options;
    expect(options('partition:bridge')).toEqual({ shape: 'bridge', way: 'both', by: 'drop', flap: 0 });
    expect(options('clock')).toEqual({ drift: 0.25, impossible: false });
    expect(options('clock@leader')).toEqual({ drift: 4, impossible: false });
    expect(options('clock:step=-5000@leader')).toEqual({ step: -5000, impossible: false });
    expect(
      schedule([fault('clock', 'leader', { jump: -5 })], { ...base, impossibleClocks: true }).faults[0]?.options,
    ).toEqual({ jump: -5, impossible: true });
  });
});

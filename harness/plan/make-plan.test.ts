import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULTS, makePlan, parseFaults, type PlanOptions } from './make-plan.js';
import { parsePlan, type Plan } from './plan.js';

function options(changes: Partial<PlanOptions> = {}): PlanOptions {
  return { ...DEFAULTS, faults: ['pause'], seed: 1, expect: {}, ...changes };
}

function planOf(changes: Partial<PlanOptions> = {}): Plan {
  const made = makePlan(options(changes));
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

describe('makePlan', () => {
  it('makes the same plan, byte for byte, from the same options', () => {
    expect(JSON.stringify(planOf())).toBe(JSON.stringify(planOf()));
    expect(JSON.stringify(planOf())).not.toBe(JSON.stringify(planOf({ seed: 2 })));
  });

  it('makes plans that its own schema takes back', () => {
    const plan = planOf();
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual({ kind: 'plan', plan });
  });

  it('moves no fault of a lane when a client or a lane is added', () => {
    const laneZero = (plan: Plan): unknown => plan.faults.filter((fault) => fault.lane === 0);
    expect(laneZero(planOf({ clients: 5 }))).toEqual(laneZero(planOf()));
    expect(laneZero(planOf({ lanes: 9 }))).toEqual(laneZero(planOf()));
  });

  it('plans pauses of 2 to 3 x TTL that end within the traffic, in the order of their times', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.integer({ min: 2, max: 10 }), (seed, ttlSeconds) => {
        const plan = planOf({ seed, ttlSeconds, timeSeconds: 8 * ttlSeconds });
        expect(plan.faults.length).toBeGreaterThan(0);
        expect(plan.settings.plannedFaults).toBe(plan.faults.length);
        for (const [n, fault] of plan.faults.entries()) {
          expect(fault.durationMs).toBeGreaterThanOrEqual(2 * plan.settings.ttlMs);
          expect(fault.durationMs).toBeLessThanOrEqual(3 * plan.settings.ttlMs);
          expect(fault.atMs + fault.durationMs).toBeLessThanOrEqual(plan.settings.timeMs);
          expect(fault.atMs).toBeGreaterThanOrEqual(plan.faults[n - 1]?.atMs ?? 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('spreads the clients of a lane over all hosts', () => {
    const plan = planOf({ lanes: 2, clients: 4 });
    expect(plan.processes.filter((process) => process.lane === 1).map((process) => process.host)).toEqual([0, 1, 2, 0]);
  });

  it.each([
    [{ clients: 1 }, '--clients takes a whole number from 2 to 32 a lane, not 1'],
    [{ lanes: 0 }, '--lanes takes'],
    [{ ttlSeconds: 1.5 }, '--ttl takes'],
    [{ seed: -1 }, '--seed takes'],
    [{ rate: -5 }, '--rate takes'],
    [{ name: '../escape' }, 'a name is made of'],
    [{ clients: 2 }, 'give --clients 3 or more'],
    [{ timeSeconds: 3 }, 'leaves no room for a pause'],
  ])('refuses %o and says what it takes', (changes, message) => {
    const made = makePlan(options(changes));
    expect(made).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message) as string });
  });

  it('needs no room for pauses without faults', () => {
    expect(planOf({ faults: [], timeSeconds: 3 }).faults).toEqual([]);
  });
});

describe('parsePlan', () => {
  it('names the field that is wrong', () => {
    const parsed = parsePlan({ ...planOf(), rate: 'fast' });
    expect(parsed).toMatchObject({ kind: 'invalid', message: expect.stringContaining('rate') as string });
  });
});

describe('parseFaults', () => {
  it('reads none, one, and repeated kinds', () => {
    expect(parseFaults('none')).toEqual({ kind: 'faults', faults: [] });
    expect(parseFaults('pause, pause')).toEqual({ kind: 'faults', faults: ['pause'] });
  });
  it('names an unknown kind', () => {
    expect(parseFaults('pause,earthquake')).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('"earthquake"') as string,
    });
  });
});

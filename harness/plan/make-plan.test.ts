import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFaults } from './fault-grammar.js';
import { DEFAULTS, makePlan, type PlanOptions } from './make-plan.js';
import { parsePlan, type Plan } from './plan.js';
import { fault, someKinds } from './testing/arbitrary-fault.js';

function options(changes: Partial<PlanOptions> = {}): PlanOptions {
  return { ...DEFAULTS, seed: 1, expect: {}, ...changes };
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
    const plan = planOf({ faults: [fault('partition'), fault('clock'), fault('pause')] });
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual({ kind: 'plan', plan });
  });

  it('keeps what was asked for, its count and its kinds', () => {
    const plan = planOf({ faults: [fault('kill', undefined, { weight: 2 }), fault('pause', 'holder')] });
    expect(plan.asked).toEqual(['kill:weight=2', 'pause@holder']);
    expect(plan.settings.plannedFaults).toBe(plan.faults.length);
    expect(new Set(plan.settings.faultKinds)).toEqual(new Set(['kill', 'pause']));
  });

  it('makes the same plan from what it says was asked for', () => {
    fc.assert(
      fc.property(someKinds, fc.nat({ max: 1_000_000 }), (faults, seed) => {
        const plan = planOf({ faults, seed, timeSeconds: 200, lanes: 2 });
        const again = parseFaults(plan.asked.join(','));
        expect(again.kind === 'faults' && planOf({ faults: again.faults, seed, timeSeconds: 200, lanes: 2 })).toEqual(
          plan,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('moves no fault of a lane when a client or a lane is added', () => {
    const laneZero = (plan: Plan): unknown => plan.faults.filter((one) => one.lane === 0);
    expect(laneZero(planOf({ clients: 5 }))).toEqual(laneZero(planOf()));
    expect(laneZero(planOf({ lanes: 9 }))).toEqual(laneZero(planOf()));
  });

  it('plans pauses of 2 to 3 x TTL by default, enough of them for the default campaign', () => {
    const { faults } = planOf();
    expect(faults.length).toBeGreaterThan(95);
    for (const { kind, durationMs } of faults) {
      expect(kind).toBe('pause');
      expect(durationMs).toBeGreaterThanOrEqual(4000);
      expect(durationMs).toBeLessThanOrEqual(6000);
    }
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
    [{ name: 'Bad Name' }, '--name "Bad Name": a name is made of'],
    [{ faults: [fault('kill', undefined, { for: '0.1ms' })] }, 'kill:for=0.1ms: for= takes 1ms'],
    [{ clients: 2 }, 'give --clients 3 or more'],
    [{ timeSeconds: 3 }, 'leaves no room for pause'],
    [{ faults: [fault('kill', undefined, { at: '1min' })] }, 'leaves no room for kill:at=1min'],
    [{ faults: [fault('kill', undefined, { for: '1500min' })], timeSeconds: 60 }, 'no --time would do'],
  ])('refuses %o and says what it takes', (changes, message) => {
    const made = makePlan(options(changes));
    expect(made).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message) as string });
  });

  it('names the shortest time that would do', () => {
    fc.assert(
      fc.property(someKinds, fc.nat({ max: 1_000_000 }), (faults, seed) => {
        const asked = { faults, seed, lanes: 2, timeSeconds: 3 };
        const made = makePlan(options(asked));
        const seconds = made.kind === 'invalid' ? Number(/give --time (\d+)/.exec(made.message)?.[1]) : Number.NaN;
        expect(makePlan(options({ ...asked, timeSeconds: seconds })).kind).toBe('plan');
        expect(makePlan(options({ ...asked, timeSeconds: seconds - 1 })).kind).toBe('invalid');
      }),
      { numRuns: 50 },
    );
  });

  it('needs no room for faults without any', () => {
    expect(planOf({ faults: [], timeSeconds: 3 }).faults).toEqual([]);
  });
});

describe('what cannot go together', () => {
  it.each(['http', 'http-durable', 'postgres', 'redis'])('%s does not see the lock, so it has no guard', (storage) => {
    const made = makePlan(options({ storage, fencing: 'guard' }));
    expect(made).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/cannot do --fencing guard: .*monoton/),
    });
    expect(makePlan(options({ storage, fencing: 'strict' })).kind).toBe('plan');
  });

  it('etcd has one', () => {
    expect(makePlan(options({ storage: 'etcd', fencing: 'guard' })).kind).toBe('plan');
  });

  it('a version of etcd and an image of etcd', () => {
    const both = makePlan(options({ etcdVersion: '3.4', etcdImage: 'example/etcd:1' }));
    expect(both).toMatchObject({ kind: 'invalid', message: expect.stringContaining('give one of them') });
    expect(makePlan(options({ etcdVersion: '3.4' }))).toMatchObject({ plan: { etcd: { version: '3.4' } } });
  });
});

describe('parsePlan', () => {
  it('names the field that is wrong', () => {
    const parsed = parsePlan({ ...planOf(), rate: 'fast' });
    expect(parsed).toMatchObject({ kind: 'invalid', message: expect.stringContaining('rate') as string });
  });
});

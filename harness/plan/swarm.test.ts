import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFault } from './fault-grammar.js';
import { DEFAULTS, makePlan, type PlanOptions } from './make-plan.js';
import { drawSwarm } from './swarm.js';
import { refuseFault } from './refusal.js';
import { fault } from './testing/arbitrary-fault.js';

const options: PlanOptions = { ...DEFAULTS, lanes: 2, seed: 1, expect: {}, timeSeconds: 200 };
const seeds = fc.nat({ max: 1_000_000 });

describe('drawSwarm', () => {
  it('draws what can be planned, whatever the circumstances and the time', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom<PlanOptions['etcdNodes']>(1, 3, 5),
        fc.constantFrom('http', 'http-durable'),
        fc.integer({ min: 16, max: 300 }),
        (seed, etcdNodes, storage, timeSeconds) => {
          const with_ = { ...options, seed, etcdNodes, storage, timeSeconds };
          const faults = drawSwarm(with_, undefined);
          expect(faults.length).toBeGreaterThan(0);
          for (const one of faults)
            expect(refuseFault(one, { ...with_, ttlMs: with_.ttlSeconds * 1000 })).toBeUndefined();
          expect(drawSwarm(with_, undefined)).toEqual(faults);
          expect(makePlan({ ...with_, faults })).toMatchObject({ kind: 'plan' });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('draws other kinds, variants and weights from other seeds', () => {
    const drawn = Array.from({ length: 30 }, (_, seed) => drawSwarm({ ...options, seed }, undefined));
    const kinds = drawn.map((faults) => faults.map(({ kind }) => kind).join());
    expect(new Set(kinds).size).toBeGreaterThan(20);
    expect(new Set(drawn.flat().map(({ kind }) => kind)).size).toBe(12);
    expect(new Set(drawn.flat().map(({ weight }) => weight)).size).toBe(10);
    expect(new Set(drawn.flat().map((one) => renderFault({ ...one, weight: 1 }))).size).toBeGreaterThan(60);
  });

  it('draws from what was asked for as it was asked for, and nothing behind what is not there', () => {
    const asked = [
      fault('pause', 'holder'),
      fault('kill', 'leader', { for: '1s' }),
      fault('cpu', undefined, { after: 'kill' }),
      fault('stall', undefined, { every: '10s' }),
    ];
    fc.assert(
      fc.property(seeds, (seed) => {
        const drawn = drawSwarm({ ...options, seed }, asked);
        for (const { weight, ...rest } of drawn) {
          expect(asked).toContainEqual(rest);
          expect(weight === undefined).toBe((rest.after ?? rest.every) !== undefined);
        }
        expect(makePlan({ ...options, seed, faults: drawn }).kind).toBe('plan');
        const kinds = drawn.map(({ kind }) => kind);
        expect(kinds.includes('kill') || !kinds.includes('cpu')).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULTS, makePlan, type PlanOptions, thinkMsOf } from './make-plan.js';
import { type Plan, type PlannedFault } from './plan.js';
import { readPlanFile } from './plan-file.js';
import { fault, someKinds } from './testing/arbitrary-fault.js';
import { planOptionsOf, renderPlanFile } from './write-plan-file.js';

function planOf(changes: Partial<PlanOptions> = {}): Plan {
  const made = makePlan({ ...DEFAULTS, seed: 1, expect: {}, ...changes });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

/** What happens, without the names of the faults, and where nothing is left to choose without the pick. */
function happens({ id: _, after: __, alone: ___, pick, ...rest }: PlannedFault): object {
  return rest.target === 'random-client' || rest.target === 'follower' ? { ...rest, pick } : rest;
}

/** As the command line makes it of a plan file. */
function again(plan: Plan): Plan {
  const options = planOptionsOf(plan);
  const read = readPlanFile(renderPlanFile(options));
  if (read.kind === 'invalid') throw new Error(`${read.message} in line ${read.line}`);
  return planOf({ ...options, faults: read.file.faults ?? [], expect: plan.expect });
}

describe('renderPlanFile', () => {
  it('is a file of few lines', () => {
    const plan = planOf({
      faults: [fault('pause', 'holder', { at: '5s', for: '2.5ttl', on: 'acquired', lane: 0 })],
      lanes: 1,
    });
    expect(
      renderPlanFile({ ...planOptionsOf(plan), name: 'one' }, { expect: 'violation', comment: ['What it shows.', ''] }),
    ).toBe(`# What it shows.
#
name: one
seed: 1
fencing: "off"
lanes: 1
clients: 4
time: 40
rate: 400
expect: violation
faults:
  - pause:for=5s:at=5s:on=acquired:lane=0@holder
`);
  });

  it('says all that a plan is made of, so that the same is made of it again', () => {
    fc.assert(
      fc.property(
        someKinds,
        fc.nat({ max: 1_000_000 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0, 17, 2000),
        (faults, seed, lanes, thinkMs) => {
          const plan = planOf({ faults, seed, lanes, thinkMs, timeSeconds: 200, ttlSeconds: 3 });
          const made = again(plan);
          expect(made.faults.map(happens)).toEqual(plan.faults.map(happens));
          expect({ ...made, asked: [], faults: [] }).toEqual({ ...plan, asked: [], faults: [] });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps who stands behind whom', () => {
    const plan = planOf({
      faults: [
        fault('kill', 'leader', { at: '5s' }),
        fault('pause', 'holder', { after: 'kill', wait: '70ms', lane: 2 }),
      ],
    });
    expect(again(plan).faults.map(happens)).toEqual(plan.faults.map(happens));
  });

  it('needs no words for no faults, and says those of others in quotes where it must', () => {
    const plan = planOf({ faults: [], client: { command: 'node "x" # y', build: './here' } });
    const read = readPlanFile(renderPlanFile(planOptionsOf(plan)));
    expect(read).toMatchObject({ kind: 'file', file: { faults: [] } });
    expect(
      read.kind === 'file' && Object.fromEntries(read.file.settings.map(({ name, value }) => [name, value])),
    ).toMatchObject({
      client: 'node "x" # y',
      'client-build': './here',
      fencing: 'off',
      seed: 1,
    });
  });
});

describe('thinkMsOf', () => {
  it('finds what the plan was made with', () => {
    for (const thinkMs of [0, 20, 2000]) expect(thinkMsOf(planOf({ thinkMs, clients: 3 }))).toBe(thinkMs);
  });
});

/** A system in memory that shows a finding under a plan, or not: what shrinking is tried on without a cluster. */
import { fault } from '../../plan/testing/arbitrary-fault.js';
import { DEFAULTS, makePlan, type PlanOptions } from '../../plan/make-plan.js';
import type { Plan } from '../../plan/plan.js';
import { type Answer, createOracle, type Oracle, type OracleOptions } from '../oracle.js';
import { shrink, type Shrunk, type ShrinkOptions } from '../shrink.js';

/** A plan of 8 lanes with faults of three kinds, one of which stands behind another. */
export function planOf(changes: Partial<PlanOptions> = {}): Plan {
  const made = makePlan({
    ...DEFAULTS,
    seed: 7,
    expect: {},
    faults: [fault('pause'), fault('kill', 'leader', { every: '10s' }), fault('stall', 'holder', { after: 'kill' })],
    ...changes,
  });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

/** Shows the finding where all of this is there. */
export interface Needs {
  /** Kind and planned time name a fault through all phases but one: `waiting` moves it. */
  faults: readonly string[];
  durationMs: number;
  clients: number;
  rate: number;
  timeMs: number;
}

export const NOTHING: Needs = { faults: [], durationMs: 0, clients: 2, rate: 0, timeMs: 0 };

export function shows({ faults, durationMs, clients, rate, timeMs }: Needs, plan: Plan): boolean {
  const { settings } = plan;
  return (
    faults.every((id) => plan.faults.some((each) => each.id === id && each.durationMs >= durationMs)) &&
    settings.clients >= clients &&
    settings.timeMs >= timeMs &&
    (plan.rate === 0 || plan.rate >= rate)
  );
}

/** The oracle of a system, and everything that it was asked. */
export function oracleOf(
  answer: (plan: Plan, n: number) => Answer | { over: string },
  options: Partial<OracleOptions> = {},
): { oracle: Oracle; asked: { key: string; n: number; answer: Answer }[] } {
  const asked: { key: string; n: number; answer: Answer }[] = [];
  const oracle = createOracle({
    tryOnce: async (plan, key, n) => {
      const said = answer(plan, n);
      if (typeof said === 'string') asked.push({ key, n, answer: said });
      return said;
    },
    times: 3,
    parallel: 1,
    known: new Map(),
    isOver: () => undefined,
    ...options,
  });
  return { oracle, asked };
}

export function shrinkWith(plan: Plan, oracle: Oracle, changes: Partial<ShrinkOptions> = {}): Promise<Shrunk> {
  return shrink(plan, { oracle, hints: { blamed: [] }, asFile: () => undefined, onStep: () => undefined, ...changes });
}

/** The cells of a campaign: what the axes come to, and the plan of each run of each. Pure. */
import { createHash } from 'node:crypto';
import type { FaultSpec } from '../plan/fault-spec.js';
import { makePlan, type PlanOptions } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { MAX_SEED, stream } from '../plan/random.js';
import { drawSwarm } from '../plan/swarm.js';
import type { CampaignDefinition, Match } from './definition.js';

type Scalar = string | number | boolean;

/** Options by their names on the command line, as text. */
export type Settings = Readonly<Record<string, string>>;

export interface Cell {
  /** Unique in the campaign, and the same in every shard. */
  id: string;
  /** What tells it from the others. */
  axes: Settings;
  expect: Plan['expect'];
  /** Nothing is expected of it: whatever is found is the result, and no failure. */
  isMeasured: boolean;
  /** Runs, without repetitions; null: for as long as there is time. */
  planned: number | null;
  source:
    | {
        kind: 'drawn';
        /** With the seed and the faults of run 0. */
        options: PlanOptions;
        /** Each run draws its own faults; from `asked` where it is there. */
        swarm?: { asked?: FaultSpec[] };
      }
    /** The same plan each time. */
    | { kind: 'stored'; plan: Plan; replay: string };
}

/** Every combination of the axes' values; the last axis turns fastest. */
export function crossed(axes: Readonly<Record<string, readonly Scalar[]>>): Record<string, Scalar>[] {
  return Object.entries(axes).reduce<Record<string, Scalar>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

export function matches(when: Match, settings: Settings): boolean {
  return Object.entries(when).every(([name, values]) =>
    [values].flat().some((value) => String(value) === settings[name]),
  );
}

/** The first that fits; undefined: the cell is there to be measured. */
export function expectationOf({ expect }: CampaignDefinition, settings: Settings): Plan['expect'] | undefined {
  const found = expect.find(({ when }) => matches(when, settings));
  if (found === undefined) return undefined;
  const { when: _, ...wanted } = found;
  return wanted;
}

export function cellId(axes: Settings): string {
  const parts = Object.entries(axes).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? 'the only cell' : parts.join(' ');
}

/** Of run `n` of every cell; that of run 0 is the campaign's. */
export function seedOf(seed: number, n: number): number {
  return n === 0 ? seed : stream(seed, `campaign/run-${n}`).int(0, MAX_SEED);
}

/** Where none is given, shards of one campaign on several machines must still agree on one. */
export function seedOfDefinition(definition: CampaignDefinition): number {
  return createHash('sha256').update(JSON.stringify(definition)).digest().readUInt32LE(0);
}

/** What a run of a drawn cell is planned from. */
export function optionsOf(source: Extract<Cell['source'], { kind: 'drawn' }>, seed: number): PlanOptions {
  const options = { ...source.options, seed };
  return source.swarm === undefined ? options : { ...options, faults: drawSwarm(options, source.swarm.asked) };
}

/** The plan of run 0, for what all runs of a cell have in common. */
export function firstPlan(cell: Cell): ReturnType<typeof makePlan> {
  const { source } = cell;
  if (source.kind === 'stored') return { kind: 'plan', plan: source.plan };
  const known = firstPlans.get(cell) ?? makePlan(optionsOf(source, source.options.seed));
  firstPlans.set(cell, known);
  return known;
}

/** A plan takes milliseconds, and is asked for several times. */
const firstPlans = new WeakMap<Cell, ReturnType<typeof makePlan>>();

export function planHash(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12);
}

/** What is expected of a cell, in words; empty: nothing. */
export function expectText({ expect, isMeasured }: Pick<Cell, 'expect' | 'isMeasured'>): string {
  if (isMeasured) return '';
  const { data, exclusion, service, kinds } = expect;
  const parts = Object.entries({ data, exclusion, service }).flatMap(([what, wanted]) =>
    wanted === undefined ? [] : [`${what} ${wanted}`],
  );
  return [...parts, ...(kinds ?? [])].join(', ');
}

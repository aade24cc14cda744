/**
 * What has to hold of the judgement for every model, as tests: it never accuses a correct object, it says what trying every order
 * says, it finds what one change makes wrong, and its witnesses prove what they claim. For tests; not part of the program.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../../testing/runs.js';
import { judgeObjects } from '../judge-objects.js';
import {
  INDETERMINATE,
  type LinearizabilityResult,
  MISMATCHED,
  type Model,
  NEVER,
  type Operations,
  READ,
  type Witness,
} from '../operations.js';
import { bruteForce } from './brute-force.js';
import { CORRUPTIONS, corrupt } from './corrupt.js';
import { draftsOf, operationsOf } from './drafts.js';
import { histories } from './enumerate.js';
import { execute } from './executions.js';

/** Enough for a dozen operations, and soon at an end for more. */
const BUDGET = { configurations: 20_000, bytes: 64 * 1024 ** 2 };
const IS_NIGHTLY = PROPERTY_RUNS >= 100_000;

export interface LawOptions {
  /** All histories of up to so many operations are tried; one more in the nightly run. */
  exhaustive: number;
  /** The least share of the executions with unique values that are to be decided without the search. */
  fast: number;
}

export function laws(model: Model, { exhaustive, fast }: LawOptions): void {
  it(`${model}: all histories of up to ${exhaustive} operations are judged as by trying every order`, () => {
    const seen = { clean: 0, violated: 0 };
    for (let size = 1; size <= exhaustive + (IS_NIGHTLY ? 1 : 0); size++) {
      for (const history of histories(model, size)) seen[agreed(model, history) ? 'clean' : 'violated']++;
    }
    console.log(`${model}: all ${seen.clean + seen.violated} histories, ${seen.violated} of them violated`);
    expect(Math.min(seen.clean, seen.violated)).toBeGreaterThan((seen.clean + seen.violated) / 50);
  }, 120_000);

  it(`${model}: executions of a correct object are never called violated`, () => {
    let decidedFast = 0;
    let unique = 0;
    const property = (execution: Execution): boolean => {
      const history = run(model, execution);
      const result = judgeObjects(model, history, BUDGET);
      expect(result.outcome).not.toBe('violated');
      expect(Object.keys(result.doubts).every((doubt) => doubt.startsWith('the search'))).toBe(true);
      if (execution.values === 'unique' && history.length > 0) {
        unique++;
        if (Object.keys(result.fallbacks).length === 0) decidedFast++;
      }
      return history.outcome.includes(INDETERMINATE) && history.length > 10;
    };
    tried(`${model}: soundness`, executions(160), property, { notable: 0.2 });
    console.log(`${model}: ${decidedFast} of ${unique} executions with unique values were decided without a search`);
    if (unique > 500) expect(decidedFast / unique).toBeGreaterThan(fast);
  }, 600_000);

  it(`${model}: executions with one change are judged as by trying every order, and witnesses prove it`, () => {
    const changed = fc.tuple(executions(36), fc.constantFrom(...CORRUPTIONS), fc.tuple(dice, dice, dice, dice));
    const property = ([execution, how, numbers]: [Execution, (typeof CORRUPTIONS)[number], number[]]): boolean => {
      const history = corrupt(model, run(model, execution), how, numbers);
      // What a change makes of a compare-and-set may be none any more.
      if (Object.keys(judgeObjects(model, history).doubts).length > 0) return false;
      return !agreed(model, history);
    };
    tried(`${model}: one change`, changed, property, { notable: 0.05 });
  }, 600_000);
}

type Execution = { clients: number; objects: number; values: number | 'unique'; lossy: number; choices: number[] };

const dice = fc.noBias(fc.nat({ max: 2 ** 30 - 1 }));

function executions(steps: number): fc.Arbitrary<Execution> {
  return fc.record({
    clients: fc.integer({ min: 2, max: 5 }),
    objects: fc.integer({ min: 1, max: 2 }),
    values: fc.constantFrom<number | 'unique'>('unique', 'unique', 3),
    lossy: fc.constantFrom(0, 10, 30),
    choices: fc.array(dice, { minLength: 12, maxLength: steps, size: 'max' }),
  });
}

function run(model: Model, execution: Execution): Operations {
  return execute(model, execution);
}

/** Whether the history is linearizable, on which the judgement and the brute force have to agree. */
function agreed(model: Model, history: Operations): boolean {
  const result = judgeObjects(model, history);
  const isLinearizable = bruteForce(model, history);
  if (result.outcome !== (isLinearizable ? 'clean' : 'violated')) {
    expect.fail(`${result.outcome}: ${JSON.stringify({ result, history: draftsOf(model, history) })}`);
  }
  expectWitnesses(model, history, result);
  return isLinearizable;
}

function expectWitnesses(model: Model, history: Operations, result: LinearizabilityResult): void {
  const objects = result.witnesses.map(({ object }) => object);
  expect(new Set(objects).size).toBe(result.violated);
  for (const witness of result.witnesses) {
    if (witness.kind === 'contradiction' && !isProof(model, history, witness)) {
      expect.fail(`no proof: ${JSON.stringify({ witness, history: draftsOf(model, history) })}`);
    }
  }
}

/**
 * The operations of the witness cannot be true together even if nobody knows of all others whether they happened. Of mutexes with
 * owners the others are left out, as a release that nobody knows of could end any hold of its process.
 */
function isProof(
  model: Model,
  history: Operations,
  { operations }: Extract<Witness, { kind: 'contradiction' }>,
): boolean {
  const least = new Set(operations);
  if (
    operations.length === 0 ||
    operations.length > (model === 'kv' || model === 'cas-register' ? 6 : 4) ||
    least.size < operations.length
  )
    return false;
  // With so many that may have happened or not, trying every order takes too long.
  if (history.length > 10) return true;
  const isOwned = model.endsWith('-mutex');
  const drafts = draftsOf(model, history).flatMap((draft, row) => {
    if (least.has(row)) return [draft];
    return isOwned || draft.f === READ || draft.outcome === MISMATCHED
      ? []
      : [{ ...draft, ret: NEVER, outcome: INDETERMINATE }];
  });
  return !bruteForce(model, operationsOf(drafts, history.values));
}

/** Puts the checkers' results together into the judgement of a run. */
import type { RunTables } from '../harness/history/run-record.js';
import { type Checker, type CheckerResult, combine, type Judgement } from './verdict.js';

/** Never throws. */
export function judge(tables: RunTables, checkers: readonly Checker[]): Judgement {
  return judgementOf(
    checkers,
    checkers.map((checker) => runChecker(checker, tables)),
  );
}

/**
 * `data` and `exclusion` are never cleaner than the assumptions: where these are in doubt, a `clean` of any other checker is
 * `unknown`. A proven violation stands. `results`: one of each checker, in their order.
 */
export function judgementOf(checkers: readonly Checker[], results: CheckerResult[]): Judgement {
  const outcomeOf = (...parts: Checker['decides'][]): Judgement['data'] =>
    combine(
      parts.map((part) =>
        combine(results.filter((_, at) => checkers[at]?.decides === part).map(({ outcome }) => outcome)),
      ),
    );
  return {
    data: outcomeOf('assumptions', 'data'),
    exclusion: outcomeOf('assumptions', 'exclusion'),
    assumptions: outcomeOf('assumptions'),
    service: outcomeOf('service'),
    liveness: outcomeOf('liveness'),
    recovery: outcomeOf('recovery'),
    results,
  };
}

/** The checker's result, or that it failed; never throws. */
export function runChecker(checker: Checker, tables: RunTables): CheckerResult {
  try {
    return checker.check(tables);
  } catch (error) {
    return failureOf(checker, error instanceof Error ? error.message : String(error));
  }
}

/** What is known when a checker did not come to an end. */
export function failureOf({ name }: Checker, reason: string): CheckerResult {
  return {
    checker: name,
    outcome: 'unknown',
    violations: [],
    counts: {},
    doubts: [`the checker failed: ${reason}`],
    figures: {},
  };
}

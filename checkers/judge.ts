/** Puts the checkers' results together into the judgement of a run. */
import type { RunTables } from '../harness/history/run-record.js';
import { type Checker, type CheckerResult, combine, type Judgement } from './verdict.js';

/**
 * `data` and `exclusion` are never cleaner than the assumptions: where these are in doubt, a `clean` of any other checker is
 * `unknown`. A proven violation stands. Never throws.
 */
export function judge(tables: RunTables, checkers: readonly Checker[]): Judgement {
  const results = checkers.map((checker) => ({ decides: checker.decides, result: run(checker, tables) }));
  const outcomeOf = (...parts: Checker['decides'][]): Judgement['data'] =>
    combine(
      parts.map((part) =>
        combine(results.filter(({ decides }) => decides === part).map(({ result }) => result.outcome)),
      ),
    );
  return {
    data: outcomeOf('assumptions', 'data'),
    exclusion: outcomeOf('assumptions', 'exclusion'),
    assumptions: outcomeOf('assumptions'),
    service: outcomeOf('service'),
    liveness: outcomeOf('liveness'),
    recovery: outcomeOf('recovery'),
    results: results.map(({ result }) => result),
  };
}

function run({ name, check }: Checker, tables: RunTables): CheckerResult {
  try {
    return check(tables);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      checker: name,
      outcome: 'unknown',
      violations: [],
      counts: {},
      doubts: [`the checker failed: ${reason}`],
      figures: {},
    };
  }
}

/** What is looked for when a stored run or plan is carried out again: pure. */
import type { ViolationKind } from '../../checkers/verdict.js';
import type { Plan } from '../plan/plan.js';
import { KINDS } from '../report/kinds.js';
import { VIOLATION_KINDS, type VerdictJson } from '../report/verdict-schema.js';
import type { Answer } from '../shrink/oracle.js';
import { EXIT } from './exit-codes.js';

/** A kind of violation; or any to the data, any of mutual exclusion; or `unexpected`: not as the plan expected. */
export type Finding = ViolationKind | 'data' | 'exclusion' | 'unexpected';

export const FINDINGS: readonly Finding[] = ['data', 'exclusion', 'unexpected', ...VIOLATION_KINDS];

type Found = Pick<
  VerdictJson,
  'verdict' | 'exclusion' | 'service' | 'liveness' | 'recovery' | 'counts' | 'exitCode' | 'end' | 'expectation'
>;

/**
 * What a run found: the most telling kind of what was expected to be clean and was not; else the most telling of all; else, where
 * something was expected and not found, that. Undefined: all was clean, as it should be.
 */
export function findingOf(verdict: Found): Finding | undefined {
  const found = VIOLATION_KINDS.filter((kind) => verdict.counts[kind] > 0);
  const unexpected = found.filter((kind) => {
    const part = partOf(kind);
    return part === 'recovery' || (part !== 'liveness' && verdict.expectation[part] === 'clean');
  });
  return unexpected[0] ?? found[0] ?? (verdict.exitCode === EXIT.notAsExpected ? 'unexpected' : undefined);
}

/** What a plan that has not been carried out is to show: the harm that it expects, or else what it does not. */
export function findingOfPlan({ expect }: Pick<Plan, 'expect'>): Finding {
  const kind = VIOLATION_KINDS.find((each) => expect.kinds?.includes(each) === true);
  if (kind !== undefined) return kind;
  if (expect.data === 'violated') return 'data';
  if (expect.exclusion === 'violated' && expect.data === undefined) return 'exclusion';
  return Object.keys(expect).length === 0 ? 'data' : 'unexpected';
}

/** Whether a run shows it. What was proven stands, whatever else is not known. */
export function answerOf(finding: Finding, verdict: Found): Answer {
  switch (finding) {
    case 'data':
      return fromOutcome(verdict.verdict);
    case 'exclusion':
      return fromOutcome(verdict.exclusion);
    case 'unexpected':
      if (verdict.exitCode === EXIT.notAsExpected) return 'shown';
      return verdict.exitCode === EXIT.asExpected ? 'not-shown' : 'unknown';
    default: {
      if (verdict.counts[finding] > 0) return 'shown';
      const part = partOf(finding);
      const outcome = part === 'data' ? verdict.verdict : verdict[part];
      return outcome === 'unknown' || verdict.end.kind !== 'completed' ? 'unknown' : 'not-shown';
    }
  }
}

function fromOutcome(outcome: VerdictJson['verdict']): Answer {
  return outcome === 'unknown' ? 'unknown' : outcome === 'violated' ? 'shown' : 'not-shown';
}

/** As it stands in a sentence: `a stale write`. */
export function findingText(finding: Finding): string {
  switch (finding) {
    case 'data':
      return 'harm to the guarded data';
    case 'exclusion':
      return 'a break of mutual exclusion';
    case 'unexpected':
      return 'something other than the plan expects';
    default:
      return KINDS.find(({ kind }) => kind === finding)?.singular ?? finding;
  }
}

/** Whether a violation of this kind is what is looked for; of what was not expected any may be it. */
export function isOf(finding: Finding, kind: ViolationKind): boolean {
  return finding === 'unexpected' || finding === kind || finding === partOf(kind);
}

/** Whether what is looked for is harm to the guarded data. */
export function isHarm(finding: Finding): boolean {
  return finding === 'data' || VIOLATION_KINDS.some((kind) => kind === finding && partOf(kind) === 'data');
}

function partOf(kind: ViolationKind): (typeof KINDS)[number]['part'] {
  return KINDS.find((each) => each.kind === kind)?.part ?? 'data';
}

/** Holds a judgement against what the plan expected: pure. */
import type { Judgement, Outcome } from '../../checkers/verdict.js';
import type { RunEnd } from '../history/run-record.js';
import type { Plan } from '../plan/plan.js';
import { EXIT, worst, type ExitCode } from './exit-codes.js';

export interface Answer {
  code: ExitCode;
  /** One line each: what was not met, or why nobody knows. Empty when all is as expected. */
  reasons: string[];
}

export function holdAgainst(expect: Plan['expect'], judgement: Judgement, end: RunEnd): Answer {
  if (end.kind === 'interrupted') return { code: EXIT.interrupted, reasons: ['interrupted: judged on what there is'] };
  if (end.kind === 'defect') return { code: EXIT.defect, reasons: [end.message] };
  if (end.kind === 'environment')
    return { code: EXIT.environment, reasons: [[end.message, ...end.mend].join('; mend: ')] };
  const parts = [
    compare('the guarded data', expect.data, judgement.data),
    compare('mutual exclusion', expect.exclusion, judgement.exclusion),
    compare('the word of etcd and the lock', expect.service, judgement.service),
    // Whatever faults were meant to do, the system is to be itself again after the last of them.
    compare('recovery after the faults', 'clean', judgement.recovery),
    ...(expect.kinds ?? []).map((kind) => mustOccur(kind, judgement)),
  ];
  return { code: worst(parts.map((part) => part.code)), reasons: parts.flatMap((part) => part.reasons) };
}

function compare(what: string, expected: 'clean' | 'violated' | undefined, found: Outcome): Answer {
  if (expected === undefined || expected === found) return { code: EXIT.asExpected, reasons: [] };
  if (found === 'unknown')
    return { code: EXIT.unknown, reasons: [`${what}: expected ${expected}, but there is not enough evidence`] };
  return { code: EXIT.notAsExpected, reasons: [`${what}: expected ${expected}, found ${found}`] };
}

function mustOccur(kind: string, judgement: Judgement): Answer {
  const count = judgement.results.reduce((sum, { counts }) => sum + ((counts as Record<string, number>)[kind] ?? 0), 0);
  if (count === 0 && judgement.data === 'unknown')
    return { code: EXIT.unknown, reasons: [`${kind}: expected, but there is not enough evidence`] };
  if (count > 0) return { code: EXIT.asExpected, reasons: [] };
  return { code: EXIT.notAsExpected, reasons: [`expected at least one ${kind}, found none`] };
}

/** Holds a judgement against what the plan expected: pure. */
import type { Judgement, Outcome } from '../../checkers/verdict.js';
import type { RunEnd } from '../history/run-record.js';
import type { Plan } from '../plan/plan.js';
import type { Colour } from '../report/colour-names.js';
import { EXIT, worst, type ExitCode } from './exit-codes.js';

export interface Answer {
  code: ExitCode;
  /** One line each: what was not met, or why nobody knows. Empty when all is as expected. */
  reasons: string[];
  /** The same as a campaign counts it: whether a violation is too much or missing. */
  colour: Colour;
}

/** What of an expectation was not met, if anything. */
type Part = Omit<Answer, 'colour'> & { isMissing?: boolean };

/**
 * How the run ended stands above what was found, but hides no violation: what is proven stays so, whatever became of the run
 * afterwards. It makes the run red, and is told.
 */
export function holdAgainst(expect: Plan['expect'], judgement: Judgement, end: RunEnd): Answer {
  const found = [
    compare('the guarded data', expect.data, judgement.data),
    compare('mutual exclusion', expect.exclusion, judgement.exclusion),
    compare('the word of etcd and the lock', expect.service, judgement.service),
  ];
  const cut = cutShort(end);
  if (cut !== undefined) {
    const proven = found.filter(isTooMuch);
    const reasons = [...cut.reasons, ...proven.flatMap((part) => part.reasons)];
    return { ...cut, reasons, colour: proven.length > 0 ? 'red' : cut.colour };
  }
  const parts = [
    ...found,
    // Whatever faults were meant to do, the system is to be itself again after the last of them.
    compare('recovery after the faults', 'clean', judgement.recovery),
    ...(expect.kinds ?? []).map((kind) => mustOccur(kind, judgement)),
  ];
  return {
    code: worst(parts.map((part) => part.code)),
    reasons: parts.flatMap((part) => part.reasons),
    colour: colourOf(parts),
  };
}

/** Undefined for a run that came to its end. */
function cutShort(end: RunEnd): Answer | undefined {
  switch (end.kind) {
    case 'completed':
      return undefined;
    case 'interrupted':
      return { code: EXIT.interrupted, reasons: ['interrupted: judged on what there is'], colour: 'yellow' };
    case 'defect':
      return { code: EXIT.defect, reasons: [end.message], colour: 'harness' };
    case 'environment':
      return { code: EXIT.environment, reasons: [[end.message, ...end.mend].join('; mend: ')], colour: 'environment' };
  }
}

/** What is too much stands above what is missing, and that above what nobody knows. */
function colourOf(parts: readonly Part[]): Colour {
  if (parts.some(isTooMuch)) return 'red';
  if (parts.some(({ code }) => code === EXIT.notAsExpected)) return 'blind';
  return parts.some(({ code }) => code === EXIT.unknown) ? 'yellow' : 'green';
}

function isTooMuch({ code, isMissing }: Part): boolean {
  return code === EXIT.notAsExpected && isMissing !== true;
}

function compare(what: string, expected: 'clean' | 'violated' | undefined, found: Outcome): Part {
  if (expected === undefined || expected === found) return { code: EXIT.asExpected, reasons: [] };
  if (found === 'unknown')
    return { code: EXIT.unknown, reasons: [`${what}: expected ${expected}, but there is not enough evidence`] };
  return {
    code: EXIT.notAsExpected,
    reasons: [`${what}: expected ${expected}, found ${found}`],
    isMissing: expected === 'violated',
  };
}

function mustOccur(kind: string, judgement: Judgement): Part {
  const count = judgement.results.reduce((sum, { counts }) => sum + ((counts as Record<string, number>)[kind] ?? 0), 0);
  if (count === 0 && judgement.data === 'unknown')
    return { code: EXIT.unknown, reasons: [`${kind}: expected, but there is not enough evidence`] };
  if (count > 0) return { code: EXIT.asExpected, reasons: [] };
  return { code: EXIT.notAsExpected, reasons: [`expected at least one ${kind}, found none`], isMissing: true };
}

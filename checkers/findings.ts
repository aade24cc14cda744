/** Collects what one checker finds: violations counted in full and kept up to a cap, doubts, figures. */
import type { CheckerResult, Violation, ViolationKind } from './verdict.js';

/** Violations kept with their witness, per kind and lane. Thousands more prove nothing that these do not. */
export const MAX_WITNESSES = 100;

export interface Findings {
  /** `witness` is called only for violations that are kept. */
  violation(kind: ViolationKind, lane: number, witness: () => Omit<Violation, 'kind' | 'lane'>): void;
  /** Counts violations that nobody builds a witness for. */
  count(kind: ViolationKind, times: number): void;
  doubt(doubt: string): void;
  result(figures: Record<string, number>): CheckerResult;
}

export function createFindings(checker: string): Findings {
  const violations: Violation[] = [];
  const counts: CheckerResult['counts'] = {};
  const doubts: string[] = [];
  const kept = new Map<string, number>();
  const count = (kind: ViolationKind, times: number): void => {
    if (times > 0) counts[kind] = (counts[kind] ?? 0) + times;
  };
  return {
    violation(kind, lane, witness) {
      count(kind, 1);
      const group = `${kind}/${lane}`;
      const before = kept.get(group) ?? 0;
      if (before >= MAX_WITNESSES) return;
      kept.set(group, before + 1);
      violations.push({ kind, lane, ...witness() });
    },
    count,
    doubt: (doubt) => void doubts.push(doubt),
    result(figures) {
      const outcome = Object.keys(counts).length > 0 ? 'violated' : doubts.length > 0 ? 'unknown' : 'clean';
      return { checker, outcome, violations, counts, doubts, figures };
    },
  };
}

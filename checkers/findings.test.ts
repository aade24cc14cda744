/** What a checker's findings come to: the cap on witnesses, the true count, the outcome. */
import { describe, expect, it } from 'vitest';
import { createFindings, MAX_WITNESSES } from './findings.js';
import type { Violation } from './verdict.js';

const WITNESS: Omit<Violation, 'kind' | 'lane'> = { decisions: [], from: 0, to: 1, numbers: {} };

describe('findings', () => {
  it('keep so many witnesses of each kind and lane, ask for no more, and count all', () => {
    const findings = createFindings('c');
    const asked = { 'stale-write': 0, 'late-write': 0 };
    const find = (kind: keyof typeof asked, lane: number, times: number): void => {
      for (let n = 0; n < times; n++) {
        findings.violation(kind, lane, () => {
          asked[kind]++;
          return WITNESS;
        });
      }
    };
    find('stale-write', 0, MAX_WITNESSES + 7);
    find('stale-write', 1, MAX_WITNESSES);
    find('late-write', 0, 3);
    const { violations, counts } = findings.result({});
    expect(counts).toEqual({ 'stale-write': 2 * MAX_WITNESSES + 7, 'late-write': 3 });
    expect(asked).toEqual({ 'stale-write': 2 * MAX_WITNESSES, 'late-write': 3 });
    const kept = (lane: number) => violations.filter((v) => v.kind === 'stale-write' && v.lane === lane).length;
    expect([kept(0), kept(1), violations.length]).toEqual([MAX_WITNESSES, MAX_WITNESSES, 2 * MAX_WITNESSES + 3]);
  });

  it('are a violation also where nobody built a witness, and none where nothing was counted', () => {
    const findings = createFindings('c');
    findings.count('wrong-count', 0);
    expect(findings.result({ n: 1 })).toEqual({
      checker: 'c',
      outcome: 'clean',
      violations: [],
      counts: {},
      doubts: [],
      figures: { n: 1 },
    });
    findings.doubt('who knows');
    expect(findings.result({})).toMatchObject({ outcome: 'unknown', doubts: ['who knows'] });
    findings.count('wrong-count', 2);
    findings.count('wrong-count', 3);
    expect(findings.result({})).toMatchObject({ outcome: 'violated', counts: { 'wrong-count': 5 }, violations: [] });
  });
});

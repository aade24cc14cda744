import { describe, expect, it } from 'vitest';
import { VIOLATION_KINDS, type VerdictJson } from '../report/verdict-schema.js';
import { answerOf, FINDINGS, findingOf, findingOfPlan, findingText, isHarm } from './finding.js';

type Found = Parameters<typeof findingOf>[0];

function verdict(counts: Partial<VerdictJson['counts']>, changes: Partial<Found> = {}): Found {
  const none = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, 0])) as VerdictJson['counts'];
  return {
    verdict: 'clean',
    exclusion: 'clean',
    service: 'clean',
    liveness: 'clean',
    recovery: 'clean',
    counts: { ...none, ...counts },
    exitCode: 0,
    end: { kind: 'completed' },
    expectation: { met: true, unmet: [] },
    ...changes,
  };
}

describe('what a run found', () => {
  it('is the most telling kind', () => {
    expect(findingOf(verdict({ 'lost-update': 4, 'overlapping-sections': 9 }))).toBe('lost-update');
    expect(findingOf(verdict({ 'overlapping-sections': 9 }))).toBe('overlapping-sections');
  });

  it('is what was expected to be clean before what was expected', () => {
    const counts = { 'stale-write': 4, 'premature-expiry': 1 };
    const expectation: Found['expectation'] = { data: 'violated', service: 'clean', met: false, unmet: [] };
    expect(findingOf(verdict(counts, { expectation, exitCode: 1 }))).toBe('premature-expiry');
    expect(findingOf(verdict({ ...counts, 'not-recovered': 1 }))).toBe('not-recovered');
  });

  it('is that something is missing, or nothing', () => {
    expect(findingOf(verdict({}, { exitCode: 1 }))).toBe('unexpected');
    expect(findingOf(verdict({}))).toBeUndefined();
  });
});

describe('what a plan is to show', () => {
  it.each([
    [{ data: 'violated', kinds: ['lost-update', 'stale-write'] }, 'stale-write'],
    [{ data: 'violated', service: 'clean' }, 'data'],
    [{ exclusion: 'violated' }, 'exclusion'],
    [{ data: 'clean', exclusion: 'violated' }, 'unexpected'],
    [{}, 'data'],
  ] as const)('%o: %s', (expect_, finding) => {
    expect(findingOfPlan({ expect: expect_ as never })).toBe(finding);
  });
});

describe('whether a run shows it', () => {
  it('goes by the number of a kind, and by what is known of its part', () => {
    expect(answerOf('stale-write', verdict({ 'stale-write': 1 }, { verdict: 'violated' }))).toBe('shown');
    expect(answerOf('stale-write', verdict({}, { verdict: 'violated' }))).toBe('not-shown');
    expect(answerOf('stale-write', verdict({}, { verdict: 'unknown' }))).toBe('unknown');
    expect(answerOf('late-write', verdict({}, { exclusion: 'unknown' }))).toBe('unknown');
    expect(answerOf('late-write', verdict({}, { verdict: 'unknown' }))).toBe('not-shown');
    const broken: Partial<Found> = { end: { kind: 'environment', message: '', mend: [] } };
    expect(answerOf('stale-write', verdict({}, broken))).toBe('unknown');
    expect(answerOf('stale-write', verdict({ 'stale-write': 1 }, broken))).toBe('shown');
  });

  it('goes by a whole part, or by what was expected', () => {
    for (const [outcome, answer] of [
      ['violated', 'shown'],
      ['clean', 'not-shown'],
      ['unknown', 'unknown'],
    ] as const) {
      expect(answerOf('data', verdict({}, { verdict: outcome }))).toBe(answer);
      expect(answerOf('exclusion', verdict({}, { exclusion: outcome }))).toBe(answer);
    }
    for (const [exitCode, answer] of [
      [1, 'shown'],
      [0, 'not-shown'],
      [2, 'unknown'],
      [3, 'unknown'],
    ] as const)
      expect(answerOf('unexpected', verdict({}, { exitCode }))).toBe(answer);
  });

  it('has a word for everything that can be looked for', () => {
    for (const finding of FINDINGS) expect(findingText(finding)).toMatch(/^[a-z]/);
    expect(FINDINGS.filter(isHarm)).toContain('lost-update');
    expect(FINDINGS.filter(isHarm)).not.toContain('late-write');
  });
});

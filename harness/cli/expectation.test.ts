import { describe, expect, it } from 'vitest';
import type { Judgement, Outcome } from '../../checkers/verdict.js';
import type { RunEnd } from '../history/run-record.js';
import type { Plan } from '../plan/plan.js';
import { expectation } from './run-command.js';
import { holdAgainst } from './expectation.js';

function judgement(
  data: Outcome,
  exclusion: Outcome,
  counts: Record<string, number> = {},
  recovery: Outcome = 'clean',
  service: Outcome = 'clean',
): Judgement {
  return {
    data,
    exclusion,
    assumptions: 'clean',
    service,
    // Reported, and expected of nobody.
    liveness: 'violated',
    recovery,
    results: [{ checker: 'c', outcome: data, violations: [], counts, doubts: [], figures: {} }],
  };
}

const completed = { kind: 'completed' } as const;

describe('holdAgainst', () => {
  it.each<[Plan['expect'], Judgement, number]>([
    [{ data: 'violated' }, judgement('violated', 'violated'), 0],
    [{ data: 'violated' }, judgement('clean', 'violated'), 1],
    [{ data: 'violated' }, judgement('unknown', 'clean'), 2],
    [{ data: 'clean' }, judgement('clean', 'violated'), 0],
    [{ data: 'clean' }, judgement('violated', 'violated'), 1],
    [{ data: 'clean', exclusion: 'clean' }, judgement('clean', 'violated'), 1],
    [{ data: 'clean', exclusion: 'clean' }, judgement('unknown', 'violated'), 1],
    [{ kinds: ['stale-write', 'lost-update'] }, judgement('violated', 'clean', { 'stale-write': 1 }), 1],
    [{ kinds: ['stale-write'] }, judgement('unknown', 'unknown'), 2],
    [{ kinds: ['stale-write'] }, judgement('violated', 'clean', { 'stale-write': 1 }), 0],
    [{}, judgement('violated', 'violated'), 0],
    [{}, judgement('clean', 'clean', {}, 'violated'), 1],
    [{ data: 'violated' }, judgement('violated', 'violated', {}, 'unknown'), 2],
    [{ data: 'violated', service: 'clean' }, judgement('violated', 'violated', {}, 'clean', 'violated'), 1],
    [{ data: 'violated', service: 'clean' }, judgement('violated', 'violated', {}, 'clean', 'unknown'), 2],
    [{ data: 'clean', service: 'clean' }, judgement('clean', 'violated', {}, 'clean', 'clean'), 0],
    [{ service: 'violated' }, judgement('clean', 'clean', {}, 'clean', 'violated'), 0],
    [{}, judgement('clean', 'clean', {}, 'clean', 'violated'), 0],
  ])('%j', (expected, given, code) => {
    const answer = holdAgainst(expected, given, completed);
    expect(answer.code).toBe(code);
    expect(answer.reasons.length > 0).toBe(code !== 0);
  });

  it('puts how the run ended above what it found', () => {
    const given = judgement('violated', 'violated');
    expect(holdAgainst({ data: 'violated' }, given, { kind: 'interrupted' }).code).toBe(130);
    expect(holdAgainst({ data: 'violated' }, given, { kind: 'environment', message: 'gone', mend: [] }).code).toBe(3);
    expect(holdAgainst({ data: 'violated' }, given, { kind: 'defect', message: 'broke' }).code).toBe(70);
  });

  it.each<RunEnd>([
    { kind: 'interrupted' },
    { kind: 'environment', message: 'gone', mend: [] },
    { kind: 'defect', message: 'broke' },
  ])('is red for a violation that was not expected, however the run ended: %j', (end) => {
    const answer = holdAgainst({ data: 'clean' }, judgement('violated', 'violated'), end);
    expect(answer.colour).toBe('red');
    expect(answer.reasons).toHaveLength(2);
    expect(answer.reasons[1]).toBe('the guarded data: expected clean, found violated');
    // What is missing may only not have come yet.
    for (const expected of ['clean', 'violated'] as const) {
      const other = holdAgainst({ data: expected }, judgement('clean', 'clean', {}, 'violated'), end);
      expect(other.colour).toBe(
        { interrupted: 'yellow', environment: 'environment', defect: 'harness' }[end.kind as 'defect'],
      );
      expect(other.reasons).toHaveLength(1);
    }
  });
});

describe('expectation of run', () => {
  it('asks for exclusion only where nothing disturbs it', () => {
    const [quiet, paused] = [
      { faults: [], workload: 'counter' },
      { faults: ['pause'], workload: 'counter' },
    ];
    expect(expectation('clean', quiet)).toEqual({ data: 'clean', exclusion: 'clean' });
    expect(expectation('clean', paused)).toEqual({ data: 'clean' });
    expect(expectation('violation', paused)).toEqual({ data: 'violated' });
  });

  it('asks about the sections alone where no data is touched', () => {
    const paused = { faults: ['pause'], workload: 'critical-section' };
    expect(expectation('clean', paused)).toEqual({ exclusion: 'clean' });
    expect(expectation('violation', paused)).toEqual({ exclusion: 'violated' });
  });
});

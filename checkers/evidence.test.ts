/** What is gathered of a record once, for all checkers. */
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf, tokenOfHold } from './evidence.js';
import { done, history, record } from './testing/builders.js';

const LARGE = '9223372036854775807';

describe('evidence', () => {
  it('is gathered once for each record', () => {
    const [one, other] = [tablesOf(record(history())), tablesOf(record(history()))];
    expect(evidenceOf(one)).toBe(evidenceOf(one));
    expect(evidenceOf(one)).not.toBe(evidenceOf(other));
  });

  it('knows the tokens of holds as they were told, and that a hold was told none', () => {
    const tokens = ['5', LARGE, undefined, '0'];
    const entries = history(tokens.map((token) => done(0, 'acquire', token === undefined ? {} : { token })).flat());
    const evidence = evidenceOf(tablesOf(record(entries)));
    expect(tokens.map((_, hold) => tokenOfHold(evidence, hold))).toEqual(tokens);
  });
});

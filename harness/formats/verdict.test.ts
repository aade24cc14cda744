import { describe, expect, it } from 'vitest';
import type { LinearizabilityResult, Witness } from '../../checkers/linearizability/operations.js';
import { historyOf } from './testing/views.js';
import { type JudgedFile, verdictJson, verdictText } from './verdict.js';

const appends = Array.from({ length: 30 }, (_, n) => [
  { process: 0, type: 'invoke', f: 'append', value: n },
  { process: 0, type: 'ok', f: 'append', value: n },
]).flat();
const text = [
  ...appends,
  { process: 1, type: 'invoke', f: 'append', value: 99 },
  { process: 0, type: 'invoke', f: 'read' },
  { process: 0, type: 'ok', f: 'read', value: Array.from({ length: 29 }, (_, n) => n) },
]
  .map((entry) => JSON.stringify(entry))
  .join('\n');

const EMPTY: LinearizabilityResult = {
  outcome: 'clean',
  decidedBy: {},
  fallbacks: {},
  doubts: {},
  witnesses: [],
  violated: 0,
};

const judged = (result: Partial<LinearizabilityResult>): JudgedFile => ({
  file: 'list.jsonl',
  format: 'jsonl',
  torn: true,
  history: historyOf(text, 'jsonl', 'append'),
  result: { ...EMPTY, ...result },
  readMs: 12.3,
  judgeMs: 4.5,
});

describe('the text of a verdict', () => {
  it('shows the end of a long order, of a long list, and what cannot follow', () => {
    const order = Array.from({ length: 30 }, (_, n) => n);
    const stuck = { kind: 'stuck', object: 0, order, stuck: 31, why: 'an append is missing' } as const;
    const lines = verdictText(
      verdictJson(judged({ outcome: 'violated', decidedBy: { search: 1 }, violated: 1, witnesses: [stuck] })),
    ).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'list.jsonl: NOT linearizable',
      '',
      '  32 operations on 1 object of the model append, 1 of them indeterminate',
      '  decided by: search (1 object)',
      '  a torn last line was left out',
      '  read in 12 ms, judged in 5 ms',
    ]);
    expect(lines[7]).toBe('  the longest order of operations that fits (after 18 more):');
    expect(lines[8]).toBe('    lines 37, 38  process 0  append 18');
    expect(lines.slice(-2)).toEqual([
      '  and this one cannot follow: an append is missing',
      '    lines 62, 63  process 0  read [9 more ... 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28]',
    ]);
  });

  it('says what cannot even come first', () => {
    const stuck: Witness = { kind: 'stuck', object: 0, order: [], stuck: 30, why: 'nothing fits' };
    const shown = verdictText(verdictJson(judged({ outcome: 'violated', violated: 1, witnesses: [stuck] })));
    expect(shown).toContain(
      '  this operation cannot even come first: nothing fits\n    line 61  process 1  append 99  unknown',
    );
  });

  it('says why there is no answer', () => {
    const doubts = { 'the search came to the end of its budget': 1 };
    const fallbacks = { 'an element was appended twice': 1 };
    const shown = verdictText(verdictJson(judged({ outcome: 'unknown', fallbacks, doubts })));
    expect(shown).toContain('list.jsonl: unknown\n');
    expect(shown).toContain('not by a faster algorithm, because: an element was appended twice (1 object)');
    expect(shown).toContain('not decided, because: the search came to the end of its budget (1 object)');
  });
});

import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { pairsHtml, pairsOf, rateText } from './pairs.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';
import type { VerdictJson } from './verdict-schema.js';

function run(fencing: 'off' | 'on', over: Partial<VerdictJson> = {}): VerdictJson {
  const writer = lateWriter(fencing);
  const verdict = toVerdictJson({
    record: tablesOf(writer.record),
    judgement: judgementOf(writer),
    meta: metaOf(fencing),
  });
  return { ...verdict, ...over };
}

describe('runs by recipe and fencing scheme', () => {
  const checkers = [
    {
      checker: 'stale-writes',
      outcome: 'violated' as const,
      counts: {},
      figures: { acceptedDecisions: 1000, holds: 20 },
    },
  ];
  const pairs = pairsOf([
    run('on', { verdict: 'unknown' }),
    run('off', { checkers }),
    run('off', { checkers, verdict: 'clean' }),
    run('off', { checkers, verdict: 'unknown' }),
  ]);

  it('are counted with their rates, in the order of the schemes', () => {
    expect(pairs).toMatchObject([
      { recipe: 'mutex', fencing: 'off', runs: 3, unknown: 1, lost: 36, overlaps: 99, refused: 0, holds: 60 },
      { recipe: 'mutex', fencing: 'on', runs: 1, unknown: 1, harmed: null, refused: 1 },
    ]);
    expect(rateText(pairs[0]?.harmed ?? null)).toBe('1 of 2 (9.5–91 %)');
    expect(rateText(pairs[0]?.stale ?? null)).toBe('111 of 3,000 (3.1–4.4 %)');
  });

  it('say nothing about a rate of nothing', () => {
    expect(pairsHtml(pairs).markup).toMatch(
      /on<\/td><td class="number">1<\/td><td class="number">1<\/td><td class="number">–<\/td>/,
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Cell } from './cells.js';
import type { CampaignPlan } from './journal.js';
import { mergeParts, type Part } from './merge.js';

const cells = ['a', 'b', 'c'].map(
  (id): Cell => ({
    id,
    axes: {},
    expect: {},
    isMeasured: true,
    planned: 1,
    source: { kind: 'stored', plan: { settings: { timeMs: 1000 } }, replay: '' } as unknown as Cell['source'],
  }),
);

function part(index: number, change: Partial<CampaignPlan> = {}): Part {
  const plan = { version: 1, seed: 1, shard: { index, of: 2 }, cells, leasebreaker: '1', definition: {}, wanted: [] };
  return { folder: `f${index}`, plan: { ...plan, ...change } as unknown as CampaignPlan, lines: [] };
}

describe('mergeParts', () => {
  it('makes a whole of all parts, in any order', () => {
    expect(mergeParts([part(2), part(1)])).toMatchObject({ kind: 'merged', missing: [], plan: { shard: null } });
  });

  it('says which part is missing', () => {
    expect(mergeParts([part(1)])).toMatchObject({ missing: ['shard 2/2 is missing, with 1 cell'] });
  });

  it('takes a whole campaign alone', () => {
    expect(mergeParts([part(1, { shard: null })])).toMatchObject({ kind: 'merged', missing: [] });
  });

  it.each<[string, Part[], string]>([
    ['nothing', [], 'no campaign'],
    ['the same part twice', [part(1), part(1)].map((each, at) => ({ ...each, folder: `g${at}` })), 'the same shard'],
    ['another seed', [part(1), part(2, { seed: 2 })], 'the seed'],
    ['another version', [part(1), part(2, { leasebreaker: '2' })], 'the version of leasebreaker'],
    ['other cells', [part(1), part(2, { cells: cells.slice(1) })], 'the cells'],
    ['another number of parts', [part(1), part(2, { shard: { index: 2, of: 3 } })], 'the number of shards'],
    ['whole campaigns', [part(1, { shard: null }), part(2, { shard: null })], 'a whole campaign'],
  ])('refuses %s', (_, parts, message) => {
    const merged = mergeParts(parts);
    expect(merged.kind).toBe('refused');
    expect(merged.kind === 'refused' && merged.message).toContain(message);
  });
});

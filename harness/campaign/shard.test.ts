import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inShard, parseShard } from './shard.js';

const shards = <T>(cells: readonly T[], of: number, weightOf: (cell: T) => number): T[][] =>
  Array.from({ length: of }, (_, at) => inShard(cells, { index: at + 1, of }, weightOf));

describe('inShard', () => {
  it('takes every cell once, in order, and leaves no shard empty that need not be', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 })), fc.integer({ min: 1, max: 12 }), (weights, of) => {
        const cells = weights.map((weight, id) => ({ id, weight }));
        const parts = shards(cells, of, ({ weight }) => weight);
        expect(parts.flat()).toEqual(cells);
        expect(parts.filter((part) => part.length > 0)).toHaveLength(Math.min(of, cells.length));
      }),
    );
  });

  it('gives cells of equal weight out evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 12 }), (n, of) => {
        const sizes = shards(
          Array.from({ length: n }, (_, id) => id),
          of,
          () => 1,
        ).map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('takes all without shards', () => {
    expect(inShard([1, 2], null, () => 1)).toEqual([1, 2]);
  });
});

describe('parseShard', () => {
  it.each([
    ['1/2', { index: 1, of: 2 }],
    ['2/2', { index: 2, of: 2 }],
    ['0/2', undefined],
    ['3/2', undefined],
    ['1', undefined],
    ['a/b', undefined],
  ])('%s', (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });
});

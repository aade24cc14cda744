import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONE } from '../harness/history/tables.js';
import { gather, sortByKey } from './group.js';

describe('sortByKey', () => {
  it('sorts as the built-in sort does, equal keys in the order in which they stood', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 9 }), { maxLength: 300, size: 'max' }), (keys) => {
        const items = keys.map((_, item) => item).filter((item) => item % 5 !== 4);
        const expected = [...items].sort((a, b) => (keys[a] as number) - (keys[b] as number));
        expect([...sortByKey(Int32Array.from(items), Float64Array.from(keys))]).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('sorts a part of a longer array in place', () => {
    const items = Int32Array.of(9, 2, 1, 0, 9);
    expect([...sortByKey(items.subarray(1, 4), Float64Array.of(5, 6, 7))]).toEqual([0, 1, 2]);
    expect([...items]).toEqual([9, 0, 1, 2, 9]);
  });
});

describe('gather', () => {
  it('lists the items of each group in order and leaves out those of none', () => {
    const [first, items] = gather(Int32Array.of(2, NONE, 0, 2, 0), 4);
    const groups = [0, 1, 2, 3].map((group) => [...items.subarray(first[group], first[group + 1])]);
    expect(groups).toEqual([[2, 4], [], [0, 3], []]);
    expect(items).toHaveLength(4);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOpenOperations, opened, withoutFirst } from './open-operations.js';

describe('operations that are under way', () => {
  it('come out by the order of their returns, however they go in and out', () => {
    const actions = fc.array(fc.option(fc.nat()), { maxLength: 80 });
    fc.assert(
      fc.property(actions, (all) => {
        // Ties are broken by their place, as positions are never tied.
        const ret = Int32Array.from(all, (time, row) => ((time ?? 0) % 1000) * 100 + row);
        const open = createOpenOperations(ret);
        let heap = -1;
        const model: number[] = [];
        all.forEach((time, row) => {
          if (time !== null) {
            heap = opened(open, heap, row);
            model.push(row);
          } else if (model.length > 0) {
            heap = withoutFirst(open, heap);
            model.shift();
          }
          model.sort((x, y) => (ret[x] as number) - (ret[y] as number));
          expect(heap).toBe(model[0] ?? -1);
        });
      }),
    );
  });

  it('a hundred thousand that return in the wrong order take no deep stack', () => {
    const count = 100_000;
    const ret = Int32Array.from({ length: count }, (_, row) => count - row);
    const open = createOpenOperations(ret);
    let heap = -1;
    for (let row = 0; row < count; row++) heap = opened(open, heap, row);
    for (let row = count - 1; row >= 0; row--) {
      if (heap !== row) expect(heap).toBe(row);
      heap = withoutFirst(open, heap);
    }
    expect(heap).toBe(-1);
  });
});

/** Lists and sets for the search: which operations say nothing, which states are told apart, and what is hopeless. */
import { describe, expect, it } from 'vitest';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';
import { type Classified, SAYS_NOTHING, UNOBSERVED } from './automaton.js';
import { collections } from './collections.js';

function classified(drawing: string, isSet: boolean): Classified {
  const operations = golden(drawing);
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  return collections(operations, rows, isSet) as Classified;
}

/** By rows: the state after these updates, and whether the read of a row is hopeless then. */
function walk({ automaton, classOf }: Classified) {
  const after = (...rows: number[]) => rows.reduce((state, row) => automaton.step(state, classOf[row] as number), 0);
  const isHopeless = (state: number, row: number) => automaton.hopeless?.(state, classOf[row] as number);
  return { after, isHopeless };
}

const UPDATES = [
  ['append', false],
  ['add', true],
] as const;

describe('what is told apart', () => {
  it.each(UPDATES)(
    '%s: leaves out reads without answer, and updates without answer that no answered read shows',
    (add, isSet) => {
      const drawing = `
      0 ${add} 1    |--?
      1 ${add} 2     |--?
      2 ${add} 3      |--|
      3 read [2 3]     |--?
      4 read [1]        |--|
      5 read ?           |--|
    `;
      const isLeftOut = Array.from(classified(drawing, isSet).classOf, (c) => c === SAYS_NOTHING);
      expect(isLeftOut).toEqual([false, true, false, true, false, true]);
    },
  );

  it.each(UPDATES)('%s: has a class for what is done and for nothing else', (add, isSet) => {
    const updates = [1, 2, 3, 4].map((n) => `${n} ${add} ${n} |--|`).join('\n');
    const { automaton, classOf } = classified(`${updates}\n5 read [1]   |--|\n5 read [2]      |--|`, isSet);
    expect(new Set(classOf).size).toBe(6);
    expect(automaton.classes).toBe(6);
  });

  it.each(UPDATES)('%s: tells nothing apart that no read shows', (add, isSet) => {
    const updates = [1, 2, 3].map((n) => `${n} ${add} ${n} |--|`).join('\n');
    const { after } = walk(classified(`${updates}\n4 read [1 2]   |--|\n5 read [3 1]        |--|`, isSet));
    expect(after(1, 2)).toBe(UNOBSERVED);
    expect(after(1, 2, 0)).toBe(UNOBSERVED);
    expect(after(0, 1)).not.toBe(UNOBSERVED);
    expect(after(2, 0)).not.toBe(UNOBSERVED);
  });
});

describe('what is hopeless', () => {
  const drawing = (add: string) => `
    0 ${add} 1    |--|
    1 ${add} 2    |--|
    2 ${add} 3    |--|
    3 read [1]        |--|
    4 read [1 2]      |--|
    5 read [2 3]      |--|
  `;

  it('is a read of a list that what is there is no beginning of', () => {
    const { after, isHopeless } = walk(classified(drawing('append'), false));
    expect([3, 4, 5].map((row) => isHopeless(after(), row))).toEqual([false, false, false]);
    expect([3, 4, 5].map((row) => isHopeless(after(0), row))).toEqual([false, false, true]);
    expect([3, 4, 5].map((row) => isHopeless(after(0, 1), row))).toEqual([true, false, true]);
    expect([3, 4, 5].map((row) => isHopeless(after(1), row))).toEqual([true, true, false]);
  });

  it('is a read of a set that lacks something that is there', () => {
    const { after, isHopeless } = walk(classified(drawing('add'), true));
    expect([3, 4, 5].map((row) => isHopeless(after(), row))).toEqual([false, false, false]);
    expect([3, 4, 5].map((row) => isHopeless(after(0), row))).toEqual([false, false, true]);
    expect([3, 4, 5].map((row) => isHopeless(after(0, 1), row))).toEqual([true, false, true]);
    expect([3, 4, 5].map((row) => isHopeless(after(1), row))).toEqual([true, false, false]);
  });

  it.each(UPDATES)('is every read after what no read shows, and no update: %s', (add, isSet) => {
    const { after, isHopeless } = walk(classified(drawing(add), isSet));
    expect(after(0, 2)).toBe(UNOBSERVED);
    expect([3, 4, 5].map((row) => isHopeless(UNOBSERVED, row))).toEqual([true, true, true]);
    expect([0, 1, 2].map((row) => isHopeless(UNOBSERVED, row))).toEqual([false, false, false]);
  });

  it('keeps the search from all orders of appends of which one was read', () => {
    const letters = [...'abcdefghijkl'];
    const appends = letters.map((letter, n) => `${n} append ${letter} |----|`).reverse();
    const { outcome, visited } = search(
      'append',
      golden(`${appends.join('\n')}\n20 read [${letters.join(' ')}]      |--|`),
    );
    expect(outcome).toBe('clean');
    expect(visited).toBeLessThan(100);
  });
});

/** Which strings of a `kv` the search tells apart, and until when. */
import { describe, expect, it } from 'vitest';
import { type Model, NIL, type Operations } from '../operations.js';
import { golden } from '../testing/golden.js';
import { type Automaton, BLIND, IMPOSSIBLE, QUERY, SAYS_NOTHING, TOTAL, UNOBSERVED } from './automaton.js';
import { strings } from './strings.js';

const MODEL: Model = 'kv';

function classified(operations: Operations): { automaton: Automaton; classOf: Int32Array } {
  const found = strings(
    operations,
    Int32Array.from({ length: operations.length }, (_, row) => row),
  );
  if (found === undefined) throw new Error(`no ${MODEL}`);
  return found;
}

/** The state after the operations of these rows, one after the other, looked at from a position. */
function stateAfter(operations: Operations, rows: readonly number[], position = 0): number {
  const { automaton, classOf } = classified(operations);
  let state = automaton.initial;
  for (const row of rows) state = automaton.step(state, classOf[row] as number);
  return automaton.observed?.(state, position) ?? state;
}

describe('what an operation does', () => {
  const operations = golden(`
    0 write x    |--|
    1 append y        |--|
    2 read xy              |--|
    3 read nil                  |--|
    4 write nil                      |--|
    5 append nil                          |--|
    6 append y                                |--|
  `);

  it('is the same for operations of one kind and one text', () => {
    const { automaton, classOf } = classified(operations);
    expect(Array.from(classOf)).toEqual([0, 1, 2, 3, 4, 5, 1]);
    expect(Array.from(automaton.kind)).toEqual([BLIND, TOTAL, QUERY, QUERY, BLIND, TOTAL]);
    expect(automaton.classes).toBe(6);
  });

  it('is to set the string, to lengthen it, or to find it', () => {
    const { automaton, classOf } = classified(operations);
    const [write, append, read, readNil, clear, appendNil] = Array.from(classOf) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const { initial, step } = automaton;
    const x = step(initial, write);
    const xy = step(x, append);
    expect(new Set([initial, x, xy, UNOBSERVED]).size).toBe(4);
    expect(step(xy, write)).toBe(x);
    expect([step(xy, read), step(x, read), step(initial, read)]).toEqual([xy, IMPOSSIBLE, IMPOSSIBLE]);
    expect([step(initial, readNil), step(x, readNil)]).toEqual([initial, IMPOSSIBLE]);
    expect([step(xy, clear), step(UNOBSERVED, clear)]).toEqual([initial, initial]);
    expect(step(x, appendNil)).toBe(x);
    // Nothing that was read begins with a y.
    expect(step(initial, append)).toBe(UNOBSERVED);
    expect(step(xy, append)).toBe(UNOBSERVED);
    expect(step(UNOBSERVED, append)).toBe(UNOBSERVED);
  });
});

describe('a string is told from others', () => {
  it('as long as a read that begins with it may return, the last of all of them', () => {
    const operations = golden(`
      0 write x    |--|
      1 append y       |--|
      2 read xyz            |--|
      2 read xz                  |--|
      2 read xy                       |--|
      2 read xyz                           |--|
      2 read xz                                 |--|
      3 write y                                      |--|
    `);
    const [, , , , , xyz, xz] = operations.ret as unknown as number[];
    const isKept = (rows: number[], position: number) => stateAfter(operations, rows, position) !== UNOBSERVED;
    expect([isKept([0], xz as number), isKept([0], (xz as number) + 1)]).toEqual([true, false]);
    expect([isKept([0, 1], xyz as number), isKept([0, 1], (xyz as number) + 1)]).toEqual([true, false]);
    expect(isKept([7], 0)).toBe(false);
  });

  it('not because of reads of texts that are sorted before it or behind it', () => {
    const operations = golden(`
      0 write b    |--|
      1 read a          |--|
      2 read c               |--|
      3 read bb                   |--|
      4 write bc                       |--|
    `);
    expect(stateAfter(operations, [0], operations.ret[3])).not.toBe(UNOBSERVED);
    expect(stateAfter(operations, [0], (operations.ret[3] as number) + 1)).toBe(UNOBSERVED);
    expect(stateAfter(operations, [4])).toBe(UNOBSERVED);
  });

  it.each([
    ['a read of nil, which is no text', '0 write null |--|\n1 read nil           |--|'],
    ['a read without a result', '0 write undefined |--|\n1 read ?              |--|'],
    ['a read that was not answered', '0 write x |--|\n1 read x       |--?'],
  ])('not because of %s', (_, drawing) => {
    expect(stateAfter(golden(drawing), [0])).toBe(UNOBSERVED);
  });

  it('the initial one always', () => {
    const operations = golden('0 write x   |--|\n1 read nil        |--|');
    expect(stateAfter(operations, [], 1000)).toBe(NIL);
    expect(stateAfter(golden('0 write x   |--|'), [], 1000)).toBe(NIL);
  });
});

describe('what cannot help any other operation says nothing', () => {
  it.each([
    ['a read without a result', 'read ? |--|', true],
    ['a read that was not answered', 'read x |--?', true],
    ['a read', 'read x |--|', false],
    ['a write that nobody knows of, of a text that nobody read', 'write w |--?', true],
    ['a write that nobody knows of, of what a text that was read begins with', 'write x |--?', false],
    ['a write that nobody knows of, of nil', 'write nil |--?', false],
    ['a write of a text that nobody read', 'write w |--|', false],
    ['an append that nobody knows of, of a text that nobody read', 'append w |--?', false],
  ])('%s', (_, drawing, saysNothing) => {
    const { classOf } = classified(golden(`0 ${drawing}\n1 read xy    |--|`));
    expect(classOf[0] === SAYS_NOTHING).toBe(saysNothing);
  });
});

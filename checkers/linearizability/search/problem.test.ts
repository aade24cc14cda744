/** What the search is given: who is open when, what does the same, and how often what nobody knows of may be used. */
import { describe, expect, it } from 'vitest';
import { ACQUIRE, MISMATCHED, type Model, type Operations, READ, WRITE } from '../operations.js';
import { type Draft, operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';
import { FOREIGN } from './automaton.js';
import { alike, type Problem, problemOf, suppliesOf } from './problem.js';

const ROOM = 2 ** 20;

function made(model: Model, operations: Operations, room = ROOM): Problem | string {
  return problemOf(
    model,
    operations,
    Int32Array.from({ length: operations.length }, (_, row) => row),
    room,
  );
}

function problem(model: Model, operations: Operations): Problem {
  const found = made(model, operations);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

/** By event: the operations, as rows, in the order of their returns. */
function byEvent({ count, row }: Problem, of: Int32Array, starts: Int32Array): number[][] {
  return Array.from({ length: count }, (_, event) =>
    Array.from(of.subarray(starts[event], starts[event + 1]), (operation) => row[operation] as number),
  );
}

describe('who is open when', () => {
  const operations = golden(`
    0 write 1   |-------------|
    1 write 2     |--|
    2 write 3       |----|
    3 write 4   |-?
    4 read 3                      |--|
    5 read ?                      |--|
  `);

  it('numbers what took effect for certain by its return, and keeps the rest as counts', () => {
    const { count, row, crashed } = problem('register', operations);
    expect(count).toBe(4);
    expect(Array.from(row)).toEqual([2, 3, 0, 4]);
    // Nobody reads a 4.
    expect(crashed).toEqual([]);
  });

  it('knows by event who is open, and who came in since the return before', () => {
    const found = problem('register', operations);
    expect(byEvent(found, found.open, found.openStart)).toEqual([[2, 3, 0], [3, 0], [0], [4]]);
    expect(byEvent(found, found.arrivals, found.arrivalStart).map((rows) => rows.sort((x, y) => x - y))).toEqual([
      [0, 2, 3],
      [],
      [],
      [4],
    ]);
  });

  it('gives no two that are open at one time the same bit, and gives bits that are free to who comes next', () => {
    const { slot, words, open, openStart, count } = problem('register', operations);
    for (let event = 0; event < count; event++) {
      const bits = Array.from(open.subarray(openStart[event], openStart[event + 1]), (o) => slot[o]);
      expect(new Set(bits).size).toBe(bits.length);
    }
    expect(Math.max(...slot)).toBe(2);
    expect(words).toBe(1);
  });

  it.each([
    [1, 1],
    [32, 1],
    [33, 2],
    [64, 2],
    [65, 3],
  ])('has words for as many bits as it takes: %s open', (clients, words) => {
    const drafts = Array.from({ length: clients }, (_, n): Draft => {
      return { process: n, f: WRITE, call: n, ret: 1000 + n, a: 1 };
    });
    expect(problem('register', operationsOf(drafts)).words).toBe(words);
    expect(problem('register', operationsOf([])).words).toBe(1);
  });

  it('says so if even that does not fit, to the byte', () => {
    const three = golden('0 write 1 |--|\n1 write 2  |--|\n2 write 3    |--|');
    // Three are open before the first return, two before the second, one before the last: six places.
    expect(made('register', three, 6 * 4)).toMatchObject({ count: 3 });
    expect(made('register', three, 6 * 4 - 1)).toBe('too many operations at once for the bytes allowed');
  });
});

describe('operations that are not of the object', () => {
  it.each<[string, Model, Draft]>([
    ['an outcome that there is not', 'register', { process: 0, f: READ, call: 0, ret: 1, outcome: 3 }],
    ['an acquire that found another value', 'mutex', { process: 0, f: ACQUIRE, call: 0, ret: 1, outcome: MISMATCHED }],
  ])('%s', (_, model, draft) => {
    expect(made(model, operationsOf([draft]))).toBe(FOREIGN);
  });
});

describe('what draws on one supply', () => {
  const lost = `
    0 cas 1 3   |-?
    1 cas 2 3    |-?
    2 write 3     |-?
    3 cas 1 3      |-?
    4 cas 3 1       |-?
    5 read 3              |--|
    5 read 1                  |--|
  `;

  it('is what leads to the same value, with the write first', () => {
    const { automaton, crashed } = problem('cas-register', golden(lost));
    expect(crashed.map(({ rows }) => rows)).toEqual([[0, 3], [1], [2], [4]]);
    expect(alike(automaton, crashed)).toEqual([[2, 0, 1], [3]]);
  });

  it('is each kind by itself where what an operation leads to depends on the state', () => {
    const { automaton, crashed } = problem(
      'append',
      golden('0 append 1 |-?\n1 append 2 |-?\n2 append 3 |-?\n3 read [1 2 3]      |--|'),
    );
    expect(alike(automaton, crashed)).toEqual([[0], [1], [2]]);
  });

  it('lets a write stand in for every compare-and-set to its value, and nothing else for anything', () => {
    const { automaton, crashed, supplies } = problem('cas-register', golden(lost));
    expect(suppliesOf({ automaton, crashed }, [2, 0, 1]).map(({ standsInFor }) => standsInFor)).toEqual([2, 0, 0]);
    expect(suppliesOf({ automaton, crashed }, [0, 1]).map(({ standsInFor }) => standsInFor)).toEqual([0, 0]);
    expect(supplies.map(({ classes, standsInFor }) => [...classes, standsInFor])).toEqual([
      [2, 2],
      [0, 0],
      [1, 0],
      [3, 0],
    ]);
    expect(supplies[1]?.calls).toHaveLength(2);
  });

  it.each([1, 2])(
    'a compare-and-set does not do for another one to the same value: the second needs a %s',
    (second) => {
      const operations = golden(`
      0 cas 1 3   |-?
      1 cas 2 3    |-?
      2 write 1      |----------|
      3 write 2        |-----------|
      4 read 3                        |--|
      2 write ${second}                            |--|
      4 read 3                                   |--|
    `);
      for (const way of [undefined, 'depth-first', 'few-supplies', 'breadth-first'] as const)
        expect(search('cas-register', operations, way).outcome).toBe('clean');
    },
  );
});

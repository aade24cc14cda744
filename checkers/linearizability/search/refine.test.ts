/** Simpler problems against the oracle: what they refute has no order, wherever the window begins, and orders are orders. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../../testing/runs.js';
import { NEVER, type Operations } from '../operations.js';
import { bruteForce } from '../testing/brute-force.js';
import { bundles } from '../testing/bundles.js';
import { CORRUPTIONS, corrupt } from '../testing/corrupt.js';
import { execute } from '../testing/executions.js';
import { golden } from '../testing/golden.js';
import { faultOf } from '../testing/replay.js';
import { search } from '../testing/searching.js';
import { Exploration } from './explore.js';
import { type Problem, problemOf } from './problem.js';
import { refine } from './refine.js';

const LIMITS = { configurations: 100_000 };
const ROOM = 2 ** 24;
const TIMEOUT = PROPERTY_RUNS >= 100_000 ? 3_600_000 : 120_000;

function problem(operations: Operations): Problem {
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  const found = problemOf('cas-register', operations, rows, ROOM);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

/** Whether some window or the whole is refuted. Throws if an order that is found is none. */
function isRefuted(operations: Operations): boolean {
  const of = problem(operations);
  let found = false;
  for (let start = 0; start < of.count; start++) {
    const { most, reached, order } = refine(of, [], [start, of.count], LIMITS, ROOM);
    if (most < of.count) found = true;
    else if (start === 0) expect(reached).toBe(of.count);
    expect(reached).toBeLessThanOrEqual(start === 0 ? most : -1);
    expect(faultOf('cas-register', operations, order())).toBeUndefined();
    const missing = Array.from(of.row.subarray(0, Math.max(0, reached))).filter((row) => !order().includes(row));
    expect(missing).toEqual([]);
  }
  return found;
}

describe('simpler problems', () => {
  it('refutes in a window what does not depend on what came before', () => {
    const operations = golden(`
      0 write 1   |------------|
      1 write 2      |-----------|
      2 cas 1 2        |------|
      3 read 1                     |--|
      3 read 2                         |--|
    `);
    expect(refine(problem(operations), [], [3, 5], LIMITS, ROOM)).toMatchObject({ most: 4, reached: -1 });
  });

  it('counts what leads to a value together, and finds the return that there is one too few for', () => {
    const operations = golden(`
      0 write 1   |-?
      1 cas 2 1    |-?
      2 read 1            |--|
      2 read 2                |--|
      3 write 2           |-----|
      4 write 2                    |--|
      2 read 1                         |--|
      5 write 2                             |--|
      2 read 1                                   |--|
    `);
    const found = refine(problem(operations), [], [0, 7], LIMITS, ROOM);
    expect(found.supplies.map(({ calls }) => calls.length)).toEqual([2]);
    expect(found.most).toBe(6);
  });

  it('lets an indeterminate write do what a CAS that is used up could do', () => {
    const cas = (count: number) => Array.from({ length: count }, (_, n) => `${n} cas 2 1 |-?\n${n + 20} write 1 |-?`);
    const rounds = Array.from({ length: 8 }, (_, n) => {
      const at = ' '.repeat(14 * n);
      return `90 write 2 ${at}    |--|\n91 read 1 ${at}         |--|`;
    });
    expect(isRefuted(golden([...cas(4), ...rounds].join('\n')))).toBe(false);
    const found = refine(problem(golden([...cas(3), ...rounds].join('\n'))), [], [0, 16], LIMITS, ROOM);
    expect(found.most).toBe(13);
  });

  it('counts first what leads to a value together, by the order of the calls, and then what was too few by itself', () => {
    const operations = golden(`
      0 cas 2 1    |-?
      1 write 1     |-?
      2 cas 2 1      |-?
      3 write 3       |-?
      4 read 3              |--|
      5 write 2                 |--|
      6 read 1                      |--|
      5 write 2                         |--|
      6 read 1                              |--|
      5 write 2                                 |--|
      6 read 1                                      |--|
      5 write 2                                         |--|
      6 read 1                                              |--|
    `);
    const of = problem(operations);
    const seven = refine(of, [], [0, 7], LIMITS, ROOM);
    expect(seven.most).toBe(7);
    expect(seven.supplies).toEqual([
      { classes: [1], calls: [1], standsInFor: 1 },
      { classes: [0], calls: [0, 2], standsInFor: 0 },
    ]);
    const whole = refine(of, [], [0, 9], LIMITS, ROOM);
    expect(whole.most).toBe(8);
    expect(whole.supplies).toEqual([{ classes: [1, 0], calls: [0, 1, 2], standsInFor: 0 }]);
    // There are enough of both together, but none of the CAS can follow what is not a 2.
    const mixed = golden(`
      0 cas 2 1    |-?
      1 write 1     |-?
      4 write 5             |--|
      6 read 1                  |--|
      4 write 5                     |--|
      6 read 1                          |--|
    `);
    const apart = refine(problem(mixed), [], [0, 4], LIMITS, ROOM);
    expect(apart.most).toBe(3);
    expect(apart.supplies.map(({ classes, standsInFor }) => [classes, standsInFor])).toEqual([
      [[1], 1],
      [[0], 0],
    ]);
  });

  it('finds an order that uses what there is, even if only the operation is waited for that it begins with', () => {
    const operations = golden(`
      0 write 1    |-?
      1 cas 1 2     |-?
      4 write 5             |--|
      6 read 1                  |--|
      6 read 2                      |--|
    `);
    const of = problem(operations);
    for (const [goal, order] of [
      [1, [2]],
      [2, [2, 0, 3]],
      [3, [2, 0, 3, 1, 4]],
    ] as const) {
      const found = refine(of, [], [0, goal], LIMITS, ROOM);
      expect(found).toMatchObject({ most: goal, reached: goal, supplies: [] });
      expect(found.order()).toEqual(order);
    }
    expect(search('cas-register', operations, 'few-supplies')).toMatchObject({
      outcome: 'clean',
      order: [2, 0, 3, 1, 4],
    });
  });

  it('knows an order up to where more was used than there is, and keeps it if there is no time for a longer one', () => {
    const of = problem(
      golden(`
      0 write 1    |-?
      1 write 2     |-?
      4 write 5             |--|
      6 read 1                  |--|
      4 write 5                     |--|
      6 read 2                          |--|
      4 write 5                             |--|
      6 read 1                                  |--|
    `),
    );
    const order = [2, 0, 3, 4, 1, 5, 6];
    const whole = refine(of, [], [0, 6], LIMITS, ROOM);
    expect(whole).toMatchObject({ most: 5, reached: 5 });
    expect(whole.order()).toEqual(order);
    // The first round takes seven, so that the second one has to end where it begins.
    const hurried = refine(of, [], [0, 6], { configurations: 7 }, ROOM);
    expect(hurried).toMatchObject({ most: 6, reached: 5 });
    expect(hurried.supplies).toHaveLength(1);
    expect(hurried.order()).toEqual(order);
  });

  it('knows nothing where there is no room for what it begins with', () => {
    const of = problem(golden('0 write 1 |--|\n1 read 1      |--|'));
    const exploration = new Exploration(of, 'breadth-first', 2, 0);
    expect(exploration.run(LIMITS)).toBe('gave-up');
    expect([exploration.furthest, exploration.event, exploration.nodes.count]).toEqual([-1, 0, 0]);
    expect(refine(of, [], [0, 2], LIMITS, 0)).toMatchObject({ most: 2, reached: -1, visited: 0 });
  });

  it('keeps to the configurations that it may visit, in all rounds together', () => {
    const lost = Array.from({ length: 5 }, (_, n) => `${n} write ${n}  |-?\n${n + 10} cas ${n} ${n + 1} |-?`);
    const rounds = Array.from({ length: 8 }, (_, n) => {
      const at = ' '.repeat(14 * n);
      return `90 write 9 ${at}     |--|\n91 read ${n % 5} ${at}         |--|`;
    });
    const of = problem(golden([...lost, ...rounds].join('\n')));
    const enough = refine(of, [], [0, 16], LIMITS, ROOM);
    // The first round takes 83, so that a hundred end in the second one.
    for (const configurations of [20, Math.ceil(enough.visited / 2), 100, enough.visited - 5]) {
      const { visited } = refine(of, [], [0, 16], { configurations }, ROOM);
      expect(visited).toBeLessThan(configurations + 10);
      expect(visited).toBeLessThanOrEqual(enough.visited);
    }
    expect(enough.most).toBe(11);
    expect(enough.visited).toBeLessThanOrEqual(151);
  });

  it('refutes only what has no order', { timeout: TIMEOUT }, () => {
    const world = fc.record({
      clients: fc.integer({ min: 2, max: 6 }),
      objects: fc.constant(1),
      values: fc.constantFrom(1, 2, 3, 'unique' as const),
      lossy: fc.constantFrom(0, 10, 40),
      choices: fc.array(fc.nat(2 ** 30), { minLength: 12, maxLength: 28, size: 'max' }),
    });
    const dice = fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 });
    const bent = fc.tuple(world, fc.constantFrom(...CORRUPTIONS), dice).map(([options, how, numbers]) => {
      return corrupt('cas-register', execute('cas-register', options), how, numbers);
    });
    let found = 0;
    tried(
      'simpler problems against brute force',
      fc.oneof(bent, bundles('cas-register')),
      (operations) => {
        // What is asked about is definite.
        if (operations.ret.every((ret) => ret === NEVER)) return false;
        const refuted = isRefuted(operations);
        if (refuted) found++;
        // The whole, with all counted that it takes, is exact.
        expect(refuted).toBe(!bruteForce('cas-register', operations));
        return refuted;
      },
      { notable: 0.05 },
    );
    console.log(`${found} refuted`);
  });

  it('refutes no window of a long execution', { timeout: TIMEOUT }, () => {
    const executions = fc.record({
      clients: fc.integer({ min: 2, max: 8 }),
      objects: fc.constant(1),
      values: fc.constantFrom(2, 5),
      lossy: fc.constantFrom(0, 3, 15),
      choices: fc.array(fc.nat(2 ** 30), { minLength: 100, maxLength: 250, size: 'max' }),
    });
    tried(
      'windows of executions',
      fc.tuple(executions, fc.nat(), fc.integer({ min: 1, max: 40 })),
      ([options, from, width]) => {
        const of = problem(execute('cas-register', options));
        const start = from % Math.max(1, of.count);
        const goal = Math.min(of.count, start + width);
        expect(refine(of, [], [start, goal], { configurations: 5000 }, ROOM).most).toBe(goal);
        return start > 0;
      },
      { runs: Math.ceil(PROPERTY_RUNS / 4), notable: 0.5 },
    );
  });
});

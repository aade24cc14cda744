import { describe, expect, it } from 'vitest';
import { MODELS, NEVER } from '../operations.js';
import { bruteForce } from './brute-force.js';
import { draftsOf, operationsOf } from './drafts.js';
import { histories, intervalOrders } from './enumerate.js';
import { execute } from './executions.js';
import { golden } from './golden.js';

describe('interval orders', () => {
  it('are counted by the Fishburn numbers', () => {
    expect([1, 2, 3, 4, 5, 6].map((n) => intervalOrders(n).length)).toEqual([1, 2, 5, 15, 53, 217]);
  });
});

describe('drawn histories', () => {
  it('have their calls and returns where the drawing has them', () => {
    const { call, ret, a, b, outcome, lists, values } = golden(`
      0 write x     |----|
      1 cas x y       |-----?
      2 cas! y x         |--|
      3 read [x y]          |---|
    `);
    expect([...call]).toEqual([0, 1, 2, 4]);
    expect([...ret]).toEqual([3, NEVER, 5, 6]);
    expect([[...a], [...b], [...outcome]]).toEqual([
      [1, 1, 2, 1],
      [0, 2, 1, 0],
      [0, 1, 2, 0],
    ]);
    expect([[...lists.starts], [...lists.elements], values]).toEqual([
      [0, 0, 2],
      [1, 2],
      [null, 'x', 'y'],
    ]);
  });
});

describe('brute force', () => {
  it.each([
    ['register', '0 write 1 |--|\n 1 read 1    |--|', true],
    ['register', '0 write 1 |--|\n 1 read nil    |--|', false],
    ['register', '0 write 1 |--|\n 1 read nil |--|', true],
    ['register', '0 write 1 |--?\n 1 read nil    |--|\n 1 read 1          |--|', true],
    ['register', '0 write 1 |--?\n 1 read 1    |--|\n 1 read nil          |--|', false],
    ['cas-register', '0 cas nil 1 |--|\n 1 cas nil 2 |--|', false],
    ['cas-register', '0 cas nil 1 |--|\n 1 cas! nil 2 |--|', true],
    ['cas-register', '0 cas! nil 1 |--|\n 1 cas! nil 2 |--|', false],
    ['mutex', '0 acquire |--|\n 1 release     |-|\n 1 acquire      |--|', true],
    ['owner-mutex', '0 acquire |--|\n 1 release     |-|', false],
    ['owner-mutex', '0 acquire |--|\n 0 acquire     |-|', false],
    ['reentrant-mutex', '0 acquire |--|\n 0 acquire     |-|\n 0 release      |-|\n 1 acquire        |-|', false],
    ['reentrant-mutex', '0 acquire |--|\n 0 acquire     |-|\n 0 release      |-|\n 0 release        |-|', true],
    ['fenced-mutex', '0 acquire 2 |--|\n 0 release     |-|\n 1 acquire 1        |-|', false],
    ['fenced-mutex', '0 acquire 2 |--|\n 0 release     |-|\n 1 acquire         |-|', true],
    ['kv', '0 append x |-|\n 1 append y |-|\n 2 read yx    |-|', true],
    ['kv', '0 append x |-|\n 1 append y    |-|\n 2 read yx      |-|', false],
    ['append', '0 append x |-|\n 1 append y |-|\n 2 read [y x]   |-|', true],
    ['append', '0 append x |-|\n 1 append y |-|\n 2 read [y]   |-|', false],
    ['set', '0 add x |-|\n 1 add y |-|\n 2 read [y x]   |-|', true],
    ['set', '0 add x |-|\n 1 add y |-|\n 2 read [y]   |-|', false],
  ] as const)('%s: %s: %s', (model, drawing, expected) => {
    expect(bruteForce(model, golden(drawing))).toBe(expected);
  });

  it('judges each object by itself', () => {
    expect(bruteForce('kv', golden('0 @1 write x |-|\n 1 @2 read nil   |-|'))).toBe(true);
    expect(bruteForce('kv', golden('0 @1 write x |-|\n 1 @1 read nil   |-|'))).toBe(false);
  });
});

describe('generators', () => {
  it.each(MODELS)(
    '%s: histories of both kinds, and executions that are linearizable and have something in them',
    (model) => {
      const verdicts = { true: 0, false: 0 };
      for (const history of histories(model, 3)) verdicts[`${bruteForce(model, history)}`]++;
      expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(15);
      let operations = 0;
      let indeterminate = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const choices = Array.from({ length: 30 }, (_, n) => ((seed * 7919 + n) * 2654435761) % 2 ** 30);
        const history = execute(model, { clients: 3, objects: 1, values: 2, lossy: 10, choices });
        expect(bruteForce(model, history)).toBe(true);
        expect(operationsOf(draftsOf(model, history), history.values)).toEqual(history);
        operations += history.length;
        indeterminate += history.outcome.filter((outcome) => outcome === 1).length;
      }
      console.log(
        `${model}: ${verdicts.true} good, ${verdicts.false} bad; ${operations} operations, ${indeterminate} lost`,
      );
      expect(operations).toBeGreaterThan(500);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { NEVER, type Operations } from './operations.js';
import { numberObjects, withoutGaps } from './renumber.js';
import { golden } from './testing/golden.js';

/** Three operations, the last one without an answer; columns are longer than the table. */
function table(over: Partial<Operations>): Operations {
  return { ...golden('0 write 1 |-|\n 1 write 2     |-|\n 2 write 3       |-?'), ...over };
}

/** The most that may stand there without being made smaller: eight times as many as there are operations, and a few. */
const MOST = 8 * 3 + 64;

describe('positions of events', () => {
  it('stay as they are while few of them are unused', () => {
    const operations = table({ events: MOST });
    const { call, ret, events } = withoutGaps(operations);
    expect(call).toBe(operations.call);
    expect(ret).toBe(operations.ret);
    expect(events).toBe(MOST);
  });

  it('are made small where they are far apart, in the same order and with the same ties', () => {
    const operations = table({
      events: MOST + 1,
      call: Int32Array.of(10, 50, 80, 7, 7),
      ret: Int32Array.of(50, 60, NEVER, 20, 20),
    });
    const { call, ret, events } = withoutGaps(operations);
    expect([...call]).toEqual([0, 1, 4]);
    expect([...ret]).toEqual([1, 3, NEVER]);
    // Room for all of them, and no more.
    expect(events).toBe(6);
  });
});

describe('numbers of objects', () => {
  it('stay as they are while few of them are unused, up to the largest', () => {
    const operations = table({ object: Int32Array.of(3, MOST, 0, MOST + 9, -1) });
    const { object, objects, nameOf } = numberObjects(operations);
    expect(object).toBe(operations.object);
    expect(objects).toBe(MOST + 1);
    expect([0, 3, MOST].map(nameOf)).toEqual([0, 3, MOST]);
  });

  it.each([
    ['one of them is far off', [5, MOST + 1, 5]],
    ['one of them is below 0', [5, -1, 5]],
    ['the first of them is below 0', [-7, 0, -7]],
  ])('count from 0 in the order of their first operations where %s', (_, names) => {
    const { object, objects, nameOf } = numberObjects(table({ object: Int32Array.from([...names, 9, 9]) }));
    expect([...object]).toEqual([0, 1, 0]);
    expect(objects).toBe(2);
    expect([0, 1].map(nameOf)).toEqual(names.slice(0, 2));
  });

  it('are none of no operations', () => {
    expect(numberObjects(golden('')).objects).toBe(0);
  });
});

/** Going through configurations: in which order, how far, when it gives up, and that it goes on from there. */
import { describe, expect, it } from 'vitest';
import { CAS, type Operations, READ, WRITE } from '../operations.js';
import { type Draft, operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { Exploration, type Order } from './explore.js';
import { type Problem, problemOf } from './problem.js';

const ROOM = 2 ** 24;
const ORDERS: readonly Order[] = ['depth-first', 'breadth-first'];

function problem(operations: Operations): Problem {
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  const found = problemOf('cas-register', operations, rows, ROOM);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

function exploration(of: Problem, order: Order): Exploration {
  return new Exploration(of, order, of.count, ROOM);
}

/** Writes and compare-and-sets that are all open at one time, and then two reads that cannot both be right. */
function crowd(size: number): Problem {
  const open = Array.from({ length: size }, (_, n): Draft => {
    return { process: n, f: n % 2 === 0 ? WRITE : CAS, call: n, ret: 100 + n, a: 1 + (n % 3), b: 1 + ((n + 1) % 3) };
  });
  const reads = [1, 2].map((a): Draft => ({ process: 50, f: READ, call: 200 + 2 * a, ret: 201 + 2 * a, a }));
  return problem(operationsOf([...open, ...reads]));
}

describe('the limits of an exploration', () => {
  it.each(ORDERS)('are kept to the configuration: %s', (order) => {
    const of = crowd(8);
    const whole = exploration(of, order);
    expect(whole.run({ configurations: Number.POSITIVE_INFINITY })).toBe('unreachable');
    const all = whole.nodes.count;
    expect(exploration(of, order).run({ configurations: all })).toBe('unreachable');
    const short = exploration(of, order);
    expect(short.run({ configurations: all - 1 })).toBe('gave-up');
    expect(short.reason).toBe(`more than ${all - 1} configurations`);
  });

  it.each(ORDERS)('are asked for the time now and then, not at every step: %s', (order) => {
    let asked = 0;
    const isOver = () => {
      asked++;
      return false;
    };
    const found = exploration(crowd(20), order);
    expect(found.run({ configurations: Number.POSITIVE_INFINITY, isOver })).toBe('unreachable');
    // Each configuration is one step.
    expect(asked).toBe(Math.floor(found.nodes.count / 1024));
    expect(asked).toBeGreaterThan(0);
  });

  it.each(ORDERS)('end it when the time is over: %s', (order) => {
    const found = exploration(crowd(20), order);
    expect(found.run({ configurations: 100_000, isOver: () => true })).toBe('gave-up');
    expect(found.reason).toBe('out of time');
    expect(found.nodes.count).toBeLessThan(2 * 1024);
  });

  it.each(ORDERS)('can be raised, and it goes on from where it was: %s', (order) => {
    const of = crowd(8);
    const atOnce = exploration(of, order);
    atOnce.run({ configurations: Number.POSITIVE_INFINITY });
    const inSteps = exploration(of, order);
    let steps = 0;
    let reached = 0;
    while (inSteps.run({ configurations: 10 * steps }) === 'gave-up') {
      steps++;
      expect(inSteps.event).toBeGreaterThanOrEqual(reached);
      reached = inSteps.event;
    }
    expect(steps).toBeGreaterThan(5);
    expect(inSteps.event).toBe(atOnce.event);
    expect(inSteps.nodes.count).toBe(atOnce.nodes.count);
  });

  it('are those of the bytes as well, whatever it is asked later', () => {
    const of = crowd(20);
    const found = new Exploration(of, 'depth-first', of.count, 6000);
    for (let n = 0; n < 2; n++) {
      expect(found.run({ configurations: 100_000 })).toBe('gave-up');
      expect(found.reason).toBe('more than 6000 bytes of configurations');
      expect(found.nodes.bytes).toBeLessThanOrEqual(6000);
    }
  });
});

describe('breadth first', () => {
  it('leaves an event only when nothing waits for its return any more', () => {
    const found = exploration(crowd(12), 'breadth-first');
    found.run({ configurations: Number.POSITIVE_INFINITY });
    const { nodes } = found;
    const events = Array.from({ length: nodes.count - 1 }, (_, n) => nodes.key(nodes.parent(n + 1)) >> 1);
    expect(events).toEqual([...events].sort((x, y) => x - y));
    expect(new Set(events).size).toBe(13);
  });

  it('drops what a saved indeterminate write makes needless', () => {
    const lost = Array.from({ length: 10 }, (_, n) => `${n} cas 2 1 |-?\n${n + 20} write 1 |-?`);
    const rounds = Array.from({ length: 21 }, (_, n) => {
      const at = ' '.repeat(14 * n);
      return `90 write 2 ${at}    |--|\n91 read 1 ${at}         |--|`;
    });
    const found = exploration(problem(golden([...lost, ...rounds].join('\n'))), 'breadth-first');
    expect(found.run({ configurations: Number.POSITIVE_INFINITY })).toBe('unreachable');
    expect(found.event).toBe(41);
    // One for each event, instead of one for each number of compare-and-sets among what was used.
    expect(found.nodes.count).toBe(42);
  });
});

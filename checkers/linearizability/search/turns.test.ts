/** What the ways to search decide in turns, how early, and that together they keep the budget. */
import { describe, expect, it } from 'vitest';
import { type Budget, CAS, DEFAULT_BUDGET, INDETERMINATE, NEVER, type Operations, READ, WRITE } from '../operations.js';
import { type Draft, operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';

/** Sixteen writes and as many compare-and-sets of three values that are all open at one time: there are many ways to go on. */
const CROWD = Array.from({ length: 32 }, (_, n): Draft => {
  return { process: n, f: n % 2 === 0 ? WRITE : CAS, call: n, ret: 100 + n, a: 1 + (n % 3), b: 1 + ((n + 1) % 3) };
});

/** One after the other, behind all of them. */
function behind(...steps: [f: number, a: number][]): Draft[] {
  return steps.map(([f, a], n) => ({ process: 50, f, call: 200 + 2 * n, ret: 201 + 2 * n, a }));
}

const STALE = operationsOf([...CROWD, ...behind([WRITE, 7], [WRITE, 8], [READ, 7])]);

const MILLION: Budget = { ...DEFAULT_BUDGET, configurations: 1_000_000 };

/** A read of what cannot be read any more after the first add, while as many subsets of other adds may be as there are. */
function hopeless(read: string): Operations {
  const adds = Array.from({ length: 10 }, (_, n) => `${n} add ${n} `.padEnd(20) + '|-----|');
  const all = Array.from({ length: 10 }, (_, n) => n).join(' ');
  return golden(['20 add x     |-|', ...adds, read, `20 read [x ${all}]`.padEnd(60) + '|--|'].join('\n'));
}

const READ_LATER = hopeless('21 read [0]                 |--|');
const READ_OPEN = hopeless('21 read [0]    |-----------------------|');

describe('what decides', () => {
  it('is a window where depth first has many ways to go on before the return that nothing makes possible', () => {
    const alone = search('cas-register', STALE, 'depth-first', MILLION);
    expect(alone).toMatchObject({ outcome: 'violated', stuck: 34 });
    expect(alone.visited).toBeGreaterThan(10_000);
    const inTurns = search('cas-register', STALE, undefined, MILLION);
    expect(inTurns).toMatchObject({ outcome: 'violated', stuck: 34 });
    expect(inTurns.visited).toBeLessThan(400);
    expect(inTurns.order).toHaveLength(34);
  });

  it.each([1, 5, 20, 100])('is a window that is as wide as it takes: %s writes in between', (count) => {
    const between = Array.from({ length: count }, (_, n): [number, number] => [WRITE, 1 + (n % 3)]);
    const operations = operationsOf([...CROWD, ...behind([WRITE, 7], [WRITE, 8], ...between, [READ, 7])]);
    const { outcome, stuck, visited } = search('cas-register', operations, undefined, MILLION);
    expect({ outcome, stuck }).toEqual({ outcome: 'violated', stuck: 34 + count });
    expect(visited).toBeLessThan(600);
  });

  it('is a window with what is counted of indeterminate operations, where there is one too few', () => {
    const lost = [1, 2].map((n): Draft => {
      return { process: 60 + n, f: WRITE, call: 0.1 * n, ret: NEVER, a: 7, outcome: INDETERMINATE };
    });
    const rounds = Array.from({ length: 3 }, (): [number, number][] => [
      [WRITE, 8],
      [READ, 7],
    ]).flat();
    const enough = search('cas-register', operationsOf([...lost, ...CROWD, ...behind(...rounds.slice(2))]));
    expect(enough.outcome).toBe('clean');
    const tooFew = search('cas-register', operationsOf([...lost, ...CROWD, ...behind(...rounds)]), undefined, MILLION);
    expect(tooFew).toMatchObject({ outcome: 'violated', stuck: 39 });
    expect(tooFew.visited).toBeLessThan(1000);
  });
});

describe('what it tells of its cost', () => {
  it('is the configurations of all turns, and the most bytes of any two that are kept at one time', () => {
    // What depth first may visit of a million before the windows are tried.
    const first = search('cas-register', STALE, 'depth-first', { ...MILLION, configurations: 300 });
    expect(first.outcome).toBe('unknown');
    const { visited, bytes } = search('cas-register', STALE, undefined, MILLION);
    expect(visited).toBeGreaterThan(first.visited);
    expect(bytes).toBeGreaterThan(first.bytes);
    expect(bytes).toBeLessThan(2 * first.bytes);
  });

  it('is what one way has visited if it is the only one', () => {
    const good = operationsOf([...CROWD, ...behind([WRITE, 7], [READ, 7])]);
    for (const way of ['depth-first', 'breadth-first'] as const) {
      const { visited, bytes } = search('cas-register', good, way);
      expect(visited).toBeGreaterThan(32);
      expect(bytes).toBeGreaterThan(visited * 4 * 8);
    }
  });
});

describe('all turns together', () => {
  it('keep the number of configurations and the bytes, and say which were too few', () => {
    const few = { configurations: 3000, bytes: 1e9 };
    const crowd = operationsOf([
      ...CROWD,
      ...CROWD.map((draft) => ({ ...draft, call: draft.call + 300, ret: draft.ret + 300 })),
      { process: 50, f: READ, call: 600, ret: 601, a: 1 },
      { process: 50, f: READ, call: 602, ret: 603, a: 2 },
    ]);
    const { visited } = search('cas-register', crowd, undefined, few);
    expect(visited).toBeLessThan(3000);
    expect(visited).toBeGreaterThan(300);
    const { bytes } = search('cas-register', crowd, undefined, { configurations: 1e9, bytes: 100_000 });
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(bytes).toBeGreaterThan(10_000);
  });

  it.each<[string, Operations, number]>([
    ['is called later', READ_LATER, 11],
    ['is open', READ_OPEN, 1],
  ])(
    'know at once that a read that %s is hopeless, and ask in what is left how far an order goes',
    (_, hopeless, stuck) => {
      const whole = search('set', hopeless);
      expect(whole).toMatchObject({ outcome: 'violated', stuck });
      expect(whole.order).toHaveLength(11);
      expect(whole.visited).toBeGreaterThan(1000);
      const hurried = search('set', hopeless, undefined, { configurations: 1000, bytes: 1e9 });
      expect(hurried.outcome).toBe('violated');
      expect(hurried.visited).toBeLessThan(250);
      const narrow = search('set', hopeless, undefined, { configurations: 1e9, bytes: 20_000 });
      expect(narrow.outcome).toBe('violated');
      expect(narrow.bytes).toBeLessThanOrEqual(20_000);
    },
  );
});

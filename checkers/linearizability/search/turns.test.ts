/** What the ways to search decide in turns, how early, and that together they keep the budget. */
import { describe, expect, it } from 'vitest';
import {
  ACQUIRE,
  ADD,
  APPEND,
  type Budget,
  CAS,
  DEFAULT_BUDGET,
  INDETERMINATE,
  MODELS,
  type Model,
  NEVER,
  type Operations,
  READ,
  RELEASE,
  WRITE,
} from '../operations.js';
import type { Strategy } from '../search.js';
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

/** The crowd and, when all of it has returned, another one; then two reads, of which one only can be right. */
const TWO_CROWDS: Draft[] = [
  ...CROWD,
  ...CROWD.map((draft) => ({ ...draft, call: draft.call + 300, ret: draft.ret + 300 })),
  { process: 50, f: READ, call: 600, ret: 601, a: 1 },
  { process: 50, f: READ, call: 602, ret: 603, a: 2 },
];

/** Indeterminate writes of a value, called before all else. */
function lost(count: number, a: number): Draft[] {
  return Array.from({ length: count }, (_, n): Draft => {
    return { process: 60 + n, f: WRITE, call: 0.1 * (n + 1), ret: NEVER, a, outcome: INDETERMINATE };
  });
}

/** Rounds of a write and a read of what only an indeterminate operation can have put there, of which there are too few. */
function scarce(rounds: number): Draft[] {
  const few = Array.from({ length: 5 }, (_, n): Draft[] => {
    const about = { ret: NEVER, outcome: INDETERMINATE };
    return [
      { ...about, process: 100 + n, f: WRITE, call: 0.02 * n, a: n },
      { ...about, process: 110 + n, f: CAS, call: 0.02 * n + 0.01, a: n, b: n + 1 },
    ];
  }).flat();
  const steps = Array.from({ length: rounds }, (_, n): [number, number][] => [
    [WRITE, 9],
    [READ, n % 5],
  ]);
  return [...few, ...behind(...steps.flat())];
}

/** Acquires and releases of six processes that are all open at one time, beside four acquires that nobody knows of. */
const LOCKS: Draft[] = [
  ...Array.from({ length: 4 }, (_, n): Draft => {
    return { process: 9 + n, f: ACQUIRE, call: 0.1 * n, ret: NEVER, outcome: INDETERMINATE };
  }),
  ...Array.from({ length: 24 }, (_, n): Draft => {
    return { process: 1 + (n % 6), f: n % 12 < 6 ? ACQUIRE : RELEASE, call: 2 + n, ret: 100 + ((n * 7) % 24) };
  }),
];

/** One after the other: forty updates. */
function updates(model: Model): Draft[] {
  return Array.from({ length: 40 }, (_, n): Draft => {
    const at = { process: 1, call: 2 * n, ret: 2 * n + 1 };
    if (model.endsWith('mutex')) return { ...at, f: n % 2 === 0 ? ACQUIRE : RELEASE };
    return { ...at, f: { append: APPEND, kv: APPEND, set: ADD }[model as string] ?? WRITE, a: 1 + n };
  });
}

const within = (configurations: number): Budget => ({ configurations, bytes: 1e9 });

/** A read of what cannot be read any more after the first add, while as many subsets of other adds may be as there are. */
function hopeless(read: string): Operations {
  const adds = Array.from({ length: 10 }, (_, n) => `${n} add ${n} `.padEnd(20) + '|-----|');
  const all = Array.from({ length: 10 }, (_, n) => n).join(' ');
  return golden(['20 add x     |-|', ...adds, read, `20 read [x ${all}]`.padEnd(60) + '|--|'].join('\n'));
}

const READ_LATER = hopeless('21 read [0]                 |--|');
const READ_ANOTHER = hopeless('21 read [x]      |-|\n21 read [0]                 |--|');
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
    const two = lost(2, 7);
    const rounds = Array.from({ length: 3 }, (): [number, number][] => [
      [WRITE, 8],
      [READ, 7],
    ]).flat();
    const enough = search('cas-register', operationsOf([...two, ...CROWD, ...behind(...rounds.slice(2))]));
    expect(enough.outcome).toBe('clean');
    const tooFew = search('cas-register', operationsOf([...two, ...CROWD, ...behind(...rounds)]), undefined, MILLION);
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
    const crowd = operationsOf(TWO_CROWDS);
    const { visited } = search('cas-register', crowd, undefined, few);
    expect(visited).toBeLessThan(3000);
    expect(visited).toBeGreaterThan(300);
    const { bytes } = search('cas-register', crowd, undefined, { configurations: 1e9, bytes: 100_000 });
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(bytes).toBeGreaterThan(10_000);
  });

  it.each<[string, Operations, number, number]>([
    ['is called later', READ_LATER, 11, 11],
    ['is called later, after another one', READ_ANOTHER, 12, 12],
    ['is open', READ_OPEN, 1, 11],
  ])(
    'know at once that a read that %s is hopeless, and ask in what is left how far an order goes',
    (_, hopeless, stuck, length) => {
      const whole = search('set', hopeless);
      expect(whole).toMatchObject({ outcome: 'violated', stuck });
      expect(whole.order).toHaveLength(length);
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

describe('the share of each turn', () => {
  it.each(MODELS)('accuses nobody where it is too small to decide: %s', (model) => {
    const operations = operationsOf(updates(model));
    expect(search(model, operations, undefined, within(100)).outcome).toBe('unknown');
    const enough = search(model, operations, undefined, within(1000));
    expect(enough.outcome).toBe('clean');
    // What was visited in vain before depth first went on to the end, from where it was.
    expect(enough.visited).toBeLessThanOrEqual(61);
    expect(enough.visited).toBeGreaterThan(40);
  });

  const good = [...CROWD, ...behind([WRITE, 7], [READ, 7])];
  const invented = [...CROWD, ...behind([WRITE, 7], [READ, 9])];
  const oneLost = [...lost(2, 7), ...CROWD, ...behind([WRITE, 8], [READ, 7])];

  it.each<[string, Draft[], number, string, number | undefined, number]>([
    ['a crowd, and no time', good, 30, 'unknown', undefined, 13],
    ['a crowd, and little time', good, 300, 'unknown', undefined, 109],
    ['a crowd, and some time', good, 3000, 'clean', undefined, 162],
    ['a crowd, and much time', good, 100_000, 'clean', undefined, 222],
    ['two crowds, and little time', TWO_CROWDS, 300, 'unknown', undefined, 110],
    ['two crowds, and some time', TWO_CROWDS, 3000, 'violated', 65, 366],
    ['two crowds, and much time', TWO_CROWDS, 20_000, 'violated', 65, 228],
    ['an indeterminate write that is needed, and some time', oneLost, 3000, 'clean', undefined, 498],
    [
      'an end that is known from the beginning, and little time to show how far one goes',
      invented,
      3000,
      'violated',
      1,
      4,
    ],
    ['an end that is known from the beginning, and more', invented, 10_000, 'violated', 1, 11],
    ['an end that is known from the beginning, and much', invented, 100_000, 'violated', 23, 203],
    ['counts of many, and little time', scarce(6), 300, 'violated', 21, 234],
    ['counts of many, and some time', scarce(6), 3000, 'violated', 21, 247],
    ['counts of many, and much time', scarce(8), 100_000, 'violated', 21, 176],
  ])('is kept: %s', (_, drafts, configurations, outcome, stuck, most) => {
    const found = search('cas-register', operationsOf(drafts), undefined, within(configurations));
    expect(found).toMatchObject({ outcome, stuck });
    expect(found.visited).toBeLessThanOrEqual(most);
  });

  it('is for windows as well, from the shortest to the longest, until one shows the first return that cannot be', () => {
    const crowd = CROWD.map((draft) => ({ ...draft, call: draft.call + 20, ret: draft.ret - 20 }));
    const found = search('cas-register', operationsOf([...scarce(8), ...crowd]), undefined, within(100_000));
    expect(found).toMatchObject({ outcome: 'violated', stuck: 53 });
    expect(found.visited).toBeLessThanOrEqual(3632);
  });

  it('is for few supplies as well, which alone show what is used up far away from where it is missing', () => {
    const drafts: Draft[] = [];
    const lose = (f: number, a: number, b = 0) => {
      const n = drafts.length;
      drafts.push({ process: 100 + n, f, a, b, call: 0.001 * n, ret: NEVER, outcome: INDETERMINATE });
    };
    const step = (process: number, f: number, a: number, call: number, ret: number) => {
      drafts.push({ process, f, a, call, ret });
    };
    lose(WRITE, 7);
    for (let n = 0; n < 80; n++) {
      lose(CAS, 9, 1 + (n % 4));
      lose(CAS, 8, 1 + (n % 4));
    }
    const readSeven = (at: number) => {
      step(1, WRITE, 6, at, at + 1);
      step(1, READ, 7, at + 2, at + 3);
    };
    readSeven(10);
    for (let n = 0; n < 50; n++) {
      const at = 15 + 8 * n;
      // Either of two kinds of CAS can have written what is read: depth first has as many ways as there are counts of both.
      step(1, WRITE, 9, at, at + 3);
      step(2, WRITE, 8, at + 1, at + 4);
      step(3, READ, 1 + (n % 4), at + 5, at + 6);
    }
    readSeven(415);
    const found = search('cas-register', operationsOf(drafts), undefined, within(100_000));
    expect(found).toMatchObject({ outcome: 'violated', stuck: 314 });
    expect(found.visited).toBeLessThanOrEqual(1000);
  });

  it('ends with the second turn if there is no order, with the longest one that was found', () => {
    const drafts = [...lost(3, 9), ...TWO_CROWDS, { process: 50, f: READ, call: 700, ret: 701, a: 9 }];
    const operations = operationsOf([...drafts, { process: 51, f: READ, call: 600.5, ret: 600.6, a: 3 }]);
    const { outcome, stuck, visited } = search('cas-register', operations, undefined, within(20_000));
    expect({ outcome, stuck }).toEqual({ outcome: 'violated', stuck: 68 });
    expect(visited).toBeLessThanOrEqual(1253);
  });

  it('is that of all rounds together where few supplies are the only way', () => {
    const lean: Strategy = 'few-supplies';
    const found = search('cas-register', operationsOf(scarce(6)), lean, within(300));
    expect(found).toMatchObject({ outcome: 'violated', stuck: 21 });
    expect(found.visited).toBeLessThanOrEqual(120);
    const hard = search('cas-register', operationsOf(oneLost), lean, within(3000));
    expect(hard).toMatchObject({ outcome: 'unknown', visited: 3001 });
    expect(hard.bytes).toBeLessThanOrEqual(115_200);
    // Without room nothing is tried again with what is left.
    const narrow = search('cas-register', operationsOf(oneLost), lean, { configurations: 3000, bytes: 20_000 });
    expect(narrow.visited).toBeLessThanOrEqual(696);
  });

  it('of the few supplies goes on with what is left, when an end is known to which there is no order either', () => {
    // Nobody can read the last 1, but the second 7 already is one too many.
    const steps = [WRITE, 8, READ, 7, WRITE, 8, READ, 7, WRITE, 1, WRITE, 2, READ, 1];
    const pairs = Array.from({ length: 7 }, (_, n) => steps.slice(2 * n, 2 * n + 2) as [number, number]);
    const operations = operationsOf([...lost(1, 7), ...behind(...pairs)]);
    const known = new Set<number | undefined>();
    for (let configurations = 1; configurations < 30; configurations++) {
      const { visited, stuck } = search('cas-register', operations, 'few-supplies', within(configurations));
      expect(visited).toBeLessThanOrEqual(configurations === 7 ? 7 : configurations + 2);
      known.add(stuck);
    }
    expect(known).toEqual(new Set([undefined, 4]));
  });

  it('goes to few supplies only where they make it simpler: not of a lock that is taken again and again', () => {
    const alone = search('reentrant-mutex', operationsOf(LOCKS), 'few-supplies', within(1000));
    expect(alone).toMatchObject({ outcome: 'unknown', visited: 0 });
    const inTurns = search('reentrant-mutex', operationsOf(LOCKS), undefined, within(1000));
    expect(inTurns.visited).toBeLessThanOrEqual(310);
    for (const model of ['mutex', 'owner-mutex'] as const) {
      const operations = operationsOf(LOCKS);
      expect(search(model, operations, 'few-supplies', within(1000)).visited).toBeGreaterThan(0);
    }
    expect(search('mutex', operationsOf(LOCKS), 'few-supplies', within(1000)).outcome).toBe('clean');
  });
});

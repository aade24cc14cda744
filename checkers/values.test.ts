/** Lists, sets and registers: golden sequences of accepted steps, and random ones against the plainest search. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeySteps } from './key-steps.js';
import { followElements } from './lost-elements.js';
import { followRegister } from './register-values.js';
import { type PlainStep, plainElements, plainRegister } from './testing/brute-values.js';
import { tried } from './testing/runs.js';

type Short = readonly ['r' | 'w', section: number, value: unknown];

const plain = (shorts: readonly Short[]): PlainStep[] =>
  shorts.map(([f, section, value]) => ({ f: f === 'r' ? 'read' : 'write', section, value }));

function columns(steps: readonly PlainStep[]): KeySteps {
  return {
    length: steps.length,
    isWrite: Uint8Array.from(steps, ({ f }) => (f === 'write' ? 1 : 0)),
    section: Int32Array.from(steps, ({ section }) => section),
    value: (at) => steps[at]?.value,
  };
}

const elements = (ordered: boolean, ...shorts: Short[]) => followElements(columns(plain(shorts)), ordered);
const register = (...shorts: Short[]) => followRegister(columns(plain(shorts)));

describe('elements of lists and sets', () => {
  it('finds nothing where each section adds to what the one before left', () => {
    const report = elements(
      true,
      ['r', 1, null],
      ['w', 1, ['a']],
      ['r', 2, ['a']],
      ['w', 2, ['a', 'b']],
      ['r', 3, ['a', 'b']],
    );
    expect(report).toMatchObject({ lost: [], wrong: [], present: 2, objection: undefined });
  });

  it('finds a read of a set that returns as many elements as were written, but others', () => {
    // The write itself is wrong, and leaves one element twice.
    const report = elements(
      false,
      ...([
        ['r', 1, null],
        ['w', 1, ['b']],
        ['r', 2, ['b']],
        ['w', 2, ['a', 'a']],
        ['r', 3, ['a', 'b']],
      ] as Short[]),
    );
    expect(report.wrong.map(({ at, why }) => `${at} ${why}`)).toEqual([
      '3 it is not what its section had read and one more element',
      '4 it returned other elements than were last written',
    ]);
  });

  it('says of a list that was read whether it has other elements or another order', () => {
    const whyOf = (...read: unknown[]) =>
      elements(
        true,
        ...([
          ['r', 1, null],
          ['w', 1, ['a']],
          ['w', 1, ['a', 'b']],
          ['r', 2, read],
        ] as Short[]),
      ).wrong.map(({ why }) => why);
    expect([whyOf('a'), whyOf('b', 'a'), whyOf('a', 'b')]).toEqual([
      ['it returned other elements than were last written'],
      ['it returned the elements in another order'],
      [],
    ]);
  });

  it('finds the addition that the last value does not have, and the write that took it out', () => {
    const report = elements(false, ['r', 1, []], ['r', 2, []], ['w', 2, [7]], ['w', 1, [8]], ['r', 3, [8]]);
    expect(report).toMatchObject({ lost: [{ at: 2, undoneBy: 3, base: 0 }], wrong: [], present: 1 });
  });

  it('takes an addition for present that a later section brought back', () => {
    const report = elements(
      false,
      ['r', 1, []],
      ['w', 1, [1]],
      ['r', 2, [1]],
      ['r', 3, [1]],
      ['w', 3, [1, 3]],
      ['w', 2, [1, 2]],
    );
    expect(report).toMatchObject({ lost: [{ at: 4, undoneBy: 5 }], present: 2 });
  });

  it('tells of lost elements in the order in which they were added', () => {
    const report = elements(
      true,
      ['r', 1, ['z', 'a']],
      ['r', 2, []],
      ['r', 3, []],
      ['w', 2, ['a']],
      ['w', 2, ['a', 'z']],
      ['w', 3, ['b']],
    );
    expect(report.lost).toEqual([
      { at: 3, undoneBy: 5, base: 2 },
      { at: 4, undoneBy: 5, base: 2 },
    ]);
  });

  it('takes who added an element first for who added it', () => {
    const report = elements(
      false,
      ['r', 1, []],
      ['r', 2, []],
      ['r', 3, []],
      ['w', 1, [1]],
      ['w', 2, [1]],
      ['w', 3, [2]],
    );
    expect(report.lost).toEqual([{ at: 3, undoneBy: 5, base: 2 }]);
  });

  it('lets an element be lost only after somebody had added it', () => {
    const report = elements(
      false,
      ['r', 1, ['x']],
      ...[2, 3, 4].map((section): Short => ['r', section, []]),
      ['w', 1, ['x', 'a']],
      ['w', 2, ['b']],
      ['w', 3, ['x']],
      ['w', 4, ['c']],
    );
    expect(report.lost).toEqual([
      { at: 4, undoneBy: 5, base: 1 },
      { at: 5, undoneBy: 6, base: 2 },
      { at: 6, undoneBy: 7, base: 3 },
    ]);
    expect(report.wrong).toMatchObject([{ at: 0, from: -1 }]);
  });

  it('takes null for an element like any other', () => {
    const steps: Short[] = [
      ['r', 1, []],
      ['r', 2, []],
      ['w', 1, [null]],
    ];
    expect(elements(false, ...steps)).toEqual({ lost: [], wrong: [], present: 1, objection: undefined });
    expect(elements(false, ...steps, ['w', 2, [7]]).lost).toEqual([{ at: 2, undoneBy: 3, base: 1 }]);
  });

  it.each<[string, boolean, Short[], string]>([
    ['an element that nobody added', true, [['r', 1, ['x']]], 'it has "x", which nobody had added'],
    [
      'an element twice',
      true,
      [
        ['r', 1, []],
        ['w', 1, [1]],
        ['r', 2, [1, 1]],
      ],
      'it has 1 twice',
    ],
    [
      'one that is missing',
      false,
      [
        ['r', 1, []],
        ['w', 1, [1]],
        ['r', 2, []],
      ],
      'it returned other elements than were last written',
    ],
    ['no list', false, [['r', 1, 5]], 'it returned no list'],
    [
      'no list written',
      true,
      [
        ['r', 1, []],
        ['w', 1, 'a'],
      ],
      'it wrote no list',
    ],
    [
      'two added at once',
      true,
      [
        ['r', 1, []],
        ['w', 1, [1, 2]],
      ],
      'it is not what its section had read and one more element',
    ],
    [
      'one added in front',
      true,
      [
        ['r', 1, []],
        ['w', 1, [1]],
        ['w', 1, [2, 1]],
      ],
      'it is not what its section had read and one more element',
    ],
    [
      'one that was there before',
      false,
      [
        ['r', 1, []],
        ['r', 2, []],
        ['w', 1, [1]],
        ['w', 2, [1]],
      ],
      'it adds 1, which had been added before',
    ],
  ])('names %s', (_, ordered, shorts, why) => {
    const report = elements(ordered, ...shorts);
    expect(report.wrong).toMatchObject([{ at: shorts.length - 1, why }]);
  });

  it('minds the order of a list and not that of a set', () => {
    const steps: Short[] = [
      ['r', 1, []],
      ['w', 1, [1]],
      ['w', 1, [1, 2]],
      ['r', 2, [2, 1]],
    ];
    expect(elements(true, ...steps).wrong).toMatchObject([{ at: 3, why: 'it returned the elements in another order' }]);
    expect(elements(false, ...steps).wrong).toEqual([]);
  });

  it('knows objects by their content', () => {
    const [a, b] = [
      { by: 1, n: [2] },
      { n: [2], by: 1 },
    ];
    expect(elements(true, ['r', 1, []], ['w', 1, [a]], ['r', 2, [b]])).toMatchObject({ wrong: [], lost: [] });
  });

  it('says nothing where a section wrote without having read', () => {
    const nothing = { lost: [], wrong: [], objection: expect.any(String) };
    expect(elements(true, ['w', 1, [1]], ['r', 2, []])).toMatchObject(nothing);
    const before: Short[] = [
      ['r', 1, ['x']],
      ['r', 2, []],
      ['r', 3, []],
      ['w', 2, [2]],
      ['w', 3, [3]],
    ];
    expect(elements(true, ...before)).toMatchObject({ lost: [{ at: 3 }], wrong: [{ at: 0 }] });
    expect(elements(true, ...before, ['w', 4, [4]])).toMatchObject(nothing);
  });
});

describe('values of a register', () => {
  it('finds nothing where reads return the last write, and in blind writes', () => {
    expect(register(['r', 1, null], ['w', 1, 'a'], ['w', 2, 'b'], ['r', 3, 'b'], ['w', 3, 'c'])).toEqual({
      lost: [],
      wrong: [],
      present: 1 + 1,
    });
  });

  it('knows several values that nobody wrote', () => {
    expect(register(['r', 1, 0], ['r', 1, []], ['r', 1, null], ['w', 1, 'a']).wrong).toEqual([]);
    expect(elements(true, ['r', 1, 0], ['w', 1, ['a']]).wrong).toEqual([]);
  });

  it('finds the write that a section overwrote without having seen it', () => {
    expect(register(['r', 1, null], ['r', 2, null], ['w', 2, 'x'], ['w', 1, 'y']).lost).toEqual([
      { at: 2, undoneBy: 3, base: 0 },
    ]);
    const three: Short[] = ['x', 'y', 'z'].map((value): Short => ['w', 2, value]);
    expect(register(['r', 1, null], ['r', 2, null], ...three, ['w', 1, 'a']).lost).toEqual(
      [2, 3, 4].map((at) => ({ at, undoneBy: 5, base: 0 })),
    );
  });

  it.each<[string, Short[], string]>([
    [
      'nobody wrote',
      [
        ['w', 1, 'a'],
        ['r', 2, 'z'],
      ],
      'it returned "z", which nobody wrote',
    ],
    [
      'had been overwritten',
      [
        ['w', 1, 'a'],
        ['w', 2, 'b'],
        ['r', 3, 'a'],
      ],
      'it returned "a", which had been overwritten',
    ],
    [
      'was gone',
      [
        ['w', 1, 'a'],
        ['r', 2, null],
      ],
      'it returned nothing, although a value had been written',
    ],
  ])('names a value that %s', (_, shorts, why) => {
    expect(register(...shorts).wrong).toMatchObject([{ at: shorts.length - 1, why }]);
  });

  it('names a value that was written only later', () => {
    expect(register(['r', 1, 'a'], ['w', 2, 'a']).wrong).toEqual([
      { at: 0, from: -1, why: 'it returned "a", which was written only later' },
    ]);
  });
});

/** Sections that read and write in any order, mostly as their workload would, on what the key holds. */
interface Choice {
  f: 'read' | 'write';
  section: number;
  /** Below 40: something else than the right value. */
  luck: number;
  other: unknown;
}

const choice = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Choice[]> =>
  fc.array(
    fc.record({ f: fc.constantFrom('read', 'read', 'write'), section: fc.nat(4), luck: fc.nat(999), other: value }),
    { minLength: 4, maxLength: 24, size: 'max' },
  );

function play(choices: readonly Choice[], blind: number, next: (base: unknown, at: number) => unknown): PlainStep[] {
  const bases = new Map<number, unknown>();
  let held: unknown = null;
  return choices.map(({ f: wanted, section, luck, other }, at) => {
    // Most sections read first.
    const f = bases.has(section) || luck % 100 < blind ? wanted : 'read';
    const value = luck < 40 ? other : f === 'read' ? held : next(bases.get(section), at);
    if (f === 'write') held = value;
    bases.set(section, value);
    return { f, section, value };
  });
}

const small = fc.constantFrom<unknown>(null, [], [0], [1], [1, 2], [2, 1], [3, 3], 'a', 4);
const lists = choice(small).map((choices) =>
  play(choices, 1, (base, at) => [...(Array.isArray(base) ? base : []), at]),
);
const registers = choice(fc.nat(12)).map((choices) => play(choices, 40, (_, at) => at));

const named = (lost: readonly { at: number; undoneBy: number }[]) =>
  lost.map(({ at, undoneBy }) => `${at} by ${undoneBy}`).sort();
const positions = (wrong: readonly { at: number }[]) => wrong.map(({ at }) => at);

describe('exactness against brute force', () => {
  it('knows a set again in another order, though nobody added what is in it', () => {
    const steps = [
      { f: 'read', section: 1, value: [2, 1] },
      { f: 'write', section: 1, value: [1, 2] },
      { f: 'read', section: 0, value: [2, 1] },
    ] as const;
    expect(positions(followElements(columns(steps), false).wrong)).toEqual([0, 1]);
    expect(positions(followElements(columns(steps), true).wrong)).toEqual([0, 1, 2]);
  });

  it.each([true, false])('finds the same lost and wrong elements, ordered %s', (ordered) => {
    tried(`elements, ordered ${ordered}`, lists, (steps) => {
      const report = followElements(columns(steps), ordered);
      const expected = plainElements(steps, ordered);
      if (expected === undefined) {
        expect(report.objection).toBeDefined();
        return false;
      }
      expect([named(distinct(report.lost)), positions(report.wrong)]).toEqual([
        [...new Set(expected.lost)].sort(),
        expected.wrong,
      ]);
      return expected.lost.length > 0;
    });
  });

  it('finds the same lost and wrong values', () => {
    tried('register', registers, (steps) => {
      const report = followRegister(columns(steps));
      const expected = plainRegister(steps);
      expect([named(report.lost), positions(report.wrong)]).toEqual([expected.lost.sort(), expected.wrong]);
      return expected.lost.length > 0;
    });
  });
});

/** A wrong write can add several elements that are lost together. */
const distinct = (lost: readonly { at: number; undoneBy: number }[]) =>
  lost.filter(({ at, undoneBy }, n) => lost.findIndex((l) => l.at === at && l.undoneBy === undoneBy) === n);

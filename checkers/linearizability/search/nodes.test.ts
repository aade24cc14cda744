/** Which configuration makes which needless, and that none is lost or taken for another as their number grows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tried } from '../../testing/runs.js';
import { Nodes, STATE } from './nodes.js';

const ROOM = 2 ** 24;
const NEEDLESS = -1;
const NO_ROOM = -2;

interface Configuration {
  state?: number;
  done?: readonly number[];
  used?: readonly number[];
  counts?: readonly number[];
}

function nodesOf(words: number, standsInFor: readonly number[] = [], room = ROOM): Nodes {
  return new Nodes(words, Int32Array.from(standsInFor), room);
}

function record({ words, body }: Nodes, { state = 0, done = [], used = [], counts = [] }: Configuration): Int32Array {
  const made = new Int32Array(body);
  made[0] = state;
  made.set(done, 1);
  made.set(used, 1 + words);
  made.set(counts, 1 + 2 * words);
  return made;
}

function add(nodes: Nodes, configuration: Configuration, key = 0): number {
  return nodes.add(key, -1, -1, record(nodes, configuration));
}

/** What becomes of the second one, and then of the first. */
function verdictOn(first: Configuration, second: Configuration, standsInFor: readonly number[] = [], words = 1) {
  const nodes = nodesOf(words, standsInFor);
  const known = add(nodes, first);
  if (add(nodes, second) === NEEDLESS) return 'first dominates';
  return nodes.isDominated(known) ? 'second dominates' : 'both stay';
}

/** That it is so, and that it is the other way round if they come the other way round. */
function expectDominating(
  better: Configuration,
  worse: Configuration,
  standsInFor?: readonly number[],
  words?: number,
) {
  expect(verdictOn(better, worse, standsInFor, words)).toBe('first dominates');
  expect(verdictOn(worse, better, standsInFor, words)).toBe('second dominates');
}

function expectBothToStay(one: Configuration, other: Configuration, standsInFor?: readonly number[], words?: number) {
  expect(verdictOn(one, other, standsInFor, words)).toBe('both stay');
  expect(verdictOn(other, one, standsInFor, words)).toBe('both stay');
}

describe('what a configuration is', () => {
  it('is given back as it was put in, with where it came from', () => {
    const nodes = nodesOf(2, [0, 0]);
    const configuration = Int32Array.of(7, 1, -2, 3, -4, 5, 6);
    expect(nodes.add(9, -1, -3, Int32Array.of(8, 0, 0, 0, 0, 0, 0))).toBe(0);
    expect(nodes.add(11, 0, 4, configuration)).toBe(1);
    expect([nodes.key(0), nodes.parent(0), nodes.move(0)]).toEqual([9, -1, -3]);
    expect([nodes.key(1), nodes.parent(1), nodes.move(1)]).toEqual([11, 0, 4]);
    const into = new Int32Array(nodes.body);
    nodes.read(1, into);
    expect(into).toEqual(configuration);
    expect(nodes.count).toBe(2);
    expect(nodes.stride).toBe(STATE + 7);
  });

  it('is needless the second time', () => {
    const nodes = nodesOf(1);
    expect(add(nodes, { state: 3, done: [5], used: [1] })).toBe(0);
    expect(add(nodes, { state: 3, done: [5], used: [1] })).toBe(NEEDLESS);
    expect(nodes.count).toBe(1);
    expect(nodes.isDominated(0)).toBe(false);
  });

  it('stands by itself at another event or in another state', () => {
    const nodes = nodesOf(1);
    expect([add(nodes, {}, 0), add(nodes, {}, 1), add(nodes, { state: 1 }, 0), add(nodes, { state: 1 }, 1)]).toEqual([
      0, 1, 2, 3,
    ]);
    expect(add(nodes, { state: 1, done: [1] }, 1)).toBe(4);
    expect([0, 1, 2, 3, 4].map((node) => nodes.isDominated(node))).toEqual([false, false, false, true, false]);
  });
});

describe('which one dominates', () => {
  it('is the one with more done', () => {
    expectDominating({ done: [0b11] }, { done: [0b01] });
    expectBothToStay({ done: [0b10] }, { done: [0b01] });
  });

  it('is the one with fewer of them used', () => {
    expectDominating({ done: [0b11], used: [0b01] }, { done: [0b11], used: [0b11] });
    expectBothToStay({ done: [0b11], used: [0b01] }, { done: [0b11], used: [0b10] });
  });

  it('is none if one has more done and more used', () => {
    expectBothToStay({ done: [0b11], used: [0b11] }, { done: [0b01], used: [0b01] });
  });

  it.each([0, 1, 2])('looks at every word: %s', (word) => {
    const bit = Array.from({ length: 3 }, (_, n) => (n === word ? 4 : 0));
    const other = Array.from({ length: 3 }, (_, n) => (n === (word + 1) % 3 ? 4 : 0));
    expectDominating({ done: bit }, {}, [], 3);
    expectDominating({ done: bit }, { done: bit, used: bit }, [], 3);
    expectBothToStay({ done: bit }, { done: other }, [], 3);
    expectBothToStay({ done: [4, 4, 4], used: bit }, { done: [4, 4, 4], used: other }, [], 3);
  });

  it('is the one that used fewer indeterminate operations, of every class', () => {
    expectDominating({ counts: [1, 2] }, { counts: [1, 3] }, [0, 0]);
    expectDominating({ counts: [0, 2] }, { counts: [1, 2] }, [0, 0]);
    expectBothToStay({ counts: [1, 2] }, { counts: [2, 1] }, [0, 0]);
    expectBothToStay({ done: [1], counts: [2] }, { counts: [1] }, [0]);
    expectBothToStay({ used: [1], counts: [1] }, { counts: [2] }, [0]);
  });

  it('looks at the counts behind all words', () => {
    const open = { done: [7, 7], used: [1, 2] };
    expectDominating({ ...open, counts: [1, 0] }, { ...open, counts: [1, 1] }, [0, 0], 2);
    expectDominating({ ...open, counts: [0, 1] }, { ...open, counts: [1, 0] }, [1, 0], 2);
    expectBothToStay({ ...open, counts: [1, 0] }, { ...open, counts: [0, 1] }, [0, 0], 2);
    expectDominating({ done: [7, 7], used: [1, 0], counts: [1] }, { done: [7, 5], used: [1, 0], counts: [1] }, [0], 2);
    expectDominating({ done: [7, 7], used: [1, 0], counts: [1] }, { done: [7, 7], used: [1, 2], counts: [1] }, [0], 2);
  });

  it('is the one that saved what can stand in for what it used', () => {
    expectDominating({ counts: [0, 1] }, { counts: [1, 0] }, [1, 0]);
    expectDominating({ counts: [0, 1, 1] }, { counts: [2, 0, 0] }, [2, 0, 0]);
    expectDominating({ counts: [3, 1, 2] }, { counts: [4, 1, 1] }, [2, 0, 0]);
    expectDominating({ counts: [0, 1, 0] }, { counts: [1, 0, 3] }, [2, 0, 0]);
  });

  it('is not the one that saved too little, or what stands in for others', () => {
    expectBothToStay({ counts: [0, 2] }, { counts: [1, 0] }, [1, 0]);
    expectBothToStay({ counts: [0, 1, 1] }, { counts: [1, 0, 0] }, [2, 0, 0]);
    expectBothToStay({ counts: [0, 0, 1] }, { counts: [1, 0, 0] }, [1, 0, 0]);
    expectBothToStay({ counts: [0, 1, 1, 0] }, { counts: [1, 0, 0, 1] }, [1, 0, 1, 0]);
  });

  it('is the one that the definition says, with groups of classes that stand in for each other', () => {
    const shape = [2, 0, 0, 0, 1, 0];
    /** For each group: what is used more of its followers is no more than what is saved of its first. */
    const isAtLeastAsGood = (x: readonly number[], y: readonly number[]): boolean => {
      const groups = [[0, 1, 2], [3], [4, 5]];
      return groups.every(([first = 0, ...followers]) => {
        const saved = (y[first] as number) - (x[first] as number);
        const more = followers.reduce((sum, n) => sum + Math.max(0, (x[n] as number) - (y[n] as number)), 0);
        return more <= saved;
      });
    };
    const counts = fc.array(fc.nat(2), { minLength: 6, maxLength: 6 });
    tried('pairs of counts', fc.tuple(counts, counts), ([x, y]) => {
      const verdict = verdictOn({ counts: x }, { counts: y }, shape);
      const later = isAtLeastAsGood(y, x) ? 'second dominates' : 'both stay';
      expect(verdict).toBe(isAtLeastAsGood(x, y) ? 'first dominates' : later);
      return verdict !== 'both stay';
    });
  });
});

describe('several at one event and state', () => {
  it.each([0, 1, 2])('takes out the one that is dominated, and keeps the others: %s', (place) => {
    const nodes = nodesOf(1);
    const bits = [0b001, 0b010, 0b100];
    for (const bit of bits) expect(add(nodes, { done: [bit] })).toBeGreaterThanOrEqual(0);
    const better = (bits[place] as number) | 0b1000;
    expect(add(nodes, { done: [better] })).toBe(3);
    expect([0, 1, 2, 3].map((node) => nodes.isDominated(node))).toEqual([place === 0, place === 1, place === 2, false]);
    for (const bit of [...bits, better]) expect(add(nodes, { done: [bit] })).toBe(NEEDLESS);
    expect(add(nodes, { done: [0b10000] })).toBe(4);
  });

  it('takes out all that are dominated', () => {
    const nodes = nodesOf(1);
    for (const bit of [0b001, 0b010, 0b100]) add(nodes, { done: [bit] });
    expect(add(nodes, { done: [0b101] })).toBe(3);
    expect([0, 1, 2, 3].map((node) => nodes.isDominated(node))).toEqual([true, false, true, false]);
    expect(add(nodes, { done: [0b111] })).toBe(4);
    expect([1, 3].map((node) => nodes.isDominated(node))).toEqual([true, true]);
    expect(add(nodes, { done: [0b110] })).toBe(NEEDLESS);
  });
});

describe('many of them', () => {
  it('finds each again, however many there are', () => {
    const nodes = nodesOf(1);
    const all = Array.from({ length: 3000 }, (_, n) => [n % 50, Math.floor(n / 50)] as const);
    for (const [n, [key, state]] of all.entries()) expect(add(nodes, { state, done: [1] }, key)).toBe(n);
    for (const [key, state] of all) expect(add(nodes, { state, done: [1] }, key)).toBe(NEEDLESS);
    expect(nodes.count).toBe(3000);
    const into = new Int32Array(nodes.body);
    for (const [n, [key, state]] of all.entries()) {
      nodes.read(n, into);
      expect([nodes.key(n), into[0]]).toEqual([key, state]);
    }
  });

  /** Of one word and no counts: seven numbers of four bytes each, beside 128 heads. */
  const SIZE = 7 * 4;
  const HEADS = 128 * 4;

  it.each([0, 1, 63, 64, 65, 100, 128, 129, 1000])(
    'takes as many as there is room for, and not a byte more: %s',
    (most) => {
      for (const spare of [0, SIZE - 4]) {
        const room = HEADS + most * SIZE + spare;
        const nodes = nodesOf(1, [], room);
        // All at one event and in one state, and none like another: 14 of 28 bits.
        let bits = 2 ** 14 - 1;
        for (let n = 0; n < most; n++) {
          expect(add(nodes, { done: [bits] })).toBe(n);
          expect(nodes.bytes).toBeLessThanOrEqual(room);
          const low = bits & -bits;
          const ripple = bits + low;
          bits = ripple | (((bits ^ ripple) >>> 2) / low);
        }
        expect(add(nodes, { done: [bits] })).toBe(NO_ROOM);
        expect(nodes.count).toBe(most);
        expect(nodes.bytes).toBeGreaterThan(room - SIZE);
      }
    },
  );

  it('takes no room that it was not given for the first one, however many counts it has', () => {
    const nodes = nodesOf(
      1,
      Array.from({ length: 100_000 }, () => 0),
      1_000_000,
    );
    expect([add(nodes, {}, 0), add(nodes, {}, 1), add(nodes, {}, 2)]).toEqual([0, 1, NO_ROOM]);
    expect(nodes.bytes).toBeLessThanOrEqual(1_000_000);
    expect(add(nodesOf(1, [], 0), {})).toBe(NO_ROOM);
    expect(nodesOf(1).bytes).toBe(HEADS + 64 * SIZE);
  });

  it('needs room for the heads of lists as well', () => {
    // 64 nodes at first, and 64 lists, then twice of both.
    const full = 2 * 64 * SIZE + 2 * HEADS;
    for (const [room, most] of [
      [full - 4, 65],
      [full, 128],
    ] as const) {
      const nodes = nodesOf(1, [], room);
      let n = 0;
      while (n < 200 && add(nodes, {}, n) !== NO_ROOM) n++;
      expect(nodes.bytes).toBeLessThanOrEqual(room);
      expect(n).toBe(most);
    }
  });
});

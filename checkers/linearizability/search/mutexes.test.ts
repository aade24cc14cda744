/** The mutexes for the search: what counts as the same operation, what is hopeless, and states beyond small numbers. */
import { describe, expect, it } from 'vitest';
import { ACQUIRE, type Model, NIL, type Operations, RELEASE } from '../operations.js';
import { searchObject } from '../search.js';
import { type Draft, operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';
import { type Classified, IMPOSSIBLE } from './automaton.js';
import { mutexes } from './mutexes.js';

function rowsOf({ length }: Operations): Int32Array {
  return Int32Array.from({ length }, (_, row) => row);
}

function classified(model: Model, operations: Operations): Classified {
  return mutexes(operations, rowsOf(operations), model) as Classified;
}

/** One after the other. */
function inTurn(drafts: readonly Pick<Draft, 'process' | 'f' | 'a'>[]): Operations {
  return operationsOf(drafts.map((draft, n) => ({ ...draft, call: 2 * n, ret: 2 * n + 1 })));
}

const OTHERS = ['mutex', 'owner-mutex', 'reentrant-mutex'] as const;

describe('what is the same operation', () => {
  it.each(OTHERS)('%s: an acquire, whatever token it was answered', (model) => {
    const tokens = [1, 2].map((a) => ({ process: 0, f: ACQUIRE, a }));
    expect(classified(model, inTurn(tokens)).automaton.classes).toBe(1);
  });

  it('fenced-mutex: a release, whatever token is noted with it, but not an acquire', () => {
    const tokens = [1, 2].flatMap((a) => [ACQUIRE, RELEASE].map((f) => ({ process: 0, f, a })));
    expect(classified('fenced-mutex', inTurn(tokens)).automaton.classes).toBe(3);
  });
});

describe('fencing tokens', () => {
  it('remembers the highest one while a hold has one that is not known', () => {
    const holds = (...tokens: number[]) =>
      inTurn(tokens.flatMap((a, process) => [ACQUIRE, RELEASE].map((f) => ({ process, f, a }))));
    expect(search('fenced-mutex', holds(2, NIL, 1))).toMatchObject({ outcome: 'violated', stuck: 4 });
    expect(search('fenced-mutex', holds(2, NIL, 3)).outcome).toBe('clean');
  });

  it('gives up an acquire as soon as its token is below one that was given out', () => {
    const { automaton, classOf } = classified(
      'fenced-mutex',
      inTurn([1, 2].map((a) => ({ process: 0, f: ACQUIRE, a }))),
    );
    const isHopelessAfter = (first: number, second: number) =>
      automaton.hopeless?.(automaton.step(0, classOf[first] as number), classOf[second] as number);
    expect(isHopelessAfter(1, 0)).toBe(true);
    expect(isHopelessAfter(0, 0)).toBe(true);
    expect(isHopelessAfter(0, 1)).toBe(false);
  });

  it.each(OTHERS)('%s: nothing is hopeless, so that how far an order goes is not looked for twice', (model) => {
    expect(classified(model, inTurn([{ process: 0, f: ACQUIRE }])).automaton.hopeless).toBeUndefined();
  });
});

describe('states beyond small numbers', () => {
  it('holds a lock whose tokens are high among those of all locks', () => {
    const rising = [1, 2].flatMap((n) => [
      { process: n, f: ACQUIRE, a: 2 ** 30 + n },
      { process: n, f: RELEASE },
    ]);
    expect(search('fenced-mutex', inTurn(rising)).outcome).toBe('clean');
    const falling = [...rising.slice(2), ...rising.slice(0, 2)];
    expect(search('fenced-mutex', inTurn(falling))).toMatchObject({ outcome: 'violated', stuck: 2 });
  });

  it('lets one of many processes acquire a reentrant lock as often as it likes', () => {
    const many = 50_000;
    const { automaton, classOf } = classified(
      'reentrant-mutex',
      inTurn(Array.from({ length: many + 2 }, (_, n) => ({ process: n % many, f: n <= many ? ACQUIRE : RELEASE }))),
    );
    const [acquire, acquireOfNext] = [classOf[many - 1] as number, classOf[0] as number];
    const states = [0];
    for (let n = 0; n < many; n++) states.push(automaton.step(states[n] as number, acquire));
    expect(states.filter((state) => state !== (state | 0))).toEqual([]);
    expect(new Set(states).size).toBe(many + 1);
    expect(automaton.step(states[many] as number, acquireOfNext)).toBe(IMPOSSIBLE);
  });

  it('follows a process that acquires a reentrant lock very often, and out again', () => {
    const depth = 33_000;
    const operations = inTurn(
      Array.from({ length: 2 * depth + 1 }, (_, n) => ({ process: 0, f: n < depth ? ACQUIRE : RELEASE })),
    );
    const judged = searchObject('reentrant-mutex', operations, rowsOf(operations));
    expect(judged).toMatchObject({ outcome: 'violated', stuck: 2 * depth });
  });
});

describe('crashed operations that are not counted at first', () => {
  const lost = golden(`
    0 acquire    |--|
    1 release     |--?
    2 release     |--?
    3 acquire           |--|
    4 acquire               |--|
    5 acquire                   |--|
  `);

  it('decides a lock without owners, which has two states only', () => {
    expect(search('mutex', lost, 'few-supplies')).toMatchObject({ outcome: 'violated', stuck: 5 });
  });

  it('is no simpler for a reentrant lock, of which there are ever more states', () => {
    expect(search('reentrant-mutex', lost, 'few-supplies').outcome).toBe('unknown');
  });
});

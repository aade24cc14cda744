/**
 * What comes next, on histories drawn by hand: each says what it shows, and how many configurations it takes if nothing is tried
 * that need not be. More of them are no wrong verdict, but time: there are histories in which they are exponentially more.
 */
import { describe, expect, it } from 'vitest';
import { CAS, INDETERMINATE, type Model, NEVER, type Outcome, READ, WRITE } from '../operations.js';
import type { Strategy } from '../search.js';
import { type Draft, operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';
import { type Emit, Moves } from './moves.js';
import { problemOf } from './problem.js';

const DEPTH: Strategy = 'depth-first';
const BREADTH: Strategy = 'breadth-first';

describe('what is easily got wrong', () => {
  it('lets a compare-and-set that found what it wrote still come after a write', () => {
    // The first CAS is made to fit in by the one that follows it, and has to be done before that.
    const operations = golden(`
      3 write 2   |-|
      3 cas 2 3       |---------|
      4 write 1         |-----------|
      0 write 3           |---|
      2 cas 3 2             |-----|
      3 read 2                        |-|
    `);
    for (const way of [undefined, DEPTH, BREADTH] as const)
      expect(search('cas-register', operations, way)).toMatchObject({ outcome: 'clean', order: [0, 1, 2, 3, 4, 5] });
    expect(search('cas-register', operations, DEPTH).visited).toBeLessThanOrEqual(14);
  });

  it.each<[string, Model, Outcome, number[], string]>([
    [
      'a compare-and-set that failed makes any other value worth while',
      'cas-register',
      'clean',
      [1, 0],
      `
      0 cas! nil 5   |--|
      1 write 3      |------|
      `,
    ],
    [
      'a write is worth while for an append that could have returned unnoticed before it',
      'kv',
      'clean',
      [0, 1, 2, 3],
      `
      0 write w    |-|
      1 write x        |--------|
      2 append y         |--|
      3 read xy                    |-|
      `,
    ],
    [
      'a write is worth while for a compare-and-set that nobody knows of',
      'cas-register',
      'clean',
      [1, 0, 2],
      `
      0 cas 5 6   |-?
      1 write 5     |----------|
      2 read 6        |--|
      `,
    ],
    [
      'what nobody knows of is not used before it is called, the second one neither',
      'cas-register',
      'violated',
      [0, 1, 2],
      `
      0 write 7   |-?
      1 read 7       |-|
      2 write 8           |-|
      1 read 7                |-|
      3 write 7                    |-?
      1 read 7                        |-|
      `,
    ],
    [
      'a read that is done is not hopeless because it could not be done later',
      'append',
      'clean',
      [0, 1, 2, 3],
      `
      0 append 1     |--|
      1 read [1]          |------------|
      2 append 2             |---|
      3 read [1 2]                |--|
      `,
    ],
    [
      'an append to what nobody reads any more can be slipped in, although it was called while that was read',
      'kv',
      'clean',
      [0, 1, 2],
      `
      0 write x    |-|
      1 read x         |--|
      2 append z        |-------|
      `,
    ],
    [
      'a write that nobody reads follows the compare-and-set that it was slipped in with',
      'cas-register',
      'violated',
      [0, 1, 2],
      `
      0 write 1   |-|
      1 cas 1 5       |----|
      2 write 6         |-------------|
      3 read 9               |--|
      `,
    ],
    [
      'a write is worth while for an append that nobody knows of',
      'kv',
      'clean',
      [1, 0, 2],
      `
      0 append y   |-?
      1 write x      |----------|
      2 read xy        |--|
      `,
    ],
  ])('%s', (_, model, outcome, order, drawing) => {
    for (const way of [undefined, DEPTH, BREADTH] as const)
      expect(search(model, golden(drawing), way)).toMatchObject({ outcome, order });
  });
});

describe('tries no more than it takes', () => {
  it.each<[string, Model, Strategy, Outcome, number, string]>([
    [
      'what could be slipped in and can change nothing later leaves at once',
      'cas-register',
      DEPTH,
      'violated',
      3,
      `
      0 cas nil 4   |-----|
      1 cas 4 4       |-|
      0 cas 3 1             |-|
      `,
    ],
    [
      'a compare-and-set that failed changes nothing later',
      'cas-register',
      DEPTH,
      'violated',
      5,
      `
      0 cas nil 4   |-------|
      1 cas 4 4       |-|
      7 cas! nil 4        |---|
      1 cas! 1 3                |---|
      0 cas 3 1                   |---|
      6 write 2                         |---?
      `,
    ],
    [
      'an acquire that nobody knows of waits until something needs it',
      'owner-mutex',
      DEPTH,
      'clean',
      8,
      `
      2 acquire   |-----------------------?
      1 acquire     |---|
      0 acquire       |-------|
      1 release           |-|
      1 acquire                 |---|
      0 release                   |---|
      `,
    ],
    [
      'a write is not tried for an append that it does not make possible',
      'kv',
      DEPTH,
      'clean',
      7,
      `
      1 read 1.     |-----------|
      3 write 1.      |-----------|
      4 append 2.       |---|
      0 write 3.          |---|
      1 append 1.                   |---?
      `,
    ],
    [
      'what was covered is not done a second time for nothing',
      'kv',
      BREADTH,
      'clean',
      9,
      `
      1 read 1.     |-----------|
      3 write 1.      |-----------|
      4 append 2.       |---|
      0 write 3.          |---|
      1 append 1.                   |---?
      `,
    ],
    [
      'what is done and cannot come later passes, and nothing is put before it',
      'cas-register',
      DEPTH,
      'clean',
      8,
      `
      4 write 1     |-------------------------------?
      2 read 1        |---------------|
      0 cas 1 1         |-|
      4 read 1              |-----|
      1 cas! nil 2            |-----------|
      5 read 1                  |-------|
      0 cas 1 2                     |-------|
      4 read 2                                |-|
      `,
    ],
    [
      'of acquires without owner the one that returns first goes first, and of releases',
      'mutex',
      DEPTH,
      'violated',
      16,
      `
      0 acquire   |--------------|
      1 acquire   |--------------|
      2 acquire   |--------------|
      3 acquire   |--------------|
      4 acquire   |--------------|
      5 release   |--------------|
      6 release   |--------------|
      7 release   |--------------|
      8 release   |--------------|
      8 release                     |--------------|
      9 acquire                                       |--------------|
      8 acquire                                                          |--------------|
      `,
    ],
    [
      'an update that is not done is not put off by a mark that it has to be',
      'kv',
      BREADTH,
      'violated',
      15,
      `
      1 write y   |---------|
      1 append x    |---|
      0 append y      |---|
      9 read yxxy             |-|
      `,
    ],
    [
      'what must be applied is so before anything else returns',
      'kv',
      BREADTH,
      'violated',
      11,
      `
      0 append y    |---------|
      0 write y       |---|
      0 append xy       |---|
      9 read yxyxy              |-|
      `,
    ],
    [
      'a write of what is there is not tried if it covers nothing',
      'kv',
      DEPTH,
      'clean',
      6,
      `
      0 append x   |-|
      0 write x        |-----|
      0 append x         |-|
      9 read xx                |-|
      `,
    ],
    [
      'an append of what nobody reads is not tried for what it would cover',
      'kv',
      DEPTH,
      'clean',
      9,
      `
      0 write y    |-|
      0 write y        |-----|
      0 append x         |-------|
      0 write xy           |---|
      9 read xy                    |-|
      `,
    ],
    [
      'an acquire without answer is not tried while one with an answer does the same',
      'mutex',
      DEPTH,
      'clean',
      2,
      `
      1 release   |---------?
      0 acquire     |---|
      0 acquire       |-----?
      `,
    ],
    [
      'a write without answer of what is there is not tried if it covers nothing',
      'kv',
      DEPTH,
      'violated',
      5,
      `
      0 write y     |---------------?
      0 append y      |-|
      1 append x          |-|
      9 read yy               |-|
      `,
    ],
    [
      'appends that nobody reads, and nothing can cover, leave at once',
      'kv',
      BREADTH,
      'clean',
      3,
      `
      2 append 1.   |---|
      1 append 2.     |---|
      `,
    ],
    [
      'a write of what is there is tried for what is open now, not for what was',
      'kv',
      DEPTH,
      'clean',
      6,
      `
      1 write x     |-|
      0 append x        |---|
      1 write x           |-------|
      0 write x               |-|
      9 read x                      |-|
      `,
    ],
    [
      'a write of what is there covers no compare-and-set',
      'cas-register',
      DEPTH,
      'clean',
      7,
      `
      0 write 1     |-|
      0 write 1         |---------|
      0 cas 1 5           |-----|
      0 write 3             |-|
      `,
    ],
    [
      'a write that an open read does not want waits',
      'register',
      DEPTH,
      'clean',
      5,
      `
      2 write 2   |---|
      0 write 1     |---------|
      2 read 1          |-------|
      1 read 1            |-|
      `,
    ],
    [
      'a compare-and-set that failed and is done is not looked after any more',
      'cas-register',
      DEPTH,
      'clean',
      7,
      `
      0 write 2    |-----|
      0 cas! 1 2     |-------|
      0 write 3        |---|
      9 read 3                 |-|
      `,
    ],
    [
      'a token above one that is still to be given out is a dead end',
      'fenced-mutex',
      DEPTH,
      'violated',
      5,
      `
      1 acquire 1   |---|
      0 acquire 2     |---|
      `,
    ],
  ])('%s', (_, model, way, outcome, most, drawing) => {
    const found = search(model, golden(drawing), way);
    expect(found.outcome).toBe(outcome);
    expect(found.visited).toBeLessThanOrEqual(most);
  });
});

describe('where there is no room for what comes next', () => {
  it.each<[Model, string]>([
    [
      'cas-register',
      `
      4 write 1     |-------------------------------?
      7 cas 2 1       |-----------------------------?
      2 read 1        |---------------|
      0 write 2         |-------|
      4 read 1              |-----|
      1 cas! nil 2            |-----------|
      5 read 1                  |-------|
      0 cas 1 2                     |-------|
      4 read 2                                |-|
      `,
    ],
    [
      'kv',
      `
      0 write x     |-----------------?
      1 write x     |---------|
      2 append y      |---|
      3 append y        |-------|
      4 write w           |-------|
      5 append z            |---|
      6 read wyz                    |--|
      `,
    ],
  ])('nothing else is tried, so that nothing that is left out is taken for impossible: %s', (model, drawing) => {
    const operations = golden(drawing);
    const problem = problemOf(model, operations, Int32Array.from(operations.call.keys()), 2 ** 20);
    if (typeof problem === 'string') throw new Error(problem);
    const moves = new Moves(problem);
    const known = new Map<string, [event: number, mustFinish: boolean, configuration: Int32Array]>();
    const keep: Emit = (event, mustFinish, _, configuration) => {
      known.set(`${event} ${mustFinish} ${configuration.join()}`, [event, mustFinish, configuration.slice()]);
      return true;
    };
    /** With no room for the first of them, then for the second, and so on. */
    function tryWithout(go: (emit: Emit) => boolean): number {
      let all = 0;
      expect(go((...what) => ++all > 0 && keep(...what))).toBe(true);
      for (let last = 1; last <= all; last++) {
        let emitted = 0;
        expect(go(() => ++emitted < last)).toBe(false);
        expect(emitted).toBe(last);
      }
      return all;
    }
    let several = 0;
    for (let event = 0; event < problem.count; event++) tryWithout((emit) => moves.startAt(event, emit));
    for (const [event, mustFinish, configuration] of known.values()) {
      if (event === problem.count) continue;
      if (tryWithout((emit) => moves.expand(event, mustFinish, (into) => into.set(configuration), emit)) > 1) several++;
    }
    expect(several).toBeGreaterThan(0);
  });
});

describe('more than 32 open operations', () => {
  /** Two indeterminate writes of a 7, which are needed once in each round. */
  const rounds = (count: number) => {
    const open = Array.from({ length: 40 }, (_, n): Draft => {
      return { process: n, f: n % 2 === 0 ? WRITE : CAS, call: n, ret: 500 + n, a: 1 + (n % 3), b: 1 + ((n + 1) % 3) };
    });
    const lost = [0.1, 0.2].map(
      (call): Draft => ({ process: 60, f: WRITE, call, ret: NEVER, a: 7, outcome: INDETERMINATE }),
    );
    const all = Array.from({ length: 2 * count }, (_, n): Draft => {
      return {
        process: 50,
        f: n % 2 === 0 ? WRITE : READ,
        call: 100 + 2 * n,
        ret: 101 + 2 * n,
        a: n % 2 === 0 ? 8 : 7,
      };
    });
    return operationsOf([...open, ...lost, ...all]);
  };

  it('leave the counts of indeterminate operations alone', () => {
    const enough = search('cas-register', rounds(2));
    expect(enough.outcome).toBe('clean');
    expect(enough.visited).toBeLessThanOrEqual(144);
    expect(search('cas-register', rounds(3)).outcome).toBe('violated');
  });
});

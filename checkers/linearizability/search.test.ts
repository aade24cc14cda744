/** The search on histories drawn by hand, on long executions of correct objects, and at its limits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../testing/runs.js';
import { CAS, DEFAULT_BUDGET, INDETERMINATE, MODELS, type Model, NEVER, READ, WRITE } from './operations.js';
import { searchObject } from './search.js';
import { type Draft, operationsOf } from './testing/drafts.js';
import { execute } from './testing/executions.js';
import { golden } from './testing/golden.js';
import { search } from './testing/searching.js';

const TIMEOUT = PROPERTY_RUNS >= 100_000 ? 3_600_000 : 60_000;

describe('histories drawn by hand', () => {
  it('shows the order, with what was slipped in unnoticed, and the indeterminate operation that it needs', () => {
    const operations = golden(`
      0 write 1   |------|
      1 write 2   |------|
      2 cas 2 3      |---?
      3 read 2       |-------|
      3 read 3                  |---|
    `);
    expect(search('cas-register', operations)).toMatchObject({ outcome: 'clean', order: [0, 1, 3, 2, 4] });
  });

  it('shows how far an order goes, and what cannot follow', () => {
    const operations = golden(`
      0 write 1   |--|
      1 write 2        |--|
      2 read 2               |--|
      3 read 1                    |--|
      4 write 1                        |--|
    `);
    expect(search('register', operations)).toMatchObject({ outcome: 'violated', order: [0, 1, 2], stuck: 3 });
  });

  it('shows how far an order goes although it could have known earlier that it leads nowhere', () => {
    const operations = golden(`
      0 append 1   |--|
      1 append 2        |--|
      2 read [1 2]            |--|
      3 append 3                    |--|
      4 read [2 1]                       |--|
    `);
    expect(search('append', operations)).toMatchObject({ outcome: 'violated', order: [0, 1, 2, 3], stuck: 4 });
  });

  it.each<[string, Model, string, 'clean' | 'violated']>([
    ['a read of what nobody wrote', 'register', '0 write 1 |--|\n1 read 2   |--|', 'violated'],
    ['a read of what is written later', 'register', '1 read 2 |--|\n0 write 2     |--|', 'violated'],
    ['nothing but what says nothing', 'cas-register', '1 read ? |--|\n0 read 5 |--?\n0 cas 1 1 |--?', 'clean'],
    ['a CAS that must have failed, and did not', 'cas-register', '0 write 1 |--|\n1 cas 2 1    |--|', 'violated'],
    [
      'a CAS of a value by itself',
      'cas-register',
      '0 write 1 |--|\n1 cas 1 1    |--|\n1 cas! 1 1     |--|',
      'violated',
    ],
    ['a string and what was put after it', 'kv', '0 write x |--|\n1 append y    |--|\n2 read xy         |--|', 'clean'],
    ['an append that a write covers', 'kv', '0 append x |--|\n1 write y  |--|\n2 read y       |--|', 'clean'],
    [
      'a token that does not rise',
      'fenced-mutex',
      '0 acquire 2 |--|\n0 release     |--|\n1 acquire 2        |--|',
      'violated',
    ],
  ])('%s', (_, model, drawing, outcome) => {
    expect(search(model, golden(drawing)).outcome).toBe(outcome);
  });

  it('does not know operations that the object does not have', () => {
    const reason = 'an operation that the object does not have';
    expect(search('register', golden('0 cas 1 2 |--|'))).toMatchObject({ outcome: 'unknown', reason });
    expect(search('cas-register', golden('0 append 1 |--|'))).toMatchObject({ outcome: 'unknown', reason });
    expect(search('mutex', golden('0 write 1 |--|'))).toMatchObject({ outcome: 'unknown', reason });
    expect(search('set', golden('0 append 1 |--|'))).toMatchObject({ outcome: 'unknown', reason });
    expect(search('kv', golden('0 cas 1 2 |--|'))).toMatchObject({ outcome: 'unknown', reason });
  });
});

describe('what is easily got wrong', () => {
  it('applies a definite CAS before another operation returns even if nobody wants its value', () => {
    const operations = golden(`
      0 write 1   |--|
      1 cas 1 2         |------------|
      2 write 3           |--|
      3 read 3                  |--|
    `);
    expect(search('cas-register', operations)).toMatchObject({ outcome: 'clean', order: [0, 1, 2, 3] });
  });

  it('leaves writes that nobody reads to be covered by others, and does not try their subsets', () => {
    const writes = Array.from({ length: 40 }, (_, n) => `${n} write ${n} |--------|`).join('\n');
    const good = search('register', golden(`${writes}\n50 read 17            |--|`));
    expect(good.outcome).toBe('clean');
    expect(good.visited).toBeLessThan(500);
    const bad = search('register', golden(`${writes}\n50 read 17            |--|\n50 read 18                |--|`));
    expect(bad.outcome).toBe('violated');
    expect(bad.visited).toBeLessThan(5000);
  });

  it('lets a write that is covered already still be the last one', () => {
    const operations = golden(`
      0 write 1   |-----------|
      1 write 2     |--|
      2 read 1                   |--|
    `);
    expect(search('register', operations)).toMatchObject({ outcome: 'clean', order: [1, 0, 2] });
  });

  it('covers a write with one of the value that is there already', () => {
    const operations = golden(`
      0 write 1   |--|
      1 write 1         |---|
      2 write 2           |---|
      0 read 1                   |--|
    `);
    expect(search('register', operations)).toMatchObject({ outcome: 'clean', order: [0, 2, 1, 3] });
  });

  it('uses indeterminate operations as often as there are, and finds out at once', () => {
    const rounds = (count: number) =>
      Array.from({ length: count }, (_, n) => {
        const at = ' '.repeat(12 * n);
        return `100 write 2  ${at}    |--|\n101 read 1  ${at}          |--|`;
      }).join('\n');
    const lost = Array.from({ length: 30 }, (_, n) => `${n} write 1  |-?\n${n + 50} cas 2 ${n % 5} |-?`).join('\n');
    const good = search('cas-register', golden(`${lost}\n${rounds(30)}`));
    expect(good.outcome).toBe('clean');
    expect(good.visited).toBeLessThan(1000);
    // Six of the CAS write a 1 as well.
    expect(search('cas-register', golden(`${lost}\n${rounds(36)}`)).outcome).toBe('clean');
    const bad = search('cas-register', golden(`${lost}\n${rounds(37)}`));
    expect(bad.outcome).toBe('violated');
    expect(bad.visited).toBeLessThan(200_000);
  });

  it('does not try indeterminate writes that nobody waits for', () => {
    const lost = Array.from({ length: 14 }, (_, n) => `${n} write ${n} |-?`).join('\n');
    const late = Array.from({ length: 14 }, (_, n) => `60 read ${n} ${' '.repeat(40 + 6 * n)}|--|`).join('\n');
    const stale = '50 write a     |--|\n50 write b           |--|\n50 read a                  |--|';
    const { outcome, visited } = search('register', golden(`${lost}\n${stale}\n${late}`));
    expect(outcome).toBe('violated');
    expect(visited).toBeLessThan(15);
  });

  it('of two equal appends applies the one that nothing covers, although it returns later', () => {
    const operations = golden(`
      0 append x   |-------------------|
      1 write w      |--|
      2 append x           |----------------------|
      3 read wx              |--|
      3 read wx                                     |--|
    `);
    expect(search('kv', operations)).toMatchObject({ outcome: 'clean', order: [0, 1, 2, 3, 4] });
  });

  it('lets an append that nobody would see return only after trying it behind a write', () => {
    const operations = golden(`
      0 write 1.    |--|
      1 write 1.     |--------------|
      2 append 2.        |-----|
      3 append 0.         |--|
      4 append 0.             |---?
      5 read 1.0.0.                |---|
    `);
    expect(search('kv', operations)).toMatchObject({ outcome: 'clean', order: [0, 2, 1, 3, 4, 5] });
  });

  it.each(['|', '?'])(
    'covers a write with one of the value that is there before a CAS or an append changes it: %s',
    (end) => {
      const registers = golden(`
      0 write 1   |--|
      1 write 1        |------------${end}
      2 write 5          |-------|
      3 cas 1 2             |--|
      4 read 2                         |--|
    `);
      expect(search('cas-register', registers)).toMatchObject({ outcome: 'clean', order: [0, 2, 1, 3, 4] });
      const strings = golden(`
      0 write x   |--|
      1 write x        |------------${end}
      2 write w          |-------|
      3 append y            |--|
      4 read xy                        |--|
    `);
      expect(search('kv', strings)).toMatchObject({ outcome: 'clean', order: [0, 2, 1, 3, 4] });
    },
  );

  it('has room for a hundred and more open operations', () => {
    const chain = (last: number) => {
      const open = Array.from({ length: 130 }, (_, n): Draft => {
        return { process: n, f: CAS, call: 130 - n, ret: 200 + ((n * 77) % 130), a: n, b: n + 1 };
      });
      return operationsOf([...open, { process: 0, f: READ, call: 500, ret: 501, a: last }]);
    };
    const order = Array.from({ length: 131 }, (_, n) => (n === 130 ? 130 : 129 - n));
    expect(search('cas-register', chain(130))).toMatchObject({ outcome: 'clean', order });
    expect(search('cas-register', chain(129)).outcome).toBe('violated');
  });
});

describe('soundness', () => {
  it.each(MODELS)('%s: never accuses an object that is right', { timeout: TIMEOUT }, (model) => {
    const executions = fc
      .record({
        clients: fc.integer({ min: 2, max: 12 }),
        objects: fc.constant(1),
        values: fc.constantFrom(2, 5, 'unique' as const),
        lossy: fc.constantFrom(0, 3, 15),
        choices: fc.array(fc.nat(2 ** 30), { minLength: 50, maxLength: 250, size: 'max' }),
      })
      .map((options) => execute(model, options));
    const budget = { ...DEFAULT_BUDGET, configurations: 100_000 };
    const runs = Math.ceil(PROPERTY_RUNS / 4);
    let unknown = 0;
    tried(
      `executions of a ${model}`,
      executions,
      (operations) => {
        const { outcome } = search(model, operations, undefined, budget);
        expect(outcome).not.toBe('violated');
        if (outcome === 'unknown') unknown++;
        return outcome === 'clean' && operations.length > 20;
      },
      { runs, notable: 0.3 },
    );
    if (unknown > 0) console.log(`${model}: ${unknown} of them unknown`);
    expect(unknown).toBeLessThanOrEqual(runs / 50);
  });
});

describe('limits', () => {
  /** Many that are in each other's way, and a read that shows that it cannot be: each subset of the CAS is a configuration. */
  const hard = () => {
    const open = Array.from({ length: 60 }, (_, n): Draft => {
      return { process: n, f: n % 3 === 0 ? WRITE : CAS, call: n, ret: 200 + n, a: n % 7, b: (n * 5 + 1) % 7 };
    });
    const reads = [1, 2].map((a): Draft => ({ process: 70, f: READ, call: 300 + 2 * a, ret: 301 + 2 * a, a }));
    const lost: Draft = { process: 80, f: WRITE, call: 150, ret: NEVER, a: 9, outcome: INDETERMINATE };
    return operationsOf([...open, ...reads, lost]);
  };

  it.each([
    [{ configurations: 2000, bytes: 1e9 }, /configurations$/],
    [{ configurations: 1e9, bytes: 100_000 }, /bytes of configurations$/],
    [{ configurations: 1e9, bytes: 1000 }, /bytes allowed$/],
    [{ configurations: 1e9, bytes: 1e9, isOver: () => true }, /^out of time$/],
  ])('gives up inside its budget and says why: %o', (budget, reason) => {
    const result = search('cas-register', hard(), 'depth-first', budget);
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringMatching(reason) });
    for (const { visited, bytes } of [result, search('cas-register', hard(), undefined, budget)]) {
      expect(visited).toBeLessThan(budget.configurations + 1000);
      expect(bytes).toBeLessThanOrEqual(budget.bytes);
    }
  });

  it('throws at nothing', { timeout: TIMEOUT }, () => {
    const number = fc.oneof(fc.integer({ min: -3, max: 6 }), fc.integer());
    const drafts = fc.array(
      fc.record({
        process: number,
        f: fc.nat(8),
        a: number,
        b: number,
        outcome: fc.nat(3),
        length: fc.nat(30),
        lost: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    tried('garbage', fc.tuple(fc.constantFrom(...MODELS), drafts), ([model, drawn]) => {
      const operations = operationsOf(
        drawn.map(({ length, lost, ...rest }, n) => {
          return { ...rest, call: n * 4, ret: lost ? NEVER : n * 4 + length * 4 + 1 + n / 100 };
        }),
      );
      const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
      const { outcome } = searchObject(model, operations, rows, { configurations: 1000, bytes: 1e6 });
      return outcome === 'unknown';
    });
  });
});

import { describe, expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { MAX_WITNESSES } from './object-verdicts.js';
import { golden } from './testing/golden.js';

const TWICE = '0 write 1 |-|\n 0 write 2    |-|\n 0 write 1       |-|\n';

describe('the judgement of objects', () => {
  it('counts those that have operations, by what decided them', () => {
    const drawing = '0 write 1 |-|\n 1 @3 write 1   |-|\n 1 @3 write 1      |-|\n 2 @5 append x        |-|';
    expect(judgeObjects('kv', golden(drawing)).decidedBy).toEqual({ zones: 1, search: 1, chains: 1 });
  });

  it('says in the words of a register what is wrong with one', () => {
    expect(judgeObjects('register', golden('0 write 1 |-|\n 1 read 2   |-|')).witnesses).toEqual([
      { kind: 'contradiction', object: 0, operations: [1], why: 'nobody wrote the value that was read' },
    ]);
  });

  it('does not know of an object whose search came to the end of its budget', () => {
    const result = judgeObjects('register', golden(`${TWICE} 1 read 1            |-|`), {
      configurations: 0,
      bytes: 0,
    });
    expect(result).toEqual({
      outcome: 'unknown',
      decidedBy: {},
      fallbacks: { 'a value was written twice': 1 },
      witnesses: [],
      violated: 0,
      doubts: { 'the search came to the end of its budget': 1 },
    });
  });

  it('is violated where one object is, whatever is not known of another', () => {
    const drawing = `${TWICE} 1 read 1            |-|\n 2 @1 read 5              |-|`;
    expect(judgeObjects('register', golden(drawing), { configurations: 0, bytes: 0 })).toMatchObject({
      outcome: 'violated',
      violated: 1,
      doubts: { 'the search came to the end of its budget': 1 },
    });
  });

  it('shows how far the search came, for the first hundred objects', () => {
    expect(judgeObjects('register', golden(`${TWICE} 1 read 2            |-|`)).witnesses).toEqual([
      {
        kind: 'stuck',
        object: 0,
        order: [0, 1, 2],
        stuck: 3,
        why: 'no order of what came before lets this operation follow',
      },
    ]);
    const many = Array.from({ length: MAX_WITNESSES + 1 }, (_, key) =>
      `${TWICE} 1 read 2            |-|\n`.replaceAll(/ (write|read)/g, ` @${key} $1`),
    );
    const { violated, witnesses } = judgeObjects('register', golden(many.join('')));
    expect([violated, witnesses.length]).toEqual([MAX_WITNESSES + 1, MAX_WITNESSES]);
  });

  it('does not look behind the end of the table, however long the columns are', () => {
    // An append there would make a string of the value, and a row of object 0 the first row once more.
    const table = golden('0 write 1 |-|\n 1 write 1    |-|\n 2 @1 write 1     |-|');
    for (const object of [0, 1]) {
      const longer = {
        ...table,
        f: Uint8Array.of(...table.f, 5),
        object: Int32Array.of(...table.object, object),
      };
      expect(judgeObjects('kv', longer)).toEqual(judgeObjects('kv', table));
    }
    const cas = golden('0 cas nil 1 |-|\n 1 cas 1 2    |-|\n 2 cas 2 1      |-|');
    expect(judgeObjects('cas-register', { ...cas, object: new Int32Array(4) })).toEqual(
      judgeObjects('cas-register', cas),
    );
    expect(judgeObjects('cas-register', cas)).toMatchObject({ outcome: 'clean', decidedBy: { search: 1 } });
  });
});

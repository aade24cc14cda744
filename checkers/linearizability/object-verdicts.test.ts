import { describe, expect, it } from 'vitest';
import { type CheckedTable, checkTable } from './checked-table.js';
import {
  calledAt,
  contradict,
  createVerdicts,
  ELSEWHERE,
  leave,
  MAX_WITNESSES,
  type ObjectVerdicts,
  reasonLeft,
  returnedAt,
  violate,
} from './object-verdicts.js';
import { golden } from './testing/golden.js';

function verdictsOf(drawing: string): ObjectVerdicts {
  return createVerdicts(checkTable('register', golden(drawing)) as CheckedTable);
}

const TWO_OBJECTS = '0 write 1 |-|\n 1 @1 write 2    |-?\n 2 write 3         |-|\n 3 @1 read 2          |-|';
const never = (): never => {
  throw new Error('nobody keeps this witness');
};

describe('an object that is left to the search', () => {
  it('is left for the first reason, and others for the same one', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    leave(verdicts, 1, 'one');
    leave(verdicts, 1, 'two');
    leave(verdicts, 0, 'one');
    expect([0, 1].map((object) => reasonLeft(verdicts, object))).toEqual(['one', 'one']);
    expect(verdicts.reasons).toEqual(['one']);
  });

  it('has a reason of its own where that differs', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    leave(verdicts, 0, 'one');
    expect(reasonLeft(verdicts, 1)).toBe(undefined);
    leave(verdicts, 1, 'two');
    expect([0, 1].map((object) => reasonLeft(verdicts, object))).toEqual(['one', 'two']);
  });

  it('is called violated no more, and what is violated is not left', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    leave(verdicts, 0, 'one');
    violate(verdicts, 0, never);
    contradict(verdicts, 1, [1], 'why');
    leave(verdicts, 1, 'two');
    expect([0, 1].map((object) => reasonLeft(verdicts, object))).toEqual(['one', undefined]);
    expect(verdicts).toMatchObject({ violated: 1, reasons: ['one'] });
  });

  it('is nobody whom another algorithm sees to', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    verdicts.state[0] = ELSEWHERE;
    leave(verdicts, 0, 'one');
    contradict(verdicts, 0, [0], 'why');
    expect(reasonLeft(verdicts, 0)).toBe(undefined);
    expect(verdicts).toMatchObject({ violated: 0, witnesses: [] });
  });
});

describe('a contradiction', () => {
  it('names each operation once and in order, and only the first one of an object counts', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    contradict(verdicts, 0, [2, -1, 0, 2], 'first');
    contradict(verdicts, 0, [0], 'second');
    expect(verdicts.witnesses).toEqual([{ kind: 'contradiction', object: 0, operations: [0, 2], why: 'first' }]);
    expect(verdicts.violated).toBe(1);
  });

  it('names what shows that an operation without an answer took effect, of no other one', () => {
    const verdicts = verdictsOf(TWO_OBJECTS);
    verdicts.shownBy = Int32Array.of(3, 3, -1, -1);
    contradict(verdicts, 1, [1], 'why');
    contradict(verdicts, 0, [0, 2], 'why');
    expect(verdicts.witnesses).toMatchObject([{ operations: [1, 3] }, { operations: [0, 2] }]);
    // Nobody noted what shows it.
    const unnoted = verdictsOf('0 write 1 |-?\n 1 write 2   |-|');
    contradict(unnoted, 0, [0], 'why');
    expect(unnoted.witnesses).toMatchObject([{ operations: [0] }]);
  });

  it('is counted where its proof is not kept any more', () => {
    const verdicts = verdictsOf(
      Array.from({ length: MAX_WITNESSES + 1 }, (_, key) => `0 @${key} write 1 |-|`).join('\n'),
    );
    for (let object = 0; object < MAX_WITNESSES; object++) contradict(verdicts, object, [object], 'why');
    violate(verdicts, MAX_WITNESSES, never);
    expect(verdicts.violated).toBe(MAX_WITNESSES + 1);
    expect(verdicts.witnesses).toHaveLength(MAX_WITNESSES);
  });
});

describe('who was called or returned at a position', () => {
  // Calls at 0, 2, 3 and 5; returns at 1, 4 and 6.
  const verdicts = () => verdictsOf(TWO_OBJECTS);

  it('is a row, or nobody', () => {
    expect([...verdicts().table.call, ...verdicts().table.ret]).toEqual([0, 2, 3, 5, 1, 2 ** 31 - 1, 4, 6]);
    const positions = [-1, 0, 1, 2, 3, 4, 5, 6, 7];
    const called = [-1, 0, -1, 1, 2, -1, 3, -1, -1];
    expect(positions.map((at) => calledAt(verdicts(), at))).toEqual(called);
    const asked = verdicts();
    const returned = [-1, -1, 0, -1, -1, 2, -1, 3, -1];
    expect(positions.map((at) => returnedAt(asked, at))).toEqual(returned);
  });

  it('is found without going through the table again', () => {
    const asked = verdicts();
    returnedAt(asked, 1);
    asked.table.ret[0] = 6;
    expect(returnedAt(asked, 1)).toBe(0);
  });

  it('is nobody behind the end of the table, however long the columns are', () => {
    const { table, ...rest } = verdicts();
    const call = Int32Array.from([...table.call, 7, 8]);
    expect([7, 8].map((at) => calledAt({ ...rest, table: { ...table, call } }, at))).toEqual([-1, -1]);
  });
});

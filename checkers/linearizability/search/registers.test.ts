/** The registers for the search: which operations say nothing, which are the same, and which values are told apart how long. */
import { describe, expect, it } from 'vitest';
import { NEVER, type Operations, READ, WRITE } from '../operations.js';
import { operationsOf } from '../testing/drafts.js';
import { golden } from '../testing/golden.js';
import { search } from '../testing/searching.js';
import { type Classified, SAYS_NOTHING, UNOBSERVED } from './automaton.js';
import { registers } from './registers.js';

function classified(operations: Operations): Classified {
  const rows = Int32Array.from({ length: operations.length }, (_, row) => row);
  return registers(operations, rows, true) as Classified;
}

/** By row: whether the operation is left out. */
function leftOut(drawing: string): boolean[] {
  return Array.from(classified(golden(drawing)).classOf, (c) => c === SAYS_NOTHING);
}

describe('operations that are left out', () => {
  it('leaves out what has no answer and changes nothing', () => {
    expect(leftOut('0 read 1 |--?\n1 cas 1 1 |--?\n2 read ?   |--|')).toEqual([true, true, true]);
  });

  const updates = `
    0 write 1    |--?
    1 write 2     |--?
    2 cas 2 3      |--?
    3 write 4       |--?
    4 write 5        |--|
    5 read 1              |--|
  `;

  it('leaves out updates without answer to a value that nobody looks for', () => {
    expect(leftOut(updates)).toEqual([false, false, true, true, false, false]);
  });

  it('keeps them all if a compare-and-set failed, which they may have made fail', () => {
    expect(leftOut(`${updates}\n6 cas! 5 6           |--|`)).not.toContain(true);
  });

  it.each(['register', 'cas-register'] as const)('%s: keeps a write of nil without answer', (model) => {
    const operations = golden('0 write 1   |--|\n1 write nil      |--?\n2 read nil          |--|');
    expect(search(model, operations).outcome).toBe('clean');
  });
});

describe('operations that do the same', () => {
  it('takes a compare-and-set of a value by itself for a read of it', () => {
    const { classOf } = classified(golden('0 cas 1 1 |--|\n1 read 1      |--|'));
    expect(classOf[0]).toBe(classOf[1]);
  });

  it('takes those that expected one value and failed for one, whatever they would have written', () => {
    const { classOf } = classified(golden('0 cas! 1 2 |--|\n1 cas! 1 3      |--|'));
    expect(classOf[0]).toBe(classOf[1]);
  });

  it('has no state for what stands beside a read or a write in the column of the new values', () => {
    const operations = operationsOf([
      { process: 0, f: WRITE, call: 0, ret: 1, a: 1, b: 8 },
      { process: 0, f: READ, call: 2, ret: 3, a: 1, b: 9 },
    ]);
    // Nil, what nobody looks at, and 1.
    expect(classified(operations).automaton.wants?.states).toBe(3);
  });
});

describe('since when an operation is possible', () => {
  const operations = golden(`
    0 read nil   |--|
    1 write 1         |--|
    2 write 1              |--?
    3 read 1                  |--|
    4 read 2                       |--|
    5 cas 3 4                           |--|
    6 read 4                                |--|
    7 cas 4 5                                    |--|
    8 cas! 1 6                                       |--|
    9 read 6                                             |--|
  `);
  const { automaton, classOf } = classified(operations);
  const since = (row: number) => automaton.since?.(classOf[row] as number) as number;

  it('is the first call that writes the value, for who reads or expects it', () => {
    expect([3, 6, 7].map(since)).toEqual([1, 5, 5].map((row) => operations.call[row]));
  });

  it('is never for a value that nobody writes', () => {
    expect([4, 5].map(since)).toEqual([NEVER, NEVER]);
  });

  it('is never for a value that only a compare-and-set would have written that failed', () => {
    expect(since(9)).toBe(NEVER);
  });

  it('is always for a read of the initial value, a write, and a compare-and-set that failed', () => {
    for (const row of [0, 1, 8]) expect(since(row)).toBeLessThanOrEqual(0);
  });
});

describe('values that nobody looks for', () => {
  const operations = golden(`
    0 write 1   |--|
    1 write 2       |--|
    2 read 1           |--|
    3 read 1               |--|
    4 write 1                  |--|
  `);
  const { automaton, classOf } = classified(operations);
  const after = (row: number) => automaton.step(0, classOf[row] as number);

  it('are one state, from the first event on', () => {
    expect(automaton.observed?.(after(1), 0)).toBe(UNOBSERVED);
    expect(automaton.observed?.(0, 0)).toBe(UNOBSERVED);
  });

  it('are told apart up to the last return of who looks for them, whoever writes them later', () => {
    const last = operations.ret[3] as number;
    expect(automaton.observed?.(after(0), last)).toBe(after(0));
    expect(automaton.observed?.(after(0), last + 1)).toBe(UNOBSERVED);
  });
});

/** Orders laid out in time, by what is decided with them: where compare-and-sets that failed find room, and where not. */
import { describe, expect, it } from 'vitest';
import { FAILED_CAS } from './failed-cas.js';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';

const judge = (drawing: string) => judgeObjects('cas-register', golden(drawing));

describe('an order in time', () => {
  it.each([
    [
      'a value comes late enough for one that failed while it is being written',
      '0 write 1 |-----------|\n 1 cas! 1 6   |---|',
    ],
    [
      'for six of them',
      `0 write 1 |------------------------|\n${[1, 2, 3, 4, 5, 6].map((n) => `${n} cas! 1 ${n + 9} ${' '.repeat(2 * n)}|--|`).join('\n')}`,
    ],
    [
      'and no later than it has to: one that is over only after the value is gone has room then',
      '0 write 1 |--------------------|\n 1 cas! nil 5 |--|\n 2 cas! 1 6        |-------------|\n 3 write 2               |-----------|',
    ],
    [
      'what nobody read comes as late as it can, so that values before it are gone early',
      '2 write 2 |-------------------------|\n 0 write 1   |-|\n 1 read 1         |-|\n 3 cas! 1 9              |-|',
    ],
    ['of another register than the first', '0 @0 write 7 |-|\n 0 @1 write 1 |-----------|\n 1 @1 cas! 1 6   |---|'],
    ['of a register with a large number', '0 @9 write 1 |-----------|\n 1 @9 cas! 1 6   |---|'],
  ])('needs no search where %s', (_, drawing) => {
    const { outcome, fallbacks } = judge(drawing);
    expect([outcome, fallbacks]).toEqual(['clean', {}]);
  });

  it.each([
    [
      'a value cannot come before it was asked for',
      '1 cas! nil 8 |-|\n 2 cas! 1 9   |--------|\n 0 write 1            |-|',
    ],
    [
      'a value is there until the last one who saw it asks, however early the next one could come',
      '0 write 1  |------------------------|\n 4 write 2    |-----------------------------------------|\n 1 cas! nil 5   |--|\n 2 cas! 1 6            |--|\n 3 read 1                    |--|\n 3 read 2                                  |--|',
    ],
  ])('leaves it to the search, which finds none, where %s', (_, drawing) => {
    expect(judge(drawing)).toMatchObject({ outcome: 'violated', fallbacks: { [FAILED_CAS]: 1 } });
  });

  it('does not look behind the end of the table, however long the columns are', () => {
    const table = golden('1 read nil |-|\n 0 write 1 |-----------|\n 1 cas! 1 6   |---|');
    const longer = { ...table, object: Int32Array.of(...table.object, 0) };
    expect(judgeObjects('cas-register', longer)).toEqual(judgeObjects('cas-register', table));
  });
});

/** What two zones in each other's way prove. (The algorithms that lay zones out have tests of their own.) */
import { expect, it } from 'vitest';
import { judgeObjects } from './judge-objects.js';
import { golden } from './testing/golden.js';

it('names the operations with which two zones begin and end, and no others', () => {
  const drawing = '0 write 1 |-|\n 3 read ?   |-|\n 0 write 2     |-|\n 1 read 1         |-|';
  expect(judgeObjects('register', golden(drawing)).witnesses).toEqual([
    {
      kind: 'contradiction',
      object: 0,
      operations: [0, 2, 3],
      why: 'one of the two values was certainly there when the other was, in every order',
    },
  ]);
});

it('names the acquire alone of a lock that was never released', () => {
  const drawing = '0 acquire |-|\n 2 @1 acquire |-|\n 1 acquire     |-|';
  expect(judgeObjects('owner-mutex', golden(drawing)).witnesses).toMatchObject([{ object: 0, operations: [0, 2] }]);
});

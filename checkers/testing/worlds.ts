/** Random executions of the model (model.ts), for property tests. Not part of the program. */
import fc from 'fast-check';
import type { RunRecord } from '../../harness/history/run-record.js';
import { type ModelOptions, simulate } from './model.js';

const choices = fc.array(fc.nat(2 ** 30), { minLength: 40, maxLength: 180, size: 'max' });

/** Records of any interleaving under that lock, behind a storage with one of those kinds of fencing. */
export const world = (
  lock: ModelOptions['lock'],
  fencing: readonly ModelOptions['fencing'][],
): fc.Arbitrary<RunRecord> =>
  fc
    .record({
      lock: fc.constant(lock),
      fencing: fc.constantFrom(...fencing),
      onLoss: fc.constantFrom('ignore' as const, 'stop' as const),
      lanes: fc.constantFrom(1, 2),
      clients: fc.constantFrom(2, 3, 5),
      choices,
    })
    .map(simulate);

export const ANY_FENCING = ['off', 'monotonic', 'on'] as const;

/** Records of a lock that loses holders, or lets everybody in. */
export const anything: fc.Arbitrary<RunRecord> = fc.oneof(
  world('expiring', ANY_FENCING),
  world('none', ['off', 'monotonic']),
);

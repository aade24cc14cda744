import { describe, expect, it } from 'vitest';
import type { EtcdSample } from '../harness/history/etcd-sample.js';
import { raftCost } from './raft-cost.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { done, history, record } from './testing/builders.js';

const SECOND = 1e9;

function sample(seconds: number, raftIndex: number, revision: number, member = 'etcd1'): EtcdSample {
  return { time: seconds * SECOND, member, raftIndex, revision, dbBytes: 4096 * revision };
}

/** Two clients that hand the lock over once; the second one got it after three tries. */
const run = tablesOf(
  record(
    history(
      done(0, 'acquire', { token: '5' }),
      done(0, 'release'),
      done(1, 'acquire', { token: '9', value: { failedTries: 3 } }),
      done(1, 'release'),
    ),
  ),
);

describe('raft cost', () => {
  it('divides what etcd grew by what was done meanwhile', () => {
    const samples = [sample(-1, 100, 10), sample(1, 112, 16), sample(2, 118, 18)];
    const { figures, outcome, series } = raftCost.check({ ...run, samples });
    expect(outcome).toBe('clean');
    expect(figures).toMatchObject({ acquires: 2, failedTries: 3, handOvers: 1 });
    expect(figures).toMatchObject({ raftEntries: 18, raftEntriesPerAcquire: 9, raftEntriesPerFailedTry: 6 });
    expect(figures).toMatchObject({ raftEntriesPerHandOver: 18, revisions: 8, databaseBytes: 8 * 4096 });
    expect(series?.map(({ name, points }) => [name, points.map(([, value]) => value)])).toEqual([
      ['Raft log', [100, 112, 118]],
      ['Revision', [10, 16, 18]],
      ['Database', [40960, 65536, 73728]],
    ]);
  });

  it('follows the member that knows most, and takes one point a second', () => {
    const samples = [sample(-1, 100, 10), sample(1, 110, 15, 'etcd2'), sample(1.1, 90, 9, 'etcd3'), sample(2, 95, 9)];
    const { figures, series } = raftCost.check({ ...run, samples });
    expect(figures).toMatchObject({ raftEntries: 10, revisions: 5 });
    expect(series?.[0]?.points).toEqual([
      [-SECOND, 100],
      [1.1 * SECOND, 110],
      [2 * SECOND, 110],
    ]);
    const often = [-1, 1, 2, 2.5, 2.9, 3].map((seconds, n) => sample(seconds, n, 1));
    expect(raftCost.check({ ...run, samples: often }).series?.[0]?.points.map(([, value]) => value)).toEqual([
      0, 1, 4, 5,
    ]);
  });

  it('measures from the first to the last sample, and shares out among what there was', () => {
    const handed = tablesOf(
      record(
        history(
          done(0, 'acquire', { token: '5', value: { failedTries: 2 } }),
          done(0, 'release'),
          done(1, 'acquire', { token: '7' }),
          done(1, 'release'),
          done(0, 'acquire', { token: '9' }),
        ),
      ),
    );
    const samples = [sample(-1, 100, 10), sample(1, 110, 14), sample(3, 112, 16)];
    expect(raftCost.check({ ...handed, samples }).figures).toEqual({
      ...{ sampledMs: 4000, acquires: 3, failedTries: 2, handOvers: 2 },
      ...{ raftEntries: 12, raftEntriesPerAcquire: 4, raftEntriesPerFailedTry: 6, raftEntriesPerHandOver: 6 },
      ...{ revisions: 6, revisionsPerAcquire: 2, revisionsPerFailedTry: 3, revisionsPerHandOver: 3 },
      ...{ databaseBytes: 24576, databaseBytesPerAcquire: 8192 },
      ...{ databaseBytesPerFailedTry: 12288, databaseBytesPerHandOver: 12288 },
    });
    const alone = tablesOf(record(history(done(0, 'acquire', { token: '5' }))));
    expect(raftCost.check({ ...alone, samples }).figures).toEqual({
      ...{ sampledMs: 4000, acquires: 1, failedTries: 0, handOvers: 0 },
      ...{ raftEntries: 12, raftEntriesPerAcquire: 12, revisions: 6, revisionsPerAcquire: 6 },
      ...{ databaseBytes: 24576, databaseBytesPerAcquire: 24576 },
    });
  });

  it('takes the largest database of all members as they last said', () => {
    const bytes = (seconds: number, member: string, dbBytes: number) => ({
      ...sample(seconds, 1, 1, member),
      dbBytes,
    });
    const samples = [bytes(1, 'etcd1', 500), bytes(2, 'etcd2', 400), bytes(3, 'etcd1', 300), bytes(4, 'etcd2', 350)];
    const { figures, series } = raftCost.check({ ...run, samples });
    expect(series?.[2]?.points.map(([, value]) => value)).toEqual([500, 500, 400, 350]);
    expect(figures).toMatchObject({ databaseBytes: -150 });
  });

  it('counts as tries in vain what a client can have counted', () => {
    const triesOf = (value: unknown) => {
      const entries = history(done(0, 'acquire', { token: '5', value: value as never }));
      const { figures } = raftCost.check({
        ...tablesOf(record(entries)),
        samples: [sample(-1, 1, 1), sample(1, 2, 2)],
      });
      return figures['failedTries'];
    };
    const counted = [{ failedTries: 4 }, { failedTries: 0.5 }].map(triesOf);
    expect(counted).toEqual([4, 0.5]);
    const odd = [-3, Number.POSITIVE_INFINITY, Number.NaN, '4', null, [7]].map((failedTries) => ({ failedTries }));
    expect([null, undefined, 7, 'failedTries', {}, ...odd].map(triesOf)).toEqual(Array(11).fill(0));
  });

  it('says nothing where nothing was measured', () => {
    expect(raftCost.check(run)).toMatchObject({ outcome: 'clean', figures: {} });
    expect(raftCost.check({ ...run, samples: [] }).figures).toEqual({});
    expect(raftCost.check({ ...run, samples: [sample(1, 2, 3)] }).figures).toEqual({});
  });

  it('counts what was answered at the very moment of the first or of the last sample', () => {
    // The acquires are answered after 2 and after 6 ms, the second one by another process.
    const between = (from: number, to: number) => {
      const samples = [sample(from / 1000, 1, 1), sample(to / 1000, 3, 2)];
      const { acquires, handOvers } = raftCost.check({ ...run, samples }).figures;
      return [acquires, handOvers];
    };
    expect(between(-2000, 1.999)).toEqual([0, 0]);
    expect(between(-2000, 2)).toEqual([1, 0]);
    expect(between(-2000, 5.999)).toEqual([1, 0]);
    expect(between(-2000, 6)).toEqual([2, 1]);
    expect(between(2, 2000)).toEqual([2, 1]);
    expect(between(2.001, 2000)).toEqual([1, 1]);
    expect(between(6, 2000)).toEqual([1, 1]);
    expect(between(6.001, 2000)).toEqual([0, 0]);
  });

  it('counts what was done between the first and the last sample alone', () => {
    const { figures } = raftCost.check({ ...run, samples: [sample(50, 1, 1), sample(60, 3, 2)] });
    expect(figures).toMatchObject({ acquires: 0, failedTries: 0, handOvers: 0, raftEntries: 2 });
    expect(figures).not.toHaveProperty('raftEntriesPerAcquire');
  });
});

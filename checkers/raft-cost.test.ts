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
  });

  it('says nothing where nothing was measured', () => {
    expect(raftCost.check(run)).toMatchObject({ outcome: 'clean', figures: {} });
    expect(raftCost.check({ ...run, samples: [] }).figures).toEqual({});
    expect(raftCost.check({ ...run, samples: [sample(1, 2, 3)] }).figures).toEqual({});
  });

  it('counts what was done between the first and the last sample alone', () => {
    const { figures } = raftCost.check({ ...run, samples: [sample(50, 1, 1), sample(60, 3, 2)] });
    expect(figures).toMatchObject({ acquires: 0, failedTries: 0, handOvers: 0, raftEntries: 2 });
    expect(figures).not.toHaveProperty('raftEntriesPerAcquire');
  });
});

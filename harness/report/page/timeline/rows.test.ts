import { describe, expect, it } from 'vitest';
import { madeUpRun } from '../../../../test/support/timeline-data.js';
import { bandsOf, layOutRows, rowAt } from './rows.js';

const data = madeUpRun({ lanes: 3, clients: 2, holds: 4, pauseEvery: 3 });

describe('rows', () => {
  it('are one for each client by lock, then the members, then the storages', () => {
    const { list, height } = layOutRows(data, 500);
    expect(list.map(({ title }) => title)).toEqual([
      ...['client 0', 'client 1', 'client 2', 'client 3', 'client 4', 'client 5'],
      ...['etcd1', 'etcd2', 'etcd3', 'storage1'],
    ]);
    expect(list.map(({ group }) => group ?? '')).toEqual([
      'lock 0',
      '',
      'lock 1',
      '',
      'lock 2',
      '',
      'etcd',
      '',
      '',
      'storage',
    ]);
    list.forEach((row, n) =>
      expect(row.top).toBeGreaterThanOrEqual(n === 0 ? 0 : list[n - 1]!.top + list[n - 1]!.height),
    );
    expect(height).toBe(list.at(-1)!.top + list.at(-1)!.height);
    expect(
      layOutRows(data, 500, true, 1)
        .list.map(({ title }) => title)
        .slice(0, 3),
    ).toEqual(['client 2', 'client 3', 'etcd1']);
  });

  it('are found again by where they are', () => {
    for (const hasTitles of [false, true]) {
      const rows = layOutRows(data, 300, hasTitles);
      rows.list.forEach(({ top, height }, n) => {
        expect([rowAt(rows, top), rowAt(rows, top + height - 1)]).toEqual([n, n]);
      });
      expect([rowAt(rows, -1), rowAt(rows, rows.height)]).toEqual([undefined, undefined]);
    }
  });

  it('have bands that neither touch nor stand out', () => {
    for (let height = 28; height <= 42; height++) {
      const { requests, belief, etcd } = bandsOf(height);
      expect(requests.top).toBeGreaterThanOrEqual(1);
      expect(belief.top).toBeGreaterThanOrEqual(requests.top + requests.height);
      expect(etcd.top).toBeGreaterThanOrEqual(belief.top + belief.height);
      expect(etcd.top + etcd.height).toBeLessThan(height);
      expect(belief.height).toBeGreaterThanOrEqual(9);
    }
  });
});

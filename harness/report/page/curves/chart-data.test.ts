import { describe, expect, it } from 'vitest';
import type { Curve } from '../../page-data.js';
import { chartsOf, extremes, lonelyPoints, short, tableRows } from './chart-data.js';

const curve = (chart: string, name: string, points: [number, number][], log = false): Curve => ({
  ...{ chart, name, unit: 'ms', log },
  x: Float64Array.from(points, ([x]) => x * 1e9),
  y: Float64Array.from(points, ([, y]) => y),
});

describe('chartsOf', () => {
  it('puts the curves of a chart over one row of times, in the order of the charts', () => {
    const charts = chartsOf([
      curve('latency', 'p50', [
        [1, 5],
        [2, Number.NaN],
        [4, 7],
      ]),
      curve('members', 'etcd1', [[1, 1]]),
      curve('latency', 'p99', [
        [2, 9],
        [3, 8],
      ]),
    ]);
    expect(charts.map(({ title, names, x, columns }) => ({ title, names, x, columns }))).toEqual([
      {
        title: 'latency',
        names: ['p50', 'p99'],
        x: [1, 2, 3, 4],
        columns: [
          [5, null, undefined, 7],
          [undefined, 9, 8, undefined],
        ],
      },
      { title: 'members', names: ['etcd1'], x: [1], columns: [[1]] },
    ]);
  });

  it('goes on behind several points at one time', () => {
    const points: [number, number][] = [
      [1, 0],
      [1, 40],
      [2, 41],
    ];
    expect(chartsOf([curve('offset', 'etcd1', points)])).toMatchObject([{ x: [1, 2], columns: [[40, 41]] }]);
  });

  it('leaves out of a logarithmic chart what it has no place for', () => {
    const [chart] = chartsOf([
      curve(
        'latency',
        'p50',
        [
          [1, 0],
          [2, 3],
        ],
        true,
      ),
    ]);
    expect(chart).toMatchObject({ log: true, columns: [[null, 3]] });
  });
});

describe('lonelyPoints', () => {
  it('are those that no line goes through', () => {
    expect(lonelyPoints([1, null, 2, 3, null, null, 4])).toEqual([0, 6]);
    expect(lonelyPoints([1, undefined, 2, null, undefined, 4, undefined])).toEqual([5]);
  });
});

describe('the window of a chart', () => {
  const [chart] = chartsOf([
    curve('a', 'b', [
      [1, 4],
      [2, 8],
      [3, 2],
      [4, 100],
    ]),
  ]);
  if (chart === undefined) throw new Error('no chart');

  it('knows the extremes within it', () => {
    expect(extremes(chart, 1, 3)).toEqual([2, 8]);
    expect(extremes(chart, 1.1, 1.9)).toBeUndefined();
  });

  it('gives a table no more rows than asked for, the first and the last among them', () => {
    expect(tableRows(chart, 0, 9, 10)).toEqual([0, 1, 2, 3]);
    expect(tableRows(chart, 0, 9, 2)).toEqual([0, 3]);
    expect(tableRows(chart, 2, 3, 10)).toEqual([1, 2]);
  });
});

describe('short', () => {
  it('writes numbers short enough for an axis', () => {
    expect([0, 0.05, 350, 1234, 2_500_000, -1500, 3e13].map(short)).toEqual([
      '0',
      '0.05',
      '350',
      '1.23k',
      '2.5M',
      '-1.5k',
      '30T',
    ]);
  });
});

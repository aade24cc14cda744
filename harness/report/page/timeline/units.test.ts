import { describe, expect, it } from 'vitest';
import { duration, exactly, moment, roughly, ticks } from './units.js';

const SECOND = 1e9;
const texts = (from: number, to: number): string[] => ticks({ from, to }, 600).list.map(({ text }) => text);

describe('marks of the axis', () => {
  it('are round in every unit from hours to nanoseconds', () => {
    expect(texts(0, 5 * 3600 * SECOND)).toEqual(['0 s', '1:00:00', '2:00:00', '3:00:00', '4:00:00', '5:00:00']);
    expect(texts(0, 60 * SECOND)).toEqual(['0 s', '10 s', '20 s', '30 s', '40 s', '50 s', '1:00']);
    expect(texts(0, 2 * SECOND)).toEqual(['0.0 s', '0.5 s', '1.0 s', '1.5 s', '2.0 s']);
    expect(texts(12.3 * SECOND, 12.31 * SECOND)).toEqual([
      '12.300 s',
      '12.302 s',
      '12.304 s',
      '12.306 s',
      '12.308 s',
      '12.310 s',
    ]);
    expect(texts(12.3e9, 12.3e9 + 5000)).toEqual(['+0 µs', '+1 µs', '+2 µs', '+3 µs', '+4 µs', '+5 µs']);
    expect(texts(12.3e9 + 6000, 12.3e9 + 7000)).toEqual([
      '+6.0 µs',
      '+6.2 µs',
      '+6.4 µs',
      '+6.6 µs',
      '+6.8 µs',
      '+7.0 µs',
    ]);
  });

  it('are never closer than asked for, and none is left out', () => {
    for (let width = 1000; width < 1e14; width *= 3) {
      const { step, list } = ticks({ from: width / 3, to: width / 3 + width }, 800, 90);
      expect((step / width) * 800).toBeGreaterThanOrEqual(90);
      expect(list.length).toBeGreaterThanOrEqual(1);
      expect(new Set(list.map(({ text }) => text)).size).toBe(list.length);
      list.slice(1).forEach(({ at }, n) => expect(at - list[n]!.at).toBeCloseTo(step, 0));
    }
  });
});

describe('times as text', () => {
  it('says moments as exactly as the step between marks needs', () => {
    expect(moment(61.2 * SECOND, SECOND / 5)).toBe('1:01.2');
    expect(moment(3723 * SECOND, SECOND)).toBe('1:02:03');
    expect(moment(119.96 * SECOND, SECOND)).toBe('2:00');
  });

  it('says durations in the unit that fits', () => {
    expect([17, 4321, 13.24e6, 4.612e9, 150e9, 7500e9].map(duration)).toEqual([
      '17 ns',
      '4.32 µs',
      '13.2 ms',
      '4.61 s',
      '2 min 30 s',
      '2 h 5 min',
    ]);
    expect([179.7e9, 3599.7e9, 7199e9].map(duration)).toEqual(['3 min 0 s', '1 h 0 min', '2 h 0 min']);
  });

  it('says a moment to the nanosecond, and windows to three digits', () => {
    expect(exactly(21_548_016_058)).toBe('21.548\u202f016\u202f058\u00a0s');
    expect(roughly(21_548_016_058, 2e6)).toBe('21.54802 s');
  });
});

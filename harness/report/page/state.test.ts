import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, clamped, createState, MIN_WIDTH_NS } from './state.js';

const END = 60e9;

describe('the window', () => {
  it('starts with the whole run, and tells of every change once', () => {
    const state = createState(END);
    const seen: string[] = [];
    const stop = state.subscribe((change) => seen.push(`${change} ${state.window.from} ${state.window.to}`));
    expect(state.window).toEqual({ from: 0, to: END });
    state.setWindow({ from: 1e9, to: 3e9 });
    state.setWindow({ from: 1e9, to: 3e9 });
    expect(seen).toEqual([`window ${1e9} ${3e9}`]);
    stop();
    state.setWindow({ from: 0, to: 1e9 });
    expect(seen).toHaveLength(1);
  });

  it('keeps its width and moves where it would stand out of the run', () => {
    expect(clamped({ from: -2e9, to: 3e9 }, END)).toEqual({ from: 0, to: 5e9 });
    expect(clamped({ from: 58e9, to: 63e9 }, END)).toEqual({ from: 55e9, to: 60e9 });
    expect(clamped({ from: -1e9, to: 90e9 }, END)).toEqual({ from: 0, to: END });
  });

  it('is widened about its middle where it is too narrow or the wrong way round', () => {
    expect(clamped({ from: 5000, to: 5000 }, END)).toEqual({ from: 4500, to: 5500 });
    expect(clamped({ from: 9000, to: 1000 }, END)).toEqual({ from: 4500, to: 5500 });
  });

  it('lies within the run and is wide enough, whatever was asked for', () => {
    const anything = fc.double();
    fc.assert(
      fc.property(anything, anything, fc.double({ min: 0, max: 1e15, noNaN: true }), (from, to, end) => {
        const window = clamped({ from, to }, end);
        expect(window.from).toBeGreaterThanOrEqual(0);
        expect(window.to).toBeLessThanOrEqual(Math.max(end, MIN_WIDTH_NS) * (1 + 1e-12));
        expect(window.to - window.from).toBeGreaterThanOrEqual(MIN_WIDTH_NS * 0.999);
        if (from >= 0 && to <= end && to - from >= MIN_WIDTH_NS) expect(window).toEqual({ from, to });
      }),
    );
  });

  it('leaves room around what is looked at', () => {
    expect(around(8e9, 16e9, 1e6)).toEqual({ from: 7e9, to: 17e9 });
    expect(around(8e9, 8e9, 1e6)).toEqual({ from: 8e9 - 1e6, to: 8e9 + 1e6 });
  });
});

describe('the selected thing', () => {
  it('is told of when it is another one, also by those who change it while they are told', () => {
    const state = createState(END);
    const seen: string[] = [];
    state.subscribe((change) => {
      seen.push(change);
      if (change === 'selected') state.setWindow({ from: 1e9, to: 2e9 });
    });
    state.select({ list: 'violations', row: 3 });
    state.select({ list: 'violations', row: 3 });
    expect(seen).toEqual(['selected', 'window']);
    state.select(undefined);
    expect(state.selected).toBeUndefined();
    expect(seen).toEqual(['selected', 'window', 'selected']);
  });
});

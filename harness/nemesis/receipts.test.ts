import { describe, expect, it } from 'vitest';
import { eventually, once, proveAll, proven, unproven } from './receipts.js';

describe('proveAll', () => {
  it('gives the evidence of the only target as it is, of several by their names', async () => {
    expect(await proveAll([['a', async () => proven({ pid: 1 })]])).toEqual(proven({ pid: 1 }));
    const both = await proveAll([
      ['a', async () => proven({ pid: 1 })],
      ['b', async () => proven({ pid: 2 })],
    ]);
    expect(both).toEqual(proven({ a: { pid: 1 }, b: { pid: 2 } }));
  });

  it('proves nothing where one target fails or throws, and names all that did', async () => {
    const receipt = await proveAll([
      ['a', async () => proven({})],
      ['b', async () => unproven('it ran on')],
      ['c', () => Promise.reject(new Error('gone'))],
    ]);
    expect(receipt).toEqual(unproven('b: it ran on; c: gone'));
  });

  it('proves nothing with nobody to hit', async () => {
    expect(await proveAll([])).toMatchObject({ proven: false });
  });

  it('has begun with all of them before it returns', () => {
    const begun: string[] = [];
    const work = (name: string) => async () => {
      begun.push(name);
      return proven({});
    };
    void proveAll([
      ['a', work('a')],
      ['b', work('b')],
    ]);
    expect(begun).toEqual(['a', 'b']);
  });
});

describe('once', () => {
  it('works once, whoever asks again', async () => {
    let times = 0;
    const work = once(async () => ++times);
    expect(work()).toBe(work());
    expect(await work()).toBe(1);
  });
});

describe('eventually', () => {
  it('looks until there is something, or the time is over', async () => {
    let looks = 0;
    expect(await eventually(60_000, async () => (++looks === 3 ? 'seen' : undefined))).toBe('seen');
    expect(looks).toBe(3);
    expect(await eventually(0, async () => undefined)).toBeUndefined();
    await expect(eventually(60_000, () => Promise.reject(new Error('blind')))).rejects.toThrow('blind');
  });
});

/** Which lanes have tokens that do not say which of two holds is the older one. */
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunSettings } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf } from './evidence.js';
import { done, type Draft, fail, history, info, invoke, ok, record } from './testing/builders.js';

const opened = (value: unknown, process = 0): Draft[] => done(process, 'open', { value: value as never });
/** 0xaa is 170. */
const acquired = (token: string | undefined, lane = 0, process = 0): Draft[] => [
  invoke(process, 'acquire', { lane }),
  ok(process, 'acquire', { lane, ...(token === undefined ? {} : { token }) }),
];
const key = (lease: string, created: number, lane = 0): OwnershipEvent => ({
  ...{ time: 1, member: 'etcd1', type: 'put', key: `q/${lease}`, lane, lease },
  ...{ revision: `${created}`, createRevision: `${created}` },
});

function orderless(drafts: readonly Draft[], ownership: OwnershipEvent[] = [], settings: Partial<RunSettings> = {}) {
  const tables = tablesOf(record(history(drafts), { ownership, settings }));
  return [...evidenceOf(tables).orderless].sort((a, b) => a - b);
}

describe('lanes without an order', () => {
  it('are all that have holds where tokens are no create revisions', () => {
    const drafts = [...acquired('5'), ...acquired(undefined, 2), ...acquired('7', 2)];
    const by = (token: RunSettings['token']) => orderless(drafts, [], token === undefined ? {} : { token });
    expect(by('lease-id')).toEqual([0, 2]);
    expect(by('wall-clock')).toEqual([0, 2]);
    expect([by('create-revision'), by(undefined)]).toEqual([[], []]);
  });

  it('are those with a token that is the lease of a session, whatever else was handed out there', () => {
    const drafts = [...opened({ ttlMs: 2000, lease: 'aa' }), ...acquired('5'), ...acquired('170'), ...acquired('7')];
    expect(orderless(drafts)).toEqual([0]);
    expect(orderless([...drafts, ...acquired('8', 1)])).toEqual([0]);
    expect(orderless([...drafts, ...acquired('170', 1)])).toEqual([0, 1]);
    // Whoever opened it, and whenever.
    expect(orderless([...acquired('170'), ...opened({ lease: 'aa' }, 5)])).toEqual([0]);
    expect(orderless(acquired('170'))).toEqual([]);
    expect(orderless([...opened({ lease: 'aa' }), ...acquired(undefined), ...acquired('9')])).toEqual([]);
  });

  it('are those with a token that is the lease of a key that a watch told of, without any session', () => {
    expect(orderless(acquired('170'), [key('aa', 5)])).toEqual([0]);
    expect(orderless(acquired('170'), [key('aa', 5, 1)])).toEqual([]);
    expect(orderless(acquired('171'), [key('aa', 5)])).toEqual([]);
  });

  it('are none for a token at which a key was created, though a lease has that number, too', () => {
    const drafts = [...opened({ lease: 'aa' }), ...acquired('170')];
    expect(orderless(drafts, [key('aa', 170)])).toEqual([]);
    expect(orderless(drafts, [key('aa', 170, 1)])).toEqual([0]);
  });

  it('are known by leases beyond what a number can hold', () => {
    const lease = '694d8a1f2b3c4d5e';
    const token = BigInt(`0x${lease}`);
    expect(orderless([...opened({ lease }), ...acquired(`${token}`)])).toEqual([0]);
    expect(orderless([...opened({ lease }), ...acquired(`${token + 1n}`)])).toEqual([]);
  });

  it('are not known by what is no lease of a session', () => {
    const answers = [
      null,
      'aa',
      170,
      {},
      { lease: 170 },
      { lease: '' },
      { lease: 'AA' },
      { lease: 'xaa' },
      { lease: 'aax' },
    ];
    for (const value of answers) expect(orderless([...opened(value), ...acquired('170')])).toEqual([]);
    expect(orderless([...opened({ lease: 12 }), ...acquired('18')])).toEqual([]);
    const long = (digits: number) => ({ lease: 'aa'.padStart(digits, '0') });
    expect(orderless([...opened(long(16)), ...acquired('170')])).toEqual([0]);
    expect(orderless([...opened(long(17)), ...acquired('170')])).toEqual([]);
    const unopened = (answer: Draft) => orderless([invoke(1, 'open'), answer, ...acquired('170')]);
    expect(unopened({ ...fail(1, 'open', 'unavailable'), value: { lease: 'aa' } } as Draft)).toEqual([]);
    expect(unopened({ ...info(1, 'open', 'timeout'), value: { lease: 'aa' } } as Draft)).toEqual([]);
    const kept = done(1, 'keep-alive', { value: { ttlMs: 2000, lease: 'aa' } });
    expect(orderless([...kept, ...acquired('170')])).toEqual([]);
  });
});

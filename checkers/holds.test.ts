import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { NONE } from '../harness/history/tables.js';
import { evidenceOf } from './evidence.js';
import { type HoldTable, holdsByLane } from './holds.js';
import { done, type Draft, event, fail, history, info, invoke, ok, record, TICK } from './testing/builders.js';

const holdsOf = (...drafts: (Draft | readonly Draft[])[]): HoldTable =>
  evidenceOf(tablesOf(record(history(...drafts)))).holds;
const acquired = (process: number, token: string, lane = 0) =>
  done(process, 'acquire', { token }).map((draft) => ({ ...draft, lane }));
const listed = (byLane: ReadonlyMap<number, Int32Array>) => [...byLane].map(([lane, holds]) => [lane, [...holds]]);

describe('a hold', () => {
  it('is one for each acquire that was answered ok, in the order in which they were asked for', () => {
    const holds = holdsOf(
      acquired(0, '5'),
      invoke(1, 'acquire'),
      invoke(2, 'acquire'),
      ok(2, 'acquire', { token: '7' }),
      ok(1, 'acquire', {}),
      [invoke(2, 'acquire'), fail(2, 'acquire', 'timeout')],
      [invoke(1, 'acquire'), info(1, 'acquire', 'timeout')],
      done(0, 'release'),
      invoke(0, 'acquire'),
    );
    expect(holds.count).toBe(3);
    expect([...holds.process]).toEqual([0, 1, 2]);
    expect([...holds.token]).toEqual([5, NONE, 7]);
    expect([0, 1, 2].map((hold) => holds.askedRow(hold))).toEqual([0, 2, 3]);
    expect([0, 1, 2].map((hold) => holds.grantedRow(hold))).toEqual([1, 5, 4]);
    expect([holds.askedAt(1), holds.grantedAt(1)]).toEqual([3 * TICK, 6 * TICK]);
    expect([...holds.inGrantOrder]).toEqual([0, 2, 1]);
  });

  it('is listed with its lane, lanes by their first hold, in the order asked for or granted', () => {
    const holds = holdsOf(
      acquired(0, '1', 4),
      invoke(1, 'acquire'),
      invoke(2, 'acquire'),
      ok(2, 'acquire', {}),
      acquired(3, '2', 4),
      ok(1, 'acquire', {}),
    );
    expect(listed(holdsByLane(holds))).toEqual([
      [4, [0, 3]],
      [0, [1, 2]],
    ]);
    expect(listed(holds.grantsByLane)).toEqual([
      [4, [0, 3]],
      [0, [2, 1]],
    ]);
    // As often as it is asked.
    expect(holds.grantsByLane).toBe(holds.grantsByLane);
    expect(listed(holdsByLane(holdsOf()))).toEqual([]);
  });

  it('is none of a process that did two things at once', () => {
    const holds = holdsOf(invoke(0, 'read'), acquired(0, '1'), acquired(1, '2'), done(0, 'read'));
    expect([...holds.process]).toEqual([1]);
    expect([...holds.under]).toEqual([]);
  });
});

describe('what is done under a hold', () => {
  const read = (process: number) => done(process, 'read');

  it('is what its process reads and writes in its lane, hold by hold', () => {
    const holds = holdsOf(
      read(0),
      acquired(0, '1'),
      acquired(1, '2', 1),
      read(0),
      done(0, 'write', { value: 1 }),
      read(1),
      read(2),
      done(0, 'release'),
      read(0),
    );
    expect([0, 1].map((hold) => [...holds.operationsOf(hold)])).toEqual([[3, 4], []]);
    expect([...holds.holdOf]).toEqual([NONE, NONE, NONE, 0, 0, NONE, NONE, NONE, NONE]);
  });

  it.each<[string, readonly Draft[]]>([
    ['a keep-alive', done(0, 'keep-alive')],
    ['a stall', done(0, 'stall')],
    ['a check', done(0, 'check')],
    ['a release that was refused', [invoke(0, 'release'), fail(0, 'release', 'unavailable')]],
    ["another process's release", done(1, 'release')],
  ])('goes on after %s', (_, between) => {
    const holds = holdsOf(acquired(0, '1'), between, read(0));
    expect([...holds.operationsOf(0)]).toEqual([2]);
    expect([...holds.endedBy]).toEqual([NONE]);
  });

  it.each<[string, readonly Draft[]]>([
    ['a release', done(0, 'release')],
    ['a close', done(0, 'close')],
    ['a close that was refused', [invoke(0, 'close'), fail(0, 'close', 'unavailable')]],
    ['an open', done(0, 'open')],
    ['an acquire that failed', [invoke(0, 'acquire'), fail(0, 'acquire', 'timeout')]],
  ])('ends with %s, whatever comes then', (_, end) => {
    const holds = holdsOf(acquired(0, '1'), end, read(0), done(0, 'close'));
    expect([...holds.operationsOf(0)]).toEqual([]);
    expect([...holds.endedBy]).toEqual([1]);
  });

  it('is of the next hold after another acquire', () => {
    const holds = holdsOf(acquired(0, '1'), acquired(0, '2'), read(0));
    expect([...holds.endedBy]).toEqual([1, NONE]);
    expect([...holds.operationsOf(1)]).toEqual([2]);
  });

  it('ends with the release that was tried last', () => {
    const refused = [invoke(0, 'release'), fail(0, 'release', 'unavailable')];
    const tried = holdsOf(done(0, 'release'), acquired(0, '1'), refused, refused);
    expect([[...tried.release], [...tried.endedBy]]).toEqual([[3], [NONE]]);
    const released = holdsOf(acquired(0, '1'), refused, done(0, 'release'), done(0, 'release'));
    expect([[...released.release], [...released.endedBy]]).toEqual([[2], [2]]);
    expect([...holdsOf(acquired(0, '1'), done(0, 'close')).release]).toEqual([NONE]);
  });
});

describe('word that the lock is gone', () => {
  const lost = event(0, 'lost');
  const lostOf = (...drafts: (Draft | readonly Draft[])[]) => [...holdsOf(...drafts).lost];
  const gone = [invoke(0, 'check'), fail(0, 'check', 'lock-lost')];

  it('is the first that came, unasked or as the answer to a check', () => {
    expect(lostOf(acquired(0, '1'), lost, lost, done(0, 'release'))).toEqual([2]);
    expect(lostOf(acquired(0, '1'), lost)).toEqual([2]);
    expect(lostOf(acquired(0, '1'), gone, gone, lost)).toEqual([3]);
    expect(lostOf(acquired(0, '1'), invoke(0, 'check'), lost, fail(0, 'check', 'lock-lost'))).toEqual([3]);
    expect(lostOf(acquired(0, '1'), lost, gone)).toEqual([2]);
  });

  it('is nothing else that was said', () => {
    const others = [event(1, 'lost'), event(0, 'harness-error', 'malformed-line')];
    const checks = [...done(0, 'check'), invoke(0, 'check'), fail(0, 'check', 'unavailable')];
    const write = [invoke(0, 'write', { value: 1 }), fail(0, 'write', 'lock-lost')];
    expect(lostOf(acquired(0, '1'), acquired(1, '2'), others.slice(1), checks, write)).toEqual([NONE, NONE]);
    expect(lostOf(acquired(0, '1'), acquired(1, '2'), others)).toEqual([NONE, 4]);
    expect(lostOf(acquired(0, '1'), acquired(1, '2'), others, lost)).toEqual([6, 4]);
  });

  it('is about no hold before the grant, and about none that is over', () => {
    expect(lostOf(lost, invoke(0, 'acquire'), lost, ok(0, 'acquire', {}))).toEqual([NONE]);
    expect(lostOf(acquired(0, '1'), done(0, 'release'), lost)).toEqual([NONE]);
    expect(lostOf(acquired(0, '1'), done(0, 'release'), gone)).toEqual([NONE]);
    expect(lostOf(gone, lost, acquired(0, '1'))).toEqual([NONE]);
  });

  it('may come as long as the operation that ends the hold is out', () => {
    expect(lostOf(acquired(0, '1'), invoke(0, 'release'), lost, ok(0, 'release', {}))).toEqual([3]);
    expect(lostOf(acquired(0, '1'), invoke(0, 'release'), lost)).toEqual([3]);
    // Of the hold that is over, although the next one is asked for already.
    expect(lostOf(acquired(0, '1'), invoke(0, 'acquire'), lost, fail(0, 'acquire', 'timeout'))).toEqual([3]);
  });
});

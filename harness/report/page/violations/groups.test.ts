import { describe, expect, it } from 'vitest';
import type { FaultBand, PageData, ViolationItem } from '../../page-data.js';
import { type Asked, EVERYTHING, groupsOf, kindsOf, statusText } from './groups.js';

const violation = (n: number, kind: string, lane: number, fault: number, sentence: string): ViolationItem => ({
  ...{ id: `v${n}`, kind, title: kind === 'stale-write' ? 'A stale write' : 'A lost update', sentence, lane, fault },
  ...{ clients: [], from: n, to: n + 1, operations: [], hasPicture: false },
});
const fault = (id: string, kind: string, text: string): FaultBand => ({
  ...{ id, kind, text, from: 1e9, to: 3e9, clients: [], nodes: [], proven: true, receipt: '' },
});

const data = {
  lanes: [
    { key: 'lb/lane-0', title: 'lane 0' },
    { key: 'lb/lane-1', title: 'lane 1' },
  ],
  faults: [fault('f1', 'pause', 'Client 5 was stopped.'), fault('f2', 'clock', 'Client 2 was bent.')],
  violations: [
    violation(1, 'stale-write', 0, 1, 'Process 2 wrote <b>late</b>'),
    violation(2, 'stale-write', 1, -1, 'Process 5 wrote late, update 17'),
    violation(3, 'lost-update', 0, 0, 'The update 7 is lost'),
  ],
  kindTitles: { 'stale-write': 'Stale writes', 'lost-update': 'Lost updates' },
  counts: { 'stale-write': 130, 'lost-update': 1, 'wrong-count': 0 },
} as unknown as PageData;

const shown = (asked: Partial<Asked>) =>
  groupsOf(data, { ...EVERYTHING, ...asked }).map(({ title, rows }) => `${title} | ${rows.join(' ')}`);

describe('groupsOf', () => {
  it('groups by kind, with the true number where more exist than are listed', () => {
    expect(shown({})).toEqual(['Stale writes: 2 of 130 | 0 1', 'Lost updates: 1 | 2']);
  });

  it('groups by fault, in the order of the faults, those without one last', () => {
    expect(shown({ groupBy: 'fault' })).toEqual([
      'pause at +1.000 s for 2.00 s (Client 5 was stopped): 1 violation | 2',
      'clock at +1.000 s for 2.00 s (Client 2 was bent): 1 violation | 0',
      'No fault explains them: 1 violation | 1',
    ]);
  });

  it('filters by kind, lock, fault and all of the words, in any case', () => {
    expect(shown({ kind: 'lost-update' })).toEqual(['Lost updates: 1 | 2']);
    expect(shown({ lane: 1 })).toEqual(['Stale writes: 1 of 130 | 1']);
    expect(shown({ fault: -1 })).toEqual(['Stale writes: 1 of 130 | 1']);
    expect(shown({ text: '  LATE process  5 ' })).toEqual(['Stale writes: 1 of 130 | 1']);
    expect(shown({ text: 'bent <b>' })).toEqual(['Stale writes: 1 of 130 | 0']);
    expect(shown({ text: 'Update 7' })).toEqual(['Lost updates: 1 | 2']);
    expect(shown({ text: '.* (' })).toEqual([]);
    expect(shown({ text: 'v3' })).toEqual(['Lost updates: 1 | 2']);
    expect(shown({ kind: 'lost-update', lane: 1 })).toEqual([]);
  });
});

describe('the words beside the list', () => {
  it('give the true number where fewer are listed', () => {
    expect(statusText(data, 1)).toBe(
      '1 of 3 listed violations shown. The run had 131; of each kind and lock the first hundred are listed.',
    );
    expect(statusText({ ...data, counts: { 'stale-write': 2, 'lost-update': 1 } }, 3)).toBe(
      'All 3 listed violations shown.',
    );
    expect(statusText({ ...data, violations: [], counts: {} }, 0)).toBe('No violation was found in this run.');
  });

  it('name the kinds that are listed', () => {
    expect(kindsOf(data)).toEqual([
      { kind: 'stale-write', title: 'Stale writes', total: 130 },
      { kind: 'lost-update', title: 'Lost updates', total: 1 },
    ]);
  });
});

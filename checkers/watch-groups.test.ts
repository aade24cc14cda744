/** Watch events put together: random logs against the plainest grouping, by the whole name of the key. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { history, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { groupEvents } from './watch-groups.js';

/** Keys that end with their lease, and keys that do not, one of which is the beginning of others. */
const KEYS = ['p/', 'p/a', 'p/b', 'q/', 'q/a', 'p/k'];

const events = fc.array(
  fc
    .record({
      member: fc.constantFrom('etcd1', 'etcd2', 'etcd3'),
      revision: fc.constantFrom('5', '6', '7', '12'),
      key: fc.constantFrom(...KEYS),
      lease: fc.constantFrom('a', 'b'),
    })
    .map(
      ({ key, lease, ...rest }): OwnershipEvent => ({
        ...rest,
        time: 0,
        type: 'put',
        key,
        lane: 0,
        createRevision: '5',
        lease: /[ab]$/.exec(key)?.[0] ?? lease,
      }),
    ),
  { maxLength: 14, size: 'max' },
);

it('puts together what is of one revision and one key', () => {
  tried('groups of events', events, (ownership) => {
    const { count, rows, starts, before } = groupEvents(tablesOf(record(history(), { ownership })).ownership);
    const groups = Array.from({ length: count }, (_, group) =>
      Array.from(rows.subarray(starts[group], starts[group + 1])),
    );
    const nameOf = (row: number): string => `${ownership[row]?.revision} ${ownership[row]?.key}`;
    const plain = new Map<string, number[]>();
    ownership.forEach((_, row) => plain.set(nameOf(row), [...(plain.get(nameOf(row)) ?? []), row]));
    const byRow = (x: number[], y: number[]): number => (x[0] as number) - (y[0] as number);
    expect([...groups].sort(byRow)).toEqual([...plain.values()].sort(byRow));
    const headOf = (group: number): OwnershipEvent => ownership[groups[group]?.[0] as number] as OwnershipEvent;
    for (let group = 0; group < count; group++) {
      const [mine, past] = [
        headOf(group),
        groups.slice(0, group).findLastIndex((_, n) => headOf(n).key === headOf(group).key),
      ];
      expect(before[group]).toBe(past);
      if (group > 0) expect(Number(headOf(group - 1).revision)).toBeLessThanOrEqual(Number(mine.revision));
    }
    return groups.some((group) => group.length > 1) && count > 3;
  });
});

it('knows from where to where each member told', () => {
  const told = (member: string, revision: string): OwnershipEvent => ({
    time: 0,
    member,
    revision,
    type: 'put',
    key: 'p/a',
    lane: 0,
    createRevision: '5',
    lease: 'a',
  });
  const log = [told('etcd1', '7'), told('etcd2', '6'), told('etcd1', '5'), told('etcd1', '6'), told('etcd2', '12')];
  const { first, last } = groupEvents(tablesOf(record(history(), { ownership: log })).ownership);
  expect([Array.from(first), Array.from(last)]).toEqual([
    [5, 6],
    [7, 12],
  ]);
});

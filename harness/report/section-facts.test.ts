import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../history/ownership.js';
import { tablesOf } from '../history/table-builders.js';
import { indexRecord } from './record-index.js';
import { decisionTimes, sectionFacts, type TimedOperation } from './section-facts.js';
import { lateWriter } from './testing/records.js';

const MS = 1e6;

describe('sectionFacts', () => {
  it('lets a paused client send only after it ran again, not when the operation was recorded', () => {
    const writer = lateWriter('off');
    const facts = sectionFacts(indexRecord(tablesOf(writer.record)), writer.first) ?? expect.fail('no facts');
    expect(facts.faults.map(({ from, to }) => [from, to])).toEqual([[1026 * MS, 5637 * MS]]);
    expect(facts.operations.map(({ leaves, answered }) => [leaves, answered])).toEqual([
      [1013 * MS, 1016 * MS],
      [5637 * MS, 5639 * MS],
    ]);
    expect(facts).toMatchObject({ askedAt: 1000 * MS, grantedAt: 1012 * MS, expired: true, omitted: 0 });
  });

  it('does not take a release for the end of a lease', () => {
    const writer = lateWriter('off');
    const facts = sectionFacts(indexRecord(tablesOf(writer.record)), writer.second);
    expect(facts?.key?.deleted?.time).toBe(3428 * MS + 9);
    expect(facts?.expired).toBe(false);
  });

  it('knows who owned the lock from the watch of any member, first word counting', () => {
    const writer = lateWriter('off');
    const index = indexRecord(tablesOf(writer.record));
    expect(index.keyOf(0, '33', 0)?.owned).toEqual({ from: 1003 * MS, to: 3404 * MS + 6 });
    expect(index.keyOf(0, '35', 0)?.owned).toEqual({ from: 3404 * MS + 6, to: 3428 * MS + 9 });
    expect(index.ownersWithin(0, 0, 5000 * MS, [])).toBe(2);
    expect(index.ownersWithin(0, 2000 * MS, 5000 * MS, [])).toBe(1);
    expect(index.ownersWithin(0, 0, 5000 * MS, [index.keyOf(0, '33', 0)])).toBe(1);
    expect(index.ownersWithin(1, 0, 5000 * MS, [])).toBe(0);
  });

  it('finds the key of a token that is a lease id, of several the last before the grant', () => {
    const { record } = lateWriter('off');
    const again = {
      ...record.ownership.filter(({ createRevision }) => createRevision === '35')[0],
      lease: '33a',
    } as OwnershipEvent;
    const index = indexRecord(
      tablesOf({
        ...record,
        ownership: [...record.ownership, { ...again, createRevision: '40', time: 6000 * MS }],
      }),
    );
    expect(index.keyOf(0, String(0x33a), 1012 * MS)?.revision).toBe('33');
    expect(index.keyOf(0, String(0x33a), 6001 * MS)?.revision).toBe('40');
    expect(index.keyOf(0, '', 0)).toBeUndefined();
  });
});

describe('decisionTimes', () => {
  /** Decisions at rising times, each within an operation drawn around it. */
  const truths = fc.array(
    fc.record({ gap: fc.nat(50), before: fc.nat(100), after: fc.nat(100), isHeard: fc.boolean() }),
    { maxLength: 12 },
  );

  it("rise in the storage's order and never leave the operation", () => {
    fc.assert(
      fc.property(truths, (drawn) => {
        let time = 1000;
        const operations = drawn.map(({ gap, before, after, isHeard }, n) => {
          time += gap;
          const invocation = { index: n, time: time - before, process: n, lane: 0, type: 'invoke', f: 'write' };
          const decision = { seq: n + 1, op: n };
          return {
            operation: { invocation },
            decision,
            leaves: time - before,
            answered: isHeard ? time + after : undefined,
          } as unknown as TimedOperation;
        });
        const times = decisionTimes(operations);
        const ordered = operations.map(({ operation }) => times.get(operation.invocation.index) ?? Number.NaN);
        expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
        operations.forEach(({ leaves, answered }, n) => {
          expect(ordered[n]).toBeGreaterThanOrEqual(leaves);
          expect(ordered[n]).toBeLessThanOrEqual(answered ?? Number.POSITIVE_INFINITY);
        });
      }),
    );
  });
});

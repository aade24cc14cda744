import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import type { RecoveryRecord } from '../harness/history/operation.js';
import { recovery } from './recovery.js';
import { done, type Draft, event, fault, history, invoke, record, recovered, TICK } from './testing/builders.js';

const HEALED = [fault('inject', 1), fault('heal', 1)];

describe('recovery', () => {
  it('is clean where all was well in time, and measures how long it took', () => {
    expect(recovery.check(tablesOf(record(history(HEALED, recovered()))))).toMatchObject({
      outcome: 'clean',
      doubts: [],
      figures: { recoveryMs: 1200, recoveryWithinMs: 30_000 },
    });
  });

  it('has nothing to ask for where nothing was injected', () => {
    expect(recovery.check(tablesOf(record([])))).toMatchObject({ outcome: 'clean', doubts: [], figures: {} });
  });

  it('does not know where faults were injected and nobody looked', () => {
    expect(recovery.check(tablesOf(record(history(HEALED))))).toMatchObject({
      outcome: 'unknown',
      doubts: ['nobody looked whether the system recovered from 1 faults'],
    });
  });

  it('names the lanes and what is wrong with the cluster', () => {
    const wrong = { tookMs: undefined, lanesNotLocked: [2, 5], cluster: ['etcd2 does not answer'] };
    const { tookMs: _, ...rest } = wrong;
    const entries = history(HEALED, { ...recovered(), value: { withinMs: 30_000, ...rest } } as never);
    const { outcome, counts, violations, figures } = recovery.check(tablesOf(record(entries)));
    expect([outcome, counts]).toEqual(['violated', { 'not-recovered': 1 }]);
    expect(figures).toStrictEqual({ recoveryWithinMs: 30_000 });
    expect(violations).toEqual([
      {
        kind: 'not-recovered',
        lane: -1,
        recovery: { entry: 2, withinMs: 30_000, lanesNotLocked: [2, 5], cluster: ['etcd2 does not answer'] },
        decisions: [],
        from: 2 * TICK,
        to: 3 * TICK,
        numbers: {},
      },
    ]);
  });

  it('blames no system on which one of the faults may still lie', () => {
    const { tookMs: _, ...rest } = { tookMs: undefined, withinMs: 30_000, lanesNotLocked: [0], cluster: [] };
    const notWell = { ...recovered(), value: rest } as never;
    for (const entries of [[fault('inject', 1)], [fault('inject', 1), fault('heal', 1, false)]]) {
      const { outcome, doubts } = recovery.check(tablesOf(record(history(entries, notWell))));
      expect([outcome, doubts]).toEqual(['unknown', [expect.stringContaining('1 faults were not healed')]]);
    }
    const sick = recovered({ cluster: ['etcd2 does not answer'] });
    expect(recovery.check(tablesOf(record(history(fault('inject', 1), sick)))).outcome).toBe('unknown');
  });

  it('does not call it late that somebody looked a little late', () => {
    const entries = history(HEALED, recovered({ tookMs: 30_049 }));
    expect(recovery.check(tablesOf(record(entries)))).toMatchObject({
      outcome: 'clean',
      figures: { recoveryMs: 30_049, recoveryWithinMs: 30_000 },
    });
  });

  it('blames no system whose lock nobody tried to take', () => {
    const { tookMs: _, ...rest } = { tookMs: undefined, withinMs: 30_000, lanesNotLocked: [0], cluster: [] };
    const after = (...drafts: (Draft | readonly Draft[])[]) =>
      recovery.check(tablesOf(record(history(HEALED, ...drafts, { ...recovered(), value: rest } as never))));
    const exits = [0, 1, 2].map((process) => event(process, 'harness-error', 'client-exited'));
    expect(after(invoke(0, 'acquire'), exits)).toMatchObject({
      outcome: 'unknown',
      doubts: ['nobody tried to take the lock of 1 lanes: all of their programs had been given up'],
    });
    // One of three clients is there, or came back under another number.
    expect(after(exits.slice(1)).counts).toEqual({ 'not-recovered': 1 });
    expect(after(exits, done(3, 'open')).counts).toEqual({ 'not-recovered': 1 });
    const broken = event(0, 'harness-error', 'malformed-line');
    expect(after(exits, broken).counts).toEqual({ 'not-recovered': 1 });
    // From the first entry of the history up to that of the recovery, whatever the nemesis and the settings say.
    const outcomeOf = (clients: number, ...drafts: (Draft | readonly Draft[])[]) =>
      recovery.check(tablesOf(record(history(...drafts), { settings: { clients } }))).outcome;
    const notWell = { ...recovered(), value: rest } as never;
    expect(outcomeOf(3, exits, HEALED, notWell)).toBe('unknown');
    expect(outcomeOf(3, exits.slice(1), HEALED, notWell, exits.slice(0, 1))).toBe('violated');
    expect(outcomeOf(4, exits, event(3, 'harness-error', 'client-exited'), HEALED, notWell)).toBe('unknown');
    expect(outcomeOf(0, exits.slice(0, 1), done(1, 'open'), HEALED, notWell)).toBe('unknown');
  });

  it('concludes nothing from a history that is damaged', () => {
    const damaged = history(HEALED, recovered({ cluster: [7] as never }));
    expect(recovery.check(tablesOf(record(damaged)))).toMatchObject({
      outcome: 'unknown',
      doubts: ['entry 2 of the history is malformed'],
    });
  });

  it('says for any record of it what that record says', () => {
    const NOTHING_WRONG = { withinMs: 5, lanesNotLocked: [], cluster: [] };
    const anything = fc.record(
      {
        withinMs: fc.nat(10),
        tookMs: fc.nat(20),
        lanesNotLocked: fc.array(fc.nat(7), { maxLength: 2 }),
        cluster: fc.array(fc.string(), { maxLength: 2 }),
      },
      { requiredKeys: ['withinMs', 'lanesNotLocked', 'cluster'] },
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(anything, (value: RecoveryRecord) => {
        const { outcome, violations, doubts } = recovery.check(
          tablesOf(record(history(HEALED, { ...recovered(), value } as never))),
        );
        const wrong = [...value.lanesNotLocked, ...value.cluster];
        const expected = wrong.length > 0 ? 'violated' : value.tookMs === undefined ? 'unknown' : 'clean';
        expect(outcome).toBe(expected);
        expect([violations.length, doubts.length]).toEqual([
          expected === 'violated' ? 1 : 0,
          expected === 'unknown' ? 1 : 0,
        ]);
        seen.add(outcome);
      }),
      // Chance alone leaves out records in which nothing is wrong, now and then.
      { examples: [[NOTHING_WRONG], [{ ...NOTHING_WRONG, tookMs: 3 }]] },
    );
    expect([...seen].sort()).toEqual(['clean', 'unknown', 'violated']);
  });
});

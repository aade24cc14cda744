import { describe, expect, it } from 'vitest';
import type { Violation } from '../../checkers/verdict.js';
import type { FaultRecord, HistoryEntry } from '../history/operation.js';
import { tablesOf } from '../history/table-builders.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';
import { VIOLATION_KINDS } from './verdict-schema.js';

function verdictOf(fencing: 'off' | 'on') {
  const writer = lateWriter(fencing);
  const judgement = judgementOf(writer);
  return {
    writer,
    judgement,
    verdict: toVerdictJson({ record: tablesOf(writer.record), judgement, meta: metaOf(fencing) }),
  };
}

describe('toVerdictJson', () => {
  it('embeds all that a violation rests on', () => {
    const { writer, verdict } = verdictOf('off');
    const [stale] = verdict.violations;
    expect(stale).toMatchObject({
      id: 'v1',
      kind: 'stale-write',
      first: { process: 5, token: '33', acquire: { f: 'acquire', outcome: 'ok', token: '33' } },
      second: { process: 9, token: '35' },
      decisions: [
        { f: 'write', process: 9, token: '35', verdict: 'accepted' },
        { f: 'write', process: 5, token: '33', verdict: 'accepted', highest: '35' },
      ],
      fault: { id: 'lane-0/pause-0', injected: 1026e6, healed: 5637e6, receipt: { proven: true } },
    });
    expect(stale?.first?.operations.map(({ index, f }) => [index, f])).toEqual([
      [writer.first.operations[0], 'read'],
      [writer.first.operations[1], 'write'],
    ]);
    expect(stale?.ownership.map(({ type, createRevision }) => `${type} ${createRevision}`)).toEqual([
      'put 33',
      'delete 33',
      'put 35',
      'delete 35',
    ]);
  });

  it('gives true counts where the list is capped', () => {
    const { verdict } = verdictOf('off');
    const none = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, 0]));
    expect(verdict.counts).toEqual({ ...none, 'stale-write': 37, 'lost-update': 12, 'overlapping-sections': 33 });
    expect(verdict.violations).toHaveLength(3);
  });

  it('counts refusals, operations and faults itself', () => {
    const { verdict } = verdictOf('on');
    expect(verdict).toMatchObject({
      refused: { reads: 0, writes: 1 },
      operations: { ok: 7, fail: 1, info: 0 },
      faults: { injected: 1, proven: 1, healed: 1, kinds: [{ kind: 'pause', injected: 1, proven: 1, healed: 1 }] },
      unexplained: 0,
      recovery: 'clean',
      recovered: { withinMs: 40_000, tookMs: 1340, lanesNotLocked: [], cluster: [] },
    });
  });

  it('puts the most telling kind first, and what a fault explains before the rest', () => {
    const { writer, judgement } = verdictOf('off');
    const early: Violation = { kind: 'stale-write', lane: 1, decisions: [], from: 0, to: 1, numbers: {} };
    judgement.results[2]?.violations.unshift(early);
    const { violations } = toVerdictJson({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(violations.map(({ id, kind, fault }) => [id, kind, fault !== undefined])).toEqual([
      ['v1', 'stale-write', true],
      ['v2', 'stale-write', false],
      ['v3', 'lost-update', true],
      ['v4', 'overlapping-sections', true],
    ]);
  });

  it('counts faults by kind, those without their receipts and those that were planned in vain included', () => {
    const { writer, judgement } = verdictOf('off');
    const clock = { kind: 'clock', receipt: { proven: false as const, reason: 'not read' } };
    const history = writer.record.history.map((entry) =>
      entry.f === 'heal' ? { ...entry, value: { ...entry.value, ...clock } } : entry,
    );
    const inject = history.find(({ f }) => f === 'inject') ?? expect.fail('no fault');
    const value = { ...(inject.value as FaultRecord), ...clock, id: 'another' };
    history.push({ ...inject, index: history.length, time: history.at(-1)?.time ?? 0, value } as HistoryEntry);
    const settings = { ...writer.record.settings, faultKinds: ['pause', 'clock', 'disk'] };
    const record = { ...writer.record, history, settings };
    expect(toVerdictJson({ record: tablesOf(record), judgement, meta: metaOf('off') }).faults).toEqual({
      ...{ injected: 2, proven: 1, healed: 0 },
      kinds: [
        { kind: 'pause', injected: 1, proven: 1, healed: 0 },
        { kind: 'clock', injected: 1, proven: 0, healed: 0 },
        { kind: 'disk', injected: 0, proven: 0, healed: 0 },
      ],
    });
  });

  it('counts what no fault explains, and brings what did not recover', () => {
    const { writer, judgement } = verdictOf('off');
    const recovery = { withinMs: 40_000, lanesNotLocked: [3], cluster: ['etcd2 does not answer'] };
    const bare = { lane: 1, decisions: [], from: 0, to: 1, numbers: {} };
    judgement.results[2]?.violations.push({ ...bare, kind: 'stale-write' }, { ...bare, kind: 'wrong-count' });
    judgement.results.push({
      ...{ checker: 'recovery', outcome: 'violated', counts: { 'not-recovered': 1 }, doubts: [], figures: {} },
      violations: [{ ...bare, kind: 'not-recovered', recovery: { entry: 5, ...recovery } }],
    });
    const verdict = toVerdictJson({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(verdict.unexplained).toBe(1);
    expect(verdict.violations.at(-1)).toMatchObject({ kind: 'not-recovered', recovery });
  });

  it('leaves out figures that are no numbers, because JSON has none of them', () => {
    const { writer, judgement } = verdictOf('off');
    judgement.results[0]?.doubts.push('a doubt');
    Object.assign(judgement.results[0]?.figures ?? {}, { rate: Number.NaN, worst: Number.POSITIVE_INFINITY });
    const verdict = toVerdictJson({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(verdict.checkers[0]?.figures).toEqual({ handOversPerMinute: 412.5 });
    expect(verdict.doubts).toEqual([{ checker: 'assumptions', doubt: 'a doubt' }]);
  });

  it('survives witnesses that name what the record does not have', () => {
    const { writer, judgement } = verdictOf('off');
    const ghost = { process: 1, token: '', acquire: 9999, operations: [10_000] };
    judgement.results[2]?.violations.push({
      kind: 'stale-write',
      lane: 0,
      first: ghost,
      second: ghost,
      decisions: [77],
      fault: 12_345,
      from: 0,
      to: 1,
      numbers: {},
    });
    const { violations } = toVerdictJson({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(violations[0]).toMatchObject({ kind: 'stale-write', decisions: [], ownership: [] });
    expect(violations[0]).not.toHaveProperty('first');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  EventName,
  FaultEntry,
  FaultName,
  HistoryEntry,
  OperationEntry,
  OperationName,
  RecoveryEntry,
} from './operation.js';
import { type PairedHistory, pair } from './pairing.js';
import type { RunRecord } from './run-record.js';
import { tablesOf } from './table-builders.js';
import { FAIL, INFO, NONE, OK } from './tables.js';

const entry = (
  index: number,
  process: number,
  type: OperationEntry['type'],
  f: OperationName | EventName,
): OperationEntry => ({
  index,
  time: index * 10,
  lane: 0,
  process,
  type,
  f,
});

const fault = (index: number, f: FaultName, id: string): FaultEntry => ({
  index,
  time: index * 10,
  lane: 0,
  process: 'nemesis',
  type: 'info',
  f,
  value: {
    id,
    kind: 'pause',
    trigger: 'acquired',
    targets: ['client 1'],
    processes: [1],
    nodes: ['clients1'],
    options: {},
    durationMs: 5000,
    receipt: { proven: true, evidence: {} },
  },
});

const recovery = (index: number): RecoveryEntry => ({
  index,
  time: index * 10,
  lane: -1,
  process: 'nemesis',
  type: 'info',
  f: 'recovery',
  value: { withinMs: 30_000, tookMs: 5, lanesNotLocked: [], cluster: [] },
});

const SETTINGS: RunRecord['settings'] = {
  recipe: 'mutex',
  storage: 'http',
  workload: 'counter',
  fencing: 'off',
  onLoss: 'ignore',
  lanes: 1,
  clients: 3,
  ttlMs: 2000,
  plannedFaults: 0,
  timeMs: 1000,
};

const pairs = (history: HistoryEntry[]): PairedHistory =>
  pair(tablesOf({ settings: SETTINGS, history, decisions: [], ownership: [], end: { kind: 'completed' } }));

/** Rows of both halves of each operation. */
const halves = ({ count, invocation, completion }: PairedHistory) =>
  Array.from({ length: count }, (_, place) => [invocation[place], completion[place]]);

describe('pair', () => {
  it('pairs by process, keeps the order of the invocations and leaves what never ended open', () => {
    const paired = pairs([
      entry(0, 1, 'invoke', 'acquire'),
      entry(1, 2, 'invoke', 'acquire'),
      entry(2, 2, 'ok', 'acquire'),
      entry(3, 1, 'fail', 'acquire'),
      entry(4, 2, 'invoke', 'write'),
    ]);
    expect(halves(paired)).toEqual([
      [0, 3],
      [1, 2],
      [4, NONE],
    ]);
    expect([...paired.outcome]).toEqual([FAIL, OK, NONE]);
    expect([...paired.operationAt]).toEqual([0, 1, NONE, NONE, 2]);
    expect(paired).toMatchObject({ count: 3, faults: [], problems: [] });
    expect(paired.events).toHaveLength(0);
    expect(paired.unruly.size).toBe(0);
  });

  it('keeps events apart: they end no operation', () => {
    const paired = pairs([
      entry(0, 1, 'invoke', 'write'),
      entry(1, 1, 'info', 'lost'),
      entry(2, 1, 'ok', 'write'),
      entry(3, 1, 'info', 'harness-error'),
    ]);
    expect(halves(paired)).toEqual([[0, 2]]);
    expect([...paired.events]).toEqual([1, 3]);
    expect(paired.problems).toEqual([]);
  });

  it('pairs faults by id and leaves out the heal of one that the run did not live to see', () => {
    const history = [fault(0, 'inject', 'a'), fault(1, 'inject', 'b'), fault(2, 'heal', 'a')];
    const { faults, problems } = pairs(history);
    expect(faults).toEqual([{ inject: history[0], heal: history[2] }, { inject: history[1] }]);
    expect(problems).toEqual([]);
  });

  it('keeps what became of the system after the final heal apart from the faults', () => {
    const history = [fault(0, 'inject', 'a'), fault(1, 'heal', 'a'), recovery(2)];
    expect(pairs(history)).toMatchObject({ faults: [{ inject: history[0], heal: history[1] }], recovery: history[2] });
    expect(pairs(history.slice(0, 2))).not.toHaveProperty('recovery');
  });

  it('lets an info retire its process and an event of the retired one pass', () => {
    const { problems, unruly } = pairs([
      entry(0, 1, 'invoke', 'write'),
      entry(1, 1, 'info', 'write'),
      entry(2, 1, 'info', 'lost'),
      entry(3, 41, 'invoke', 'open'),
    ]);
    expect(problems).toEqual([]);
    expect(unruly.size).toBe(0);
  });

  it('keeps keep-alives beside the other operations: none of them retires its process', () => {
    const paired = pairs([
      entry(0, 1, 'invoke', 'write'),
      entry(1, 1, 'invoke', 'keep-alive'),
      entry(2, 1, 'ok', 'write'),
      entry(3, 1, 'info', 'keep-alive'),
      entry(4, 1, 'invoke', 'keep-alive'),
      entry(5, 1, 'invoke', 'read'),
      entry(6, 1, 'ok', 'keep-alive'),
      entry(7, 1, 'info', 'read'),
      entry(8, 1, 'invoke', 'keep-alive'),
    ]);
    expect(halves(paired)).toEqual([
      [0, 2],
      [1, 3],
      [4, 6],
      [5, 7],
      [8, NONE],
    ]);
    expect(paired.problems).toEqual([]);
  });

  it('leaves keep-alives that are out together without an answer, and says nothing against their process', () => {
    const paired = pairs([
      entry(0, 1, 'invoke', 'keep-alive'),
      entry(1, 2, 'invoke', 'keep-alive'),
      entry(2, 1, 'invoke', 'keep-alive'),
      entry(3, 1, 'info', 'keep-alive'),
      entry(4, 1, 'invoke', 'keep-alive'),
      entry(5, 1, 'ok', 'keep-alive'),
      entry(6, 1, 'ok', 'keep-alive'),
      entry(7, 2, 'ok', 'keep-alive'),
      entry(8, 1, 'invoke', 'keep-alive'),
      entry(9, 1, 'ok', 'keep-alive'),
    ]);
    expect(halves(paired)).toEqual([
      [0, NONE],
      [1, 7],
      [2, NONE],
      [4, NONE],
      [8, 9],
    ]);
    expect([paired.problems, paired.unruly.size]).toEqual([[], 0]);
  });

  it.each<[string, HistoryEntry[], number[]]>([
    ['process 1 completes write at 0 without an invocation', [entry(0, 1, 'ok', 'write')], [1]],
    ['process 1 invokes at 1 while 0 is open', [entry(0, 1, 'invoke', 'read'), entry(1, 1, 'invoke', 'write')], [1]],
    [
      'process -7 completes write at 1, but read is open since 0',
      [entry(0, -7, 'invoke', 'read'), entry(1, -7, 'ok', 'write')],
      [-7],
    ],
    [
      'process 1 completes keep-alive at 1 without an invocation',
      [entry(0, 1, 'invoke', 'read'), entry(1, 1, 'ok', 'keep-alive')],
      [1],
    ],
    [
      'process 2000000 invokes at 2 after its info at 1',
      [
        entry(0, 2_000_000, 'invoke', 'read'),
        entry(1, 2_000_000, 'info', 'read'),
        entry(2, 2_000_000, 'invoke', 'read'),
      ],
      [2_000_000],
    ],
    ['fault a is healed at 0 without having been injected', [fault(0, 'heal', 'a')], []],
    [
      'fault a is healed at 2 and was at 1',
      [fault(0, 'inject', 'a'), fault(1, 'heal', 'a'), fault(2, 'heal', 'a')],
      [],
    ],
    ['recovery is recorded at 1 and was at 0', [recovery(0), recovery(1)], []],
    ['fault a is injected at 1 and was at 0', [fault(0, 'inject', 'a'), fault(1, 'inject', 'a')], []],
  ])('says: %s', (problem, history, unruly) => {
    const paired = pairs(history);
    expect(paired.problems).toEqual([problem]);
    expect([...paired.unruly]).toEqual(unruly);
  });

  it('keeps heals of faults that it knows nothing else of', () => {
    const heal = fault(0, 'heal', 'a');
    expect(pairs([heal, fault(1, 'inject', 'b'), fault(2, 'heal', 'b')]).strayHeals).toEqual([heal]);
  });

  it('never throws and never loses an entry, whatever the history', () => {
    const anything = fc.array(
      fc.oneof(
        fc
          .tuple(
            fc.integer({ min: -1, max: 3 }),
            fc.constantFrom('invoke', 'ok', 'fail', 'info'),
            fc.constantFrom('acquire', 'read', 'write', 'keep-alive', 'lost', 'harness-error'),
          )
          .map(
            ([process, type, f]) =>
              (index: number) =>
                entry(index, process, type, f),
          ),
        fc.tuple(fc.constantFrom('inject', 'heal'), fc.constantFrom('a', 'b')).map(
          ([f, id]) =>
            (index: number) =>
              fault(index, f, id),
        ),
        fc.constant(recovery),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(anything, (builders) => {
        const history = builders.map((build, index) => build(index));
        const paired = pairs(history);
        const { events, faults, recovery: found, problems, unruly, operationAt, outcome } = paired;
        const kept = [
          ...halves(paired).flat(),
          ...events,
          ...faults.flatMap(({ inject, heal }) => [inject.index, heal?.index]),
          found?.index,
        ].filter((row) => row !== undefined && row !== NONE);
        // What is not kept is named in a problem, and nothing is kept twice.
        expect(new Set(kept).size).toBe(kept.length);
        expect(history.length - kept.length).toBeLessThanOrEqual(problems.length);
        halves(paired).forEach(([invoked = NONE, completed = NONE], place) => {
          expect(operationAt[invoked]).toBe(place);
          const { type } = history[completed] ?? {};
          expect(outcome[place]).toBe({ ok: OK, fail: FAIL, info: INFO }[type as 'ok' | 'fail' | 'info'] ?? NONE);
          if (completed === NONE) return;
          expect(history[completed]).toMatchObject({ process: history[invoked]?.process, f: history[invoked]?.f });
          expect(completed).toBeGreaterThan(invoked);
        });
        // Whom a problem names, and only those.
        const named = problems.filter((problem) => problem.startsWith('process')).map((p) => Number(p.split(' ')[1]));
        expect(new Set(named)).toEqual(unruly);
      }),
    );
  });
});

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
import { pair } from './pairing.js';

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

describe('pair', () => {
  it('pairs by process, keeps the order of the invocations and leaves what never ended open', () => {
    const history = [
      entry(0, 1, 'invoke', 'acquire'),
      entry(1, 2, 'invoke', 'acquire'),
      entry(2, 2, 'ok', 'acquire'),
      entry(3, 1, 'fail', 'acquire'),
      entry(4, 2, 'invoke', 'write'),
    ];
    expect(pair(history)).toEqual({
      operations: [
        { invocation: history[0], completion: history[3] },
        { invocation: history[1], completion: history[2] },
        { invocation: history[4], completion: undefined },
      ],
      events: [],
      faults: [],
      problems: [],
    });
  });

  it('keeps events apart: they end no operation', () => {
    const history = [
      entry(0, 1, 'invoke', 'write'),
      entry(1, 1, 'info', 'lost'),
      entry(2, 1, 'ok', 'write'),
      entry(3, 1, 'info', 'harness-error'),
    ];
    const { operations, events, problems } = pair(history);
    expect(operations).toEqual([{ invocation: history[0], completion: history[2] }]);
    expect(events).toEqual([history[1], history[3]]);
    expect(problems).toEqual([]);
  });

  it('pairs faults by id and leaves out the heal of one that the run did not live to see', () => {
    const history = [fault(0, 'inject', 'a'), fault(1, 'inject', 'b'), fault(2, 'heal', 'a')];
    const { faults, problems } = pair(history);
    expect(faults).toEqual([{ inject: history[0], heal: history[2] }, { inject: history[1] }]);
    expect(problems).toEqual([]);
  });

  it('keeps what became of the system after the final heal apart from the faults', () => {
    const history = [fault(0, 'inject', 'a'), fault(1, 'heal', 'a'), recovery(2)];
    expect(pair(history)).toMatchObject({ faults: [{ inject: history[0], heal: history[1] }], recovery: history[2] });
    expect(pair(history.slice(0, 2))).not.toHaveProperty('recovery');
  });

  it('lets an info retire its process and an event of the retired one pass', () => {
    const retired = [
      entry(0, 1, 'invoke', 'write'),
      entry(1, 1, 'info', 'write'),
      entry(2, 1, 'info', 'lost'),
      entry(3, 41, 'invoke', 'open'),
    ];
    expect(pair(retired).problems).toEqual([]);
  });

  it.each<[string, HistoryEntry[]]>([
    ['process 1 completes write at 0 without an invocation', [entry(0, 1, 'ok', 'write')]],
    ['process 1 invokes at 1 while 0 is open', [entry(0, 1, 'invoke', 'read'), entry(1, 1, 'invoke', 'write')]],
    [
      'process 1 completes write at 1, but read is open since 0',
      [entry(0, 1, 'invoke', 'read'), entry(1, 1, 'ok', 'write')],
    ],
    [
      'process 1 invokes at 2 after its info at 1',
      [entry(0, 1, 'invoke', 'read'), entry(1, 1, 'info', 'read'), entry(2, 1, 'invoke', 'read')],
    ],
    [
      'entry 1 has time 5 after 10',
      [
        { ...entry(0, 1, 'invoke', 'read'), time: 10 },
        { ...entry(1, 1, 'ok', 'read'), time: 5 },
      ],
    ],
    ['fault a is healed at 0 without having been injected', [fault(0, 'heal', 'a')]],
    ['fault a is healed at 2 and was at 1', [fault(0, 'inject', 'a'), fault(1, 'heal', 'a'), fault(2, 'heal', 'a')]],
    ['recovery is recorded at 1 and was at 0', [recovery(0), recovery(1)]],
    ['fault a is injected at 1 and was at 0', [fault(0, 'inject', 'a'), fault(1, 'inject', 'a')]],
  ])('says: %s', (problem, history) => {
    expect(pair(history).problems).toEqual([problem]);
  });

  it('never throws and never loses an entry, whatever the history', () => {
    const anything = fc.array(
      fc.oneof(
        fc
          .tuple(
            fc.nat(3),
            fc.constantFrom('invoke', 'ok', 'fail', 'info'),
            fc.constantFrom('acquire', 'read', 'write', 'lost', 'harness-error'),
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
        const { operations, events, faults, recovery: found, problems } = pair(history);
        const kept = [
          ...operations.flatMap(({ invocation, completion }) => [invocation, completion]),
          ...events,
          ...faults.flatMap(({ inject, heal }) => [inject, heal]),
          found,
        ].filter((one) => one !== undefined);
        // What is not kept is named in a problem, and nothing is kept twice.
        expect(new Set(kept).size).toBe(kept.length);
        expect(history.length - kept.length).toBeLessThanOrEqual(problems.length);
        for (const { invocation, completion } of operations) {
          if (completion) expect(completion).toMatchObject({ process: invocation.process, f: invocation.f });
          if (completion) expect(completion.index).toBeGreaterThan(invocation.index);
        }
      }),
    );
  });
});

/** Hand-overs, leases that expired under a fault, and how long a lock stood still: golden histories. */
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunSettings } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { countExpiredUnderFault, forEachHandOver } from './hand-overs.js';
import { takeoversMs } from './takeovers.js';
import { done, type Draft, fail, fault, history, info, invoke, keyLife, ok, record, TICK } from './testing/builders.js';

const at = (ms: number, draft: Draft): Draft => ({ ...draft, time: ms * TICK });
const timed = (...drafts: readonly (readonly [ms: number, draft: Draft])[]): Draft[] =>
  drafts.map(([ms, draft]) => at(ms, draft));

interface Given {
  ownership?: OwnershipEvent[];
  settings?: Partial<RunSettings>;
}
const given = (drafts: readonly Draft[], { ownership = [], settings = {} }: Given = {}): Evidence =>
  evidenceOf(tablesOf(record(history(drafts), { ownership, settings })));

/** Of each hand-over the two processes and the fault. */
function handOvers(drafts: readonly Draft[], how?: Given) {
  const evidence = given(drafts, how);
  const found: unknown[][] = [];
  forEachHandOver(evidence, (from, to, fault) => {
    const processes = [from, to].map((hold) => evidence.holds.process[hold]);
    found.push(fault === undefined ? processes : [...processes, fault.inject.value.id]);
  });
  return found;
}

/** Three acquires side by side, told in the order of the processes. */
const crowd = (...tokens: (string | undefined)[]): Draft[] => [
  ...tokens.map((_, process) => invoke(process, 'acquire')),
  ...tokens.map((token, process) => ok(process, 'acquire', token === undefined ? {} : { token })),
];

describe('hand-overs', () => {
  it('follow the tokens, where all of the lane have one and these have an order', () => {
    const inOrder = [
      [0, 1],
      [1, 2],
    ];
    expect(handOvers(crowd('5', '6', '7'))).toEqual(inOrder);
    expect(handOvers(crowd('6', '7', '5'))).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(handOvers(crowd('6', undefined, '5'))).toEqual(inOrder);
    expect(handOvers([invoke(0, 'acquire'), invoke(1, 'acquire'), ok(1, 'acquire'), ok(0, 'acquire')])).toEqual([
      [1, 0],
    ]);
    expect(handOvers(crowd('6', '7', '5'), { settings: { token: 'lease-id' } })).toEqual(inOrder);
  });

  it('are of each lane by itself, in one by tokens and in another by grants', () => {
    const inLane = (lane: number, drafts: Draft[]) =>
      drafts.map((draft) =>
        'type' in draft && draft.process !== 'nemesis'
          ? { ...draft, lane, process: (draft.process as number) + 10 * lane }
          : draft,
      ) as Draft[];
    const found = handOvers([
      ...inLane(1, crowd('9', undefined)),
      ...inLane(0, crowd('4', '3')),
      ...inLane(2, crowd('2', '1')),
    ]);
    expect(found).toEqual([
      [10, 11],
      [1, 0],
      [21, 20],
    ]);
  });

  it('are none of a process to itself', () => {
    const own = [...done(0, 'acquire', { token: '5' }), ...done(0, 'release')];
    expect(handOvers([...own, ...done(0, 'acquire', { token: '6' }), ...done(1, 'acquire', { token: '7' })])).toEqual([
      [0, 1],
    ]);
  });

  it('are under the fault that is on the former holder when the next one is told', () => {
    const under = (process: number, inject: number, heal: number) =>
      handOvers(
        timed(
          [1, invoke(0, 'acquire')],
          [2, ok(0, 'acquire', { token: '5' })],
          [3, invoke(1, 'acquire')],
          [inject, fault('inject', process)],
          ...(heal <= 10 ? [[heal, fault('heal', process)] as const] : []),
          [10, ok(1, 'acquire', { token: '6' })],
          ...(heal > 10 ? [[heal, fault('heal', process)] as const] : []),
        ),
      );
    expect([under(0, 4, 20), under(0, 4, 10), under(0, 4, 9), under(1, 4, 20)]).toEqual([
      [[0, 1, 'pause-0']],
      [[0, 1, 'pause-0']],
      [[0, 1]],
      [[0, 1]],
    ]);
  });
});

describe('leases that expired under a fault', () => {
  /** Process 0 is paused from 10 to 20 with the lock; `after` the fault. */
  const paused = (...after: (readonly [number, Draft])[]): Draft[] =>
    timed(
      [1, invoke(0, 'acquire')],
      [2, ok(0, 'acquire', { token: '5' })],
      [10, fault('inject', 0)],
      ...after.filter(([ms]) => ms < 20),
      [20, fault('heal', 0)],
      ...after.filter(([ms]) => ms >= 20),
    );
  const gone = (...times: number[]): OwnershipEvent[] => [
    ...keyLife('5', TICK),
    ...times.flatMap((ms, n) =>
      keyLife('5', TICK, ms * TICK)
        .slice(1)
        .map((e) => ({ ...e, member: `etcd${n + 1}` })),
    ),
  ];
  const expired = (drafts: Draft[], ownership: OwnershipEvent[]) =>
    countExpiredUnderFault(given(drafts, { ownership }));

  it('are those whose key a watch told to be gone while the fault was in force', () => {
    expect([9, 10, 15, 20, 21].map((ms) => expired(paused(), gone(ms)))).toEqual([0, 1, 1, 1, 0]);
    expect([expired(paused(), gone()), expired(paused(), keyLife('5', 15 * TICK))]).toEqual([0, 0]);
    const elsewhere = gone(15).map((e) => ({ ...e, lane: 1 }));
    expect(expired(paused(), elsewhere)).toBe(0);
    expect(expired(timed([1, invoke(0, 'acquire')], [2, ok(0, 'acquire', { token: '5' })]), gone(15))).toBe(0);
  });

  it('are counted once, whichever of the watches told of it under the fault', () => {
    for (const times of [
      [15, 25, 26],
      [25, 15, 26],
      [25, 26, 15],
      [15, 16, 17],
    ])
      expect(expired(paused(), gone(...times))).toBe(1);
    expect(expired(paused(), gone(25, 9, 26))).toBe(0);
    const two = [...paused(), ...done(0, 'close'), ...done(1, 'acquire', { token: '8' })];
    const both = [...gone(15, 16), ...keyLife('8', 30 * TICK, 31 * TICK)];
    expect(expired(two, both)).toBe(1);
    const everybody = timed([40, fault('inject', 1, true, { id: 'all', processes: 'all' })]);
    expect(expired([...two, ...everybody], [...gone(15, 16), ...keyLife('8', 30 * TICK, 41 * TICK)])).toBe(2);
  });

  it('are none that the client had asked for, unless it had given up on that before', () => {
    const asked = (f: 'release' | 'close' | 'acquire', answer: 'ok' | 'info') =>
      paused([14, invoke(0, f)], [16, answer === 'ok' ? ok(0, f) : info(0, f, 'timeout')]);
    const by = (drafts: Draft[]) => [13, 14, 15, 16, 17].map((ms) => expired(drafts, gone(ms)));
    expect(by(asked('release', 'ok'))).toEqual([1, 0, 0, 0, 0]);
    expect(by(asked('release', 'info'))).toEqual([1, 0, 0, 0, 1]);
    expect(by(asked('close', 'info'))).toEqual([1, 0, 0, 0, 0]);
    expect(by(asked('acquire', 'info'))).toEqual([1, 0, 0, 0, 0]);
  });
});

describe('takeovers', () => {
  const tookMs = (drafts: Draft[], how?: Given) => [...takeoversMs(given(drafts, how))];
  const dead = (process: number, token?: string): Draft[] =>
    done(process, 'acquire', token === undefined ? {} : { token });
  /** Process 0 gets the lock at 2 ms and dies, process 1 asks at 5 and gets it at 30. */
  const next = (token?: string): Draft[] =>
    timed([5, invoke(1, 'acquire')], [30, ok(1, 'acquire', token === undefined ? {} : { token })]);

  it('last from the deletion of the key, or from the last sign of the hold, to the next grant', () => {
    const drafts = [...dead(0, '5'), ...next('6')];
    expect(tookMs(drafts)).toEqual([25]);
    expect(tookMs(drafts, { ownership: keyLife('5', TICK) })).toEqual([25]);
    expect(tookMs(drafts, { ownership: keyLife('5', TICK, 12 * TICK) })).toEqual([18]);
    // Told late, when the next had it.
    expect(tookMs(drafts, { ownership: keyLife('5', TICK, 40 * TICK) })).toEqual([0]);
    const reads = timed([8, invoke(0, 'read')], [9, ok(0, 'read', { value: null })], [10, invoke(0, 'read')]);
    const inOrder = (...more: Draft[]) => [...drafts.slice(0, 3), ...more, ...drafts.slice(3)];
    expect([tookMs(inOrder(...reads.slice(0, 2))), tookMs(inOrder(...reads))]).toEqual([[21], [20]]);
  });

  it('begin with the next acquire, where nobody was waiting', () => {
    const late = timed([20, invoke(1, 'acquire')], [30, ok(1, 'acquire', { token: '6' })]);
    expect(tookMs([...dead(0, '5'), ...late])).toEqual([10]);
    expect(tookMs([...dead(0, '5'), ...late], { ownership: keyLife('5', TICK, 12 * TICK) })).toEqual([10]);
    expect(tookMs([...dead(0, '5'), ...late], { ownership: keyLife('5', TICK, 24 * TICK) })).toEqual([6]);
  });

  it('are none of what was given back, as far as its client was told', () => {
    const ended = (...by: Draft[]) =>
      tookMs([...dead(0, '5'), ...timed(...by.map((draft, n) => [3 + n / 2, draft] as const)), ...next('6')]).length;
    const released = (value?: unknown) => [
      invoke(0, 'release'),
      ok(0, 'release', value === undefined ? {} : { value: value as never }),
    ];
    expect(ended(...released())).toBe(0);
    expect([null, 7, {}, { deleted: true }, { deleted: 'no' }].map((value) => ended(...released(value)))).toEqual(
      Array(5).fill(0),
    );
    expect(ended(...released({ deleted: false }))).toBe(1);
    expect(ended(...done(0, 'close'))).toBe(0);
    expect(ended(invoke(0, 'close'), fail(0, 'close', 'unavailable'))).toBe(1);
    expect(ended(invoke(0, 'release'), info(0, 'release', 'timeout'))).toBe(1);
    expect(ended(invoke(0, 'release'), fail(0, 'release', 'unavailable'))).toBe(1);
    expect(ended(...done(0, 'open'))).toBe(1);
  });

  it('go from token to token where all have one, else from grant to grant, each lane by itself, and are told in order', () => {
    const both = (first?: string, second?: string) =>
      timed(
        [1, invoke(0, 'acquire')],
        [2, invoke(1, 'acquire')],
        [10, ok(1, 'acquire', second === undefined ? {} : { token: second })],
        [40, ok(0, 'acquire', first === undefined ? {} : { token: first })],
      );
    expect([
      tookMs(both('7', '6')),
      tookMs(both('6', '7')),
      tookMs(both()),
      tookMs(both('6')),
      tookMs(both(undefined, '6')),
    ]).toEqual([[30], [0], [30], [30], [30]]);
    const other = timed(
      [41, invoke(2, 'acquire')],
      [42, ok(2, 'acquire')],
      [43, invoke(3, 'acquire')],
      [53, ok(3, 'acquire')],
      [60, invoke(4, 'acquire')],
      [65, ok(4, 'acquire')],
    ).map((draft) => ({ ...draft, lane: 1 }) as Draft);
    expect(tookMs([...both(), ...other])).toEqual([5, 10, 30]);
  });
});

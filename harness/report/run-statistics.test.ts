/** The states that a run reaches, each reached and just not; the stops of holders; the first violation. Golden histories. */
import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../checkers/evidence.js';
import { judge } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import {
  decisions,
  done,
  type Draft,
  event,
  fail,
  fault,
  history,
  info,
  invoke,
  keyLife,
  logOf,
  ok,
  record,
} from '../../checkers/testing/builders.js';
import type { OwnershipEvent } from '../history/ownership.js';
import type { RunRecord } from '../history/run-record.js';
import { tablesOf } from '../history/table-builders.js';
import type { State } from './reached-states.js';
import { indexRecord } from './record-index.js';
import { runStatistics } from './run-statistics.js';
import { inOrder } from './verdict-json.js';
import type { RunStatistics } from './verdict-schema.js';

type Parts = Parameters<typeof record>[1];
const MS = 1e6;

function statisticsOf(run: RunRecord, samples?: { time: number; leads: boolean; raftTerm: number }[]): RunStatistics {
  const tables = {
    ...tablesOf(run),
    ...(samples && {
      samples: samples.map((each) => ({ ...each, member: 'etcd1', revision: 1, raftIndex: 1, dbBytes: 1 })),
    }),
  };
  return runStatistics(evidenceOf(tables), indexRecord(tables), inOrder(judge(tables, CHECKERS)));
}

/** The drafts one ms after the other, with the storage's log of what was answered. */
function runOf(drafts: readonly (Draft | readonly Draft[])[], parts: Parts = {}): RunRecord {
  const entries = history(...drafts);
  return record(entries, { decisions: logOf(entries), ...parts });
}

const reached = (run: RunRecord, state: State): number | undefined => statisticsOf(run).coverage[state];

const take = (process: number, token: string) => done(process, 'acquire', { token });
const read = (process: number) => done(process, 'read', { value: null });
const write = (process: number, value: number) => done(process, 'write', { value });
const refused = (process: number, value: number) => [
  invoke(process, 'write', { value }),
  fail(process, 'write', 'fenced'),
];

describe('a lease that expired while its holder lived', () => {
  const state = 'lease-expired-holder-alive';
  /** Granted at 2 ms; its key goes at 3.5 ms. */
  const ownership = keyLife('5', 1 * MS, 3.5 * MS);

  it('is one whose holder says something afterwards', () => {
    expect(reached(runOf([take(0, '5'), read(0)], { ownership }), state)).toBe(1);
    expect(reached(runOf([take(0, '5'), invoke(0, 'read'), event(0, 'lost')], { ownership }), state)).toBe(1);
  });

  it('is none where the holder was never heard of again', () => {
    const last = [invoke(0, 'read'), info(0, 'read', 'client-exited')];
    expect(reached(runOf([take(0, '5'), last], { ownership }), state)).toBe(0);
    expect(reached(runOf([take(0, '5'), invoke(0, 'read')], { ownership }), state)).toBe(0);
  });

  it('is none where the holder had begun to give the lock up, or nobody told of the key', () => {
    expect(reached(runOf([take(0, '5'), done(0, 'release')], { ownership }), state)).toBe(0);
    expect(reached(runOf([take(0, '5'), read(0), done(0, 'release')], {}), state)).toBe(0);
  });
});

describe('two holders at once', () => {
  const state = 'two-holders';
  const wait = (ms: number, draft: Draft): Draft => ({ ...draft, time: ms * MS });

  it('are there when one is granted the lock while another believes in it', () => {
    expect(reached(runOf([take(0, '5'), take(1, '6'), wait(100, event(0, 'lost'))]), state)).toBe(1);
    expect(reached(runOf([take(0, '5'), take(1, '6'), wait(100, invoke(0, 'read')), ok(0, 'read')]), state)).toBe(1);
  });

  it('are not where the first gave it up, knew, learned of it at that moment, or was never heard of again', () => {
    expect(reached(runOf([take(0, '5'), done(0, 'release'), take(1, '6'), wait(100, event(0, 'lost'))]), state)).toBe(
      0,
    );
    expect(
      reached(
        runOf([take(0, '5'), event(0, 'lost'), take(1, '6'), wait(100, invoke(0, 'read')), ok(0, 'read')]),
        state,
      ),
    ).toBe(0);
    expect(reached(runOf([take(0, '5'), take(1, '6'), event(0, 'lost'), wait(100, invoke(0, 'read'))]), state)).toBe(0);
    expect(reached(runOf([take(0, '5'), take(1, '6'), wait(100, invoke(1, 'read')), ok(1, 'read')]), state)).toBe(0);
  });
});

describe('late writes', () => {
  const states = (run: RunRecord) => {
    const { coverage } = statisticsOf(run);
    return [coverage['late-write-before-first'], coverage['late-write-after-first']];
  };

  it('come before the first of the new holder, or after it', () => {
    expect(states(runOf([take(0, '5'), take(1, '6'), write(0, 1), write(1, 2)]))).toEqual([1, 0]);
    expect(states(runOf([take(0, '5'), take(1, '6'), write(1, 1), write(0, 2)]))).toEqual([0, 1]);
  });

  it('count where the storage refused them', () => {
    expect(states(runOf([take(0, '5'), take(1, '6'), read(1), refused(0, 2), write(1, 1)]))).toEqual([1, 0]);
    expect(states(runOf([take(0, '5'), take(1, '6'), write(1, 1), refused(0, 2)]))).toEqual([0, 1]);
  });

  it('are known by what a newer hold did at the storage, even if they were sent before it was granted', () => {
    const sent = [take(0, '5'), invoke(0, 'write', { value: 1 }), take(1, '6'), read(1), ok(0, 'write')].flat();
    expect(states(runOf(sent))).toEqual([1, 0]);
    const wrote = [take(0, '5'), invoke(0, 'write', { value: 1 }), take(1, '6'), write(1, 2), ok(0, 'write')].flat();
    expect(states(runOf(wrote))).toEqual([0, 1]);
  });

  it('are none where the holds follow each other, in another key, or where the client itself refused', () => {
    expect(states(runOf([take(0, '5'), write(0, 1), done(0, 'release'), take(1, '6'), write(1, 2)]))).toEqual([0, 0]);
    const sent = [take(0, '5'), invoke(0, 'write', { value: 1 }), take(1, '6'), ok(0, 'write')].flat();
    expect(states(runOf(sent))).toEqual([0, 0]);
    const stopped = [invoke(0, 'write', { value: 1 }), fail(0, 'write', 'lock-lost')];
    expect(states(runOf([take(0, '5'), take(1, '6'), write(1, 1), stopped]))).toEqual([0, 0]);
  });

  it('are not told by lease ids, which have no order', () => {
    // The smaller one was asked for after the larger one had been granted.
    const run = runOf([take(0, '9'), write(0, 1), done(0, 'release'), take(1, '6'), write(1, 2)], {
      settings: { token: 'lease-id' },
    });
    expect(states(run)).toEqual([0, 0]);
  });

  it('are not told by a log whose order cannot be true', () => {
    const entries = history(take(0, '5'), write(0, 1), take(1, '6'), write(1, 2));
    const run = record(entries, { decisions: decisions(entries, [1, 'write'], [0, 'write']) });
    expect(states(run)).toEqual([0, 0]);
  });
});

describe('a change of the leader in a hold', () => {
  const hold = runOf([take(0, '5'), read(0), read(0), done(0, 'release')]);
  const held = runOf([take(0, '5'), done(0, 'release')], { ownership: keyLife('5', 1 * MS, 5 * MS) });
  const change = (...samples: [ms: number, term: number, leads?: boolean][]) =>
    statisticsOf(
      hold,
      samples.map(([ms, raftTerm, leads = true]) => ({ time: ms * MS, leads, raftTerm })),
    ).coverage['leader-change-in-hold'];

  it('is a leader of a higher term, first heard of while the client believed in its lock', () => {
    expect(change([1, 2], [4.5, 3])).toBe(1);
    expect(change([4.5, 3], [1, 2])).toBe(1);
  });

  it('is one while etcd still had the key, too', () => {
    const samples = [1, 4.5].map((ms, n) => ({ time: ms * MS, leads: true, raftTerm: n + 2 }));
    expect(statisticsOf(held, samples).coverage['leader-change-in-hold']).toBe(1);
    const later = samples.map((each, n) => (n === 0 ? each : { ...each, time: 5.5 * MS }));
    expect(statisticsOf(held, later).coverage['leader-change-in-hold']).toBe(0);
  });

  it('is none before or after a hold, without a new term, of a follower, or where it is the first leader of all', () => {
    expect(change([0.5, 2], [1.5, 3])).toBe(0);
    expect(change([1, 2], [8, 3])).toBe(0);
    expect(change([1, 2], [4.5, 2])).toBe(0);
    expect(change([1, 2], [4.5, 3, false])).toBe(0);
    expect(change([4.5, 3])).toBe(0);
    expect(statisticsOf(hold).coverage['leader-change-in-hold']).toBe(0);
  });
});

describe('keys whose clients were told nothing', () => {
  const open = (process: number, lease: string) => done(process, 'open', { value: { ttlMs: 2000, lease } });
  const key = (
    token: string,
    lease: string,
    put: number,
    deleted?: [ms: number, revision: string],
  ): OwnershipEvent[] => {
    const base = { member: 'etcd1', key: `lock/${lease}`, lane: 0, createRevision: token, lease };
    const life: OwnershipEvent[] = [{ ...base, revision: token, time: put * MS, type: 'put' }];
    if (deleted !== undefined) life.push({ ...base, revision: deleted[1], time: deleted[0] * MS, type: 'delete' });
    return life;
  };
  /** 0 takes the lock; 1 asks for it (7 ms) and is told nothing. */
  const drafts = (error: string): Draft[] =>
    [open(0, 'a0'), open(1, 'b0'), take(0, '5'), invoke(1, 'acquire'), info(1, 'acquire', error), read(0)].flat();
  const states = (error: string, ...lives: OwnershipEvent[][]) => {
    const ownership = lives.flat().sort((a, b) => a.time - b.time);
    const { coverage } = statisticsOf(runOf(drafts(error), { ownership }));
    return [coverage['waiter-lease-expired'], coverage['ambiguous-acquire-took-effect']];
  };

  it('expired in the queue before their turn', () => {
    expect(states('session-expired', key('5', 'a0', 6), key('6', 'b0', 8, [9, '9']))).toEqual([1, 0]);
    expect(states('client-exited', key('5', 'a0', 6, [12, '20']), key('6', 'b0', 8, [9, '9']))).toEqual([1, 0]);
  });

  it('came to own the lock', () => {
    expect(states('session-expired', key('5', 'a0', 6, [9, '8']), key('6', 'b0', 8, [12, '9']))).toEqual([0, 1]);
    expect(states('timeout', key('5', 'a0', 6, [9, '8']), key('6', 'b0', 8))).toEqual([0, 1]);
  });

  it('do neither where the client took its key back, or etcd has it still in the queue', () => {
    expect(states('timeout', key('5', 'a0', 6), key('6', 'b0', 8, [9, '9']))).toEqual([0, 0]);
    expect(states('session-expired', key('5', 'a0', 6), key('6', 'b0', 8))).toEqual([0, 0]);
  });

  it('are not those of other leases, nor from before the acquire', () => {
    expect(states('session-expired', key('5', 'a0', 6), key('6', 'c0', 8, [9, '9']))).toEqual([0, 0]);
    expect(states('session-expired', key('5', 'a0', 6), key('6', 'b0', 6.5, [9, '9']))).toEqual([0, 0]);
  });

  it('have the lock at once where there is no queue', () => {
    const bare = (lease: string, put: number) => key('6', lease, put).map((each) => ({ ...each, key: 'lock' }));
    expect(states('timeout', bare('b0', 8))).toEqual([0, 1]);
    expect(states('timeout', bare('c0', 8))).toEqual([0, 0]);
  });
});

describe('stops of holders', () => {
  const paused = (process: number, over: Parameters<typeof fault>[3] = {}) => [
    fault('inject', process, true, over),
    { ...fault('heal', process, true, over), time: 3000 * MS },
  ];

  it('are measured from the beginning of the fault to its heal, with what came of it', () => {
    const late = [
      take(0, '5'),
      fault('inject', 0),
      take(1, '6'),
      write(1, 1),
      { ...fault('heal', 0), time: 3003 * MS },
    ];
    expect(statisticsOf(runOf([...late, write(0, 2)])).stops).toEqual([
      { kind: 'pause', lengthMs: 3000, ttlMs: 2000, stale: true },
    ]);
    const begun = { begun: 2 * MS };
    const drafts = [take(0, '5'), write(0, 1), paused(0, begun), done(0, 'release')].flat();
    expect(statisticsOf(runOf(drafts)).stops).toEqual([{ kind: 'pause', lengthMs: 2998, ttlMs: 2000, stale: false }]);
  });

  it('are stops of the client by its next number, too', () => {
    // Three clients: process 3 goes on for process 0.
    const drafts = [take(3, '5'), write(3, 1), paused(0), read(3)].flat();
    expect(statisticsOf(runOf(drafts)).stops).toHaveLength(1);
  });

  it('are none of clients without a lock, of everybody, without a heal, of other kinds, or where nothing was stored', () => {
    const stops = (...drafts: (Draft | readonly Draft[])[]) => statisticsOf(runOf(drafts)).stops;
    expect(stops(take(0, '5'), write(0, 1), paused(1))).toEqual([]);
    expect(stops(paused(0).slice(0, 1), take(0, '5'), write(0, 1), paused(0).slice(1))).toEqual([]);
    expect(stops(take(0, '5'), write(0, 1), done(0, 'release'), paused(0))).toEqual([]);
    expect(stops(take(0, '5'), write(0, 1), paused(0, { processes: 'all' }))).toEqual([]);
    expect(stops(take(0, '5'), write(0, 1), fault('inject', 0))).toEqual([]);
    expect(stops(take(0, '5'), write(0, 1), paused(0, { kind: 'kill' }))).toEqual([]);
    expect(stops(take(0, '5'), paused(0))).toEqual([]);
    // Process 0 never gave the lock up; but its client goes on as process 3, and asks again.
    const unanswered = [write(0, 1), invoke(0, 'write', { value: 2 }), info(0, 'write', 'timeout')].flat();
    expect(stops(take(0, '5'), unanswered, done(3, 'open'), invoke(3, 'acquire'), paused(3))).toEqual([]);
  });
});

describe('runStatistics', () => {
  it('counts hand-overs, and says when the data first came to harm', () => {
    const before = done(0, 'open', { value: { ttlMs: 2000, lease: 'a0' } });
    const late = [take(0, '5'), fault('inject', 0), take(1, '6'), write(1, 1), fault('heal', 0), write(0, 2)];
    const found = statisticsOf(runOf([before, ...late, write(0, 3), done(0, 'release')]));
    expect(found).toMatchObject({ handOvers: 1, handOversUnderFault: 1 });
    // The traffic begins with the acquire at 3 ms; the late write was answered at 12.
    expect(found.firstViolationMs).toMatchObject({ 'stale-write': 9 });
    expect(found.firstViolationMs).not.toHaveProperty('wrong-count');
  });

  it('is nothing of an empty record', () => {
    const { coverage, ...rest } = statisticsOf(record([]));
    expect(rest).toEqual({ handOvers: 0, handOversUnderFault: 0, firstViolationMs: {}, stops: [] });
    expect(Object.values(coverage)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

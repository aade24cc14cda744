/**
 * A clean record broken in one way, at every place: exactly that violation must come out, or exactly the doubt that the logs
 * no longer agree.
 */
import { describe, expect, it } from 'vitest';
import type { Decision } from '../harness/history/decision.js';
import type { HistoryEntry, RecoveryRecord } from '../harness/history/operation.js';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { judge } from './judge.js';
import { CHECKERS } from './registry.js';
import { done, type Draft, history, invoke, keyLife, logOf, ok, record, recovered } from './testing/builders.js';
import { PROPERTY_RUNS } from './testing/runs.js';
import type { ViolationKind } from './verdict.js';

/** Where few histories are asked for, one size of the record has to do, and a few places in it. */
const IS_SHORT = PROPERTY_RUNS < 100;
/** Sizes of the clean record; below ten holds it would not be an experiment. */
const HOLDS = Array.from({ length: IS_SHORT ? 1 : 11 }, (_, n) => 10 + n);
const CLIENTS = IS_SHORT ? [3] : [2, 3, 4];

interface Size {
  holds: number;
  clients: number;
}

/** What arrives late, in the middle of the next hold: behind its read, or behind its write. */
type Late = { hold: number; what: 'release' | 'write' | 'sending' | 'extra read'; behind: 'read' | 'write' };

/** Holds in turn while all other clients queue. Operations take effect, and values come about, when they are answered. */
function turns(
  { holds, clients }: Size,
  { late, released = true }: { late?: Late; released?: boolean } = {},
): HistoryEntry[] {
  const drafts: Draft[] = Array.from({ length: clients }, (_, process) => invoke(process, 'acquire'));
  let value: number | null = null;
  let held: () => void = () => undefined;
  for (let n = 0; n < holds; n++) {
    const process = n % clients;
    const mine = late?.hold === n ? late.what : undefined;
    const read = () => drafts.push(...done(process, 'read', { value }));
    const finish = () => {
      if (released) drafts.push(...done(process, 'release'));
      drafts.push(invoke(process, 'acquire'));
    };
    drafts.push(ok(process, 'acquire', { token: tokenOf(n) }));
    read();
    const written = (value ?? 0) + 1;
    const letIn = (where: Late['behind']) => {
      if (late?.hold === n - 1 && late.behind === where) held();
    };
    letIn('read');
    const send = () => drafts.push(invoke(process, 'write', { value: written }));
    const write = () => {
      value = written;
      drafts.push(ok(process, 'write', { value }));
    };
    if (mine !== 'sending') send();
    if (mine !== 'write' && mine !== 'sending') write();
    letIn('write');
    const rest = {
      release: [finish],
      write: [write, finish],
      sending: [send, write, finish],
      'extra read': [read, finish],
    };
    if (mine === undefined) finish();
    else held = () => rest[mine].forEach((run) => run());
  }
  return history(drafts, recovered());
}

/** When the events of the lock keys were read, in ns: the observer was late, so that all had been asked for. */
const WATCHED_AT = 1e12;
const tokenOf = (hold: number) => String(hold + 5);
/** Positions of a hold's decisions in the log. */
const readOf = (hold: number) => 2 * hold;
const writeOf = (hold: number) => 2 * hold + 1;

function runOf(entries: HistoryEntry[], log: Decision[] = logOf(entries)): RunRecord {
  const ownership = Array.from({ length: 30 }, (_, n) => keyLife(tokenOf(n), WATCHED_AT)).flat();
  return record(entries, { decisions: log.map((decision, n) => ({ ...decision, seq: n + 1 })), ownership });
}

/** The clean run with other decisions in the storage's log, or another order of them. */
function withLog(clean: RunRecord, change: (log: Decision[]) => unknown): RunRecord {
  const log = [...clean.decisions];
  change(log);
  return runOf(clean.history, log);
}

/** The clean run with a second member's watch, which tells something else. */
function withWatches(clean: RunRecord, change: (told: OwnershipEvent[]) => unknown): RunRecord {
  const told = clean.ownership.map((event) => ({ ...event, member: 'etcd2' }));
  change(told);
  return { ...clean, ownership: [...clean.ownership, ...told] };
}

/** The clean run with another value for one operation, in the history and in the log. */
function withValue(clean: RunRecord, decision: number, value: number): RunRecord {
  const { op, f } = clean.decisions[decision] as Decision;
  // The answer follows the invocation at once; an invoked read has no value.
  const isHalf = ({ index }: HistoryEntry) => (index === op && f === 'write') || index === op + 1;
  return runOf(clean.history.map((e) => (isHalf(e) ? ({ ...e, value } as HistoryEntry) : e)));
}

/** The clean run with another end: what its last entry says of the recovery. */
function withRecovery(clean: RunRecord, over: Partial<RecoveryRecord>): RunRecord {
  const last = clean.history.at(-1);
  return runOf([
    ...clean.history.slice(0, -1),
    { ...last, value: { ...(last?.value as object), ...over } } as HistoryEntry,
  ]);
}

/** All violations by kind, and all doubts of the assumptions. */
function findings(run: RunRecord) {
  const { results } = judge(tablesOf(run), CHECKERS);
  const counts: Partial<Record<ViolationKind, number>> = Object.assign({}, ...results.map((result) => result.counts));
  return { counts, doubts: results[0]?.doubts ?? [] };
}

const violates = (counts: Partial<Record<ViolationKind, number>>) => ({ counts, doubts: [] });
const doubts = (pattern: RegExp) => ({ counts: {}, doubts: [expect.stringMatching(pattern)] });

/** `hold` is one that has a next. */
interface Place {
  clean: RunRecord;
  size: Size;
  hold: number;
  /** How far a value is changed; also which of two operations of the section is hit, where there is a choice. */
  by: number;
}

interface Mutation {
  mutate: (place: Place) => RunRecord;
  expected: object;
}

const MUTATIONS: Record<string, Mutation> = {
  'two tokens swapped everywhere: a stale write': {
    mutate({ clean, hold }) {
      const [a, b] = [tokenOf(hold), tokenOf(hold + 1)];
      const isHit = (e: HistoryEntry) => 'token' in e && (e.token === a || e.token === b);
      const swap = (e: HistoryEntry) => ({ ...e, token: 'token' in e && e.token === a ? b : a }) as HistoryEntry;
      return runOf(clean.history.map((e) => (isHit(e) ? swap(e) : e)));
    },
    expected: violates({ 'stale-write': 1 }),
  },
  'two tokens swapped in the log alone: the logs disagree': {
    mutate: ({ clean, hold }) =>
      withLog(clean, (log) => {
        const [one, other] = [log[writeOf(hold)] as Decision, log[writeOf(hold + 1)] as Decision];
        log[writeOf(hold)] = { ...one, token: other.token };
        log[writeOf(hold + 1)] = { ...other, token: one.token };
      }),
    expected: doubts(/^decisions of the storage do not fit the history: 2,/),
  },
  'a release after the next section has begun: an overlap': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'release', behind: 'read' } })),
    expected: violates({ 'overlapping-sections': 1 }),
  },
  'releases dropped: nothing is proven': {
    mutate: ({ size }) => runOf(turns(size, { released: false })),
    expected: violates({}),
  },
  'a read behind the next write: an interleaving, and stale': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'extra read', behind: 'write' } })),
    expected: violates({ 'overlapping-sections': 1, 'interleaved-sections': 1, 'stale-read': 1 }),
  },
  'a read between the next read and write: an interleaving, and stale': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'extra read', behind: 'read' } })),
    expected: violates({ 'overlapping-sections': 1, 'interleaved-sections': 1, 'stale-read': 1 }),
  },
  'a write behind the next read: interleaved both ways, and the increment lost': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'write', behind: 'read' } })),
    expected: violates({ 'overlapping-sections': 1, 'interleaved-sections': 2, 'lost-update': 1 }),
  },
  'a write sent behind the next read: late, too': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'sending', behind: 'read' } })),
    expected: violates({ 'overlapping-sections': 1, 'late-write': 1, 'interleaved-sections': 2, 'lost-update': 1 }),
  },
  'one token for two holds: reused': {
    mutate({ clean, hold }) {
      const [kept, lost] = [tokenOf(hold), tokenOf(hold + 1)];
      return runOf(clean.history.map((e) => ('token' in e && e.token === lost ? { ...e, token: kept } : e)));
    },
    expected: {
      counts: expect.objectContaining({ 'token-reused': 1 }),
      doubts: [expect.stringMatching(/^tokens were handed out twice: 1,/)],
    },
  },
  'an event that one watch left out: a gap': {
    mutate: ({ clean, hold }) => withWatches(clean, (told) => told.splice(1 + hold, 1)),
    expected: violates({ 'watch-anomaly': 1 }),
  },
  'an event that one watch told of twice: a duplicate': {
    mutate: ({ clean, hold, by }) =>
      withWatches(clean, (told) => told.splice(hold + by, 0, told[hold] as OwnershipEvent)),
    expected: violates({ 'watch-anomaly': 1 }),
  },
  'two events that one watch told of in reverse: out of order': {
    mutate: ({ clean, hold }) => withWatches(clean, (told) => told.splice(hold, 0, ...told.splice(hold + 1, 1))),
    expected: violates({ 'watch-anomaly': 1 }),
  },
  'an event that one watch told of otherwise: a contradiction': {
    mutate: ({ clean, hold }) =>
      withWatches(clean, (told) => (told[hold] = { ...(told[hold] as OwnershipEvent), createRevision: '1' })),
    expected: violates({ 'watch-anomaly': 1 }),
  },
  'a write behind the next write: stale, interleaved, and the next increment lost': {
    mutate: ({ size, hold }) => runOf(turns(size, { late: { hold, what: 'write', behind: 'write' } })),
    expected: violates({ 'overlapping-sections': 1, 'stale-write': 1, 'interleaved-sections': 1, 'lost-update': 1 }),
  },
  'a written value changed: wrong there, and at the read that returns what had been meant': {
    mutate: ({ clean, hold, by }) => withValue(clean, writeOf(hold), hold + 1 + by),
    expected: violates({ 'wrong-count': 2, 'not-linearizable': 1 }),
  },
  'a read value changed: wrong there, and at the write that is not one more': {
    mutate: ({ clean, hold, by }) => withValue(clean, readOf(hold), hold + by),
    expected: violates({ 'wrong-count': 2, 'not-linearizable': 1 }),
  },
  'a value changed in the log alone: the logs disagree': {
    mutate: ({ clean, hold, by }) =>
      withLog(clean, (log) => (log[writeOf(hold)] = { ...(log[writeOf(hold)] as Decision), value: hold + 1 + by })),
    expected: doubts(/another value than the operation$/),
  },
  'a read repeated in the log: decided twice': {
    mutate: ({ clean, hold }) => withLog(clean, (log) => log.splice(readOf(hold), 0, log[readOf(hold)] as Decision)),
    expected: doubts(/^operations were decided more than once: 1,/),
  },
  'a write repeated at once: replayed': {
    mutate: ({ clean, hold }) => withLog(clean, (log) => log.splice(writeOf(hold), 0, log[writeOf(hold)] as Decision)),
    expected: violates({ 'replayed-write': 1 }),
  },
  'a write repeated behind the next one: replayed, stale, interleaved': {
    mutate: ({ clean, hold }) =>
      withLog(clean, (log) => log.splice(writeOf(hold + 1) + 1, 0, log[writeOf(hold)] as Decision)),
    expected: violates({ 'replayed-write': 1, 'stale-write': 1, 'interleaved-sections': 1 }),
  },
  'a decision dropped: the log is not whole': {
    mutate: ({ clean, hold, by }) => withLog(clean, (log) => log.splice(2 * hold + (by % 2), 1)),
    expected: doubts(/^acknowledged operations are missing from the log of the storage: 1,/),
  },
  'a decision moved behind the next one: not the true order': {
    mutate: ({ clean, hold, by }) =>
      withLog(clean, (log) => log.splice(2 * hold + (by % 2), 0, ...log.splice(2 * hold + (by % 2) + 1, 1))),
    expected: doubts(/its operation was over before the other's began$/),
  },
  'a lane that nobody could lock again: not recovered': {
    mutate: ({ clean, hold }) => withRecovery(clean, { lanesNotLocked: [hold] }),
    expected: violates({ 'not-recovered': 1 }),
  },
  'a member that stayed away: not recovered': {
    mutate: ({ clean, hold }) => withRecovery(clean, { cluster: [`etcd${hold} does not answer`] }),
    expected: violates({ 'not-recovered': 1 }),
  },
};

/** Every place in clean runs of all sizes. */
function places(): Place[] {
  const sizes = HOLDS.flatMap((holds) => CLIENTS.map((clients) => ({ holds, clients })));
  return sizes.flatMap((size) => {
    const clean = runOf(turns(size));
    const holds = Array.from({ length: size.holds - 1 }, (_, hold) => hold);
    return holds
      .filter((hold) => !IS_SHORT || hold % 4 === 0)
      .map((hold) => ({ clean, size, hold, by: 1 + ((hold + size.holds) % 3) }));
  });
}

describe('a clean record broken in one way', () => {
  it('is clean before', () => {
    for (const clean of new Set(places().map((place) => place.clean))) expect(findings(clean)).toEqual(violates({}));
  });

  it.each(Object.entries(MUTATIONS))('%s', (name, { mutate, expected }) => {
    const all = places();
    for (const place of all) expect(findings(mutate(place)), JSON.stringify({ ...place, clean: '' })).toEqual(expected);
    console.log(`${name}: ${all.length} mutants`);
  });
});

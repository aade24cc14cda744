import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { assumptions } from './assumptions.js';
import { at, done, type Draft, event, fail, fault, history, increment, info, invoke, ok } from './testing/builders.js';
import { keyLife, logOf, record, TICK } from './testing/builders.js';

const FIRST_TOKEN = 7;
const NEVER_TRIED =
  'no lease of a holder expired under any of 1 faults (pause), so the lock was never tried: give longer faults, or more time';

/** Twelve holds by three processes in turn; process 0 is paused in the fourth until its lease has expired. */
function sections(): Draft[][] {
  const paused = [
    ...done(0, 'acquire', { token: '10' }),
    fault('inject', 0),
    invoke(0, 'read'),
    fault('heal', 0),
    event(0, 'lost'),
    fail(0, 'read', 'lock-lost'),
    ...done(0, 'close'),
  ];
  return Array.from({ length: 12 }, (_, n) => {
    if (n === 3) return paused;
    const before = n < 3 ? n : n - 1;
    return increment(n % 3, String(FIRST_TOKEN + n), before === 0 ? null : before);
  });
}

/** All logs of such a history agree. */
function runOf(parts: readonly (readonly Draft[])[]): RunRecord {
  const entries = history(...parts);
  const injected = entries.find((e) => e.f === 'inject')?.time ?? 0;
  const lives = parts.map((_, n) => keyLife(String(FIRST_TOKEN + n), 0, n === 3 ? injected + TICK : 1000 * TICK));
  return record(entries, { settings: { plannedFaults: 1 }, decisions: logOf(entries), ownership: lives.flat() });
}

function doubtsOf(run: RunRecord): string[] {
  const { outcome, doubts, violations } = assumptions.check(tablesOf(run));
  expect(violations).toEqual([]);
  expect(outcome).toBe(doubts.length > 0 ? 'unknown' : 'clean');
  return doubts;
}

const sound = runOf(sections());
const withHistory = (change: (entry: HistoryEntry) => HistoryEntry) => ({
  ...sound,
  history: sound.history.map(change),
});

describe('assumptions', () => {
  it('accepts a run that was an experiment, and measures it', () => {
    const { outcome, doubts, figures } = assumptions.check(tablesOf(sound));
    expect(doubts).toEqual([]);
    expect(outcome).toBe('clean');
    const spanMs = sound.history.length - 1;
    expect(figures).toEqual({
      operations: 11 * 4 + 3,
      operationsPerSecond: expect.closeTo((47 * 1000) / spanMs, 3),
      trafficMs: spanMs,
      holds: 12,
      handOvers: 11,
      handOversPerMinute: expect.closeTo((11 * 60_000) / spanMs, 3),
      handOversUnderFault: 0,
      handOversUnderFaultPerMinute: 0,
      leasesExpiredUnderFault: 1,
      injections: 1,
      receipts: 1,
      acknowledgedWrites: 11,
      refusedByFencing: 0,
      refusedByClient: 1,
      indeterminate: 0,
      lostEvents: 1,
    });
  });

  it('measures hand-overs under a fault: the next holder is told while the former is paused', () => {
    const parts = sections();
    const [acquired = [], rest = []] = [parts[3]?.slice(0, 3), parts[3]?.slice(3)];
    const { figures, doubts } = assumptions.check(
      tablesOf(runOf([...parts.slice(0, 3), acquired, [...(parts[4] ?? []), ...rest], ...parts.slice(5)])),
    );
    expect(doubts).toEqual([]);
    expect(figures).toMatchObject({ handOversUnderFault: 1, faultToHandOverMedianMs: 2, faultToHandOverMaxMs: 2 });
    expect(figures['handOversUnderFaultPerMinute']).toBeCloseTo((figures['handOversPerMinute'] ?? 0) / 11, 3);
  });

  it('does not call a run an experiment that hardly did anything', () => {
    expect(doubtsOf(record([]))).toEqual([
      '0 holds are too few to conclude from, 10 are needed',
      '1 of 1 lanes had fewer than 2 holds',
      'no write was acknowledged',
    ]);
    const quiet = runOf(sections().slice(0, 9));
    expect(doubtsOf(quiet)).toEqual(['9 holds are too few to conclude from, 10 are needed']);
    expect(doubtsOf({ ...sound, settings: { ...sound.settings, lanes: 2 } })).toEqual([
      '1 of 2 lanes had fewer than 2 holds',
    ]);
  });

  it('wants faults that took effect, and a lease that expired under one', () => {
    const none = runOf(sections().filter((_, n) => n !== 3));
    expect(doubtsOf(none)).toEqual(['none of 1 planned faults was injected']);
    expect(doubtsOf({ ...none, settings: { ...none.settings, plannedFaults: 0 } })).toEqual([]);
    expect(doubtsOf({ ...sound, ownership: sound.ownership.filter((e) => e.type === 'put') })).toEqual([NEVER_TRIED]);
    const unproven = runOf(
      sections().map((part) => part.map((draft) => (draft.f === 'heal' ? fault('heal', 0, false) : draft))),
    );
    expect(doubtsOf(unproven)).toEqual(['heals have no receipt: 1, first pause pause-0']);
    const unseen = runOf(
      sections().map((part) => part.map((draft) => (draft.f === 'inject' ? fault('inject', 0, false) : draft))),
    );
    expect(doubtsOf(unseen)).toContain('injections have no receipt: 1, first pause pause-0');
    const unhealed = runOf(sections().map((part) => part.filter((draft) => draft.f !== 'heal')));
    expect(doubtsOf(unhealed)).toEqual(['faults were not healed: 1, first pause pause-0']);
  });

  it('wants every planned kind of fault, and tells whoever planned no pause what to add', () => {
    const kinds = (faultKinds: string[]) => ({ ...sound, settings: { ...sound.settings, faultKinds } });
    expect(doubtsOf(kinds(['pause']))).toEqual([]);
    expect(doubtsOf(kinds(['pause', 'clock', 'disk']))).toEqual([
      'kinds of faults were planned and never injected: clock, disk',
    ]);
    const slow = withHistory((entry) =>
      entry.f === 'inject' || entry.f === 'heal' ? { ...entry, value: { ...entry.value, kind: 'disk' } } : entry,
    );
    const unmoved = { ...slow, ownership: slow.ownership.filter((e) => e.type === 'put') };
    expect(doubtsOf(unmoved)).toEqual([
      'no lease of a holder expired under any of 1 faults (disk), so the lock was never tried: add pause, or longer faults',
    ]);
  });

  it('wants no lease to expire of a recipe that rests on none', () => {
    const unmoved = { ...sound, ownership: sound.ownership.filter((e) => e.type === 'put') };
    const settings = { ...sound.settings, leaseless: true };
    expect(doubtsOf({ ...unmoved, settings })).toEqual([]);
    expect(doubtsOf({ ...unmoved, settings: { ...settings, faultKinds: ['clock'] } })).not.toEqual([]);
  });

  it('counts a lease that expired under a fault on everybody, but not a key that its holder gave back under one', () => {
    const everywhere = withHistory((entry) =>
      entry.f === 'inject' ? { ...entry, value: { ...entry.value, processes: 'all' } } : entry,
    );
    expect(doubtsOf(everywhere)).toEqual([]);
    const parts = sections();
    parts[3] = [
      ...done(0, 'acquire', { token: '10' }),
      fault('inject', 0, true, { processes: 'all', kind: 'partition' }),
      ...done(0, 'release'),
      fault('heal', 0),
    ];
    const run = runOf(parts);
    const released = at(run.history, 0, 'release', 1);
    const ownership = run.ownership.map((e) =>
      e.createRevision === '10' && e.type === 'delete' ? { ...e, time: (run.history[released]?.time ?? 0) + 1 } : e,
    );
    expect(doubtsOf({ ...run, ownership })).toEqual([expect.stringContaining('add pause, or longer faults')]);
  });

  it('counts a lease that expired after its holder, cut off, had asked in vain to release it', () => {
    const parts = sections();
    parts[3] = [
      ...done(0, 'acquire', { token: '10' }),
      fault('inject', 0, true, { kind: 'partition' }),
      invoke(0, 'release'),
      info(0, 'release', 'timeout'),
      event(3, 'lost'),
      fault('heal', 0),
    ];
    // The process goes on under another number.
    const later = parts.map((part, n) =>
      n <= 3 ? part : part.map((d) => ('process' in d && d.process === 0 ? { ...d, process: 3 } : d)),
    ) as Draft[][];
    const run = runOf(later);
    const expiresAt = (time: number) => ({
      ...run,
      ownership: run.ownership.map((e) =>
        e.createRevision === '10' && e.type === 'delete' ? { ...e, time: time } : e,
      ),
    });
    const gaveUp = run.history.find((e) => e.f === 'release' && e.type === 'info')?.time ?? 0;
    expect(doubtsOf(expiresAt(gaveUp + 1))).toEqual([]);
    expect(doubtsOf(expiresAt(gaveUp - 1))).toHaveLength(1);
  });

  it('does not count a lease as expired that its holder gave back before the fault', () => {
    const early = sections();
    early[3] = [
      ...done(0, 'acquire', { token: '10' }),
      invoke(0, 'release'),
      fault('inject', 0),
      fault('heal', 0),
      fail(0, 'release', 'x'),
    ];
    expect(doubtsOf(runOf(early))).toEqual([]);
    early[3] = early[3].map((draft) =>
      draft.f === 'release' && draft.type === 'fail' ? { ...draft, type: 'ok' } : draft,
    ) as Draft[];
    expect(doubtsOf(runOf(early))).toEqual([NEVER_TRIED]);
  });

  it('wants an acknowledged write of every workload that writes', () => {
    const empty = Array.from({ length: 12 }, (_, n) => [
      ...done(n % 3, 'acquire', { token: String(FIRST_TOKEN + n) }),
      ...done(n % 3, 'read', { value: null }),
      ...done(n % 3, 'release'),
    ]);
    const run = runOf(empty);
    const of = (workload: string) => doubtsOf({ ...run, settings: { ...run.settings, plannedFaults: 0, workload } });
    for (const workload of ['counter', 'set', 'append', 'register'])
      expect(of(workload)).toEqual(['no write was acknowledged']);
    expect(of('critical-section')).toEqual([]);
  });

  it('counts keep-alives by themselves: they are no traffic, and one that nobody knows the end of retires nobody', () => {
    const parts = sections();
    const kept = [invoke(1, 'keep-alive'), info(1, 'keep-alive', 'timeout')];
    parts.splice(6, 0, [...done(0, 'keep-alive'), ...kept, ...kept]);
    parts.push([invoke(2, 'keep-alive')]);
    const entries = history(...parts);
    const run = { ...sound, history: entries, decisions: logOf(entries) };
    expect(doubtsOf(run)).toEqual([]);
    expect(assumptions.check(tablesOf(run)).figures).toMatchObject({
      operations: 47,
      holds: 12,
      indeterminate: 0,
      keepAlives: 4,
      // The last one came when the traffic was over.
      trafficMs: entries.length - 2,
    });
  });

  it('says what ended the run and what the harness recorded', () => {
    expect(doubtsOf({ ...sound, end: { kind: 'interrupted' } })).toEqual([]);
    expect(doubtsOf({ ...sound, end: { kind: 'environment', message: 'no space left', mend: [] } })).toEqual([
      'the environment failed: no space left',
    ]);
    expect(doubtsOf({ ...sound, end: { kind: 'defect', message: 'oops' } })).toEqual(['leasebreaker failed: oops']);
    const broken = runOf([
      ...sections(),
      [event(2, 'harness-error', 'malformed-line'), event(1, 'harness-error', 'client-exited')],
    ]);
    expect(doubtsOf(broken)).toEqual([
      `the harness recorded errors: 2, first malformed-line of process 2 at ${broken.history.length - 2}`,
    ]);
  });

  it('wants processes that do one thing at a time, and completions of what was invoked', () => {
    const twice = runOf([...sections(), [invoke(1, 'acquire'), ...done(1, 'close')]]);
    const zombie = runOf([...sections(), [invoke(1, 'acquire'), info(1, 'acquire', 'timeout'), ...done(1, 'close')]]);
    const orphan = runOf([...sections(), [fail(1, 'close', 'not-open')]]);
    // The holds of such a process are not used, so that more is left out on their account.
    for (const run of [twice, zombie, orphan])
      expect(doubtsOf(run)[0]).toMatch(/^the history does not add up: 1, first process 1/);
  });

  it('refuses a history out of order or shape', () => {
    expect(doubtsOf(withHistory((e) => ({ ...e, time: -e.time })))).toContain(
      'time runs backwards at entry 1 of the history',
    );
    expect(doubtsOf(withHistory((e) => ({ ...e, index: e.index + 1 })))).toContain(
      'the history has index 1 where 0 follows',
    );
    expect(doubtsOf(withHistory((e) => ({ ...e, lane: 'x' }) as unknown as HistoryEntry))).toContain(
      'entry 0 of the history is malformed',
    );
  });

  it('wants a log of the storage that tells the same story', () => {
    const log = sound.decisions;
    const read = at(sound.history, 1, 'read');
    const changed = (op: number, over: object) => ({
      ...sound,
      decisions: log.map((d) => (d.op === op ? { ...d, ...over } : d)),
    });
    const misfit = (why: string) => [`decisions of the storage do not fit the history: 1, first decision 3 ${why}`];
    expect(doubtsOf(changed(read, { value: 9 }))).toEqual(misfit('has another value than the operation'));
    expect(doubtsOf(changed(read, { token: '99' }))).toEqual(misfit('says token 99, the operation 8'));
    expect(doubtsOf(changed(read, { process: 2 }))).toEqual(misfit('says process 2, the operation 1'));
    expect(doubtsOf(changed(read, { verdict: 'refused' }))).toEqual(misfit('refused what was acknowledged'));
    expect(doubtsOf(changed(read, { key: 'k' }))).toEqual(misfit('says key k, the operation counter-0'));
    expect(doubtsOf(changed(read, { f: 'write' }))).toEqual(misfit('says write, the operation read'));
    const lost = at(sound.history, 0, 'read', 1);
    const after = { ...log[5], seq: log.length + 1, op: lost, process: 0, token: '10' } as (typeof log)[0];
    expect(doubtsOf({ ...sound, decisions: [...log, { ...after, f: 'read' }] })[0]).toMatch(
      /accepted what failed with lock-lost$/,
    );
    expect(doubtsOf(changed(read, { op: 0 }))).toEqual([
      ...misfit('says read, the operation acquire'),
      `acknowledged operations are missing from the log of the storage: 1, first read ${read}`,
    ]);
    expect(doubtsOf(changed(read, { op: -1 }))).toEqual([
      'requests reached the storage that no operation made: 1, first decision 3',
      `acknowledged operations are missing from the log of the storage: 1, first read ${read}`,
    ]);
    expect(doubtsOf({ ...sound, decisions: [] })).toEqual([
      `acknowledged operations are missing from the log of the storage: 22, first read ${at(sound.history, 0, 'read')}`,
    ]);
    const repeated = (n: number) =>
      doubtsOf({ ...sound, decisions: [...log, { ...log[n], seq: 23 } as (typeof log)[0]] });
    expect(repeated(20)).toEqual(['operations were decided more than once: 1, first decision 23']);
    // The storage's own fault: stale-writes tells it.
    expect(log[21]?.f).toBe('write');
    expect(repeated(21)).toEqual([]);
    expect(doubtsOf({ ...sound, decisions: log.map((d) => ({ ...d, seq: d.seq + 1 })) })).toEqual([
      'the log of the storage is not numbered 1, 2, 3 without gaps and in order',
    ]);
    const reversed = [...log].reverse().map((d, n) => ({ ...d, seq: n + 1 }));
    expect(doubtsOf({ ...sound, decisions: reversed })).toEqual([
      "decision 2 comes after 1, but its operation was over before the other's began",
    ]);
  });

  it('wants every refusal that a client was told of in the log', () => {
    const parts = sections();
    parts.push([...done(1, 'acquire', { token: '19' }), invoke(1, 'write', { value: 0 }), fail(1, 'write', 'fenced')]);
    const run = runOf(parts);
    expect(doubtsOf(run)).toEqual([]);
    expect(assumptions.check(tablesOf(run)).figures).toMatchObject({ refusedByFencing: 1 });
    expect(doubtsOf({ ...run, decisions: run.decisions.slice(0, -1) })).toEqual([
      `refused operations are missing from the log of the storage: 1, first write ${run.history.length - 2}`,
    ]);
  });

  it('takes a token that comes twice for the same key, as long as nobody knows that the first hold gave it back', () => {
    const repeated = (release: Draft, next: number) => {
      const again = done(next, 'acquire', { token: '18' });
      const last = [...(sections()[11] ?? []).slice(0, -1), release, ...again];
      return doubtsOf(runOf([...sections().slice(0, 11), last]));
    };
    // The process goes on under another number.
    expect(repeated(info(2, 'release', 'timeout'), 5)).toEqual([]);
    for (const release of [ok(2, 'release'), fail(2, 'release', 'unavailable')])
      expect(repeated(release, 2)).toEqual([
        expect.stringMatching(/^tokens were handed out twice: 1, first 18 of acquire \d+ and 18 of acquire \d+$/),
      ]);
  });

  it('wants tokens that are unique, grow, and are create revisions', () => {
    const retoken = (from: string, to: string) =>
      runOf(
        sections().map((part) =>
          part.map((draft) => ('token' in draft && draft.token === from ? { ...draft, token: to } : draft)),
        ),
      );
    const twice = retoken('12', '11');
    expect(doubtsOf(twice)).toEqual([
      expect.stringMatching(/^tokens were handed out twice: 1, first 11 of acquire \d+ and 11 of/),
    ]);
    const falling = retoken('18', '3');
    expect(doubtsOf(falling)).toEqual([
      expect.stringMatching(/^tokens fall from one hold to a later one: 1, first 17 of .* and 3 of/),
    ]);
    expect(doubtsOf(retoken('8', 'x'))).toContainEqual(
      expect.stringMatching(/^holds have no usable token: 1, first none of acquire \d+$/),
    );
    const unseen = { ...sound, ownership: sound.ownership.filter((e) => e.createRevision !== '12') };
    expect(doubtsOf(unseen)).toEqual([
      expect.stringMatching(/^tokens are not the create revision of a lock key that etcd told of: 1, first 12 of/),
    ]);
    // Before the first and after the last key that the observer saw, it was not watching.
    expect(doubtsOf({ ...sound, ownership: sound.ownership.filter((e) => e.createRevision !== '18') })).toEqual([]);
    const asLease = sound.ownership.map((e) =>
      e.createRevision === '18' ? { ...e, createRevision: '6', lease: '12' } : e,
    );
    expect(doubtsOf({ ...sound, ownership: asLease })).toEqual([
      expect.stringMatching(/^tokens are lease ids, which have no order: 1, first 18 of/),
    ]);
  });
});

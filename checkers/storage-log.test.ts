import { describe, expect, it } from 'vitest';
import type { Decision } from '../harness/history/decision.js';
import type { HistoryEntry } from '../harness/history/operation.js';
import type { RunTables } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { NONE } from '../harness/history/tables.js';
import { evidenceOf } from './evidence.js';
import type { StorageLog } from './storage-log.js';
import { at, done, type Draft, fail, history, info, invoke, logOf, ok, record } from './testing/builders.js';

const written = (process: number, value: unknown) => done(process, 'write', { value });
const read = (process: number, value: unknown) => done(process, 'read', { value });
const held = done(0, 'acquire', { token: '5' });

function logWith(entries: HistoryEntry[], decisions: Decision[], change = (tables: RunTables) => tables): StorageLog {
  return evidenceOf(change(tablesOf(record(entries, { decisions })))).log;
}
/** The log that the storage should have, numbered anew once it is changed. */
function logged(drafts: (Draft | readonly Draft[])[], change = (log: Decision[]) => log): StorageLog {
  const entries = history(...drafts);
  return logWith(
    entries,
    change(logOf(entries)).map((d, n) => ({ ...d, seq: n + 1 })),
  );
}
const withOp = (log: Decision[], n: number, over: Partial<Decision>) =>
  log.map((d, m) => (m === n ? { ...d, ...over } : d));

describe('the order of decisions', () => {
  const entries = history(held, written(0, 1), read(0, 1), written(0, 2));
  const sound = logOf(entries);

  it('is that of their numbers, however they stand in the log', () => {
    const log = logWith(entries, [...sound].reverse());
    expect(log.gapless).toBe(false);
    expect([0, 1, 2].map((place) => [log.seq(place), log.row(place), log.isWrite(place)])).toEqual([
      [1, 2, true],
      [2, 1, false],
      [3, 0, true],
    ]);
    expect([...log.operation]).toEqual([1, 2, 3]);
    expect(log.disorder).toBe(undefined);
  });

  it('has no place for a second decision with the number of an earlier one', () => {
    const log = logWith(entries, [...sound, { ...(sound[1] as Decision), value: 7 }]);
    expect([log.count, log.gapless]).toEqual([3, false]);
    expect([0, 1, 2].map((place) => log.row(place))).toEqual([0, 1, 2]);
  });

  it('may miss something where lines of the log were malformed', () => {
    expect(logWith(entries, sound).gapless).toBe(true);
    const damaged = logWith(entries, sound, (tables) => ({
      ...tables,
      decisions: { ...tables.decisions, malformed: 1 },
    }));
    expect([damaged.gapless, damaged.count]).toEqual([false, 3]);
  });

  it('is of the table alone, however long its columns are', () => {
    const lost = sound.slice(0, 2);
    const longer = logWith(entries, lost, (tables) => ({
      ...tables,
      decisions: { ...tables.decisions, op: Int32Array.of(2, 4, 6), accepted: Uint8Array.of(1, 1, 1) },
    }));
    expect([...longer.byOperation]).toEqual([NONE, 0, 1, NONE]);
  });
});

describe('a decision that fits no operation', () => {
  const misfit = (drafts: (Draft | readonly Draft[])[], over: Partial<Decision>) => {
    const log = logged([held, ...drafts], (all) => withOp(all, 0, over));
    expect(log.misfit(0) === undefined).toBe(log.operation[0] !== NONE);
    expect(log.hold(0)).toBe(log.operation[0] === NONE ? NONE : 0);
    return log.misfit(0);
  };
  const token = (type: 'invoke' | 'ok') =>
    written(0, 1).map((draft) => (draft.type === type ? { ...draft, token: '6' } : draft));

  it('says why, and of one that fits nothing', () => {
    expect(misfit([written(0, 1)], {})).toBe(undefined);
    expect(misfit([written(0, 1)], { op: -1 })).toBe('names an operation that the history does not have');
    const outside = logged([written(0, 1), held]);
    expect([outside.misfit(0), outside.operation[0]]).toEqual(['was made outside any hold', NONE]);
  });

  it('goes by the token of the hold first, then by what was sent, and for a write by what was answered', () => {
    expect(misfit([written(0, 1)], { token: '6' })).toBe('says token 6, the operation 5');
    expect(misfit([token('invoke')], {})).toBe('says token 5, the operation 6');
    expect(misfit([token('ok')], {})).toBe('says token 5, the operation 6');
    expect(misfit([read(0, 1).map((draft) => (draft.type === 'ok' ? { ...draft, token: '6' } : draft))], {})).toBe(
      undefined,
    );
  });

  it('goes by these where the lock hands out none', () => {
    const under = (drafts: Draft[]) =>
      logged([done(0, 'acquire'), drafts], (all) => withOp(all, 0, { token: '5' })).misfit(0);
    expect(under(written(0, 1))).toBe(undefined);
    expect(under(token('invoke'))).toBe('says token 5, the operation 6');
    expect(under(token('ok'))).toBe('says token 5, the operation 6');
  });

  it('goes by what became of it', () => {
    const fenced = [invoke(0, 'write', { value: 1 }), fail(0, 'write', 'fenced')];
    expect(misfit([fenced], {})).toBe(undefined);
    expect(misfit([fenced], { value: undefined })).toBe(undefined);
    expect(misfit([fenced], { verdict: 'accepted' })).toBe('accepted what failed with fenced');
    const gone = (verdict: 'accepted' | 'refused') => {
      const entries = history(held, invoke(0, 'write', { value: 1 }), fail(0, 'write', 'lock-lost'));
      const [decision] = logOf(history(held, written(0, 1))) as [Decision];
      return logWith(entries, [{ ...decision, verdict }]).misfit(0);
    };
    expect([gone('accepted'), gone('refused')]).toEqual([
      'accepted what failed with lock-lost',
      'refused what failed with lock-lost',
    ]);
  });

  it('goes by what was sent to be written, whatever the answer says', () => {
    expect(misfit([invoke(0, 'write', { value: 1 }), ok(0, 'write')], {})).toBe(undefined);
    const entries = history(held, invoke(0, 'write', { value: 1 }), info(0, 'write', 'timeout'));
    const [decision] = logOf(history(held, written(0, 2))) as [Decision];
    expect(logWith(entries, [decision]).misfit(0)).toBe('has another value than the operation');
  });
});

describe('what the log says of the whole', () => {
  it('is disorder where an operation was over before one that was decided earlier began, whatever stands between', () => {
    const drafts = [held, written(0, 1), written(0, 2), written(0, 3)];
    const disorder = "decision 3 comes after 1, but its operation was over before the other's began";
    const swap = ([first, second, third]: Decision[], over: Partial<Decision>) =>
      [third, { ...second, ...over }, first] as Decision[];
    expect(logged(drafts, (all) => swap(all, { op: -1 })).disorder).toBe(disorder);
    // A second decision on one operation says nothing.
    expect(logged(drafts, (all) => [...all, all[0] as Decision]).disorder).toBe(undefined);
  });

  it('is a hole where an answered read or write of a key is missing, and a later operation is there', () => {
    const drafts = [held, written(0, 1), read(0, 1), done(0, 'check'), written(0, 2)];
    const keyOf = (log: StorageLog) => log.key(0);
    const full = logged(drafts);
    expect([...full.holes]).toEqual([]);
    for (const missing of [0, 1])
      expect([...logged(drafts, (all) => all.filter((_, n) => n !== missing)).holes]).toEqual([keyOf(full)]);
    expect([...logged(drafts, (all) => all.slice(0, 2)).holes]).toEqual([]);
    // A decision that fits nothing is not what is there.
    expect([...logged(drafts, (all) => withOp(all.slice(0, 2), 1, { op: -1 })).holes]).toEqual([]);
  });

  it('is whether a client certainly carried something out', () => {
    const entries = history(
      held,
      written(0, 1),
      done(1, 'acquire', { token: '6' }),
      invoke(0, 'write', { value: 2 }),
      info(0, 'write', 'timeout'),
      invoke(1, 'write', { value: 3 }),
      fail(1, 'write', 'lock-lost'),
    );
    const [decision] = logOf(entries) as [Decision];
    const lost = { ...decision, op: at(entries, 0, 'write', 1), seq: 2, value: 2 };
    const refused = { ...decision, op: at(entries, 1, 'write'), process: 1, token: '6', seq: 3, value: 3 };
    const log = logWith(entries, [decision, lost, refused]);
    expect([1, 3, 4].map((operation) => log.wasCarriedOut(operation))).toEqual([true, true, false]);
    expect([1, 3].map((operation) => logWith(entries, [decision]).wasCarriedOut(operation))).toEqual([true, false]);
  });
});

describe('operations', () => {
  it('were not answered by a failure without a code', () => {
    const refused = history(invoke(0, 'write', { value: 1 }), { ...invoke(0, 'write'), type: 'fail' });
    expect(evidenceOf(tablesOf(record(refused))).operations.wasAnswered(0)).toBe(false);
  });
});

/** The storage as registers: golden histories, true ones, and corrupted ones against every order that there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationEntry } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { linearizability } from './linearizability.js';
import { at, done, type Draft, fail, history, info, invoke, logOf, ok, record, TICK } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, anything, world } from './testing/worlds.js';

const check = (run: RunRecord) => linearizability.check(tablesOf(run));
const runOf = (...drafts: (Draft | readonly Draft[])[]): RunRecord => record(history(...drafts));
const read = (process: number, value: unknown) => done(process, 'read', { value });
const write = (process: number, value: unknown) => done(process, 'write', { value });

describe('the storage as registers', () => {
  it('finds an order for stale writes: they are writes', () => {
    const run = runOf(read(0, null), read(1, null), write(1, 1), write(0, 1), read(2, 1));
    expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [] });
  });

  it('finds none where a read returns what was overwritten before it was sent', () => {
    const run = runOf(write(0, 'a'), write(1, 'b'), read(2, 'a'));
    expect(check(run)).toMatchObject({
      outcome: 'violated',
      counts: { 'not-linearizable': 1 },
      violations: [{ kind: 'not-linearizable', key: 'counter-0', operations: [0, 2, 4], decisions: [] }],
    });
  });

  it('finds none where a read returns what nobody wrote, in lists and objects, too', () => {
    expect(check(runOf(write(0, [1]), read(1, [2]))).outcome).toBe('violated');
    expect(check(runOf(write(0, { a: 1, b: 2 }), read(1, { b: 2, a: 1 }))).outcome).toBe('clean');
  });

  it('knows several values that nobody wrote', () => {
    expect(check(runOf(read(0, 0), write(0, 1), read(1, 1))).outcome).toBe('clean');
    expect(check(runOf(read(0, []), read(0, null), write(0, [1]))).outcome).toBe('clean');
    expect(check(runOf(write(0, 1), read(1, 0))).outcome).toBe('violated');
  });

  it('searches where a value was written twice', () => {
    const twice = [write(0, 1), write(1, 2), write(0, 1)];
    expect(check(runOf(...twice, read(2, 1)))).toMatchObject({ outcome: 'clean', figures: { keysBySearch: 1 } });
    expect(check(runOf(...twice, read(2, 2))).counts).toEqual({ 'not-linearizable': 1 });
  });

  it('lets an unanswered write take effect at any later time, or never, and a failed one not at all', () => {
    const lost = [invoke(0, 'write', { value: 7 }), info(0, 'write', 'timeout')];
    expect(check(runOf(lost, read(1, null), read(1, 7))).outcome).toBe('clean');
    expect(check(runOf(lost, read(1, 7), read(1, null))).outcome).toBe('violated');
    const refused = [invoke(0, 'write', { value: 7 }), fail(0, 'write', 'fenced')];
    expect(check(runOf(refused, read(1, 7))).outcome).toBe('violated');
  });

  it('takes the order of the log where it fits, and does without it where it does not', () => {
    const entries = history(
      write(0, 1),
      invoke(1, 'write', { value: 2 }),
      read(0, 1),
      ok(1, 'write', { value: 2 }),
      read(0, 2),
    );
    const held = [...done(0, 'acquire', { token: '5' })];
    const run = runOf(held, write(0, 1), read(0, 1));
    expect(check({ ...run, decisions: logOf(run.history) }).figures).toMatchObject({ keysByLog: 1 });
    expect(check(record(entries, { decisions: logOf(entries).reverse() })).outcome).toBe('clean');
  });

  it('believes no log that contradicts the times, or that decides a write twice', () => {
    const run = runOf(done(0, 'acquire', { token: '5' }), write(0, 1), write(0, 2), read(0, 1));
    const [one, two, returned] = logOf(run.history);
    const logs = [
      [one, returned, two],
      [one, two, one, returned],
    ];
    for (const log of logs) {
      const decisions = log.map((d, n) => ({ ...d, seq: n + 1 })) as RunRecord['decisions'];
      expect(check({ ...run, decisions }).counts).toEqual({ 'not-linearizable': 1 });
    }
  });

  it('claims nothing of processes that did two things at once', () => {
    const run = runOf(invoke(0, 'read'), invoke(0, 'read'), ok(0, 'read', { value: 5 }));
    expect(check(run)).toMatchObject({
      outcome: 'unknown',
      doubts: [expect.stringMatching(/^the history does not say/)],
    });
  });

  it('says that a write whose value is missing is beyond it', () => {
    const run = runOf(done(0, 'write'), read(1, 5));
    expect(check(run)).toMatchObject({
      outcome: 'unknown',
      doubts: ['1 keys were written without it being recorded what'],
    });
  });
});

describe('the order of the log', () => {
  const held = done(0, 'acquire', { token: '5' });
  /** The same with a log of all that was answered, unless said otherwise. */
  const logged = (drafts: (Draft | readonly Draft[])[], change = (log: RunRecord['decisions']) => log) => {
    const run = runOf(held, ...drafts);
    return check({ ...run, decisions: change(logOf(run.history)).map((d, n) => ({ ...d, seq: n + 1 })) });
  };

  it('is right where reads return what was written before, the first value among it', () => {
    const drafts = [read(0, null), write(0, 0), read(0, 0), write(0, 1), read(0, 1), write(0, []), read(0, null)];
    expect(logged(drafts)).toMatchObject({ outcome: 'clean', figures: { keys: 1, keysByLog: 1 } });
    expect(Object.keys(logged(drafts).figures)).toEqual(['keys', 'keysByLog']);
  });

  it('is not right where a read returns another value', () => {
    for (const wrong of [null, 2]) expect(logged([write(0, 1), read(0, wrong)]).outcome).toBe('violated');
  });

  it('may have what nobody was answered, and reads of which nothing is known', () => {
    const lost = [invoke(0, 'write', { value: 7 }), info(0, 'write', 'timeout')];
    const run = runOf(held, write(0, 1), done(0, 'read'), lost);
    const [first, unknown] = logOf(run.history) as [RunRecord['decisions'][0], RunRecord['decisions'][0]];
    const late = { ...first, seq: 3, op: at(run.history, 0, 'write', 1), value: 7 };
    expect(check({ ...run, decisions: [first, unknown, late] })).toMatchObject({
      outcome: 'clean',
      doubts: [],
      figures: { keysByLog: 1 },
    });
    const asked = runOf(held, write(0, 1), invoke(0, 'read'), info(0, 'read', 'timeout'));
    const [written] = logOf(asked.history) as [RunRecord['decisions'][0]];
    const unanswered = { ...written, seq: 2, op: at(asked.history, 0, 'read'), f: 'read' } as const;
    expect(check({ ...asked, decisions: [written, unanswered] }).figures).toMatchObject({ keysByLog: 1 });
    const open = record(asked.history.slice(0, -1), { decisions: [written, unanswered] });
    expect(check(open).figures).toMatchObject({ keysByLog: 1 });
  });

  it('is not taken from a log that decides a write twice, though all that was answered fits', () => {
    const lost = [invoke(1, 'write', { value: 1 }), info(1, 'write', 'timeout')];
    const run = runOf(held, done(1, 'acquire', { token: '6' }), lost, read(0, 1), write(0, 2), read(0, 1));
    const [first, second, last] = logOf(run.history) as [RunRecord['decisions'][0], ...RunRecord['decisions']];
    const again = { ...second, op: at(run.history, 1, 'write'), process: 1, token: '6', value: 1 } as typeof first;
    const decisions = [again, first, second, again, last].map((d, n) => ({ ...d, seq: n + 1 }) as typeof first);
    expect(check({ ...run, decisions }).counts).toEqual({ 'not-linearizable': 1 });
  });

  it('is not taken from a log with a decision that no operation made', () => {
    const stray = (log: RunRecord['decisions']) =>
      [{ ...log[0], op: -1, value: 9 }, ...log] as unknown as RunRecord['decisions'];
    expect(logged([write(0, 1), read(0, 1)], stray)).toMatchObject({
      outcome: 'clean',
      figures: { keysByLog: 0, keysByZones: 1, keysBySearch: 0 },
    });
  });

  it('says nothing of a key with a write whose value is missing', () => {
    expect(logged([done(0, 'write'), done(0, 'read')])).toMatchObject({
      outcome: 'unknown',
      doubts: ['1 keys were written without it being recorded what'],
    });
  });
});

describe('keys', () => {
  const on = (key: string | undefined, drafts: Draft[]) =>
    drafts.map((draft) => {
      const { key: _, ...rest } = draft as Draft & { key?: string };
      return (key === undefined ? rest : { ...rest, key }) as Draft;
    });

  it('are counted by what decided them, and only those are that had an answer', () => {
    const run = runOf(
      done(0, 'acquire', { token: '5' }),
      on('a', write(0, 1)),
      on('b', write(0, 1)),
      on('c', [invoke(1, 'write', { value: 7 }), info(1, 'write', 'timeout')]),
      on('d', write(0, 1)),
      on('d', write(0, 1)),
    );
    const decisions = logOf(run.history).filter(({ key }) => key === 'a');
    const { figures } = check({ ...run, decisions });
    expect(figures).toEqual({ keys: 3, keysByLog: 1, keysByZones: 1, keysBySearch: 1 });
    expect(check({ ...run, decisions: [] }).figures).toMatchObject({ keysByLog: 0, keysByZones: 2 });
  });

  it('are beyond it one by one where a value is missing, and reads without one say nothing', () => {
    const { doubts, figures } = check(runOf(on('a', done(0, 'write')), on('b', write(0, 1)), on('b', done(0, 'read'))));
    expect(doubts).toEqual(['1 keys were written without it being recorded what']);
    expect(figures).toMatchObject({ keys: 2, keysByZones: 1 });
  });

  it('have to be named: what names none is left out', () => {
    expect(check(runOf(on(undefined, read(0, 5)), write(0, 1), read(0, 1)))).toMatchObject({
      outcome: 'clean',
      figures: { keys: 1, keysByZones: 1 },
    });
  });
});

describe('the witness', () => {
  it('names the operations in order, and goes from the first to the last moment of them', () => {
    const run = runOf(write(2, 'z'), write(0, 'a'), write(1, 'b'), read(2, 'a'));
    expect(check(run).violations).toMatchObject([{ operations: [2, 4, 6], from: 3 * TICK, to: 8 * TICK }]);
  });

  it('of a search is the end of the longest order that fits, in the order of the invocations, and what does not fit to it', () => {
    const run = runOf(
      write(0, 1),
      write(0, 2),
      write(0, 1),
      invoke(1, 'write', { value: 3 }),
      invoke(2, 'write', { value: 4 }),
      ok(2, 'write', {}),
      read(3, 4),
      ok(1, 'write', {}),
      read(3, 3),
      read(3, 2),
    );
    const { violations, figures } = check(run);
    expect(figures).toMatchObject({ keysBySearch: 1 });
    // The second of the two concurrent writes comes first.
    expect(violations).toMatchObject([{ operations: [6, 7, 9, 12, 14], from: 7 * TICK, to: 16 * TICK }]);
  });
});

/** Another value for one answer or one write. */
function withValue(run: RunRecord, [which, value]: readonly [number, number | null]): RunRecord {
  const steps = run.history.filter(
    (e) => (e.f === 'read' && e.type === 'ok') || (e.f === 'write' && e.type === 'invoke'),
  );
  const chosen = steps[which % Math.max(1, steps.length)];
  if (chosen === undefined) return run;
  return {
    ...run,
    history: run.history.map((e) => (e === chosen ? ({ ...(e as OperationEntry), value } as typeof e) : e)),
  };
}

interface Step {
  isWrite: boolean;
  value: string;
  call: number;
  ret: number;
}

/** By key: what counts. */
function stepsOf({ history }: RunRecord): Step[][] {
  const keys = new Map<string, Step[]>();
  for (const entry of history) {
    if (entry.process === 'nemesis' || entry.type !== 'invoke' || (entry.f !== 'read' && entry.f !== 'write')) continue;
    const answer = history.find((e) => e.index > entry.index && e.process === entry.process && e.f === entry.f) as
      | OperationEntry
      | undefined;
    const isOk = answer?.type === 'ok';
    if (answer?.type === 'fail' || (entry.f === 'read' && !isOk)) continue;
    const steps = keys.get(entry.key ?? '') ?? [];
    keys.set(entry.key ?? '', steps);
    const value = JSON.stringify((entry.f === 'write' ? entry.value : answer?.value) ?? null);
    steps.push({
      isWrite: entry.f === 'write',
      value,
      call: entry.index,
      ret: isOk ? answer.index : Number.POSITIVE_INFINITY,
    });
  }
  return [...keys.values()];
}

/** Tries every order: which steps are left, and what the register holds. */
function hasOrder(left: readonly Step[], held = 'null', seen = new Set<string>()): boolean {
  if (left.every(({ ret }) => ret === Number.POSITIVE_INFINITY)) return true;
  const name = `${held} ${left.map(({ call }) => call).join()}`;
  if (seen.has(name)) return false;
  seen.add(name);
  const first = Math.min(...left.map(({ ret }) => ret));
  return left.some(
    (step) =>
      step.call < first &&
      (step.isWrite || step.value === held) &&
      hasOrder(
        left.filter((other) => other !== step),
        step.isWrite ? step.value : held,
        seen,
      ),
  );
}

describe('properties', () => {
  it('never accuses a storage that is a register, whatever the lock and the fencing do', () => {
    tried('registers', fc.oneof(anything, world('exclusive', ANY_FENCING)), (run) => {
      expect(check(run)).toMatchObject({ outcome: 'clean', doubts: [] });
      expect(check({ ...run, decisions: [] })).toMatchObject({ outcome: 'clean', doubts: [] });
      return run.decisions.length > 5;
    });
  });

  it('finds an order exactly if there is one', () => {
    const value = fc.option(fc.integer({ min: 1, max: 6 }));
    const changes = fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 2 });
    const corrupted = fc.tuple(anything, changes).map(([run, all]) => all.reduce(withValue, run));
    tried('corrupted values', corrupted, (run) => {
      const wrong = stepsOf(run).filter((steps) => !hasOrder(steps)).length;
      expect(check(run).counts).toEqual(wrong === 0 ? {} : { 'not-linearizable': wrong });
      return wrong > 0;
    });
  });
});

/** The storage as registers: golden histories, true ones, and corrupted ones against every order that there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationEntry } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { linearizability } from './linearizability.js';
import { done, type Draft, fail, history, info, invoke, logOf, ok, record } from './testing/builders.js';
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

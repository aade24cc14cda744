/** Sets, lists and registers as whole records: what the workload says decides how values are judged. */
import { describe, expect, it } from 'vitest';
import type { Decision } from '../harness/history/decision.js';
import type { OperationEntry } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { lostUpdates } from './lost-updates.js';
import { done, type Draft, history, logOf, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { ANY_FENCING, anything, world } from './testing/worlds.js';

const check = (run: RunRecord) => lostUpdates.check(tablesOf(run));
function runOf(workload: string, ...drafts: (Draft | readonly Draft[])[]): RunRecord {
  const entries = history(...drafts);
  return record(entries, { decisions: logOf(entries), settings: { workload } });
}
const section = (process: number, token: string, ...steps: (readonly Draft[])[]) => [
  ...done(process, 'acquire', { token }),
  ...steps.flat(),
];
const read = (process: number, value: unknown) => done(process, 'read', { value });
const write = (process: number, value: unknown) => done(process, 'write', { value });

describe('values of the workload', () => {
  it('tells of a lost element with the write that took it out, and the share of acknowledged ones', () => {
    const run = runOf(
      'set',
      section(0, '5', read(0, null)),
      section(1, '6', read(1, null), write(1, ['b'])),
      write(0, ['a']),
    );
    expect(check(run)).toMatchObject({
      counts: { 'lost-update': 1 },
      violations: [
        {
          first: { process: 0, token: '5' },
          second: { process: 1, token: '6' },
          decisions: [1, 3, 4],
          numbers: { lostSeq: 3, undoneBySeq: 4 },
        },
      ],
      figures: { accepted: 2, acknowledged: 2, present: 1, lost: 1, lostAcknowledged: 1 },
    });
    const two = [read(1, null), write(1, ['b']), write(1, ['b', 'c'])];
    expect(
      check(runOf('set', section(0, '5', read(0, null)), section(1, '6', ...two), write(0, ['a']))).figures,
    ).toMatchObject({ accepted: 3, present: 1, lost: 2, lostAcknowledged: 2 });
  });

  it('says what is wrong with a value, and from what the right one follows', () => {
    const run = runOf('append', section(0, '5', read(0, []), write(0, [1]), read(0, [1, 2])));
    expect(check(run)).toMatchObject({
      counts: { 'wrong-value': 1 },
      violations: [
        {
          key: 'counter-0',
          first: { process: 0, token: '5', operations: [6] },
          decisions: [2, 3],
          detail: 'it has 2, which nobody had added',
        },
      ],
    });
    const first = runOf('register', section(0, '5', read(0, 'x')));
    expect(check(first)).toMatchObject({
      violations: [{ decisions: [1], detail: 'it returned "x", which nobody wrote' }],
    });
  });

  it('knows a set from a list, and both from a counter', () => {
    const steps = section(0, '5', read(0, []), write(0, [1]), write(0, [1, 2]), read(0, [2, 1]));
    expect(check(runOf('set', steps)).outcome).toBe('clean');
    expect(check(runOf('append', steps)).counts).toEqual({ 'wrong-value': 1 });
    expect(check(runOf('counter', steps)).counts).toHaveProperty('wrong-count');
    // What every object has is no workload.
    expect(check(runOf('constructor', steps)).counts).toHaveProperty('wrong-count');
  });

  it('says of a set and of a list what is wrong with the elements', () => {
    const judged = (workload: string, ...steps: Draft[][]) =>
      check(runOf(workload, section(0, '5', ...steps))).violations.flatMap(({ detail }) => detail ?? []);
    const added = 'it is not what its section had read and one more element';
    const other = 'it returned other elements than were last written';
    const a = [read(0, []), write(0, ['a'])];
    const ab = [...a, write(0, ['a', 'b'])];
    expect(judged('set', ...a, read(0, ['a', 'a']))).toEqual(['it has "a" twice']);
    expect(judged('set', ...a, read(0, ['a', 'z']))).toEqual(['it has "z", which nobody had added']);
    expect(judged('set', ...a, write(0, ['a', 'a']))).toEqual([added]);
    expect(judged('set', ...a, write(0, ['a', 'a', 'c']))).toEqual([added]);
    expect(judged('set', ...ab, read(0, ['a']))).toEqual([other]);
    expect(judged('set', ...ab, write(0, ['a', 'a', 'c']))).toEqual([added]);
    expect(judged('set', ...a, write(0, ['b', 'a']))).toEqual([]);
    expect(judged('append', ...a, write(0, ['b', 'a']))).toEqual([added]);
    expect(judged('append', ...ab, read(0, ['b', 'a']))).toEqual(['it returned the elements in another order']);
    expect(judged('set', ...ab, write(0, ['a', 'b', 'b']))).toEqual([added]);
  });

  it('knows what was taken out from what was last written', () => {
    const taken = [
      section(0, '5', read(0, [])),
      section(1, '6', read(1, []), write(1, ['b'])),
      write(0, ['a']),
      done(2, 'acquire', { token: '7' }),
    ];
    const said = (value: unknown) =>
      check(runOf('set', ...taken, read(2, value))).violations.flatMap(({ detail }) => detail ?? []);
    const other = ['it returned other elements than were last written'];
    expect([said(['a']), said(['b']), said(['a', 'b'])]).toEqual([[], other, other]);
  });

  it('takes what a blind write replaced for lost to nobody', () => {
    const run = runOf(
      'register',
      section(2, '5', read(2, null)),
      section(1, '6', read(1, null), write(1, 'a')),
      section(0, '7', write(0, 'x')),
      write(2, 'c'),
    );
    expect(check(run).violations.map(({ numbers }) => numbers)).toEqual([{ lostSeq: 4, undoneBySeq: 5 }]);
  });

  it('claims nothing where an operation was decided twice', () => {
    const run = runOf('append', section(0, '5', read(0, []), write(0, ['a'])));
    const [first, second] = run.decisions as [Decision, Decision];
    const again = { ...run, decisions: [first, second, { ...second, seq: 3 }] };
    expect(check(again)).toMatchObject({ outcome: 'unknown', violations: [] });
  });

  it('claims nothing of a list, not even what came before, once a section wrote without having read', () => {
    const wrong = section(0, '5', read(0, []), write(0, ['a']), read(0, []));
    expect(check(runOf('append', wrong, section(1, '6', write(1, ['b']))))).toMatchObject({
      outcome: 'unknown',
      violations: [],
    });
  });

  it('lets a register be written without having been read, and says nothing of a list that was', () => {
    expect(check(runOf('register', section(0, '5', write(0, 'a')), section(1, '6', write(1, 'b')))).outcome).toBe(
      'clean',
    );
    expect(check(runOf('append', section(0, '5', write(0, ['a']))))).toMatchObject({
      outcome: 'unknown',
      doubts: ['a write was not preceded by a read of its section: key counter-0'],
    });
  });
});

/** The same run with a list in the place of the count: each write adds the number of its operation to what its section knew. */
function asLists(run: RunRecord): RunRecord {
  const held = new Map<string, number[]>();
  const known = new Map<string, number[]>();
  const values = new Map<number, number[]>();
  const section = ({ process, token, key }: Decision) => `${process} ${token} ${key}`;
  for (const decision of run.decisions) {
    const { op, f, key, verdict } = decision;
    const before = held.get(key) ?? [];
    const value = f === 'read' ? before : [...(known.get(section(decision)) ?? []), op];
    values.set(op, value);
    if (verdict !== 'accepted') continue;
    known.set(section(decision), value);
    if (f === 'write') held.set(key, value);
  }
  const invoked = new Map<number, number>();
  const valueOf = (entry: OperationEntry) => {
    if (entry.type === 'invoke') invoked.set(entry.process, entry.index);
    const isStep = 'value' in entry && (entry.f === 'read' || entry.f === 'write');
    return isStep ? { value: values.get(invoked.get(entry.process) ?? -1) ?? [] } : {};
  };
  return {
    ...run,
    settings: { ...run.settings, workload: 'append' },
    history: run.history.map((e) => (e.process === 'nemesis' ? e : { ...e, ...valueOf(e) })),
    decisions: run.decisions.map((d) => ({ ...d, value: values.get(d.op) })),
  };
}

const pairs = (run: RunRecord) => {
  const { violations, doubts } = check(run);
  expect(doubts).toEqual([]);
  return violations.map(({ kind, numbers }) => `${kind}: ${numbers['lostSeq']} by ${numbers['undoneBySeq']}`).sort();
};

describe('properties', () => {
  it('never accuses a lock that keeps sections apart', () => {
    tried('lists under an exclusive lock', world('exclusive', ANY_FENCING), (run) => {
      expect(check(asLists(run))).toMatchObject({ outcome: 'clean', doubts: [] });
      expect(check({ ...asLists(run), settings: { ...run.settings, workload: 'set' } })).toMatchObject({
        outcome: 'clean',
      });
      expect(check({ ...run, settings: { ...run.settings, workload: 'register' } })).toMatchObject({
        outcome: 'clean',
      });
      return run.decisions.length > 5;
    });
  });

  it('finds the updates of lists and registers lost that those of counters are', () => {
    tried('lists, registers and counters', anything, (run) => {
      const lost = pairs(run);
      expect(pairs(asLists(run))).toEqual(lost);
      expect(pairs({ ...run, settings: { ...run.settings, workload: 'register' } })).toEqual(lost);
      return lost.length > 0;
    });
  });
});

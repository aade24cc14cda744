import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from './decision.js';
import { decisionSchema, historyEntrySchema, ownershipEventSchema } from './entry-schemas.js';
import { isStoredDecision, isStoredOperationEntry, isStoredOwnershipEvent } from './entry-shape.js';
import { type HistoryEntry, OPERATIONS } from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import type { RunRecord, RunTables } from './run-record.js';
import { createTableBuilders, tablesOf } from './table-builders.js';
import { decisionAt, entryAt, ownershipAt } from './table-entries.js';
import { compareTokens } from './token.js';

const settings: RunRecord['settings'] = {
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
const end: RunRecord['end'] = { kind: 'completed' };
const record = (parts: object): RunRecord => ({ settings, history: [], decisions: [], ownership: [], end, ...parts });

const token = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
  fc.bigInt({ min: 0n, max: 20n }),
);
const decimal = token.map(String);
const lease = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((id) => id.toString(16));
const name = fc.oneof(fc.constantFrom('r0', 'r1', 'lane-0'), fc.string());
const value = fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue());
const int32 = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
const time = fc.nat(1_000_000);

const operation = fc.record(
  {
    time,
    process: int32,
    lane: int32,
    type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    f: fc.constantFrom(...OPERATIONS, 'lost', 'harness-error'),
    key: name,
    value,
    token: decimal,
    error: name,
    message: fc.string(),
    node: name,
  },
  { requiredKeys: ['time', 'process', 'lane', 'type', 'f'], noNullPrototype: true },
);
const nemesis = fc.oneof(
  fc.record({
    f: fc.constantFrom('inject', 'heal'),
    value: fc.record({
      id: name,
      kind: name,
      trigger: name,
      targets: fc.array(name),
      processes: fc.oneof(fc.constant('all'), fc.array(fc.nat())),
      nodes: fc.array(name),
      options: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.nat(), fc.boolean())),
      durationMs: fc.nat(),
      receipt: fc.oneof(
        fc.record({ proven: fc.constant(true), evidence: fc.dictionary(fc.string(), fc.jsonValue()) }),
        fc.record({ proven: fc.constant(false), reason: fc.string() }),
      ),
    }),
  }),
  fc.record({
    f: fc.constant('recovery'),
    value: fc.record({
      withinMs: fc.nat(),
      lanesNotLocked: fc.array(fc.nat()),
      cluster: fc.array(fc.string()),
    }),
  }),
);
const fault = fc
  .tuple(nemesis, time, int32)
  .map(([half, at, lane]) => ({ ...half, time: at, lane, process: 'nemesis', type: 'info' }));

const history = fc
  .array(fc.oneof({ weight: 5, arbitrary: operation }, fault), { maxLength: 40 })
  .map((entries) =>
    entries.sort((a, b) => a.time - b.time).map((entry, index) => ({ ...entry, index }) as HistoryEntry),
  );
const decisions = fc.array(
  fc.record(
    {
      seq: fc.integer({ min: 1, max: 2 ** 40 }),
      op: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      process: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      f: fc.constantFrom('read', 'write'),
      key: name,
      token: decimal,
      value,
      verdict: fc.constantFrom('accepted', 'refused'),
      reason: fc.string(),
      highest: decimal,
    },
    {
      requiredKeys: ['seq', 'op', 'process', 'f', 'key', 'token', 'verdict', 'highest'],
      noNullPrototype: true,
    },
  ) as fc.Arbitrary<Decision>,
  { maxLength: 20 },
);
const ownership = fc.array(
  fc
    .record({
      time,
      member: name,
      revision: decimal,
      type: fc.constantFrom('put', 'delete'),
      lane: int32,
      createRevision: decimal,
      lease,
    })
    .chain((event) =>
      fc.oneof(fc.constant(`locks/${event.lease}`), name).map((key) => ({ ...event, key }) as OwnershipEvent),
    ),
  { maxLength: 20 },
);

function entriesOf(tables: RunTables): Pick<RunRecord, 'history' | 'decisions' | 'ownership'> {
  const rows = (length: number): number[] => Array.from({ length }, (_, row) => row);
  return {
    history: rows(tables.history.length).map((row) => entryAt(tables, row)),
    decisions: rows(tables.decisions.length).map((row) => decisionAt(tables, row)),
    ownership: rows(tables.ownership.length).map((row) => ownershipAt(tables, row)),
  };
}

describe('tablesOf', () => {
  it('loses nothing of a record', () => {
    let rows = 0;
    fc.assert(
      fc.property(fc.record({ history, decisions, ownership }), (logs) => {
        const tables = tablesOf(record(logs));
        expect([tables.history.damage, tables.decisions.malformed, tables.ownership.malformed]).toEqual([
          undefined,
          0,
          0,
        ]);
        expect(entriesOf(tables)).toStrictEqual({ ...logs });
        rows += logs.history.length + logs.decisions.length + logs.ownership.length;
      }),
    );
    expect(rows).toBeGreaterThan(1000);
  });

  it('gives tokens codes that order as the tokens do, across all three logs', () => {
    fc.assert(
      fc.property(fc.array(token, { minLength: 2, maxLength: 30 }), (tokens) => {
        const { history: table, ownership: events } = tablesOf(
          record({
            history: tokens.map((one, index) => ({
              index,
              time: 0,
              process: 1,
              lane: 0,
              type: 'ok',
              f: 'acquire',
              token: String(one),
            })),
            ownership: tokens.map((one) => ({
              time: 0,
              member: 'etcd1',
              revision: String(one),
              type: 'put',
              key: 'k',
              lane: 0,
              createRevision: String(one),
              lease: one.toString(16),
            })),
          }),
        );
        for (const [a, left] of tokens.entries()) {
          expect([events.revision[a], events.createRevision[a], events.lease[a]]).toEqual(
            new Array(3).fill(table.token[a]),
          );
          for (const [b, right] of tokens.entries()) {
            const codes = (table.token[a] as number) - (table.token[b] as number);
            expect(Math.sign(codes)).toBe(Math.sign(compareTokens(String(left), String(right))));
          }
        }
      }),
    );
  });

  it('tells null from no value, and keeps objects as they are', () => {
    const base = { time: 1, process: 1, lane: 0, type: 'ok', f: 'read' } as const;
    const values = [undefined, null, 0, '', false, [], { ttlMs: 5, lease: 'ff' }];
    const entries = values.map((one, index) => ({ index, ...base, ...(one === undefined ? {} : { value: one }) }));
    expect(entriesOf(tablesOf(record({ history: entries }))).history).toStrictEqual(entries);
  });

  const entry = { index: 0, time: 5, process: 1, lane: 0, type: 'invoke', f: 'read' };
  it.each<[string, unknown, string, number]>([
    ['no list', { 0: entry }, 'the history is not a list', 0],
    ['an entry that is none', [entry, 17], 'entry 1 of the history is malformed', 1],
    ['a hole', [entry, , entry], 'entry 1 of the history is malformed', 1], // eslint-disable-line no-sparse-arrays
    ['a lane that is no number', [{ ...entry, lane: 'x' }], 'entry 0 of the history is malformed', 0],
    ['a process that no column holds', [{ ...entry, process: 2 ** 31 }], 'entry 0 of the history is malformed', 0],
    ['the number of the nemesis', [{ ...entry, process: -(2 ** 31) }], 'entry 0 of the history is malformed', 0],
    ['an operation that nobody knows', [{ ...entry, f: 'toString' }], 'entry 0 of the history is malformed', 0],
    ['a client that injects', [{ ...entry, f: 'inject' }], 'entry 0 of the history is malformed', 0],
    ['a time that is none', [{ ...entry, time: Number.NaN }], 'entry 0 of the history is malformed', 0],
    ['an index out of its place', [entry, entry], 'the history has index 0 where 1 follows', 1],
    [
      'time running backwards',
      [entry, { ...entry, index: 1, time: 4 }],
      'time runs backwards at entry 1 of the history',
      1,
    ],
  ])('finds the damage: %s', (_, damaged, damage, length) => {
    expect(tablesOf(record({ history: damaged })).history).toMatchObject({ damage, length });
  });

  it('takes nothing behind the damage, counts what is no decision and no event, and keeps the order of the others', () => {
    const { history: table } = tablesOf(record({ history: [entry, null, { ...entry, index: 1 }] }));
    expect(table).toMatchObject({ length: 1, damage: 'entry 1 of the history is malformed' });
    const good = { seq: 1, op: 0, process: 1, f: 'read', key: 'k', token: '1', verdict: 'accepted', highest: '1' };
    const tables = tablesOf(
      record({ decisions: [7, { ...good, seq: 2 }, { ...good, token: 1 }, good], ownership: 'none' }),
    );
    expect(tables.decisions).toMatchObject({ length: 2, malformed: 2 });
    expect([decisionAt(tables, 0).seq, decisionAt(tables, 1).seq]).toEqual([2, 1]);
    expect(tables.ownership).toMatchObject({ length: 0, malformed: 1 });
  });

  it('leaves out a token that is none', () => {
    const history = [{ ...entry, token: 'x' }];
    expect(entriesOf(tablesOf(record({ history }))).history).toEqual([entry]);
  });

  it('never throws, whatever the record holds', () => {
    const odd = fc.oneof(fc.anything(), fc.array(fc.anything()), history);
    fc.assert(
      fc.property(fc.record({ history: odd, decisions: odd, ownership: odd }), (logs) => {
        const tables = tablesOf(record(logs));
        if (!Array.isArray(logs.history)) expect(tables.history.damage).toBe('the history is not a list');
        entriesOf(tables);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives up at more nodes, errors or members than their columns can number', () => {
    const nodes = Array.from({ length: 2 ** 15 + 1 }, (_, index) => ({ ...entry, index, node: `n${index}` }));
    expect(tablesOf(record({ history: nodes })).history).toMatchObject({
      length: 2 ** 15,
      damage: `entry ${2 ** 15} of the history is malformed`,
    });
    const event = { time: 1, revision: '1', type: 'put', key: 'k', lane: 0, createRevision: '1', lease: 'f' };
    const members = Array.from({ length: 300 }, (_, n) => ({ ...event, member: `m${n}` }));
    const tables = tablesOf(record({ ownership: [...members, { ...event, member: 'm7' }] }));
    expect(tables.ownership).toMatchObject({ length: 257, malformed: 44 });
    expect([ownershipAt(tables, 255).member, ownershipAt(tables, 256).member]).toEqual(['m255', 'm7']);
  });
});

describe('addPart', () => {
  it('puts parts together to the same tables as the whole', () => {
    const whole = fc.record({ history, decisions, ownership });
    fc.assert(
      fc.property(whole, fc.array(fc.nat(40), { maxLength: 4 }), fc.boolean(), (logs, cuts, shared) => {
        const builders = createTableBuilders({ history: 0, decisions: 0, ownership: 0 }, shared);
        const ends = [...cuts.sort((a, b) => a - b), 40];
        for (const [at, to] of ends.entries()) {
          const from = ends[at - 1] ?? 0;
          const part = createTableBuilders({ history: 1, decisions: 1, ownership: 1 }, shared);
          for (const one of logs.history.slice(from, to)) part.history.add(one);
          for (const one of logs.decisions.slice(from, to)) part.decisions.add(one);
          for (const one of logs.ownership.slice(from, to)) part.ownership.add(one);
          expect(builders.addPart(part.finish())).toBe(true);
        }
        const merged = { settings, ...builders.finish(), end };
        expect(entriesOf(merged)).toStrictEqual({ ...logs });
        expect(merged.largeTokens).toEqual(tablesOf(record(logs)).largeTokens);
      }),
    );
  });
});

describe('the shapes checked by hand', () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.nat(3),
    fc.integer(),
    decimal,
    lease,
    fc.constantFrom('read', 'ok', 'put', -0, 2 ** 31),
  );
  const same = <Shape extends object>(
    shape: fc.Arbitrary<Shape>,
    isShape: (json: unknown) => boolean,
    takes: (json: unknown) => boolean,
  ): void => {
    const taken = new Set<boolean>();
    fc.assert(
      fc.property(shape, fc.array(fc.tuple(fc.nat(), odd), { maxLength: 2 }), (sound, changes) => {
        const changed = { ...sound } as Record<string, unknown>;
        for (const [at, other] of changes) changed[Object.keys(sound)[at % Object.keys(sound).length] ?? ''] = other;
        expect([isShape(changed), changed]).toEqual([takes(changed), changed]);
        taken.add(isShape(changed));
      }),
      { numRuns: 1000 },
    );
    expect(taken.size).toBe(2);
  };

  it('take the same as the schemas', () => {
    const entries = operation.map((one) => ({ index: 0, ...one }));
    same(entries, isStoredOperationEntry, (json) => {
      const isNemesis = (json as { process?: unknown }).process === 'nemesis';
      return !isNemesis && historyEntrySchema(json).safeParse(json).success;
    });
    const first = <Item extends object>(items: fc.Arbitrary<Item[]>): fc.Arbitrary<Item> =>
      items.filter((list) => list.length > 0).map((list) => list[0] as Item);
    same(first(decisions), isStoredDecision, (json) => decisionSchema.safeParse(json).success);
    same(first(ownership), isStoredOwnershipEvent, (json) => ownershipEventSchema.safeParse(json).success);
  });
});

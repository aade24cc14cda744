/** Of a made-up run: what lies under the pointer, what is told of it, and what comes next. */
import { describe, expect, it } from 'vitest';
import { madeUpRun } from '../../../../test/support/timeline-data.js';
import type { Selected } from '../state.js';
import { describe as tell } from './describe.js';
import { hitRow, hitViolation } from './hit.js';
import { commandOf } from './keys.js';
import { startsPerPixel } from './minimap.js';
import { bandsOf, layOutRows } from './rows.js';
import { xOf } from './scale.js';
import { stepInRow, stepViolation, violationOrder } from './steps.js';
import { gapOf, tracksOfRun } from './tracks-of-run.js';

const data = madeUpRun({ lanes: 2, clients: 3, holds: 40, pauseEvery: 10 });
const tracks = tracksOfRun(data);
const rows = layOutRows(data, 600);
const { order, starts } = violationOrder(data);
const first = data.violations[order[0]!]!;
const stale = first.operations[0]!;
const client = first.clients[0]!;
const row = rows.list.find(({ kind, place }) => kind === 'client' && place === client)!;
const bands = bandsOf(row.height);
const late = data.holds.late.findIndex(
  (is, n) => is === 1 && data.holds.client[n] === client && data.holds.to[n]! >= first.to,
);
const about = (from: number, to: number) => ({ window: { from, to }, left: 100, width: 1000 });
const facts = (thing: Selected): Record<string, string> => Object.fromEntries(tell(data, thing)!.facts);

describe('under the pointer', () => {
  it('lies the stale write, the hold, the fault and the violation', () => {
    const scale = about(first.from - 1e9, first.to + 1e9);
    const at = (ns: number, y: number): Selected | undefined =>
      hitRow(data, tracks, row, scale, xOf(scale, ns), y)?.thing;
    const middle = bands.belief.top + bands.belief.height / 2;
    expect(at(first.to, middle)).toEqual({ list: 'operations', row: stale });
    expect(at(first.from + 5e7, middle)).toEqual({ list: 'holds', row: late });
    expect(at(first.from + 5e7, bands.requests.top + 1)).toEqual({ list: 'operations', row: stale });
    expect(at(first.from + 5e7, 0)).toEqual({ list: 'faults', row: first.fault });
    expect(hitViolation(order, starts, scale, xOf(scale, first.from))?.thing).toEqual({
      list: 'violations',
      row: order[0],
    });
    expect(hitViolation(order, starts, scale, xOf(scale, first.from) + 400)?.thing.row).not.toBe(order[0]);
  });

  it('what cannot be told apart is counted', () => {
    const hit = hitRow(data, tracks, row, about(0, 1e15), 100, bands.belief.top + 3);
    expect(hit?.near).toBeGreaterThan(10);
  });

  it('lie leaders and faults of members', () => {
    const node = rows.list.find(({ title }) => title === 'etcd1')!;
    const scale = about(0, data.endNs);
    const at = (share: number): string | undefined =>
      hitRow(data, tracks, node, scale, 100 + 1000 * share, 5)?.thing.list;
    expect([at(0.1), at(0.35), at(0.9)]).toEqual(['leaders', 'faults', undefined]);
  });
});

describe('what is told', () => {
  it('of an operation is all there is', () => {
    const told = facts({ list: 'operations', row: stale });
    expect(Object.keys(told)).toEqual([
      ...['Operation', 'Client', 'Process', 'Start', 'End', 'Duration', 'Outcome', 'Storage', 'Token', 'Value'],
      'Index in history.jsonl',
    ]);
    expect(told.Storage).toBe('accepted by the storage, and should not have been');
    const refused = data.operations.decision.indexOf(2);
    expect(facts({ list: 'operations', row: refused })).toMatchObject({ Error: 'refused: a larger token was seen' });
    const open = data.operations.outcome.indexOf(3);
    expect(facts({ list: 'operations', row: open })).toMatchObject({ End: 'not before the end of the run' });
  });

  it('of a hold is the belief, the truth and the gap', () => {
    expect(gapOf(data, late)).toBeCloseTo(data.holds.to[late]! - data.holds.etcdTo[late]!, 3);
    expect(Object.keys(facts({ list: 'holds', row: late }))).toEqual([
      ...[
        'Client',
        'Token',
        'Waited',
        'Believed from',
        'Believed to',
        'Believed for',
        'In etcd from',
        'In etcd to',
        'Gap',
      ],
    ]);
    const honest = data.holds.late.indexOf(0);
    expect(gapOf(data, honest)).toBe(0);
    expect(facts({ list: 'holds', row: honest }).Gap).toBeUndefined();
  });

  it('of a fault is its receipt, and that there is none', () => {
    const told = tell(data, { list: 'faults', row: first.fault })!;
    expect(told.facts.filter(([name]) => name === 'Receipt')).toHaveLength(2);
    const unproven = data.faults.findIndex(({ proven }) => !proven);
    expect(facts({ list: 'faults', row: unproven })).toMatchObject({
      Hits: 'etcd1',
      Proven: expect.stringContaining('nothing proves'),
    });
  });

  it('of what is not there is nothing', () => {
    for (const list of ['operations', 'holds', 'faults', 'violations', 'leaders'] as const)
      expect(tell(data, { list, row: 1e6 })).toBeUndefined();
  });
});

describe('steps', () => {
  it('go through every thing of a row, forth and back', () => {
    const window = { from: 0, to: data.endNs };
    const walk = (by: 1 | -1): string[] => {
      const seen: string[] = [];
      let thing: Selected | undefined;
      while ((thing = stepInRow(data, tracks, row, thing, by, window)) !== undefined)
        seen.push(`${thing.list} ${thing.row}`);
      return seen;
    };
    const mine = (columns: { client: Uint16Array }): number =>
      columns.client.filter((place) => place === client).length;
    const faults = data.faults.filter(({ clients }) => clients.includes(client)).length;
    const forth = walk(1);
    expect(forth).toHaveLength(mine(data.operations) + mine(data.holds) + faults);
    expect(new Set(forth).size).toBe(forth.length);
    expect(walk(-1).reverse()).toEqual(forth);
  });

  it('go through the violations in the order of time, and round', () => {
    const whole = { from: 0, to: data.endNs };
    const seen: number[] = [];
    let thing: Selected | undefined;
    for (let n = 0; n <= order.length; n++) {
      thing = stepViolation({ order, starts }, thing, 1, whole);
      seen.push(thing!.row);
    }
    expect(seen).toEqual([...order, order[0]]);
    expect(stepViolation({ order, starts }, undefined, -1, whole)?.row).toBe(order.at(-1));
    expect(stepViolation({ order, starts }, undefined, 1, { from: starts[0]! + 1, to: data.endNs })?.row).toBe(
      order[1],
    );
    expect(stepViolation({ order: [], starts: new Float64Array() }, undefined, 1, whole)).toBeUndefined();
  });
});

describe('the minimap and the keys', () => {
  it('count every operation once', () => {
    for (const width of [1, 7, 500])
      expect(startsPerPixel(data, width).reduce((a, b) => a + b)).toBe(data.operations.length);
  });

  it('leave to the browser what is its own', () => {
    const key = { key: '0', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
    expect(commandOf(key)).toEqual({ do: 'window', to: 'all' });
    expect(commandOf({ ...key, ctrlKey: true })).toBeUndefined();
    expect(commandOf({ ...key, key: 'Tab' })).toBeUndefined();
    expect(commandOf({ ...key, key: 'Enter', shiftKey: true })).toEqual({ do: 'thing', by: -1 });
  });
});

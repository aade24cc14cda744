/** The members' watches: golden logs, true ones, every way to break one, and any against the plainest comparison. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { history, keyLife, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { plainAnomalies, tellWatches } from './testing/watches.js';
import { findAnomalies } from './watch-anomalies.js';

interface Known {
  compacted?: number;
  asked?: Record<string, number>;
}

function anomalies(ownership: OwnershipEvent[], { compacted = 0, asked = {} }: Known = {}) {
  const tables = tablesOf(record(history(), { ownership }));
  const found: { what: string; rows: number[] }[] = [];
  const askedAt = (_lane: number, token: number) => asked[token];
  const log = { ownership: tables.ownership, largeTokens: tables.largeTokens, compacted, askedAt };
  findAnomalies(log, ({ what, rows }) => found.push({ what: what(), rows }));
  return found;
}

/** What the anomaly is, named as the plain search names it. */
function nameOf({ what, rows }: { what: string; rows: number[] }): string {
  if (what.endsWith('twice')) return `twice ${rows[1]}`;
  if (what.includes(' after ') && what.includes('revision')) return `order ${rows[1]}`;
  if (what.endsWith('differently')) return `differs ${rows[0]}`;
  if (what.includes('left it out')) return `gap of ${what.split(' ')[0]} ${rows[0]}`;
  if (what.startsWith('it says')) return `itself ${rows[0]}`;
  if (what.includes('left out its creation')) return `created ${rows[0]}`;
  if (what.startsWith('it cannot follow')) return `follows ${rows[0]} ${rows[1]}`;
  return what;
}

const put = (
  member: string,
  revision: number,
  lease: string,
  time: number,
  over: Partial<OwnershipEvent> = {},
): OwnershipEvent => ({
  time,
  member,
  revision: `${revision}`,
  type: 'put',
  key: `locks/lane-0/${lease}`,
  lane: 0,
  createRevision: `${revision}`,
  lease,
  ...over,
});
const drop = (member: string, revision: number, lease: string, created: number, time: number): OwnershipEvent =>
  put(member, revision, lease, time, { type: 'delete', createRevision: `${created}` });

const BOTH = ['a', 'b'];
/** Two members tell of three keys, the last two of which end with one lease. */
const clean = (): OwnershipEvent[] =>
  BOTH.flatMap((member, n) => [
    put(member, 5, 'e1', 10 + n),
    put(member, 6, 'e2', 20 + n),
    drop(member, 7, 'e1', 5, 30 + n),
    put(member, 8, 'e2', 40 + n, { key: 'locks/lane-1/e2', lane: 1 }),
    drop(member, 9, 'e2', 6, 50 + n),
    { ...drop(member, 9, 'e2', 8, 50 + n), key: 'locks/lane-1/e2', lane: 1 },
    put(member, 10, 'e1', 60 + n),
  ]);

describe('golden logs', () => {
  it('has no objection to true watches, nor to what one did not tell at its ends', () => {
    expect(anomalies(clean())).toEqual([]);
    expect(anomalies(clean().slice(0, 12))).toEqual([]);
    expect(anomalies(clean().slice(2))).toEqual([]);
    expect(anomalies([])).toEqual([]);
  });

  it.each<[string, (events: OwnershipEvent[]) => void, object]>([
    ['an event left out', (e) => e.splice(1, 1), { what: expect.stringMatching(/^a left it out/), rows: [7] }],
    [
      'an event twice',
      (e) => e.splice(2, 0, { ...(e[1] as OwnershipEvent) }),
      { what: 'a told of it twice', rows: [1, 2] },
    ],
    [
      'two in the wrong order',
      (e) => e.splice(0, 2, e[1] as OwnershipEvent, e[0] as OwnershipEvent),
      { what: 'a told of revision 5 after 6', rows: [0, 1] },
    ],
    [
      'another create revision',
      (e) => e.splice(2, 1, drop('a', 7, 'e1', 4, 30)),
      { what: 'a and b tell it differently', rows: [2, 9] },
    ],
    [
      'a put where the other tells of a deletion',
      (e) => e.splice(2, 1, put('a', 7, 'e1', 30)),
      { what: 'a and b tell it differently', rows: [2, 9] },
    ],
  ])('finds %s', (_, change, expected) => {
    const events = clean();
    change(events);
    expect(anomalies(events)).toEqual([expected]);
  });

  it.each<[string, OwnershipEvent[], RegExp]>([
    ['a key that was created twice', [put('a', 5, 'e1', 1), put('a', 6, 'e1', 2)], /^it cannot follow what a told/],
    [
      'the deletion of another key than was put',
      [put('a', 5, 'e1', 1), drop('a', 7, 'e1', 4, 2)],
      /^it cannot follow what a told/,
    ],
    [
      'a key put again after its deletion',
      [put('a', 5, 'e1', 1), drop('a', 6, 'e1', 5, 2), put('a', 7, 'e1', 3, { createRevision: '5' })],
      /^it cannot follow what a told/,
    ],
    [
      'a deletion without the creation',
      [put('a', 3, 'e2', 1), drop('a', 7, 'e1', 5, 2)],
      /^a left out its creation at 5$/,
    ],
    [
      'a creation after the change',
      [put('a', 3, 'e1', 1, { createRevision: '4' })],
      /created at 4, and happened at 3$/,
    ],
  ])('finds in one watch alone %s', (_, events, what) => {
    expect(anomalies(events)).toEqual([{ what: expect.stringMatching(what), rows: expect.any(Array) }]);
  });

  it('finds what members tell differently of a key that does not end with its lease', () => {
    const events = BOTH.map((member) => put(member, 5, member, 1, { key: 'locks/lane-0/k' }));
    expect(anomalies(events)).toEqual([{ what: 'a and b tell it differently', rows: [0, 1] }]);
    expect(anomalies(events.map((e) => ({ ...e, lease: 'aa' })))).toEqual([]);
  });

  it('takes what a member begins later with for told once', () => {
    expect(anomalies(clean().slice(1))).toEqual([]);
    expect(anomalies([put('a', 3, 'e1', 1), put('a', 4, 'e2', 2), put('b', 4, 'e2', 3)])).toEqual([]);
    expect(anomalies([put('a', 9, 'e1', 1), put('a', 10, 'e2', 2), put('b', 4, 'e3', 3)])).toEqual([]);
  });

  it('says nothing of the other keys of the first and of the last revision that a member told of', () => {
    const edge = [put('a', 5, 'e1', 1), put('a', 5, 'e1', 1, { key: 'locks/lane-0/other/e1' })];
    expect(anomalies([...edge, put('b', 5, 'e1', 2), put('a', 6, 'e2', 3), put('b', 6, 'e2', 4)])).toEqual([]);
    expect(anomalies([put('a', 4, 'e3', 0), put('b', 4, 'e3', 0), ...edge, put('b', 5, 'e1', 2)])).toEqual([]);
    expect(anomalies([put('a', 5, 'e2', 1), drop('a', 7, 'e1', 5, 2)])).toEqual([]);
  });

  it('asks of a member that told of the change alone whether it left out the creation', () => {
    const events = [put('a', 3, 'e2', 1), drop('b', 7, 'e1', 5, 2), put('a', 8, 'e3', 3)];
    expect(anomalies(events)).toEqual([{ what: expect.stringMatching(/^a left it out/), rows: [1] }]);
  });

  it('says which anomalies prove nothing if a line of the log could be missing', () => {
    const needs = (...events: OwnershipEvent[]) => {
      const all: boolean[] = [];
      const { ownership, largeTokens } = tablesOf(record(history(), { ownership: events }));
      const log = { ownership, largeTokens, compacted: 0, askedAt: () => 4 };
      findAnomalies(log, ({ needsAll }) => all.push(needsAll));
      return all;
    };
    const [five, six] = [put('a', 5, 'e1', 4), put('a', 6, 'e2', 4)];
    expect(needs(five, five)).toEqual([false]);
    expect(needs(five, { ...five, member: 'b', type: 'delete', createRevision: '3' })).toEqual([false]);
    expect(needs(six, five)).toEqual([false]);
    expect(needs(put('a', 3, 'e1', 4, { createRevision: '4' }))).toEqual([false]);
    expect(needs({ ...five, time: 3 })).toEqual([false]);
    expect(needs(put('b', 3, 'e3', 4), five, put('b', 8, 'e3', 4, { createRevision: '3' }))).toEqual([true]);
    expect(needs(put('a', 3, 'e2', 4), drop('a', 7, 'e1', 5, 4))).toEqual([true]);
    expect(needs(five, put('a', 6, 'e1', 4))).toEqual([true]);
  });

  it('claims nothing of a key that one member told of before it ended, and another after it had begun', () => {
    expect(anomalies([put('a', 5, 'e1', 1), put('b', 7, 'e1', 2)])).toEqual([]);
  });

  it('forgives what may have been compacted', () => {
    const events = clean().filter(({ member, revision }) => member === 'b' || revision !== '7');
    expect(anomalies(events)).toHaveLength(1);
    expect(anomalies(events, { compacted: 7 })).toHaveLength(1);
    expect(anomalies(events, { compacted: 8 })).toEqual([]);
    const alone = [put('a', 3, 'e2', 1), put('a', 5, 'e1', 1), put('a', 7, 'e1', 2)];
    expect([anomalies(alone, { compacted: 5 }), anomalies(alone, { compacted: 6 })]).toMatchObject([[{}], []]);
    const uncreated = [put('a', 3, 'e2', 1), drop('a', 7, 'e1', 5, 2)];
    expect([anomalies(uncreated, { compacted: 5 }), anomalies(uncreated, { compacted: 6 })]).toMatchObject([[{}], []]);
    const unknown = clean().map((e) => (e.member === 'b' && e.type === 'delete' ? { ...e, createRevision: '0' } : e));
    expect(anomalies(unknown)).toEqual([]);
    const first = clean().map((e) => (e.member === 'a' && e.revision === '7' ? { ...e, createRevision: '0' } : e));
    expect(anomalies(first)).toEqual([]);
  });

  it('knows nothing of what an event does not say', () => {
    expect(anomalies([put('a', 5, 'e1', 1), drop('a', 7, 'e1', 0, 2)])).toEqual([]);
    expect(anomalies([put('a', 5, 'e1', 1), drop('a', 6, 'e1', 5, 2), drop('a', 7, 'e1', 0, 3)])).toEqual([]);
    expect(anomalies([put('a', 5, 'e1', 1, { createRevision: '0' }), drop('a', 7, 'e1', 4, 2)])).toEqual([]);
    const again = [drop('a', 7, 'e1', 0, 1), put('a', 8, 'e1', 2, { createRevision: '5' })];
    expect(anomalies(again)).toEqual([{ what: expect.stringMatching(/^it cannot follow/), rows: [0, 1] }]);
    expect(anomalies([drop('a', 7, 'e1', 0, 1), put('a', 8, 'e1', 2)])).toEqual([]);
  });

  it('finds a creation that was read before it had been asked for', () => {
    expect(anomalies(keyLife('5', 10), { asked: { 5: 10 } })).toEqual([]);
    expect(anomalies(keyLife('5', 10), { asked: { 5: 11 } })).toEqual([
      { what: expect.stringMatching(/^it was read before/), rows: [0] },
    ]);
    expect(anomalies(keyLife('5', 10, 20), { asked: { 6: 30 } })).toEqual([]);
    const put8 = put('a', 8, 'e1', 2, { createRevision: '5' });
    expect(anomalies([put('a', 5, 'e1', 1), put8], { asked: { 8: 30 } })).toEqual([]);
    expect(anomalies([drop('a', 6, 'e1', 6, 1)], { asked: { 6: 30 } })).toEqual([
      { what: expect.stringMatching(/^it says that the key was created/), rows: [0] },
    ]);
  });
});

const choices = fc.array(fc.nat(2 ** 30), { minLength: 8, maxLength: 30, size: 'max' });
const watches = fc
  .record({ members: fc.constantFrom(1, 2, 3), lanes: fc.constantFrom(1, 2), choices })
  .map(tellWatches);

type Change = readonly [what: number, where: number, other: number];

function change(events: OwnershipEvent[], [what, where, other]: Change): OwnershipEvent[] {
  const changed = [...events];
  const at = where % events.length;
  const event = changed[at];
  if (event === undefined) return changed;
  switch (what) {
    case 0:
      changed.splice(at, 1);
      break;
    case 1:
      changed.splice(other % events.length, 0, { ...event });
      break;
    case 2:
      changed.splice(at, 1);
      changed.splice(other % events.length, 0, event);
      break;
    case 3:
      changed[at] = { ...event, createRevision: `${1 + (other % 12)}` };
      break;
    case 4:
      changed[at] = { ...event, type: event.type === 'put' ? 'delete' : 'put' };
      break;
    default:
      changed[at] = { ...event, revision: `${1 + (other % 20)}` };
  }
  return changed.map((e, n) => ({ ...e, time: n }));
}

describe('properties', () => {
  it('never accuses true watches', () => {
    tried('true watches', watches, (events) => {
      expect(anomalies(events)).toEqual([]);
      return events.length > 10;
    });
  });

  it('finds what the plainest comparison finds', () => {
    const changes = fc.array(fc.tuple(fc.nat(5), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 });
    tried('broken watches', fc.tuple(watches, changes), ([events, all]) => {
      const broken = all.reduce<OwnershipEvent[]>((before, one) => change(before, one), events);
      const found = anomalies(broken).map(nameOf).sort();
      expect(found).toEqual(plainAnomalies(broken));
      return found.length > 0;
    });
  });
});

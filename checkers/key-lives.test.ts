/** The lives of lock keys, and what the tokens of a lane are by them: random watch events against the plainest definitions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { NONE } from '../harness/history/tables.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { KeyLives } from './key-lives.js';
import { record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { readWatchedKeys } from './watched-keys.js';

/** Two keys of a queue, one of another, one without a lease in its name under two leases, and one that ends like a lease by chance. */
const KEYS = [
  { key: 'q/a', lease: 'a' },
  { key: 'q/b', lease: 'b' },
  { key: 'r/a', lease: 'a' },
  { key: 'bare', lease: 'a' },
  { key: 'bare', lease: 'b' },
  { key: 'za', lease: 'a' },
] as const;

/** Events of a few revisions that may contradict each other, some without a create revision, told in any order of time. */
const events: fc.Arbitrary<OwnershipEvent[]> = fc.array(
  fc
    .record({
      key: fc.constantFrom(KEYS[0], KEYS[0], KEYS[0], ...KEYS),
      lane: fc.constantFrom(0, 0, 0, 1),
      created: fc.constantFrom(0, 5, 5, 5, 6, 7),
      later: fc.nat(3),
      type: fc.constantFrom('put' as const, 'delete' as const),
      time: fc.nat(20),
      member: fc.constantFrom('etcd1', 'etcd2'),
    })
    .map(({ key, created, later, ...rest }) => ({
      ...rest,
      ...key,
      createRevision: `${created}`,
      revision: `${created + later}`,
    })),
  { maxLength: 8, size: 'max' },
);

const livesOf = (ownership: OwnershipEvent[]) => new KeyLives(tablesOf(record([], { ownership })).ownership);

interface PlainLife {
  lane: number;
  created: number;
  rows: number[];
}

/** Events of one lane and one create revision are one life. */
function plainLives(all: readonly OwnershipEvent[]): PlainLife[] {
  const lives: PlainLife[] = [];
  all.forEach(({ lane, createRevision }, row) => {
    const created = Number(createRevision);
    if (created === 0) return;
    const known = lives.find((life) => life.lane === lane && life.created === created);
    if (known === undefined) lives.push({ lane, created, rows: [row] });
    else known.rows.push(row);
  });
  return lives;
}

function told(all: readonly OwnershipEvent[], { created, rows }: PlainLife) {
  const mine = rows.map((row) => ({ ...(all[row] as OwnershipEvent), row, at: Number(all[row]?.revision) }));
  const puts = mine.filter(({ type }) => type === 'put').map(({ at }) => at);
  const ends = mine.filter(({ type }) => type === 'delete');
  const end = ends[0]?.at ?? NONE;
  const names = new Set(mine.map(({ key }) => key));
  const isLeaseOfKey = mine.every(({ key, lease }) => key.endsWith(lease));
  const isDoubtful =
    names.size > 1 ||
    ends.some(({ at }) => at !== end) ||
    (end !== NONE && [created, ...puts].some((alive) => alive >= end));
  const firstTold = ends.filter(({ at }) => at === end).sort((a, b) => a.time - b.time)[0];
  const [key = '', lease = ''] = [mine[0]?.key, mine[0]?.lease];
  return {
    lastPut: Math.max(NONE, ...puts),
    deleted: end,
    deletedRow: firstTold?.row ?? NONE,
    deletedAt: firstTold?.time,
    isDoubtful,
    lease: Number.parseInt(lease, 16),
    queue: isLeaseOfKey && key.endsWith(`/${lease}`) && !isDoubtful ? key.slice(0, -lease.length) : undefined,
  };
}

describe('lives of lock keys', () => {
  it('are what the events of one create revision say together', () => {
    tried('lives of keys', events, (all) => {
      const lives = livesOf(all);
      const plain = plainLives(all).map((life) => ({ ...life, ...told(all, life) }));
      expect(lives.count).toBe(plain.length);
      expect([...lives.lane]).toEqual(plain.map(({ lane }) => lane));
      expect([...lives.created]).toEqual(plain.map(({ created }) => created));
      expect([...lives.firstRow]).toEqual(plain.map(({ rows }) => rows[0]));
      expect([...lives.lastPut]).toEqual(plain.map(({ lastPut }) => lastPut));
      expect([lives.deleted.length, lives.deletedRow.length]).toEqual([plain.length, plain.length]);
      expect([...lives.doubtful]).toEqual(plain.map(({ isDoubtful }) => (isDoubtful ? 1 : 0)));
      expect(lives.unnamed).toEqual(all.flatMap(({ createRevision }, row) => (createRevision === '0' ? [row] : [])));
      plain.forEach(({ lane, created, deleted, deletedRow, deletedAt, isDoubtful, lease }, life) => {
        expect(lives.find(lane, created)).toBe(life);
        expect(lives.lease(life)).toBe(lease);
        expect(lives.deleted[life]).toBe(deleted);
        // Of deletions that contradict each other any will do.
        if (isDoubtful) return;
        expect(lives.deletedRow[life]).toBe(deletedRow);
        if (deletedRow !== NONE) expect(lives.deletedAt(life)).toBe(deletedAt);
      });
      expect([lives.find(0, 4), lives.find(2, 5)]).toEqual([NONE, NONE]);
      return plain.some(({ isDoubtful, deleted }) => !isDoubtful && deleted !== NONE);
    });
  });

  it('stand in queues by the lane and by what is in front of the lease, if they are named by it', () => {
    tried('queues of keys', events, (all) => {
      const lives = livesOf(all);
      const plain = plainLives(all).map((life) => ({ ...life, queue: told(all, life).queue }));
      const names = plain.map(({ lane, queue }) => (queue === undefined ? undefined : `${lane} ${queue}`));
      const queues = [...new Set(names.filter((name) => name !== undefined))];
      expect(lives.queues.count).toBe(queues.length);
      expect([...lives.queues.of]).toEqual(names.map((name) => (name === undefined ? NONE : queues.indexOf(name))));
      expect(lives.queues).toBe(lives.queues);
      const inOrder = plain.map(({ created }, life) => ({ created, life })).sort((a, b) => a.created - b.created);
      expect([...lives.byCreation]).toEqual(inOrder.map(({ life }) => life));
      return queues.length > 1;
    });
  });

  it('are told once by many watches: the deletion by the one that was read of first', () => {
    const put = {
      member: 'etcd1',
      lane: 0,
      ...KEYS[0],
      createRevision: '5',
      revision: '5',
      time: 1,
      type: 'put',
    } as const;
    const gone = (member: string, time: number) => ({ ...put, member, time, revision: '6', type: 'delete' }) as const;
    const lives = livesOf([put, gone('etcd1', 9), gone('etcd2', 7), gone('etcd3', 7)]);
    expect([lives.count, lives.deletedRow[0], lives.deletedAt(0), lives.doubtful[0]]).toEqual([1, 2, 7, 0]);
  });
});

describe('names of lock keys', () => {
  const put = (key: string, created: number): OwnershipEvent => ({
    ...{ time: 1, member: 'etcd1', type: 'put', key, lane: 0, lease: 'a' },
    ...{ revision: `${created}`, createRevision: `${created}` },
  });

  it('are of no queue where the lease is missing behind the name of one', () => {
    expect([...livesOf([put('q/', 5), put('q/a', 6)]).queues.of]).toEqual([NONE, 0]);
  });

  it('are two where one is the queue of the other, so that nobody knows which life of one revision is meant', () => {
    expect([...livesOf([put('q/', 5), put('q/a', 5)]).doubtful]).toEqual([1]);
    expect([...livesOf([put('q/a', 5), put('q/', 5)]).doubtful]).toEqual([1]);
  });
});

describe('what a token of a lane is', () => {
  const put = (created: number, lease = 'a', lane = 0): OwnershipEvent => ({
    ...{ time: created, member: 'etcd1', type: 'put', key: `q/${lease}`, lane, lease },
    ...{ revision: `${created}`, createRevision: `${created}` },
  });
  const kindsOf = (ownership: OwnershipEvent[], ...tokens: (readonly [lane: number, token: number])[]) => {
    const table = tablesOf(record([], { ownership })).ownership;
    const watched = readWatchedKeys(table, new KeyLives(table));
    return tokens.map(([lane, token]) => watched.kindOf(lane, token));
  };

  it('is a create revision, or between those that were told of, or outside of them', () => {
    const all = [put(20), put(30, 'b'), put(25), put(40, 'c', 1), put(10, 'd')];
    expect(kindsOf(all, [0, 10], [0, 25], [0, 30])).toEqual(['revision', 'revision', 'revision']);
    expect(kindsOf(all, [0, 9], [0, 15], [0, 29], [0, 31])).toEqual(['unwatched', 'missed', 'missed', 'unwatched']);
    expect(kindsOf(all, [1, 40], [1, 20], [1, 50])).toEqual(['revision', 'unwatched', 'unwatched']);
    expect(kindsOf(all, [2, 20])).toEqual(['unwatched']);
    expect(kindsOf([], [0, 20])).toEqual(['unwatched']);
  });

  it('is the id of a lease that a key of the lane bore, unless it is a create revision, too', () => {
    const all = [put(0xa), put(20, 'f'), put(30, 'b', 1), put(40, '12')];
    expect(kindsOf(all, [0, 0xf], [0, 0x12], [0, 0xa], [0, 0xb], [1, 0xf])).toEqual([
      ...['lease', 'lease', 'revision', 'missed', 'unwatched'],
    ]);
  });

  it('is not known better by the deletion of a key of which nobody knows when it was created', () => {
    const compacted = { ...put(0), revision: '35', type: 'delete' } as const;
    const all = [put(20), put(30, 'b')];
    for (const ownership of [
      [...all, compacted],
      [compacted, ...all],
    ])
      expect(kindsOf(ownership, [0, 15], [0, 25], [0, 33])).toEqual(['unwatched', 'missed', 'unwatched']);
  });
});

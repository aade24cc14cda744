/** Every kind of violation as a stranger meets it: its sentence, its story, its part of verdict.json. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Violation, ViolationKind } from '../../checkers/verdict.js';
import { tablesOf } from '../history/table-builders.js';
import { rowsOf } from './rows.js';
import { reportHtml } from './html.js';
import { KINDS } from './kinds.js';
import { pageModel, type Picture } from './model.js';
import { everyKind, judgementOfEveryKind } from './testing/every-kind.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { VIOLATION_KINDS, verdictJsonSchema, type VerdictViolation } from './verdict-schema.js';

const made = everyKind();
const model = pageModel({ record: tablesOf(made.record), judgement: judgementOfEveryKind(made), meta: metaOf('off') });

function pictureOf(kind: ViolationKind): Picture {
  return model.groups.find((group) => group.kind === kind)?.pictures[0] ?? expect.fail(`no picture of ${kind}`);
}

function violationOf(kind: ViolationKind): VerdictViolation {
  return model.verdict.violations.find((violation) => violation.kind === kind) ?? expect.fail(`no ${kind}`);
}

const told = (kind: ViolationKind): string[] => pictureOf(kind).steps.map(({ text }) => text);
const wrong = (kind: ViolationKind): string[] =>
  pictureOf(kind).steps.flatMap(({ text, tone }) => (tone === 'wrong' ? text : []));

describe('the kinds', () => {
  it('have their words, in one order everywhere, and a hand-made violation each', () => {
    expect(KINDS.map(({ kind }) => kind)).toEqual(VIOLATION_KINDS);
    const shown = new Set<string>(
      [...made.violations, ...judgementOf(lateWriter('off')).results.flatMap(({ violations }) => violations)].map(
        ({ kind }) => kind,
      ),
    );
    expect(VIOLATION_KINDS.filter((kind) => !shown.has(kind))).toEqual([
      'interleaved-sections',
      'wrong-count',
      'not-recovered',
    ]);
  });
});

describe('the sentence', () => {
  it.each<[ViolationKind, string]>([
    ['replayed-write', 'The storage carried out the write "counter-0" = 3 by process 9 twice.'],
    [
      'wrong-value',
      'The value of "counter-0" is not what follows from the accepted writes: it was read as 7, which nobody wrote.',
    ],
    [
      'not-linearizable',
      'The answers about "counter-0-register" fit no order of the operations on it, as 4 of them show: all reads of "a" would have to come before the write of "b", and one was asked for after it had been answered.',
    ],
    [
      'late-write',
      'Process 1 had a write of "counter-0" accepted with token 21, sent 97 ms after process 2 had been granted the lock with token 22, and before a write with a larger token could give it away; no fault was in force on them.',
    ],
    [
      'stale-read',
      'Process 7 was given "counter-0" to read with token 50, asked for 1.16 s after process 8 had been granted the lock with token 52; no fault was in force on them.',
    ],
    [
      'premature-expiry',
      'etcd took the lock of lane 0 away from process 1 at least 1.20 s before the lease that it had promised was over and gave it to process 2.',
    ],
    [
      'never-owned',
      "Process 3 was told that it holds the lock of lane 0, but by etcd's own revisions it never owned it with token 30: its key was deleted at revision 33, while the older one of revision 28 was still there.",
    ],
    [
      'shared-revision',
      'Process 4 and process 5 were both told that the lock of lane 0 is theirs by one and the same key of etcd, revision 40.',
    ],
    [
      'token-reused',
      'Process 4 and process 5 were given the same fencing token, 40, for two holds of the lock of lane 0.',
    ],
    [
      'token-order',
      'Process 6 was granted the lock of lane 0 after process 4, and its fencing token is not the larger one: 39 after 40.',
    ],
    [
      'watch-anomaly',
      'A watch on the lock keys of lane 0, at etcd2, told what cannot have been so: a change of revision 23 is missing from the watch on etcd2, which went on to revision 24.',
    ],
    [
      'refused-owner',
      'The storage refused process 10 a write of "counter-0" with token 70, although the lock of lane 0 was still its own.',
    ],
    [
      'never-free',
      'Nobody got the lock of lane 0 any more, for 15.94 s, until the end of the run: 3 acquires waited in vain after the last hold had ended.',
    ],
    [
      'starved-waiter',
      'Process 13 waited in vain for the lock of lane 0 for 15.94 s while others were granted it 96 times.',
    ],
  ])('of %s tells it without the picture', (kind, sentence) => {
    expect(pictureOf(kind).sentence).toBe(sentence);
    expect(violationOf(kind).sentence).toBe(sentence);
  });

  it('does without everything that a checker may leave out', () => {
    const bare = made.violations.map(({ kind, lane }) => ({ kind, lane, decisions: [], from: 0, to: 1, numbers: {} }));
    const judgement = judgementOfEveryKind({ record: made.record, violations: bare });
    const { violations } = pageModel({ record: tablesOf(made.record), judgement, meta: metaOf('off') }).verdict;
    expect(violations).toHaveLength(bare.length);
    for (const { sentence } of violations) {
      expect(sentence).toMatch(/^(A |The |Nobody |etcd ).*[^.;: ]\.$/);
      expect(sentence).not.toMatch(/undefined|NaN|null| {2}|\?\?/);
    }
  });

  it('names the fault behind a broken promise, and does not miss one that nobody looked for', () => {
    const writer = lateWriter('off');
    const about: Omit<Violation, 'numbers'> = { kind: 'premature-expiry', lane: 0, decisions: [], from: 0, to: 1 };
    const judgement = judgementOf(writer);
    judgement.results[0]?.violations.push(
      { ...about, first: writer.first, fault: writer.fault, numbers: { earlyNs: 3e6 } },
      { ...about, first: writer.first, numbers: { earlyNs: 3e6 }, from: 1 },
    );
    const { verdict } = pageModel({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(verdict.violations.slice(-2).map(({ sentence }) => sentence)).toEqual([
      'etcd took the lock of lane 0 away from process 5 at least 3.0 ms before the lease that it had promised was over; process 5 had been paused for 4.61 s.',
      'etcd took the lock of lane 0 away from process 5 at least 3.0 ms before the lease that it had promised was over.',
    ]);
    expect(verdict.unexplained).toBe(0);
  });
});

describe('the story', () => {
  it('of a broken promise tells what was promised, when the key went, and until when it should have been there', () => {
    expect(told('premature-expiry').slice(0, 4)).toEqual([
      'Client 1 is granted its lease. etcd promises it for 2 s, counted from here at the least.',
      "Client 1 (process 1) gets the lock after waiting 5.0 ms. Its fencing token is 21: the number that its lock key got in etcd, and that every later holder's is to exceed.",
      'Client 1 renews its lease. etcd promises it for 2 s, counted from here at the least.',
      "etcd deletes client 1's lock key (revision 24), at least 1.20 s before the lease that it had promised was over. Client 1 had not given it up.",
    ]);
    expect(told('premature-expiry').at(-1)).toBe('Only here the lease of client 1 could have run out.');
    const { story } = pictureOf('premature-expiry');
    expect(story?.brackets.map(({ text }) => text)).toEqual(['promised to client 1 for 1.20 s more']);
    expect(story?.marks.find(({ kind }) => kind === 'expired')?.text).toBe('taken away from client 1 too early');
  });

  it('of what came late marks exactly that', () => {
    const marks = (kind: ViolationKind) =>
      pictureOf(kind).story?.marks.flatMap(({ lane, text }) => (lane === 'storage' ? (text ?? 'accepted') : []));
    expect(marks('late-write')).toEqual(['LATE WRITE ACCEPTED']);
    expect(marks('stale-read')).toEqual(['STALE READ', 'accepted']);
    expect(marks('refused-owner')).toEqual(['HOLDER REFUSED']);
    expect(wrong('late-write')).toEqual([expect.stringContaining('no larger token at the storage') as string]);
    expect(wrong('stale-read')).toEqual([expect.stringContaining('rests on a lock that it no longer has') as string]);
    expect(wrong('refused-owner')).toEqual([expect.stringContaining('finds its key in place') as string]);
  });

  it('is drawn with one client where there is one', () => {
    for (const kind of ['never-owned', 'replayed-write', 'refused-owner'] as const) {
      const { story } = pictureOf(kind);
      expect(story?.laneNames).not.toHaveProperty('second');
      expect(story?.bars.every(({ lane, of }) => lane !== 'second' && of !== 'second')).toBe(true);
    }
    expect(told('never-owned')[0]).toMatch(/^Client 1's lease ends .* can never own the lock by this key\.$/);
    expect(pictureOf('never-owned').story?.bars.some(({ kind }) => kind === 'owner')).toBe(false);
  });

  it('of tokens says which one does not exceed the other', () => {
    expect(wrong('token-order')).toEqual([
      expect.stringContaining('39, which is not larger than 40, the one before') as string,
    ]);
    expect(wrong('token-reused')).toHaveLength(1);
    expect(wrong('shared-revision')).toHaveLength(1);
  });

  it('of operations without sections is drawn as bars that do not cover each other, and told in sentences', () => {
    const { story, intervals, steps } = pictureOf('not-linearizable');
    expect(story).toBeUndefined();
    expect(steps.map(({ text }) => text)).toEqual([
      'Process 20 writes "counter-0-register" = "a" and is told that it is done, after 3.0 ms.',
      'Process 21 writes "counter-0-register" = "b" and is told that it is done, after 4.0 ms.',
      'Process 20 writes "counter-0-register" = "c"; no answer came before the run ended.',
      'Process 22 reads "counter-0-register" and is answered "a", after 3.0 ms.',
    ]);
    const [a, b, c, read] = intervals?.bars ?? [];
    expect([a, b, c, read].map((bar) => bar?.text)).toEqual([
      'write "a"',
      'write "b"',
      'write "c" (unknown)',
      'read: "a"',
    ]);
    // What ended before another began stands left of it; what did not, does not.
    expect(a?.to).toBeLessThan(b?.from ?? 0);
    expect(c?.from).toBeLessThan(b?.to ?? 0);
    expect(b?.to).toBeLessThan(read?.from ?? 0);
    expect(c?.to).toBeUndefined();
  });

  it('of the watch lists its events', () => {
    const { story, intervals, events } = pictureOf('watch-anomaly');
    expect({ story, intervals }).toEqual({ story: undefined, intervals: undefined });
    expect(events.map(([, member, revision, type]) => [member, revision, type])).toEqual([
      ['etcd1', '21', 'put'],
      ['etcd1', '24', 'delete'],
      ['etcd2', '24', 'delete'],
    ]);
    expect(told('watch-anomaly')[1]).toBe(
      'The watch on etcd1 tells that at revision 24 the lock key with the create revision 21 was deleted.',
    );
  });

  it('breaks off where nobody would read on', () => {
    const operations = made.record.history.flatMap(({ type, index }) => (type === 'invoke' ? index : []));
    const violations: Violation[] = [
      { kind: 'not-linearizable', lane: 0, operations, decisions: [], from: 0, to: 1, numbers: {} },
    ];
    const judgement = judgementOfEveryKind({ record: made.record, violations });
    const { groups, verdict } = pageModel({ record: tablesOf(made.record), judgement, meta: metaOf('off') });
    const [picture] = groups[0]?.pictures ?? [];
    expect(picture?.steps).toHaveLength(30);
    expect(picture?.remarks[0]).toMatch(/further step/);
    expect(verdict.violations[0]?.operations).toHaveLength(operations.length);
  });
});

describe('the page', () => {
  it('answers for every part, and keeps leases that ran out apart from those that ended too early', () => {
    expect(model.answers.map(({ about, word }) => `${about}: ${word}`)).toEqual([
      'The guarded data: violated',
      'Mutual exclusion: violated',
      'The evidence: sufficient',
      'The word of etcd and the lock: broken',
      'Liveness: not all were served',
      'Recovery: recovered',
    ]);
    expect(model.rows).toContainEqual({
      name: 'Leases that ran out / ended too early / not decided',
      value: '12 / 1 / 2',
    });
    expect(model.verdict.summary).toContain(
      ' etcd or the lock on it did not keep its word: 1 lock was taken away before the promised time; 1 lock was granted that etcd had for somebody else or for nobody; 3 tokens do not tell the holders apart or in order; watches told 1 thing that cannot have been so.',
    );
    expect(model.verdict.summary).toContain(
      ' When the lock had passed on, the storage still accepted 1 late write that no larger token gave away, and 1 read.',
    );
  });

  it('shows the operations and events of a proof as rows', () => {
    const page = reportHtml(model);
    expect(page).toContain('<h3>Operations that prove it</h3>');
    expect(page).toContain('<td>keep-alive</td>');
    expect(page).toContain('<h3>Events of the watch on etcd that prove it</h3>');
  });

  it('has rows for what there is, the same in runs side by side', () => {
    const writer = lateWriter('off');
    const plain = pageModel({
      record: tablesOf(writer.record),
      judgement: judgementOf(writer),
      meta: metaOf('off'),
    }).verdict;
    expect(rowsOf(plain).some(({ name }) => name === 'Stale reads')).toBe(false);
    const names = [plain, model.verdict].map((run) => rowsOf(run, [plain, model.verdict]).map(({ name }) => name));
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toContain('Stale reads');
  });
});

describe('verdict.json', () => {
  it('satisfies its schema with every kind in it', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
    const validate = ajv.compile(verdictJsonSchema());
    const json = JSON.parse(JSON.stringify(model.verdict)) as typeof model.verdict;
    expect(validate(json) || validate.errors).toBe(true);
    expect(json).toMatchObject({ service: 'violated', liveness: 'violated', expectation: { service: 'clean' } });
  });

  it('brings operations without sections, watch events and the detail', () => {
    expect(violationOf('premature-expiry')).toMatchObject({
      operations: [{ f: 'open' }, { f: 'keep-alive', value: { ttlMs: 2000 } }],
      events: [{ type: 'delete', revision: '24', createRevision: '21', member: 'etcd1' }],
      detail: 'the lock was given to another at least 1200 ms before the end of what etcd had promised',
    });
    expect(violationOf('late-write')).not.toHaveProperty('operations');
  });
});

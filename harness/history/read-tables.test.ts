import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadOptions, readTables } from './read-tables.js';
import { readEntries } from './testing/read-entries.js';

const MOST_PARTS = 1000;

let path = '';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-reader-'));
  path = join(folder, 'some.jsonl');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const line = (index: number, more: object = {}): string =>
  `${JSON.stringify({ index, time: index * 10, process: 1, lane: 0, type: 'invoke', f: 'read', key: 'r0', ...more })}\n`;

const record = {
  id: 'a',
  kind: 'partition',
  trigger: 'time',
  targets: ['etcd1 -> etcd2'],
  processes: 'all',
  nodes: ['etcd1', 'etcd2'],
  options: { shape: 'single-link', flap: 0, both: true },
  durationMs: 5,
};

const fault = (receipt: unknown, more: object = {}): string =>
  line(1, {
    process: 'nemesis',
    type: 'info',
    f: 'inject',
    value: { ...record, receipt, ...more },
  });

const recovery = (value: object): string =>
  line(1, { process: 'nemesis', lane: -1, type: 'info', f: 'recovery', value });

/** The smallest parts cut every line, several times. */
describe.each([undefined, 100, 7])('reading a log in parts of %s bytes', (partBytes) => {
  async function optionsFor(file: string): Promise<ReadOptions> {
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    return partBytes === undefined ? {} : { partBytes: Math.max(partBytes, Math.ceil(size / MOST_PARTS)) };
  }
  const readHistory = async (file: string) => readEntries('history', file, await optionsFor(file));
  const readDecisions = async (file: string) => readEntries('decisions', file, await optionsFor(file));
  const readOwnership = async (file: string) => readEntries('ownership', file, await optionsFor(file));

  describe('readHistory', () => {
    it('reads an empty file as an empty history', async () => {
      await writeFile(path, '');
      expect(await readHistory(path)).toEqual({ ok: true, entries: [], torn: false });
    });

    it('leaves out fields that this version does not know', async () => {
      await writeFile(path, line(0, { later: true }));
      expect(await readHistory(path)).toEqual({ ok: true, entries: [JSON.parse(line(0))], torn: false });
    });

    it('says as a value that a file cannot be read', async () => {
      expect(await readHistory(join(folder, 'nowhere'))).toEqual({
        ok: false,
        file: join(folder, 'nowhere'),
        line: 0,
        reason: expect.stringMatching(/^cannot be read: ENOENT/),
      });
    });

    it.each<[string, string, RegExp]>([
      ['half a line', `${line(1).slice(0, 30)}\n`, /^not JSON: /],
      ['an empty line', '\n', /^not JSON: /],
      ['zeros', `${'\0'.repeat(50)}\n`, /^not JSON: /],
      ['another JSON value', '17\n', /^line: .*expected object/],
      ['null', 'null\n', /^line: .*expected object/],
      ['a missing field', line(1, { lane: undefined }), /^lane: /],
      ['an unknown operation', line(1, { f: 'fly' }), /^f: /],
      ['a fractional time', line(1, { time: 10.5 }), /^time: /],
      ['a token that is a number', line(1, { token: 33 }), /^token: /],
      ['a token out of range', line(1, { token: '9223372036854775808' }), /^token: /],
      ['a process that is no number', line(1, { process: 'me' }), /^process: /],
      ['a fault without its receipt', fault(undefined), /^value\.receipt/],
      ['a receipt that does not say why', fault({ proven: false }), /^value\.receipt\.reason/],
      [
        'processes that are neither a list nor all',
        fault({ proven: false, reason: '' }, { processes: 'some' }),
        /^value\.processes/,
      ],
      ['an option that is a list', fault({ proven: false, reason: '' }, { options: { a: [] } }), /^value\.options\.a/],
      ['a recovery that does not name the lanes', recovery({ withinMs: 5, cluster: [] }), /^value\.lanesNotLocked/],
      ['a gap', line(2), /^index 2 where 1 follows$/],
      ['the same index again', line(0), /^index 0 where 1 follows$/],
      ['time running backwards', line(1, { time: -0 }) + line(2, { time: 0 }), /^time 0 after 5$/],
      ['a line that never ends', `"${'x'.repeat(17 * 1024 * 1024)}"\n`, /^longer than a line can be$/],
    ])('refuses %s in the middle, with file, line and reason', async (_, damage, reason) => {
      await writeFile(path, line(0, { time: 5 }) + damage + line(2) + line(3));
      expect(await readHistory(path)).toEqual({
        ok: false,
        file: path,
        line: 2,
        reason: expect.stringMatching(reason),
      });
    });

    it('refuses a damaged last line that is not torn', async () => {
      await writeFile(path, `${line(0)}{"index":1\n`);
      expect(await readHistory(path)).toMatchObject({ ok: false, line: 2 });
    });

    it('takes a recovery with and without the time that it took, and leaves nothing of a fault out', async () => {
      const proven = { proven: true, evidence: {} };
      await writeFile(
        path,
        line(0) +
          fault(proven) +
          recovery({ withinMs: 5, lanesNotLocked: [2], cluster: ['etcd2: no'] })
            .replace('"index":1', '"index":2')
            .replace('"time":10', '"time":20'),
      );
      expect(await readHistory(path)).toMatchObject({
        ok: true,
        entries: [{}, { value: { ...record, receipt: proven } }, { f: 'recovery', value: { lanesNotLocked: [2] } }],
      });
      await writeFile(path, line(0) + recovery({ withinMs: 5, tookMs: 3, lanesNotLocked: [], cluster: [] }));
      expect(await readHistory(path)).toMatchObject({ ok: true, entries: [{}, { value: { tookMs: 3 } }] });
    });

    it('takes both kinds of receipt', async () => {
      await writeFile(path, line(0) + fault({ proven: true, evidence: { states: 'T' } }));
      expect(await readHistory(path)).toMatchObject({ ok: true, entries: { length: 2 } });
      await writeFile(path, line(0) + fault({ proven: false, reason: 'the process was gone' }));
      expect(await readHistory(path)).toMatchObject({ ok: true, entries: { length: 2 } });
    });
  });

  describe('readDecisions', () => {
    const decision = (seq: number, more: object = {}): string =>
      `${JSON.stringify({ seq, op: 7, process: 1, f: 'write', key: 'r0', token: '33', value: 1, verdict: 'accepted', highest: '33', ...more })}\n`;

    it('reads what the storage logged', async () => {
      await writeFile(
        path,
        decision(1) + decision(2, { verdict: 'refused', reason: 'token 33 is below the highest seen, 34' }),
      );
      expect(await readDecisions(path)).toMatchObject({
        ok: true,
        torn: false,
        entries: [{ seq: 1 }, { seq: 2, verdict: 'refused' }],
      });
    });

    it.each<[string, string, number, RegExp]>([
      ['a log that does not begin at 1', decision(2), 1, /^seq 2 where 1 follows$/],
      ['a gap', decision(1) + decision(3), 2, /^seq 3 where 2 follows$/],
      ['an unknown verdict', decision(1, { verdict: 'maybe' }), 1, /^verdict: /],
      ['a highest token that is none', decision(1, { highest: '-1' }), 1, /^highest: /],
    ])('refuses %s', async (_, text, number, reason) => {
      await writeFile(path, text);
      expect(await readDecisions(path)).toEqual({
        ok: false,
        file: path,
        line: number,
        reason: expect.stringMatching(reason),
      });
    });
  });

  describe('readOwnership', () => {
    const event = (time: number, more: object = {}): string =>
      `${JSON.stringify({ time, member: 'etcd1', revision: '12', type: 'put', key: 'k', lane: 0, createRevision: '12', lease: '694d71ddacfda227', ...more })}\n`;

    it('reads what the observer saw, several members at one time included', async () => {
      await writeFile(path, event(5) + event(5, { member: 'etcd2' }));
      expect(await readOwnership(path)).toMatchObject({
        ok: true,
        torn: false,
        entries: [{ member: 'etcd1' }, { member: 'etcd2' }],
      });
    });

    it.each<[string, string, RegExp]>([
      ['time running backwards', event(5) + event(4), /^time 4 after 5$/],
      ['a revision that is a number', event(5) + event(6, { revision: 12 }), /^revision: /],
      ['a lease that is no hex', event(5) + event(6, { lease: '0xAB' }), /^lease: /],
    ])('refuses %s', async (_, text, reason) => {
      await writeFile(path, text);
      expect(await readOwnership(path)).toEqual({
        ok: false,
        file: path,
        line: 2,
        reason: expect.stringMatching(reason),
      });
    });
  });
});

describe('readTables', () => {
  it('takes a log of decisions or of watch events that is not there as empty, and says how far it is', async () => {
    await writeFile(path, line(0) + line(1));
    const seen: unknown[] = [];
    const nowhere = join(folder, 'nowhere');
    const read = await readTables(
      { history: path, decisions: nowhere, ownership: nowhere },
      { partBytes: line(1).length, onProgress: (progress) => seen.push(progress) },
    );
    expect(read).toMatchObject({ ok: true, torn: [], tables: { history: { length: 2 }, ownership: { length: 0 } } });
    const total = line(0).length + line(1).length;
    expect(seen).toEqual([
      { bytes: line(1).length, total },
      { bytes: total, total },
    ]);
  });

  it('names the first log that cannot be used, and the files that are torn', async () => {
    const other = join(folder, 'other.jsonl');
    await writeFile(path, `${line(0)}{"ind`);
    await writeFile(other, '{}\n');
    const paths = { history: path, decisions: other, ownership: other };
    expect(await readTables(paths)).toMatchObject({
      ok: false,
      file: other,
      line: 1,
      reason: expect.stringMatching(/^seq: /),
    });
    await writeFile(other, '{');
    expect(await readTables(paths)).toMatchObject({ ok: true, torn: [path, other, other] });
    expect(await readTables({ ...paths, decisions: folder })).toMatchObject({
      ok: false,
      file: folder,
      line: 0,
      reason: expect.stringMatching(/^cannot be read: EISDIR/),
    });
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewEntry, openJournal } from './journal.js';
import { openLineFile } from './line-file.js';
import { OPERATIONS } from './operation.js';
import { readEntries } from './testing/read-entries.js';

/** The window is 50 ms; a loaded machine gets ten of them. */
const TEN_WINDOWS = 500;

let folder = '';
let files = 0;
const newPath = () => join(folder, `${files++}.jsonl`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-journal-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const invocation = (time: number, value: unknown = time): NewEntry => ({
  time,
  process: 1,
  lane: 0,
  type: 'invoke',
  f: 'write',
  key: 'r0',
  value,
});

describe('openJournal', () => {
  it('writes one numbered object a line', async () => {
    const path = newPath();
    const journal = openJournal(path);
    expect(journal.append(invocation(5))).toEqual({ index: 0, ...invocation(5) });
    journal.append({ time: 9, process: 1, lane: 0, type: 'ok', f: 'write', key: 'r0', value: 5, token: '33' });
    expect(journal.entries).toBe(2);
    await journal.close();
    const text = await readFile(path, 'utf8');
    expect(text).toBe(
      '{"index":0,"time":5,"process":1,"lane":0,"type":"invoke","f":"write","key":"r0","value":5}\n' +
        '{"index":1,"time":9,"process":1,"lane":0,"type":"ok","f":"write","key":"r0","value":5,"token":"33"}\n',
    );
    expect(journal.bytes).toBe(Buffer.byteLength(text));
    expect(journal.failure).toBeUndefined();
  });

  it('writes by itself, without flush or close', async () => {
    const path = newPath();
    const journal = openJournal(path);
    journal.append(invocation(1));
    await sleep(TEN_WINDOWS);
    expect(await readFile(path, 'utf8')).toContain('"index":0');
    await journal.close();
  });

  it('has written everything appended before flush when flush resolves, and nothing is twice or out of order', async () => {
    const path = newPath();
    const journal = openJournal(path);
    for (let round = 0; round < 20; round++) {
      journal.append(invocation(round));
      const first = journal.flush();
      journal.append(invocation(round));
      await Promise.all([first, journal.flush()]);
      expect(await readEntries('history', path)).toMatchObject({
        ok: true,
        torn: false,
        entries: { length: 2 * round + 2 },
      });
    }
    await journal.close();
  });

  it('throws for what JSON cannot hold, at the caller, and numbers on as if it had not been there', async () => {
    const journal = openJournal(newPath());
    expect(() => journal.append(invocation(1, 1n))).toThrow(TypeError);
    expect(journal.append(invocation(2)).index).toBe(0);
    await journal.close();
  });
});

const value = fc.jsonValue();
const operation: fc.Arbitrary<NewEntry> = fc.record(
  {
    time: fc.nat(1000),
    process: fc.nat(9),
    lane: fc.nat(3),
    type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    f: fc.constantFrom(...OPERATIONS, 'lost', 'harness-error'),
    key: fc.string({ unit: 'binary' }),
    value,
    token: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    error: fc.string(),
    message: fc.string({ unit: 'grapheme' }),
    node: fc.string(),
  },
  { requiredKeys: ['time', 'process', 'lane', 'type', 'f'], noNullPrototype: true },
);
const fault: fc.Arbitrary<NewEntry> = fc
  .record({
    id: fc.string(),
    kind: fc.string(),
    trigger: fc.string(),
    targets: fc.array(fc.string(), { maxLength: 3 }),
    processes: fc.oneof(fc.array(fc.nat(), { maxLength: 3 }), fc.constant('all' as const)),
    nodes: fc.array(fc.string(), { maxLength: 3 }),
    options: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
      noNullPrototype: true,
    }),
    durationMs: fc.nat(),
    receipt: fc.oneof(
      fc.record({
        proven: fc.constant(true as const),
        evidence: fc.dictionary(fc.stringMatching(/^[a-z]+$/), value, { noNullPrototype: true }),
      }),
      fc.record({ proven: fc.constant(false as const), reason: fc.string() }),
    ),
  })
  .chain((record) =>
    fc.record({
      time: fc.nat(1000),
      process: fc.constant('nemesis' as const),
      lane: fc.integer({ min: -1, max: 3 }),
      type: fc.constant('info' as const),
      f: fc.constantFrom('inject', 'heal'),
      value: fc.constant(record),
    }),
  );
const recovery: fc.Arbitrary<NewEntry> = fc
  .record(
    {
      withinMs: fc.nat(),
      tookMs: fc.nat(),
      lanesNotLocked: fc.array(fc.nat(63), { maxLength: 3 }),
      cluster: fc.array(fc.string(), { maxLength: 3 }),
    },
    { requiredKeys: ['withinMs', 'lanesNotLocked', 'cluster'], noNullPrototype: true },
  )
  .chain((value) =>
    fc.record({
      time: fc.nat(1000),
      process: fc.constant('nemesis' as const),
      lane: fc.constant(-1),
      type: fc.constant('info' as const),
      f: fc.constant('recovery' as const),
      value: fc.constant(value),
    }),
  );

/** What JSON makes of a value: -0 becomes 0. */
const asJson = (one: unknown): unknown => JSON.parse(JSON.stringify(one));

describe('a journal read back', () => {
  it('is what was appended, whatever that was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.oneof(operation, fault, recovery), fc.boolean()), { maxLength: 30 }),
        async (steps) => {
          const path = newPath();
          const journal = openJournal(path);
          const appended: unknown[] = [];
          let time = 0;
          for (const [entry, flushes] of steps) {
            time += entry.time;
            appended.push(journal.append({ ...entry, time } as NewEntry));
            if (flushes) await journal.flush();
          }
          await journal.close();
          const result = await readEntries('history', path);
          expect(result).toEqual({ ok: true, entries: asJson(appended), torn: false });
        },
      ),
    );
  });

  it('is whole when more came between two writes than the buffers begin with, in characters of every length', async () => {
    const path = newPath();
    const journal = openJournal(path);
    const values = [
      'x'.repeat(900_000),
      '\u20ac'.repeat(900_000),
      '\u{1f600}'.repeat(900_000),
      '\ud800',
      '\u0000'.repeat(1_100_000),
    ];
    for (const [time, one] of [...values, ...values].entries()) journal.append(invocation(time, one));
    await journal.close();
    expect(journal.failure).toBeUndefined();
    const result = await readEntries('history', path);
    // (Compared by hand: a difference of megabytes is nothing to print.)
    const read = result.ok ? result.entries.map((entry) => entry.value) : [];
    expect(read.length).toBe(2 * values.length);
    expect(read.every((one, at) => one === values[at % values.length])).toBe(true);
  });

  it('has every whole line, cut at any byte', async () => {
    const path = newPath();
    const journal = openJournal(path);
    const values = ['a', 'ä€😀', { deep: ['"\\\n'] }, null];
    const entries = values.map((one, time) => journal.append(invocation(time, one)));
    await journal.close();
    const whole = await readFile(path);
    for (let length = whole.length; length >= 0; length--) {
      await truncate(path, length);
      const left = whole.subarray(0, length);
      const lines = left.filter((byte) => byte === 10).length;
      // Where only the newline is missing, the line is whole all the same.
      const onlyNewline = whole[length] === 10;
      const torn = length > 0 && left.at(-1) !== 10 && !onlyNewline;
      expect(await readEntries('history', path)).toEqual({
        ok: true,
        entries: entries.slice(0, lines + (onlyNewline ? 1 : 0)),
        torn,
      });
    }
  });
});

describe('a file that cannot be written', () => {
  it('says so as a value when the folder is not there, and flush and close still resolve', async () => {
    const journal = openJournal(join(folder, 'nowhere', 'history.jsonl'));
    journal.append(invocation(1));
    const failure = await journal.failed;
    expect(failure.message).toMatch(/nowhere\/history\.jsonl cannot be written: ENOENT/);
    journal.append(invocation(2));
    await journal.flush();
    await journal.close();
    expect(journal.failure).toBe(failure);
    expect(journal.bytes).toBe(0);
  });

  it('is one that exists already: a record is never overwritten', async () => {
    const path = newPath();
    await writeFile(path, 'the record of another run\n');
    const file = openLineFile(path);
    file.append('more');
    await file.close();
    expect(file.failure?.message).toMatch(/EEXIST/);
    expect(await readFile(path, 'utf8')).toBe('the record of another run\n');
  });
});

// Real processes from here on, because what is asked is what is left of one that dies.

/** Compiles a program that journals and starts it through a shell, which may set limits first. */
async function startWriter(source: string, path: string, shell = 'exec "$@"'): Promise<ChildProcess> {
  const outfile = join(folder, `${files++}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return spawn('bash', ['-c', shell, 'bash', process.execPath, outfile, path], { stdio: ['pipe', 'pipe', 'inherit'] });
}

const AT_FULL_SPEED = `
  import { openSync, writeSync } from 'node:fs';
  import { monotonicNs } from './clock.js';
  import { openJournal } from './journal.js';
  const journal = openJournal(process.argv[2]);
  const mark = openSync(process.argv[2] + '.mark', 'w');
  const start = monotonicNs();
  function turn() {
    let time = 0;
    for (let i = 0; i < 100; i++) {
      time = Number(monotonicNs() - start);
      journal.append({ time, process: 1, lane: 0, node: 'clients1', type: 'invoke', f: 'write', key: 'r0', value: i });
    }
    writeSync(mark, String(time).padStart(16), 0);
    setImmediate(turn);
  }
  turn();
  process.stdout.write('going');
`;

describe('kill -9', () => {
  it.each([300, 800, 1300])(
    'after %i ms at full speed costs no more than the last window and one torn line',
    async (after) => {
      const path = newPath();
      const child = await startWriter(AT_FULL_SPEED, path);
      await once(child.stdout ?? child, 'data');
      await sleep(after);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const result = await readEntries('history', path);
      if (!result.ok) throw new Error(`${result.line}: ${result.reason}`);
      // The mark was written outside the journal: the time of the last entry that had been appended.
      const appended = Number(await readFile(`${path}.mark`, 'utf8'));
      const kept = result.entries.at(-1)?.time ?? 0;
      expect(appended).toBeGreaterThan(0);
      expect((appended - kept) / 1e6).toBeLessThan(TEN_WINDOWS);
    },
  );

  it('costs nothing that was appended before a flush', async () => {
    const path = newPath();
    const child = await startWriter(
      `import { openJournal } from './journal.js';
       const journal = openJournal(process.argv[2]);
       for (let time = 0; time < 1000; time++) journal.append({ time, process: 1, lane: 0, type: 'invoke', f: 'read', key: 'r0' });
       await journal.flush();
       process.stdout.write('flushed');
       process.stdin.resume();`,
      path,
    );
    await once(child.stdout ?? child, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readEntries('history', path)).toMatchObject({ ok: true, torn: false, entries: { length: 1000 } });
  });
});

describe('a disk that is full', () => {
  it('surfaces as a value, crashes nothing and leaves whole lines and at most one torn one', async () => {
    const path = newPath();
    // A limit on the size of files stands in for the full disk: the write that crosses it is short, the next one fails.
    const child = await startWriter(
      `import { openJournal } from './journal.js';
       const journal = openJournal(process.argv[2]);
       let time = 0;
       const appending = setInterval(() => { for (let i = 0; i < 100; i++) journal.append({ time: time++, process: 1, lane: 0, type: 'invoke', f: 'read' }); }, 1);
       const { message } = await journal.failed;
       clearInterval(appending);
       await journal.close();
       process.stdout.write(JSON.stringify({ message, bytes: journal.bytes }));`,
      path,
      'trap "" XFSZ; ulimit -f 64; exec "$@"',
    );
    let said = '';
    child.stdout?.on('data', (piece) => {
      said += piece;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toEqual({
      message: expect.stringMatching(/cannot be written: EFBIG/),
      bytes: (await readFile(path)).length,
    });
    const result = await readEntries('history', path);
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && result.entries.length).toBeGreaterThan(500);
  });
});

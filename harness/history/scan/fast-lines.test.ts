import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, tried } from '../../../checkers/testing/runs.js';
import { LOG_KINDS, LOGS, type LogName, type Place } from '../log-kinds.js';
import { OPERATIONS } from '../operation.js';
import { type LogPart, memoryFor, readPart, TOO_MANY_NAMES } from '../read-part.js';
import { createTableBuilders, type LogTables } from '../table-builders.js';
import type { HistoryTable } from '../tables.js';
import { valueAt } from '../value-columns.js';
import { FAST_LINES } from './fast-lines.js';

const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-scan-'));
const path = join(folder, 'log.jsonl');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING = { history: 0, decisions: 0, ownership: 0 };
const NEWLINE = 0x0a;

/** The lines of a log as bytes, each with where it begins; the last one has no newline, all others do. */
function linesOf(bytes: Buffer): { line: Buffer; start: number; isLast: boolean }[] {
  const lines: ReturnType<typeof linesOf> = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    lines.push({ line: bytes.subarray(start, end), start, isLast: newline === -1 });
    start = end + 1;
  }
  return lines;
}

/** What `readPart` has to say, with nothing but JSON.parse and the checks of entries. */
function readSlowly(log: LogName, bytes: Buffer, start: number, end: number): LogPart {
  const kind = LOG_KINDS[log];
  const builders = createTableBuilders(NOTHING);
  let first: Place | undefined;
  let time = Number.NEGATIVE_INFINITY;
  let row = 0;
  const ended = (problem?: string, torn = false): LogPart => ({ tables: builders.finish(), first, problem, torn });
  for (const { line, isLast } of linesOf(bytes).filter((one) => one.start >= start && one.start < end)) {
    let entry: object | string;
    try {
      entry = kind.entryOf(JSON.parse(line.toString('utf8')));
    } catch (error) {
      entry = `not JSON: ${(error as Error).message}`;
    }
    if (typeof entry === 'string') return isLast ? ended(undefined, true) : ended(entry);
    const place = kind.placeOf(entry);
    const problem = first && kind.objection(place, first.number + row++, time);
    if (problem !== undefined) return ended(problem);
    if (!kind.add(builders, entry)) return ended(TOO_MANY_NAMES);
    first ??= (row++, place);
    ({ time } = place);
  }
  return ended();
}

/**
 * Columns are cut to the rows that count, and values are those of the rows, as equal ones may be one or several. Equal numbers are
 * equal to the bit, so that 0 is not -0.
 */
function exactly({ tables, ...rest }: LogPart): unknown {
  const cut = (table: LogTables[LogName]): object =>
    Object.fromEntries(
      Object.entries(table).map(([name, column]) => [
        name,
        name === 'values'
          ? Array.from({ length: table.length }, (_, row) => valueAt(table as HistoryTable, row))
          : ArrayBuffer.isView(column) && name !== 'number'
            ? (column as Float64Array).slice(0, table.length)
            : name === 'number'
              ? []
              : column,
      ]),
    );
  return { ...rest, ...tables, ...Object.fromEntries(LOGS.map((log) => [log, cut(tables[log])])) };
}

function fastLinesIn(log: LogName, bytes: Buffer): number {
  const lines = FAST_LINES[log](createTableBuilders(NOTHING));
  return linesOf(bytes).filter(({ start }) => lines.scan(bytes, start) !== -1).length;
}

/** What other parts left in it must not be seen. */
const memory = memoryFor(0);

function expectAlike(log: LogName, bytes: Buffer, start = 0, end = bytes.length): void {
  writeFileSync(path, bytes);
  const read = exactly(readPart({ log, path, start, end, isLarge: true, memory }));
  const slowly = exactly(readSlowly(log, bytes, start, end));
  // (The matcher takes many times as long, and is asked only for its words.)
  if (!isDeepStrictEqual(read, slowly)) expect(read).toStrictEqual(slowly);
  expect(isDeepStrictEqual(read, slowly)).toBe(true);
}

/** A line before it is text: names with JSON behind them. */
type Draft = [name: string, json: string][];

const json = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  arbitrary.map((value) => JSON.stringify(value));
const text = (...usual: string[]): fc.Arbitrary<string> =>
  json(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, fc.string(), fc.string({ unit: 'grapheme' })));
const int32 = json(
  fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -1, max: 500 }) }, fc.integer(), fc.constant(-(2 ** 31) + 1)),
);
const token = json(
  fc
    .oneof(
      fc.nat(2000),
      fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
    )
    .map(String),
);
const lease = fc.oneof(
  fc.constantFrom('2ddea2013a1f0001', '2ddea2013a1f0002', '0', 'f'.repeat(16)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((id) => id.toString(16)),
);
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'null',
      '{"deleted":true}',
      '{"ttlMs":2000,"lease":"2ddea2013a1f0001"}',
      '"local-deadline"',
      '"{}"',
      '[]',
      '[[1],{"a":"]}"}]',
      '{ }',
      '{"a":"\\u0041"}',
      '{"__proto__":{"a":1}}',
      '{"a":-0}',
      '{"a":0}',
      '{"a":0.0}',
      '{a}',
      '[}',
      '[1,]',
      '"é"',
      '{"a":"é"}',
      `"${'x'.repeat(70)}"`,
      `[${'7,'.repeat(40)}7]`,
      '-0',
      '1e3',
      '1.5',
      'true',
      'false',
    ),
  },
  json(fc.integer()),
  json(fc.jsonValue()),
);

const given = (name: string, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Draft> =>
  arbitrary.map((one) => [[name, one]]);
const perhaps = (name: string, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Draft> =>
  fc.oneof(given(name, arbitrary), fc.constant<Draft>([]));
const together = (...parts: fc.Arbitrary<Draft>[]): fc.Arbitrary<Draft> => fc.tuple(...parts).map((all) => all.flat());
const member = (...names: readonly string[]): fc.Arbitrary<string> => json(fc.constantFrom(...names));

const operation = together(
  given('process', int32),
  given('lane', int32),
  perhaps('node', text('clients1', 'clients2')),
  given('type', member('invoke', 'ok', 'fail', 'info')),
  given('f', member(...OPERATIONS, 'lost', 'harness-error')),
  perhaps('key', text('lane-0', 'lane-1', '')),
  perhaps('value', value),
  perhaps('token', token),
  perhaps('error', text('timeout', 'fenced')),
  perhaps('message', text('4 DEADLINE_EXCEEDED', '')),
);
const fault = fc.constant<Draft>([
  ['process', '"nemesis"'],
  ['lane', '-1'],
  ['type', '"info"'],
  ['f', '"recovery"'],
  ['value', '{"withinMs":30000,"lanesNotLocked":[],"cluster":[]}'],
]);
const decision = together(
  given('op', int32),
  given('process', int32),
  given('f', member('read', 'write')),
  given('key', text('lane-0', 'lane-1')),
  given('token', token),
  given('verdict', member('accepted', 'refused')),
  given('highest', token),
  perhaps('value', value),
  perhaps('reason', text('token 33 is below the highest seen, 34')),
);
const event = fc
  .tuple(lease, text('a/lane-0/', 'a/lane-1/', ''), fc.boolean())
  .chain(([id, prefix, isWithLease]) =>
    together(
      given('member', text('etcd1', 'etcd2', 'etcd3')),
      given('revision', token),
      given('type', member('put', 'delete')),
      given('key', fc.constant(isWithLease ? JSON.stringify((JSON.parse(prefix) as string) + id) : prefix)),
      given('createRevision', token),
      given('lease', fc.constant(JSON.stringify(id))),
      given('lane', int32),
    ),
  );
const ENTRIES: Record<LogName, fc.Arbitrary<Draft>> = {
  history: fc.oneof({ weight: 9, arbitrary: operation }, fault),
  decisions: decision,
  ownership: event,
};

/** What nobody writes there, or hardly anybody. */
const ODD = [
  ...[
    '-0',
    '0',
    '-1',
    '1e3',
    '1E0',
    '1.5',
    '1.0',
    '01',
    '00',
    '-',
    '+1',
    '',
    ' 1',
    '1 ',
    'true',
    'null',
    'nul',
    'nulll',
    '{}',
    '[]',
  ],
  ...[
    '999999999999999',
    '1000000000000000',
    '9007199254740991',
    '9007199254740993',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
  ],
  ...[
    '"0"',
    '"00"',
    '"07"',
    '""',
    '"9223372036854775807"',
    '"9223372036854775808"',
    '"999999999999999"',
    '"1000000000000000"',
    '"12x"',
    '"A"',
  ],
  ...[
    '"nemesis"',
    '"read"',
    '"inject"',
    '"recovery"',
    '"put"',
    '"accepted"',
    '"toString"',
    '"\\u0072ead"',
    '"\\n"',
    '"\t"',
    '"\x7f"',
    '"é"',
  ],
  ...['"', '"x', '{"a":1', '[1', '"a""b"', '{"a":1}}', '"a":1'],
];

/** Changes of a line before it is text; most do nothing. `at` and `other`: any numbers. */
const change = fc.record({
  how: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none') },
    fc.constantFrom('odd', 'swap', 'shuffle', 'drop', 'twice', 'unknown', 'rename'),
  ),
  at: fc.nat(20),
  other: fc.nat(20),
  odd: fc.constantFrom(...ODD),
});

function changed(
  draft: Draft,
  { how, at, other, odd }: typeof change extends fc.Arbitrary<infer C> ? C : never,
): Draft {
  const made = draft.map(([name, one]): [string, string] => [name, one]);
  const field = made[at % made.length] as [string, string];
  const second = made[other % made.length] as [string, string];
  if (how === 'odd') field[1] = odd;
  if (how === 'swap') [field[1], second[1]] = [second[1], field[1]];
  if (how === 'shuffle') made.push(...made.splice(at % made.length, 1 + (other % 3)));
  if (how === 'drop') made.splice(at % made.length, 1);
  if (how === 'twice') made.push([field[0], other % 2 === 0 ? field[1] : odd]);
  if (how === 'unknown') made.splice(at % made.length, 0, ['later', odd]);
  if (how === 'rename') field[0] = ['__proto__', 'Index', 'tim', 'keyy', ''][other % 5] as string;
  return made;
}

/** Changes of the bytes: most do nothing. */
const damage = fc.record({
  how: fc.oneof({ weight: 12, arbitrary: fc.constant('none') }, fc.constantFrom('set', 'insert', 'cut', 'end')),
  at: fc.nat(100_000),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3 }),
    fc.constantFrom(...Array.from('{}[]",:\\ \n\r\t\0-0123456789.eEun', (one) => Uint8Array.from(Buffer.from(one)))),
    fc.constantFrom(
      Uint8Array.of(0xef, 0xbb, 0xbf),
      Uint8Array.of(0xe2, 0x80),
      Uint8Array.of(0xff),
      Uint8Array.of(0x80),
    ),
  ),
});

function damaged(
  bytes: Buffer,
  { how, at, bytes: given }: typeof damage extends fc.Arbitrary<infer D> ? D : never,
): Buffer {
  const place = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (how === 'set') return Buffer.concat([before, given, after.subarray(given.length)]);
  if (how === 'insert') return Buffer.concat([before, given, after]);
  if (how === 'cut') return Buffer.concat([before, after.subarray(given.length)]);
  return how === 'end' ? before : bytes;
}

const logs = fc.constantFrom(...LOGS).chain((log) =>
  fc.record({
    log: fc.constant(log),
    lines: fc.array(
      fc.oneof(
        { weight: 30, arbitrary: fc.record({ draft: ENTRIES[log], change, later: fc.integer({ min: 0, max: 9 }) }) },
        fc.record({ raw: fc.oneof(json(fc.jsonValue()), fc.constantFrom('', ' ', '{}', '{"index":0}', 'null')) }),
      ),
      { maxLength: 10 },
    ),
    begins: fc.integer({ min: 0, max: 3 }),
    damage,
    hasNewline: fc.boolean(),
    cuts: fc.tuple(fc.nat(100_000), fc.nat(100_000)),
    isWhole: fc.boolean(),
  }),
);

/** The log that was drawn as bytes. Numbers and times go on from line to line, so that one is not all there is of a part. */
function bytesOf({
  log,
  lines,
  begins,
  damage: how,
  hasNewline,
}: typeof logs extends fc.Arbitrary<infer L> ? L : never): Buffer {
  let time = 0;
  const texts = lines.map((line, at) => {
    if ('raw' in line) return line.raw;
    time += line.later;
    const number = String(begins + at);
    const head: Record<LogName, Draft> = {
      history: [
        ['index', number],
        ['time', String(time)],
      ],
      decisions: [['seq', number]],
      ownership: [['time', String(time)]],
    };
    const fields = changed([...head[log], ...line.draft], line.change);
    return `{${fields.map(([name, one]) => `"${name}":${one}`).join(',')}}`;
  });
  return damaged(Buffer.from(`${texts.join('\n')}${hasNewline ? '\n' : ''}`), how);
}

describe('the fast way to read a log', () => {
  it('makes the same of any bytes as JSON.parse and the checks of entries do, and says the same is wrong', () => {
    const seen = { fast: 0, slow: 0, refused: 0 };
    tried('logs', logs, (drawn) => {
      const bytes = bytesOf(drawn);
      const [a, b] = drawn.cuts.map((cut) => cut % (bytes.length + 1)) as [number, number];
      const [start, end] = drawn.isWhole ? [0, bytes.length] : [Math.min(a, b), Math.max(a, b)];
      expectAlike(drawn.log, bytes, start, end);
      const fast = fastLinesIn(drawn.log, bytes);
      const slow = linesOf(bytes).length - fast;
      seen.fast += fast;
      seen.slow += slow;
      if (readSlowly(drawn.log, bytes, start, end).problem !== undefined) seen.refused++;
      return fast > 0 && slow > 0;
    });
    console.log(`${seen.fast} lines read the fast way, ${seen.slow} the slow way; ${seen.refused} logs refused`);
    if (PROPERTY_RUNS >= 500) expect(Math.min(seen.fast, seen.slow, seen.refused)).toBeGreaterThan(PROPERTY_RUNS / 10);
  });

  it('makes the same of pieces of lines in any order, and of random bytes', () => {
    const pieces = [...'{}[],:"\n', '{"index":0', '{"seq":1', '{"time":', ',"lane":1', '"read"', 'null', '-1', ...ODD];
    const bytes = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => Buffer.from(all.join(''))),
      fc.uint8Array({ maxLength: 60 }).map((all) => Buffer.from(all)),
    );
    tried('pieces', fc.tuple(fc.constantFrom(...LOGS), bytes), ([log, drawn]) => {
      expectAlike(log, drawn);
      return drawn.includes(NEWLINE);
    });
  });

  const usual: Record<LogName, (line: number, more?: object) => string> = {
    history: (index, more) =>
      JSON.stringify({ index, time: index, process: 1, lane: 0, node: 'clients1', type: 'ok', f: 'read', ...more }),
    decisions: (line, more) =>
      JSON.stringify({
        seq: line + 1,
        op: 7,
        process: 1,
        f: 'write',
        key: 'lane-0',
        token: '33',
        verdict: 'accepted',
        highest: '33',
        value: 1,
        ...more,
      }),
    ownership: (time, more) =>
      JSON.stringify({
        time,
        member: 'etcd1',
        revision: '12',
        type: 'put',
        key: 'a/2d',
        createRevision: '12',
        lease: '2d',
        lane: 0,
        ...more,
      }),
  };

  it.each(LOGS)('makes the same of every byte of a line changed into every other (%s)', (log) => {
    const line = usual[log](
      0,
      log === 'history' ? { value: { a: [-1, 'b'] }, token: '7', error: 'e', message: 'm' } : {},
    );
    const whole = Buffer.from(`${line}\n${usual[log](1)}\n`);
    const kind = LOG_KINDS[log];
    const [fast, slow] = [createTableBuilders(NOTHING), createTableBuilders(NOTHING)];
    const lines = FAST_LINES[log](fast);
    let taken = 0;
    for (let at = 0; at < line.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        const end = lines.scan(bytes, 0);
        if (end === -1) continue;
        taken++;
        const entry = kind.entryOf(JSON.parse(bytes.toString('utf8', 0, end)));
        if (typeof entry === 'string') throw new Error(`${bytes.toString('latin1', 0, end)}: ${entry}`);
        expect(isDeepStrictEqual(lines.place, kind.placeOf(entry))).toBe(true);
        expect(end).toBe(line.length);
        expect(lines.add()).toBe(kind.add(slow, entry));
      }
    }
    const [made, wanted] = [fast, slow].map((builders) => exactly({ tables: builders.finish() } as LogPart));
    expect(isDeepStrictEqual(made, wanted)).toBe(true);
    expect(taken).toBeGreaterThan(line.length);
  });

  it.each(LOGS)('takes every line that has the usual form (%s)', (log) => {
    const bytes = Buffer.from(Array.from({ length: 50 }, (_, line) => `${usual[log](line)}\n`).join(''));
    expect(fastLinesIn(log, bytes)).toBe(50);
  });

  it('says that there are more names than can be numbered where the slow way says it', () => {
    const members = Array.from({ length: 258 }, (_, at) => usual.ownership(at, { member: `etcd${at}` }));
    const nodes = Array.from({ length: 2 ** 15 + 2 }, (_, at) => usual.history(at, { node: `clients${at}` }));
    for (const [log, lines] of [
      ['ownership', members],
      ['history', nodes],
    ] as const) {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      expectAlike(log, bytes);
      expect(readPart({ log, path, start: 0, end: bytes.length, isLarge: true }).problem).toBe(TOO_MANY_NAMES);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeObjects } from '../../checkers/linearizability/judge-objects.js';
import { type Model, MODELS } from '../../checkers/linearizability/operations.js';
import { tried } from '../../checkers/testing/runs.js';
import { type Format, formatOf, FORMATS } from './formats.js';
import { almostHistories } from './testing/almost-histories.js';
import { historyOf, readText, viewOf } from './testing/views.js';

const view = (text: string, format: Format, model: Model): string[] => viewOf(historyOf(text, format, model));
const lines = (...all: object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join('');
const LOG = (...all: string[]): string =>
  all.map((line) => `INFO  jepsen.util - ${line.replaceAll(' ', '\t')}\n`).join('');

describe('jsonl', () => {
  it('reads operations with their order, lines and ends', () => {
    const text = lines(
      { process: 3, type: 'invoke', f: 'write', value: 'x' },
      { process: 4, type: 'invoke', f: 'read' },
      { process: 4, type: 'ok', f: 'read', value: null },
      { process: 3, type: 'info', f: 'write' },
      { process: 4, type: 'invoke', f: 'read' },
      { process: 4, type: 'ok', f: 'read', value: 'x' },
    );
    const history = historyOf(text, 'jsonl', 'register');
    expect(viewOf(history)).toEqual([
      '0-never owner 0 nil write "x" unknown',
      '1-2 owner 1 nil read nil ok',
      '3-4 owner 1 nil read "x" ok',
    ]);
    expect([...history.callLine]).toEqual([1, 2, 5]);
    expect([...history.retLine]).toEqual([4, 3, 6]);
    expect(history.owners).toEqual(['process 3', 'process 4']);
  });

  it('leaves out what did not happen and what says nothing', () => {
    const done = (f: string, type: string, rest: object = {}): object[] => [
      { process: 0, type: 'invoke', f, ...(f === 'cas' ? { value: [1, 2] } : {}) },
      { process: 0, type, f, ...rest },
    ];
    const text = lines(
      ...done('read', 'fail'),
      ...done('read', 'ok'),
      ...done('cas', 'fail'),
      ...done('cas', 'fail', { error: 'timeout' }),
      ...done('cas', 'fail', { error: 'mismatch' }),
      { process: 0, type: 'invoke', f: 'read' },
    );
    expect(view(text, 'jsonl', 'cas-register')).toEqual(['0-1 owner 0 nil cas 1 to 2 mismatched']);
  });

  it('interns equal values of any shape as one', () => {
    const write = (process: number, value: unknown): object[] => [
      { process, type: 'invoke', f: 'write', key: 'k', value },
    ];
    const text = lines(...write(0, { a: 1, b: [2] }), ...write(1, { b: [2], a: 1 }), ...write(2, '1'), ...write(3, 1));
    expect([...historyOf(text, 'jsonl', 'register').operations.a]).toEqual([1, 1, 2, 3]);
  });

  it('is happy with carriage returns, a byte order mark, blank lines and a torn end', () => {
    const line = (type: string): string => JSON.stringify({ process: 0, type, f: 'write', value: 1 });
    const read = readText(`\ufeff${line('invoke')}\r\n\r\n${line('ok')}\r\n{"process":0,"ty`, 'jsonl', 'register');
    expect(read).toMatchObject({ kind: 'history', torn: true });
    if (read.kind === 'history') expect(viewOf(read.history)).toEqual(['0-1 owner 0 nil write 1 ok']);
  });

  it('ranks fencing tokens of any size', () => {
    const hold = (process: number, token: unknown): object[] => [
      { process, type: 'invoke', f: 'lock', key: 'l' },
      { process, type: 'ok', f: 'lock', key: 'l', token },
    ];
    const text = lines(
      ...hold(0, '9223372036854775807'),
      ...hold(1, 100),
      ...hold(2, '9223372036854775806'),
      ...hold(3, 0),
    );
    const { operations, tokens } = historyOf(text, 'jsonl', 'fenced-mutex');
    expect([...operations.a]).toEqual([3, 1, 2, 0]);
    expect(tokens).toEqual(['', '100', '9223372036854775806', '9223372036854775807']);
  });

  it('judges one kind of operations of a run, and counts the others', () => {
    const text = lines(
      { index: 0, time: 5, process: 0, lane: 0, type: 'invoke', f: 'open' },
      { index: 1, time: 6, process: 0, lane: 0, type: 'ok', f: 'open', value: { ttlMs: 2000, lease: '7' } },
      { index: 2, time: 6, process: 0, lane: 0, type: 'invoke', f: 'acquire', key: 'locks/0' },
      { index: 3, time: 7, process: 'nemesis', lane: -1, type: 'info', f: 'inject', value: {} },
      { index: 4, time: 8, process: 0, lane: 0, type: 'ok', f: 'acquire', key: 'locks/0', token: '12' },
      { index: 5, time: 8, process: 0, lane: 0, type: 'invoke', f: 'keep-alive' },
      { index: 6, time: 9, process: 0, lane: 0, type: 'invoke', f: 'write', key: 'lane-0', value: 1, token: '12' },
      { index: 7, time: 9, process: 0, lane: 0, type: 'info', f: 'lost', error: 'session-expired' },
      { index: 8, time: 9, process: 0, lane: 0, type: 'fail', f: 'write', key: 'lane-0', error: 'fenced' },
      { index: 9, time: 9, process: 0, lane: 0, type: 'invoke', f: 'read', key: 'lane-0' },
      { index: 10, time: 9, process: 0, lane: 0, type: 'ok', f: 'read', key: 'lane-0', value: null },
    );
    expect(view(text, 'jsonl', 'fenced-mutex')).toEqual(['0-1 owner 0 "locks/0" acquire with token 12 ok']);
    expect(view(text, 'jsonl', 'register')).toEqual(['0-1 owner 0 "lane-0" read nil ok']);
    expect(historyOf(text, 'jsonl', 'register').skipped).toEqual({ open: 2, acquire: 2, 'keep-alive': 1, lost: 1 });
  });
});

describe('edn', () => {
  it('takes the clients that values name for owners', () => {
    const text = `
      {:process 0 :type :invoke :f :acquire}
      {:process 0 :type :ok :f :acquire :value {:client "n1" :fence 3}}
      {:process 0 :type :invoke :f :release :value nil}
      {:process 0 :type :info :f :release :error :timeout}
      {:process 5 :type :invoke :f :acquire}
      {:process 5 :type :ok :f :acquire :value {:client "n1", :fence -1}}
      {:process 6 :type :invoke :f :acquire}`;
    const history = historyOf(text, 'edn', 'fenced-mutex');
    expect(viewOf(history)).toEqual([
      '0-1 owner 0 nil acquire with token 3 ok',
      '2-never owner 0 nil release unknown',
      '3-4 owner 0 nil acquire ok',
      '5-never owner 1 nil acquire unknown',
    ]);
    expect(history.owners[history.operations.process[0] as number]).toBe('client "n1"');
  });

  it('knows keys in values, also of a compare-and-set, and reads lists and sets', () => {
    const cas =
      '[{:process 0 :type :invoke :f :cas :value [:k [1 2]]} {:process 0 :type :ok :f :cas :value [:k [1 2]]}]';
    expect(view(cas, 'edn', 'cas-register')).toEqual(['0-1 owner 0 :k cas 1 to 2 ok']);
    const plain = '[{:process 0 :type :invoke :f :cas :value [1 2]} {:process 0 :type :ok :f :cas :value [1 2]}]';
    expect(view(plain, 'edn', 'cas-register')).toEqual(['0-1 owner 0 nil cas 1 to 2 ok']);
    const set = `{:process 0 :type :invoke :f :add :value 1} {:process 0 :type :ok :f :add :value 1}
      {:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value #{1 2}}`;
    expect(view(set, 'edn', 'set')).toEqual(['0-1 owner 0 nil add 1 ok', '2-3 owner 0 nil read [1 2] ok']);
    const append = `{:process 0 :type :invoke :f :append :value 1} {:process 0 :type :ok :f :append :value 1}
      {:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value (1 2)}
      {:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value []}`;
    expect(view(append, 'edn', 'append')).toEqual([
      '0-1 owner 0 nil append 1 ok',
      '2-3 owner 0 nil read [1 2] ok',
      '4-5 owner 0 nil read [] ok',
    ]);
  });
});

describe('jepsen-log', () => {
  it('reads as Porcupine does', () => {
    const text = `INFO  jepsen.core - Setting up\n${LOG(
      ':nemesis :info :start nil',
      '0 :invoke :write 3',
      '1 :invoke :cas [3 1]',
      '2 :invoke :read nil',
      '0 :info :write :timed-out',
      '1 :fail :cas [3 1]',
      '2 :fail :read :timed-out',
      '2 :invoke :write 4',
      '2 :fail :write :timed-out',
      '2 :invoke :read nil',
      '2 :ok :read nil',
    ).replace('[3\t1]', '[3 1]')}WARN  jepsen.util - 0\t:invoke\t:write\t3\n`;
    expect(view(text, 'jepsen-log', 'cas-register')).toEqual([
      '0-never owner 0 nil write 3 unknown',
      '1-2 owner 1 nil cas 3 to 1 mismatched',
      '3-never owner 2 nil write 4 unknown',
      '4-5 owner 2 nil read nil ok',
    ]);
  });
});

describe('porcupine-kv', () => {
  it('takes the empty string for what was never written', () => {
    const text = `{:process 0, :type :invoke, :f :get, :key "6", :value nil}
{:process 0, :type :ok, :f :get, :key "6", :value ""}
{:process 0, :type :invoke, :f :append, :key "6", :value "x 0 0 y"}\n`;
    const { operations } = historyOf(text, 'porcupine-kv', 'kv');
    expect([...operations.a]).toEqual([0, 1]);
    expect(operations.values).toEqual([null, 'x 0 0 y']);
  });
});

describe('what cannot be judged is told with line and reason', () => {
  const op = (type: string, f: string, rest: object = {}): object => ({ process: 0, type, f, ...rest });
  it.each<[string, Model, string, number, string]>([
    ['not JSON', 'register', '{"process":0}x\n', 1, 'not JSON'],
    ['no object', 'register', '[]\n', 1, 'must be a JSON object'],
    ['no process', 'register', lines({ type: 'invoke', f: 'read' }), 1, 'without a process'],
    ['no type', 'register', lines({ process: 0, type: 'begin', f: 'read' }), 1, 'type is "begin"'],
    ['no f', 'register', lines({ process: 0, type: 'invoke', f: 7 }), 1, 'f is 7'],
    [
      'an unknown f',
      'register',
      lines(op('invoke', 'cas', { value: [1, 2] })),
      1,
      'cas is no operation of the model register',
    ],
    ['no write value', 'register', lines(op('invoke', 'write')), 1, 'the value is missing'],
    ['no pair', 'cas-register', lines(op('invoke', 'cas', { value: 3 })), 1, 'needs a value [expected new]'],
    [
      'two open',
      'register',
      lines(op('invoke', 'read'), op('invoke', 'read')),
      2,
      'while its operation of line 1 is open',
    ],
    ['none open', 'register', lines(op('ok', 'read')), 1, 'without an invocation'],
    [
      'another open',
      'register',
      lines(op('invoke', 'read'), op('ok', 'write')),
      2,
      'has another operation open since line 1',
    ],
    [
      'a process that goes on',
      'register',
      lines(op('invoke', 'read'), op('info', 'read'), op('invoke', 'read')),
      3,
      'goes on after its info of line 2',
    ],
    [
      'another key',
      'kv',
      lines(op('invoke', 'get', { key: 'a' }), op('ok', 'get', { key: 'b', value: 1 })),
      2,
      'another key',
    ],
    ['no key', 'kv', lines(op('invoke', 'get')), 1, 'an operation without a key'],
    [
      'some keys',
      'register',
      lines(op('invoke', 'read'), op('ok', 'read'), op('invoke', 'read', { key: 'a' })),
      3,
      'some have none',
    ],
    ['a list that is none', 'set', lines(op('invoke', 'read'), op('ok', 'read', { value: 3 })), 2, 'returns a list'],
    [
      'a token that is none',
      'fenced-mutex',
      lines(op('invoke', 'lock'), op('ok', 'lock', { token: '1.5' })),
      2,
      'whole number',
    ],
    [
      'a huge number',
      'register',
      '{"process":0,"type":"invoke","f":"write","value":9007199254740993}\n',
      1,
      'beyond 2^53',
    ],
    ['appends to numbers', 'kv', lines(op('invoke', 'append', { key: 'a', value: 3 })), 1, 'append takes a string'],
    [
      'indexes that fall',
      'register',
      lines({ ...op('invoke', 'read'), index: 4 }, { ...op('ok', 'read'), index: 3 }),
      2,
      'index 3 after 4',
    ],
    [
      'times that fall',
      'register',
      lines({ ...op('invoke', 'read'), time: 4 }, { ...op('ok', 'read'), time: 3 }),
      2,
      'time 3 after 4',
    ],
    ['nothing', 'register', '', 0, 'no operation of the model register'],
    ['nothing of the model', 'mutex', lines(op('invoke', 'read')), 0, 'no operation of the model mutex'],
  ])('%s', (_, model, text, line, reason) => {
    const read = readText(text, 'jsonl', model);
    expect(read).toMatchObject({ kind: 'unreadable', line });
    if (read.kind === 'unreadable') expect(read.reason).toContain(reason);
  });

  it('a file of other lines is no log', () => {
    expect(readText('hello\n'.repeat(1000), 'jepsen-log', 'register')).toMatchObject({ kind: 'unreadable', line: 0 });
  });
});

describe('whatever a text holds, there is an answer', () => {
  const entry = fc.record({ process: fc.jsonValue(), type: fc.jsonValue(), f: fc.jsonValue(), value: fc.jsonValue() });
  const garbage = fc.record({
    model: fc.constantFrom(...MODELS),
    format: fc.constantFrom(...FORMATS),
    text: fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => new TextDecoder().decode(bytes)),
      fc.array(fc.oneof(fc.jsonValue(), entry)).map((all) => all.map((one) => JSON.stringify(one)).join('\n')),
      fc.string({ unit: 'binary' }),
    ),
  });

  it('histories that are sound but for a few places, and any text', () => {
    tried(
      'texts of any kind',
      fc.oneof({ weight: 3, arbitrary: almostHistories }, garbage),
      ({ text, format, model }) => {
        const read = readText(text, format, model);
        if (read.kind === 'unreadable') {
          expect(read.reason).not.toBe('');
          return false;
        }
        const { operations } = read.history;
        expect(viewOf(read.history).length).toBe(operations.length);
        // The algorithms look at a table before they trust it: one that contradicts itself would be a doubt.
        expect(judgeObjects(model, operations).doubts).toEqual({});
        return operations.length > 1;
      },
    );
  });
});

it('knows formats by the names of files', () => {
  expect(['a.jsonl', 'b/c.NDJSON', 'x.edn', 'jepsen.log', 'kv.txt', 'log', 'dir.log/file'].map(formatOf)).toEqual([
    'jsonl',
    'jsonl',
    'edn',
    'jepsen-log',
    undefined,
    undefined,
    undefined,
  ]);
});

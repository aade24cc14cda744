/** Histories of other tools on the command line: an example of each format, what cannot be read, and exports read back. */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder, ROOT, start } from './support/command.js';

const example = (name: string): string => join(ROOT, 'examples/histories', name);

describe('check FILE: one good and one bad history of each format', () => {
  it.each([
    ['lock-good.jsonl', ['--model', 'fenced-mutex'], 0, 'decided by: zones (1 object)'],
    ['lock-bad.jsonl', ['--model', 'owner-mutex'], 1, 'lines 3, 4  process 1  acquire'],
    ['cas-register-good.log', ['--model', 'cas-register'], 0, '1 of them indeterminate'],
    ['cas-register-bad.log', ['--format', 'jepsen-log', '--model', 'cas-register'], 1, 'lines 6, 7  process 2  read 3'],
    ['registers-good.edn', ['--model', 'register'], 0, '4 operations on 2 objects'],
    ['registers-bad.edn', ['--model', 'kv'], 1, 'these operations of :x cannot all be true'],
    ['kv-good.txt', ['--format', 'porcupine-kv'], 0, 'linearizable'],
    ['kv-bad.txt', ['--format', 'porcupine-kv', '--model', 'kv'], 1, 'lines 5, 6  process 1  read "one "'],
  ])('%s %j', async (file, args, code, text) => {
    const ended = await leasebreaker(['check', example(file), ...args]);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toContain(text);
    expect(ended.code).toBe(code);
  });

  it('prints the verdict as JSON', async () => {
    const { code, stdout } = await leasebreaker(['check', example('kv-bad.txt'), '--format', 'porcupine-kv', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      format: 'porcupine-kv',
      model: 'kv',
      verdict: 'not-linearizable',
      operations: 3,
      violatedObjects: 1,
      witnesses: [
        {
          kind: 'contradiction',
          object: '"a"',
          operations: [{ line: 1 }, { line: 3 }, { line: 5, completionLine: 6 }],
        },
      ],
    });
  });

  it('gives up in time on what only a long search could decide', async () => {
    const folder = await resultsFolder();
    const file = join(folder, 'hard.jsonl');
    // Rounds in which forty clients at once write, or compare and set, one of five values, and all are told that they did.
    const lines: string[] = [];
    let drawn = 5;
    const draw = (): number => (drawn = (drawn * 48271) % 2147483647) % 5;
    for (let round = 0; round < 30; round++) {
      const operations = Array.from({ length: 40 }, (_, process) =>
        process % 2 === 0 ? { process, f: 'cas', value: [draw(), draw()] } : { process, f: 'write', value: draw() },
      );
      for (const type of ['invoke', 'ok'])
        for (const operation of operations) lines.push(JSON.stringify({ ...operation, type }));
    }
    await writeFile(file, `${lines.join('\n')}\n`);
    const ended = await leasebreaker(['check', file, '--model', 'cas-register', '--budget-s', '1', '--json']);
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'unknown', operations: 1200, decidedBy: {} });
    expect(JSON.parse(ended.stdout).judgeMs).toBeLessThan(20_000);
    expect(ended.code).toBe(2);
  });
});

describe('check FILE: what cannot be judged ends with 64 and says why', () => {
  it.each([
    [['check', example('lock-good.jsonl')], 'say with --model what object'],
    [['check', example('kv-good.txt')], 'give --format'],
    [['check', example('kv-good.txt'), '--format', 'porcupine-kv', '--model', 'set'], 'leave --model out'],
    [['check', example('kv-good.txt'), '--format', 'jsonl', '--model', 'kv'], 'kv-good.txt, line 1: not JSON'],
    [['check', example('lock-good.jsonl'), '--model', 'set'], 'no operation of the model set'],
    [
      ['check', example('cas-register-good.log'), '--model', 'register'],
      'line 6: cas is no operation of the model register',
    ],
    [['check', example('none.edn'), '--model', 'register'], 'cannot be read: ENOENT'],
    [['check', example('lock-good.jsonl'), '--model', 'semaphore'], 'Allowed choices are register'],
    [['check', example('lock-good.jsonl'), '--model', 'mutex', '--budget-s', '0'], '--budget-s takes'],
    [
      ['check', example('lock-good.jsonl'), '--model', 'mutex', '--expect', 'clean'],
      '--expect is for the folder of a run',
    ],
    [['check', ROOT, '--model', 'register'], '--model and --format are for history files'],
    [['export', ROOT, '--format', 'edn'], 'cannot be read: ENOENT'],
    [['export', ROOT, '--format', 'porcupine', '--part', 'locks'], 'a key-value log'],
  ])('%j', async (args, message) => {
    const ended = await leasebreaker(args);
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(64);
  });

  it.each(['jsonl', 'edn', 'porcupine-kv', 'jepsen-log'])('a million lines of garbage as %s', async (format) => {
    const file = join(await resultsFolder(), 'garbage');
    const out = createWriteStream(file);
    const piece = Array.from({ length: 1000 }, (_, n) => `${n} ){"process":${n % 5}, [:f "\u0001 INFO`).join('\n');
    for (let n = 0; n < 1000; n++) out.write(`${piece}\n`);
    await new Promise<void>((done) => out.end(done));
    const ended = await leasebreaker(['check', file, '--format', format, '--model', 'kv']);
    expect(ended.stderr).toContain(`leasebreaker: ${file}`);
    expect(ended.code).toBe(64);
  });
});

describe('large histories', () => {
  it('are judged in a thread beside, and an interrupt ends it', async () => {
    const file = join(await resultsFolder(), 'large.jsonl');
    const out = createWriteStream(file);
    for (let n = 0; n < 100_000; n++) {
      const common = { process: n % 10, f: 'write', key: 'k', value: n };
      out.write(`${JSON.stringify({ ...common, type: 'invoke' })}\n${JSON.stringify({ ...common, type: 'ok' })}\n`);
    }
    await new Promise<void>((done) => out.end(done));
    const ended = await leasebreaker(['check', file, '--model', 'register', '--json']);
    expect(ended.stderr).toBe('');
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'linearizable', operations: 100_000 });
    expect(ended.code).toBe(0);

    const interrupted = start(['check', file, '--model', 'register']);
    setTimeout(() => interrupted.kill('SIGINT'), 300);
    expect((await interrupted.ended).code).toBeNull();
  });
});

describe('export', () => {
  it('writes what is read back as the same history, with the same verdict', async () => {
    const folder = await resultsFolder();
    const run = join(folder, 'run');
    await mkdir(run);
    const lines = (await readFile(example('lock-bad.jsonl'), 'utf8')).split('\n');
    await writeFile(join(run, 'history.jsonl'), lines.join('\n'));
    for (const [format, file] of [
      ['edn', 'locks.edn'],
      ['jsonl', 'locks.jsonl'],
    ] as const) {
      const output = join(folder, file);
      const ended = await leasebreaker(['export', run, '--format', format, '--output', output]);
      expect(ended.code).toBe(0);
      expect(ended.stderr).toContain('8 lines');
      const checked = await leasebreaker(['check', output, '--model', 'fenced-mutex', '--json']);
      expect(checked.code).toBe(1);
      expect(JSON.parse(checked.stdout)).toMatchObject({
        operations: 4,
        witnesses: [{ operations: [{ line: 1 }, { line: 3 }, { line: 5 }, { line: 7 }] }],
      });
    }
    const printed = await leasebreaker(['export', run, '--format', 'edn', '--part', 'locks']);
    expect(printed.stdout.split('\n')[1]).toBe(
      '{:index 1, :time 1800, :type :ok, :process 0, :f :acquire, :value ["job" {:client 0, :fence 11}]}',
    );
  });
});

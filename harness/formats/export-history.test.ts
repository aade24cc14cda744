import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeObjects } from '../../checkers/linearizability/judge-objects.js';
import type { Model } from '../../checkers/linearizability/operations.js';
import { PROPERTY_RUNS, tried } from '../../checkers/testing/runs.js';
import type { ExportFormat, ExportPart } from './export-formats.js';
import { createExporter } from './export-history.js';
import type { Format } from './formats.js';
import type { History } from './operations-builder.js';
import { historyOf, readText, viewOf } from './testing/views.js';

/** The whole export of a run's history, given as text. */
function exported(text: string, format: ExportFormat, part: ExportPart): string {
  const histories = (['kv', 'owner-mutex'] as const)
    .map((model) => readText(text, 'jsonl', model))
    .flatMap((read): History[] => (read.kind === 'history' ? [read.history] : []));
  const lineOf = createExporter(format, part, histories);
  return text
    .split('\n')
    .map((line, at) => lineOf(line, at + 1))
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
}

const RUN = [
  { index: 0, time: 10, process: 0, lane: 0, node: 'clients1', type: 'invoke', f: 'open' },
  { index: 1, time: 20, process: 0, lane: 0, node: 'clients1', type: 'ok', f: 'open', value: { ttlMs: 2000 } },
  { index: 2, time: 30, process: 0, lane: 0, type: 'invoke', f: 'acquire', key: 'locks/0' },
  { index: 3, time: 40, process: 0, lane: 0, type: 'ok', f: 'acquire', key: 'locks/0', token: '9223372036854775807' },
  { index: 4, time: 45, process: 'nemesis', lane: -1, type: 'info', f: 'inject', value: {} },
  { index: 5, time: 50, process: 0, lane: 0, type: 'invoke', f: 'read', key: 'lane-0', token: '7' },
  { index: 6, time: 60, process: 0, lane: 0, type: 'ok', f: 'read', key: 'lane-0', value: null },
  {
    index: 7,
    time: 70,
    process: 0,
    lane: 0,
    type: 'invoke',
    f: 'write',
    key: 'lane-0',
    value: { by: 'a "b"' },
    token: '7',
  },
  {
    index: 8,
    time: 80,
    process: 0,
    lane: 0,
    type: 'fail',
    f: 'write',
    key: 'lane-0',
    error: 'fenced',
    message: 'too late',
  },
  { index: 9, time: 90, process: 0, lane: 0, type: 'invoke', f: 'write', key: 'lane-0', value: 2, token: '7' },
  { index: 10, time: 95, process: 0, lane: 0, type: 'info', f: 'write', key: 'lane-0', error: 'timeout' },
]
  .map((entry) => JSON.stringify(entry))
  .join('\n');

describe('the forms', () => {
  it('edn, as jepsen.history has it', () => {
    expect(exported(RUN, 'edn', 'all').split('\n')).toEqual([
      '{:index 0, :time 30, :type :invoke, :process 0, :f :acquire, :value ["locks/0" {:client 0}]}',
      '{:index 1, :time 40, :type :ok, :process 0, :f :acquire, :value ["locks/0" {:client 0, :fence 9223372036854775807}]}',
      '{:index 2, :time 50, :type :invoke, :process 0, :f :read, :value ["lane-0" nil]}',
      '{:index 3, :time 60, :type :ok, :process 0, :f :read, :value ["lane-0" nil]}',
      '{:index 4, :time 70, :type :invoke, :process 0, :f :write, :value ["lane-0" {:by "a \\"b\\""}]}',
      '{:index 5, :time 80, :type :fail, :process 0, :f :write, :value ["lane-0" {:by "a \\"b\\""}], :error "fenced"}',
      '{:index 6, :time 90, :type :invoke, :process 0, :f :write, :value ["lane-0" 2]}',
      '{:index 7, :time 95, :type :info, :process 0, :f :write, :value ["lane-0" 2], :error "timeout"}',
      '',
    ]);
  });

  it('edn transactions for Elle', () => {
    expect(exported(RUN, 'edn', 'txns').split('\n').slice(0, 2)).toEqual([
      '{:index 0, :time 50, :type :invoke, :process 0, :f :txn, :value [[:r "lane-0" nil]]}',
      '{:index 1, :time 60, :type :ok, :process 0, :f :txn, :value [[:r "lane-0" nil]]}',
    ]);
  });

  it('porcupine, without what its log cannot say', () => {
    expect(exported(RUN, 'porcupine', 'storage').split('\n')).toEqual([
      '{:process 0, :type :invoke, :f :get, :key "lane-0", :value nil}',
      '{:process 0, :type :ok, :f :get, :key "lane-0", :value ""}',
      '{:process 0, :type :invoke, :f :put, :key "lane-0", :value "2"}',
      '',
    ]);
  });

  it('jsonl, without what belongs to the run alone', () => {
    expect(exported(RUN, 'jsonl', 'locks').split('\n')).toEqual([
      '{"index":0,"time":30,"process":0,"type":"invoke","f":"acquire","key":"locks/0"}',
      '{"index":1,"time":40,"process":0,"type":"ok","f":"acquire","key":"locks/0","token":"9223372036854775807"}',
      '',
    ]);
  });
});

interface Step {
  slot: number;
  f: 'read' | 'write' | 'acquire' | 'release' | 'open' | 'keep-alive';
  type: 'ok' | 'fail' | 'info';
  lane: number;
  value: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  slot: fc.integer({ min: 0, max: 2 }),
  f: fc.constantFrom('read', 'write', 'acquire', 'release', 'read', 'write', 'open', 'keep-alive'),
  type: fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info'),
  lane: fc.integer({ min: 0, max: 1 }),
  // Strings, because Porcupine knows no others.
  value: fc.oneof(fc.constantFrom('u', 'v', 'w'), fc.string({ minLength: 1 })),
});

/** A history.jsonl: each step begins an operation of its process or ends the one that is open; an info retires the process. */
function runOf(steps: readonly Step[]): string {
  const open = new Map<number, Step>();
  const retired = new Map<number, number>();
  const holds = new Map<string, unknown>();
  return steps
    .map(({ slot, type, ...drawn }, index) => {
      const process = slot + 3 * (retired.get(slot) ?? 0);
      const begun = open.get(process);
      const { f, lane, value } = begun ?? drawn;
      const onLock = f === 'acquire' || f === 'release';
      const key = onLock ? `locks/${lane}` : `lane-${lane}`;
      const common = { index, time: index * 1000, process, lane, node: 'clients1', f, key };
      if (!begun) {
        open.set(process, { slot, type, ...drawn });
        return { ...common, type: 'invoke', ...(f === 'write' ? { value } : {}) };
      }
      open.delete(process);
      if (type === 'info') retired.set(slot, (retired.get(slot) ?? 0) + 1);
      if (f === 'write' && type === 'ok') holds.set(key, value);
      const answer = f === 'read' && type === 'ok' ? { value: holds.get(key) ?? null } : {};
      const token = f === 'acquire' && type === 'ok' ? { token: String(index + 1) } : {};
      return { ...common, type, ...answer, ...token, ...(type === 'ok' ? {} : { error: 'timeout' }) };
    })
    .map((entry) => JSON.stringify(entry))
    .join('\n');
}

describe('an export read back is the same history, with the same verdict', () => {
  it.each<[ExportFormat, ExportPart, Format, Model]>([
    ['jsonl', 'all', 'jsonl', 'kv'],
    ['jsonl', 'all', 'jsonl', 'fenced-mutex'],
    ['edn', 'all', 'edn', 'kv'],
    ['edn', 'storage', 'edn', 'register'],
    ['edn', 'txns', 'edn', 'kv'],
    ['edn', 'locks', 'edn', 'owner-mutex'],
    ['edn', 'all', 'edn', 'fenced-mutex'],
    ['porcupine', 'storage', 'porcupine-kv', 'kv'],
  ])('%s, %s, as %s of a %s', (format, part, as, model) => {
    tried(
      `round trip through ${format} (${part}) as ${model}`,
      fc.array(step, { maxLength: 24 }).map(runOf),
      (run) => {
        const original = readText(run, 'jsonl', model);
        const back = readText(exported(run, format, part), as, model);
        expect(back.kind).toBe(original.kind);
        if (original.kind === 'unreadable' || back.kind === 'unreadable') return false;
        expect(viewOf(back.history)).toEqual(viewOf(original.history));
        const verdict = judgeObjects(model, back.history.operations).outcome;
        expect(verdict).toBe(judgeObjects(model, original.history.operations).outcome);
        return original.history.operations.length > 1;
      },
      { runs: Math.ceil(PROPERTY_RUNS / 4) },
    );
  });

  it('the operations of a run with values that are no strings are told apart in EDN', () => {
    const values = ['2', 2, true, null, [1], { a: 1 }];
    const run = values
      .map((value, process) => JSON.stringify({ process, type: 'invoke', f: 'write', key: 'k', value }))
      .join('\n');
    expect([...historyOf(exported(run, 'edn', 'storage'), 'edn', 'register').operations.a]).toEqual([1, 2, 3, 0, 4, 5]);
  });
});

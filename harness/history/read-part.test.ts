import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type LogPart, memoryFor, type PartTask, readPart } from './read-part.js';
import { valueAt } from './value-columns.js';

const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-part-'));
const path = join(folder, 'history.jsonl');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = (index: number, more = ''): string =>
  `{"index":${index},"time":${index},"process":1,"lane":0,"type":"ok","f":"release"${more}}\n`;

function read(lines: string, more: Partial<PartTask> = {}): LogPart {
  writeFileSync(path, lines);
  return readPart({ log: 'history', path, start: 0, end: lines.length, isLarge: true, ...more });
}

const columnsOf = ({ tables: { history } }: LogPart): [string, Float64Array][] =>
  Object.entries(history).filter((named): named is [string, Float64Array] => ArrayBuffer.isView(named[1]));

describe('readPart', () => {
  const lines = Array.from({ length: 20 }, (_, index) => entry(index, `,"value":${index % 3}`)).join('');

  it('puts all columns into the memory that it was given, whatever that held, without touching one another', () => {
    const memory = memoryFor(lines.length);
    new Uint8Array(memory).fill(0xff);
    const here = read(lines, { memory });
    const elsewhere = read(lines);
    expect(columnsOf(here)).toHaveLength(11);
    for (const [at, [name, column]] of columnsOf(here).entries()) {
      expect(column.buffer, name).toBe(memory);
      const [, other] = columnsOf(elsewhere)[at] as [string, Float64Array];
      expect([...column.subarray(0, 20)], name).toEqual([...other.subarray(0, 20)]);
    }
  });

  it('takes memory of its own where what was given does not do', () => {
    const part = read(lines, { memory: new SharedArrayBuffer(16) });
    expect(part.tables.history.length).toBe(20);
    expect(Array.from({ length: 20 }, (_, row) => part.tables.history.time[row])).toEqual(
      Array.from({ length: 20 }, (_, row) => row),
    );
  });

  it('makes one object of small values that are written alike, and of no others', () => {
    const long = `{"a":"${'x'.repeat(80)}"}`;
    const values = [
      '{"deleted":true}',
      '{"a":0}',
      '"lost"',
      long,
      '{"deleted":true}',
      '{"a":-0}',
      '{"deleted":true}',
      '"lost"',
      long,
      '"{}"',
      '{}',
    ];
    const { tables } = read(values.map((value, index) => entry(index, `,"value":${value}`)).join(''));
    const made = values.map((_, row) => valueAt(tables.history, row));
    expect(made).toEqual(values.map((value) => JSON.parse(value) as unknown));
    expect(made[4]).toBe(made[0]);
    expect(made[6]).toBe(made[0]);
    expect(tables.history.values).toHaveLength(values.length - 3);
  });

  it('forgets what it has seen when a part ends', () => {
    const [a, b] = [1, 2].map(() => read(entry(0, ',"value":{"deleted":true}')));
    expect(a?.tables.history.values).toEqual(b?.tables.history.values);
    expect(a?.tables.history.values[0]).not.toBe(b?.tables.history.values[0]);
  });
});

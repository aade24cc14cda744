import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../harness/history/decision.js';
import { openDecisionFile, recover } from './decision-file.js';
import type { Access } from './fencing.js';
import { createStore } from './store.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-decisions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const value = fc.oneof(fc.jsonValue(), fc.constant(JSON.parse('{"__proto__":{"x":1}}') as unknown), fc.string());
const token = fc.bigInt(0n, 6n).map(String);
const access: fc.Arbitrary<Access> = fc.oneof(
  fc.record({ f: fc.constant('read' as const), token }),
  fc.record({ f: fc.constant('write' as const), token, value }),
);
const requests = fc.array(fc.record({ key: fc.constantFrom('a', 'ü\n', '__proto__'), access }), { maxLength: 20 });
type Requests = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function decide(asked: Requests) {
  const store = createStore('on');
  for (const [op, { key, access }] of asked.entries()) store.apply({ op, process: 0, key }, access);
  return { store, bytes: Buffer.concat(store.log.pieces()) };
}

const decisionsOf = (bytes: Buffer): unknown[] =>
  bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('recover', () => {
  it('keeps every whole line of a file that was cut anywhere, and nothing else', () => {
    fc.assert(
      fc.property(requests, fc.double({ min: 0, max: 1, noNaN: true }), (asked, share) => {
        const { bytes } = decide(asked);
        const cut = bytes.subarray(0, Math.round(share * bytes.length));
        const whole = cut.subarray(0, cut.lastIndexOf('\n') + 1);
        expect(recover(cut)).toEqual({ kind: 'whole', decisions: decisionsOf(whole), bytes: whole.length });
      }),
    );
  });

  it('does not go on behind a line that no kill explains', () => {
    const { bytes } = decide([1, 2, 3].map((n) => ({ key: 'a', access: { f: 'write', token: String(n), value: n } })));
    const lines = bytes.toString().split('\n');
    const file = (...some: (string | undefined)[]) => recover(Buffer.from(some.join('\n')));
    expect(file(lines[0], '{"seq":2', lines[2], '')).toMatchObject({ kind: 'damaged', line: 2 });
    expect(file(lines[0], '', lines[1], '')).toMatchObject({ kind: 'damaged', line: 2 });
    expect(file(lines[0], lines[2], '')).toEqual({ kind: 'damaged', line: 2, reason: 'its number is 3' });
    expect(file(lines[0], '{"seq":2}', '')).toMatchObject({ kind: 'damaged', line: 2 });
  });
});

describe('a store over a file', () => {
  it('goes on as one that was never ended', () => {
    fc.assert(
      fc.property(requests, requests, (first, second) => {
        const before = decide(first);
        const kept = recover(before.bytes);
        if (kept.kind !== 'whole') throw new Error(kept.reason);
        const again = createStore('on', {
          recovered: kept.decisions,
          append: () => undefined,
          whenKept: (tell) => tell(),
          clear: async () => undefined,
        });
        expect(again.summary()).toEqual(before.store.summary());
        for (const [op, { key, access }] of second.entries()) {
          const origin = { op, process: 0, key };
          expect(again.apply(origin, access)).toEqual(before.store.apply(origin, access));
        }
        expect(Buffer.concat(again.log.pieces())).toEqual(Buffer.concat(before.store.log.pieces()));
      }),
    );
  });
});

describe('openDecisionFile', () => {
  const decision = (seq: number): Decision => ({
    ...{ seq, op: -1, process: -1, f: 'write', key: 'r0', token: '7', value: seq, verdict: 'accepted', highest: '7' },
  });
  const line = (seq: number): string => `${JSON.stringify(decision(seq))}\n`;

  it('cuts off a torn end, so that the next line stands by itself', async () => {
    const path = join(folder, 'torn');
    await writeFile(path, `${line(1)}{"seq":2,"op":`);
    const file = await openDecisionFile(path);
    expect(file.recovered).toEqual([decision(1)]);
    file.append(line(2));
    await new Promise<void>((resolve) => file.whenKept(resolve));
    expect(await readFile(path, 'utf8')).toBe(line(1) + line(2));
    await file.close();
  });

  it('calls back in order, each time when the lines before it are in the file', async () => {
    const path = join(folder, 'order');
    const file = await openDecisionFile(path);
    const seen: { seq: number; inFile: Promise<string> }[] = [];
    for (let seq = 1; seq <= 200; seq++) {
      file.append(line(seq));
      file.whenKept(() => seen.push({ seq, inFile: readFile(path, 'utf8') }));
      if (seq % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await file.close();
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    for (const { seq, inFile } of seen) expect(await inFile).toContain(line(seq));
  });

  it('is empty after a clear, which waits for what is under way, and goes on from its first line', async () => {
    const path = join(folder, 'cleared');
    const file = await openDecisionFile(path);
    let kept = 0;
    for (let seq = 1; seq <= 50; seq++) {
      file.append(line(seq));
      file.whenKept(() => kept++);
    }
    await file.clear();
    expect(kept).toBe(50);
    expect(await readFile(path, 'utf8')).toBe('');
    file.append(line(1));
    await new Promise<void>((resolve) => file.whenKept(resolve));
    expect(await readFile(path, 'utf8')).toBe(line(1));
    await file.close();
  });

  it('refuses a damaged file, and names it and the line', async () => {
    const path = join(folder, 'damaged');
    await writeFile(path, `${line(1)}nonsense\n`);
    await expect(openDecisionFile(path)).rejects.toThrow(/damaged: line 2: /);
  });
});

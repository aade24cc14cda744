// The durable storage as a real process: killed in the middle of writes, and on a disk that is full.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../harness/history/decision.js';
import type { Accepted } from './protocol.js';

let programs = '';
let folder = '';
const children: ChildProcess[] = [];

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'leasebreaker-durable-'));
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: { storage: 'storage-main.ts', admin: 'admin-main.ts' },
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});
beforeEach(async () => {
  folder = await mkdtemp(join(programs, 'data-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(programs, { recursive: true, force: true }));

/** `before` is put in front of the command, in a shell. */
function start(program: 'storage' | 'admin', args: string[] = [], before = ''): ChildProcess {
  const command = `${before} exec "$0" "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, join(programs, `${program}.mjs`), ...args], {
    env: {
      PATH: process.env['PATH'],
      STORAGE_KIND: 'http-durable',
      STORAGE_DATA: folder,
      STORAGE_FENCING: 'on',
      STORAGE_HOST: '127.0.0.1',
      STORAGE_PORT: '0',
      STORAGE_ADMIN_SOCKET: join(folder, 'admin.sock'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function startStorage(before?: string): Promise<{ child: ChildProcess; port: number }> {
  const child = start('storage', [], before);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, port: Number(/listening on 127\.0\.0\.1:(\d+),/.exec(line.toString())?.[1]) };
}

async function post(port: number, path: string, body: object): Promise<Accepted> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ op: -1, process: -1, ...body }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Accepted;
}

interface Acknowledged extends Accepted {
  key: string;
}

/** Writes from many connections at once until the storage is gone; what was acknowledged. */
async function writeUntilGone(
  port: number,
  firstToken: number,
  onCount: (count: number) => void = () => undefined,
): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    const key = `key-${writer}`;
    for (let n = 0; ; n++) {
      const write = post(port, '/write', { key, token: String(firstToken + n), value: `${writer}/${n}` });
      acknowledged.push({ key, ...(await write) });
      onCount(acknowledged.length);
    }
  });
  await Promise.allSettled(writers);
  return acknowledged;
}

async function readLog(): Promise<Decision[]> {
  const child = start('admin', ['log']);
  const [out, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
  expect(code).toBe(0);
  const lines = out.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Decision);
}

/** Everything acknowledged is in the log under its number, and the log counts without a gap. */
async function expectAllKept(acknowledged: readonly Acknowledged[]): Promise<Decision[]> {
  const log = await readLog();
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  for (const { seq, key, value, token } of acknowledged) {
    expect(log[seq - 1]).toMatchObject({ f: 'write', verdict: 'accepted', key, value, token });
  }
  return log;
}

describe('the durable storage', () => {
  it('has every acknowledged write, the highest tokens and its numbers after each of five kills', async () => {
    const acknowledged: Acknowledged[] = [];
    for (let round = 1; round <= 5; round++) {
      const { child, port } = await startStorage();
      const log = await expectAllKept(acknowledged);
      const highest = new Map(log.filter(({ f }) => f === 'write').map((one) => [one.key, one]));
      for (const [key, last] of highest) {
        const read = post(port, '/read', { key, token: last.highest });
        expect(await read).toMatchObject({ value: last.value, token: last.token });
        await expect(
          post(port, '/write', { key, token: String(BigInt(last.highest) - 1n), value: 'stale' }),
        ).rejects.toThrow(/fenced/);
      }
      const killAt = 37 * round;
      const written = writeUntilGone(port, round * 1_000_000, (count) => {
        if (count === killAt) child.kill('SIGKILL');
      });
      acknowledged.push(...(await written));
      expect(acknowledged.length).toBeGreaterThanOrEqual(killAt);
    }
    await startStorage();
    await expectAllKept(acknowledged);
  });

  it('ends with 3 when its disk is full, and loses nothing that it acknowledged', async () => {
    // A limit of a file's size stands for a full disk: both make the write fail, in the middle of a line.
    const { child, port } = await startStorage('ulimit -f 40;');
    const err = text(child.stderr!);
    const [acknowledged, [code]] = await Promise.all([writeUntilGone(port, 1), once(child, 'close')]);
    expect(code).toBe(3);
    expect(await err).toMatch(/^storage: the decisions cannot be kept: EFBIG/);
    expect((await stat(join(folder, 'decisions.ndjson'))).size).toBe(40 * 512);
    expect(acknowledged.length).toBeGreaterThan(50);
    const again = await startStorage();
    await expectAllKept(acknowledged);
    await post(again.port, '/write', { key: 'key-0', token: '999999', value: 'on' });
    await expectAllKept(acknowledged);
  });

  it('is empty after a reset, also when it is killed right after it', async () => {
    const { child, port } = await startStorage();
    await post(port, '/write', { key: 'key-0', token: '77', value: 'before' });
    const [code] = (await once(start('admin', ['reset']), 'close')) as [number];
    expect(code).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'close');
    const again = await startStorage();
    expect(await readLog()).toEqual([]);
    expect(await post(again.port, '/write', { key: 'key-0', token: '1', value: 'after' })).toMatchObject({ seq: 1 });
    expect((await readLog()).map(({ value }) => value)).toEqual(['after']);
  });

  it('ends with 3 and the folder where it cannot keep anything', async () => {
    await rm(folder, { recursive: true });
    const child = start('storage');
    const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
    expect(code).toBe(3);
    expect(err).toMatch(/^storage: ENOENT.*decisions\.ndjson/);
  });
});

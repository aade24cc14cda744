// The two programs as they run in the container: compiled, as processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAdminServer } from './admin-server.js';
import { createStore } from './store.js';

let folder = '';
let socket = '';
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-storage-'));
  socket = join(folder, 'admin.sock');
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: { storage: 'storage-main.ts', admin: 'admin-main.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(program: 'storage' | 'admin', args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...args.filter((arg) => arg.startsWith('--')),
      join(folder, `${program}.mjs`),
      ...args.filter((arg) => !arg.startsWith('--')),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        STORAGE_HOST: '127.0.0.1',
        STORAGE_PORT: '0',
        STORAGE_ADMIN_SOCKET: socket,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<{ code: number; out: string; err: string }> {
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')]);
  return { code: code as number, out, err };
}

const admin = (command: string) => ended(start('admin', [command]));

/** Starts a storage and answers its port once it listens. */
async function startStorage(
  fencing: string,
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; port: number }> {
  const child = start('storage', [], { STORAGE_FENCING: fencing, ...env });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const port = /^storage: fencing [\w+-]+, listening on 127\.0\.0\.1:(\d+), admin on /.exec(line.toString())?.[1];
  return { child, port: Number(port) };
}

const write = (port: number, token: string, value: unknown) =>
  fetch(`http://127.0.0.1:${port}/write`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ op: -1, process: -1, key: 'r0', token, value }),
  });

describe('storage', () => {
  it.each(['strict', 'monotonic+register', 'ask-etcd'])('starts with the scheme %s', async (fencing) => {
    const { port } = await startStorage(fencing);
    expect((await write(port, '34', 'new')).status).toBe(200);
    expect(JSON.parse((await admin('health')).out)).toEqual({ status: 'ok', fencing });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'an unknown scheme',
      { STORAGE_FENCING: 'stirct' },
      /^storage: STORAGE_FENCING is "stirct": one of off, equality, monotonic, strict, monotonic\+register, ask-etcd, on\n$/,
    ],
    [
      'a scheme that only etcd can do',
      { STORAGE_FENCING: 'guard' },
      /^storage: STORAGE_FENCING is "guard": one of off, /,
    ],
    ['no scheme', {}, /^storage: STORAGE_FENCING is not set: one of off, /],
    ['an empty scheme', { STORAGE_FENCING: '' }, /^storage: STORAGE_FENCING is "": one of /],
    ['a port that is none', { STORAGE_FENCING: 'on', STORAGE_PORT: '70000' }, /^storage: STORAGE_PORT is "70000": /],
  ])('ends with 64 and one line for %s', async (_, env, line) => {
    const { code, err } = await ended(start('storage', [], env));
    expect(code).toBe(64);
    expect(err).toMatch(line);
  });

  it('serves, tells its health, its log and a summary beside it, and ends with 0 after SIGTERM', async () => {
    const { child, port } = await startStorage('monotonic');
    expect((await write(port, '34', 'new')).status).toBe(200);
    expect((await write(port, '33', 'old')).status).toBe(409);
    expect(await admin('health')).toEqual({ code: 0, out: '{"status":"ok","fencing":"monotonic"}\n', err: '' });
    const log = await admin('log');
    expect(log.code).toBe(0);
    expect(log.out.split('\n').map((line) => line && JSON.parse(line))).toEqual([
      {
        seq: 1,
        op: -1,
        process: -1,
        f: 'write',
        key: 'r0',
        token: '34',
        value: 'new',
        verdict: 'accepted',
        highest: '34',
      },
      expect.objectContaining({ seq: 2, token: '33', value: 'old', verdict: 'refused', highest: '34' }),
      '',
    ]);
    const before = [Date.now(), process.hrtime.bigint()] as const;
    const clock = JSON.parse((await admin('clock')).out) as { wallMs: number; monotonicNs: string };
    expect(clock.wallMs).toBeGreaterThanOrEqual(before[0]);
    expect(clock.wallMs).toBeLessThanOrEqual(Date.now());
    expect(BigInt(clock.monotonicNs)).toBeGreaterThanOrEqual(before[1]);
    expect(BigInt(clock.monotonicNs)).toBeLessThanOrEqual(process.hrtime.bigint());
    expect(JSON.parse((await admin('summary')).out)).toEqual({
      fencing: 'monotonic',
      decisions: 2,
      accepted: 1,
      refused: 1,
      keys: 1,
      logBytes: log.out.length,
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('forgets all that it was told on a reset, and lets go of whoever is connected', async () => {
    const { port } = await startStorage('monotonic');
    const idle = connect(port, '127.0.0.1').resume();
    const closed = once(idle, 'close');
    await once(idle, 'connect');
    expect((await write(port, '34', 'new')).status).toBe(200);
    expect(JSON.parse((await admin('reset')).out)).toMatchObject({ fencing: 'monotonic', decisions: 0, keys: 0 });
    await closed;
    expect(await admin('log')).toEqual({ code: 0, out: '', err: '' });
    expect(JSON.parse((await admin('summary')).out)).toMatchObject({ decisions: 0, keys: 0, logBytes: 0 });
    const first = await write(port, '1', 'first');
    expect(await first.json()).toEqual({ seq: 1, value: 'first', token: '1' });
  });

  it('shows nothing of its log to those who have only its address', async () => {
    const { port } = await startStorage('on');
    for (const path of ['log', 'health', 'clock', 'summary', 'reset'])
      for (const method of ['GET', 'POST'])
        expect((await fetch(`http://127.0.0.1:${port}/${path}`, { method })).status).toBe(404);
  });

  it('ends with 3 where the port is taken, and leaves the socket of the one that has it alone', async () => {
    const { port } = await startStorage('on');
    const { code, err } = await ended(start('storage', [], { STORAGE_FENCING: 'on', STORAGE_PORT: String(port) }));
    expect(code).toBe(3);
    expect(err).toMatch(/^storage: .*EADDRINUSE/);
    expect((await admin('health')).code).toBe(0);
  });

  it('starts again beside the socket of one that was killed', async () => {
    const { child } = await startStorage('on');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await admin('health')).code).toBe(3);
    await startStorage('off');
    expect((await admin('health')).out).toBe('{"status":"ok","fencing":"off"}\n');
  });
});

describe('storage-admin', () => {
  it.each([[[]], [['logs']]])('ends with 64 for the arguments %j', async (args: string[]) => {
    const { code, err } = await ended(start('admin', args));
    expect(code).toBe(64);
    expect(err).toBe('storage-admin: usage: storage-admin health | clock | log | summary | reset\n');
  });

  it('ends with 64 for a kind that there is not, and for a clock that nobody has', async () => {
    const unknown = await ended(start('admin', ['health'], { STORAGE_KIND: 'mysql' }));
    expect(unknown).toMatchObject({ code: 64, out: '' });
    expect(unknown.err).toBe(
      'storage-admin: STORAGE_KIND is "mysql": one of http, http-durable, postgres, redis, etcd\n',
    );
    const clock = await ended(start('admin', ['clock'], { STORAGE_KIND: 'etcd' }));
    expect(clock).toMatchObject({ code: 64, err: 'storage-admin: etcd has no one clock\n' });
  });

  it.each([
    ['postgres', 'postgres://postgres@127.0.0.1:1/leasebreaker', /127\.0\.0\.1:1\b.*ECONNREFUSED/],
    ['redis', 'redis://127.0.0.1:1', /127\.0\.0\.1:1\b.*ECONNREFUSED/],
    ['etcd', 'etcd:http://127.0.0.1:1,http://127.0.0.1:2', /127\.0\.0\.1:1:.*127\.0\.0\.1:2:/],
  ])('ends with 3 and the address where no %s answers', async (kind, url, told) => {
    for (const command of ['health', 'log']) {
      const { code, out, err } = await ended(start('admin', [command], { STORAGE_KIND: kind, STORAGE_URL: url }));
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(err).toMatch(told);
    }
  });

  it('ends with 3 and the socket where no storage answers', async () => {
    const { code, err } = await ended(
      start('admin', ['health'], { STORAGE_ADMIN_SOCKET: join(folder, 'nobody.sock') }),
    );
    expect(code).toBe(3);
    expect(err).toMatch(/nobody\.sock: .*ENOENT/);
  });
});

describe('a log of a million decisions', () => {
  const DECISIONS = 1_000_000;
  let server: Server;
  const store = createStore('off');

  beforeAll(async () => {
    for (let op = 0; op < DECISIONS; op++) {
      store.apply({ op, process: op % 40, key: `lane-${op % 8}` }, { f: 'write', token: String(1000 + op), value: op });
    }
    server = createAdminServer(store, () => undefined).listen(join(folder, 'large.sock'));
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  it('comes whole and in order through a command that holds little of it', async () => {
    // (Not resourceUsage().maxRSS: after a fork it begins with what the parent needed.)
    const tellMemory =
      'let peak=0;setInterval(()=>{peak=Math.max(peak,process.memoryUsage.rss())},5).unref();' +
      "process.on('exit',()=>console.error(peak))";
    const child = start('admin', ['log', `--import=data:text/javascript,${tellMemory}`], {
      STORAGE_ADMIN_SOCKET: join(folder, 'large.sock'),
    });
    const memory = text(child.stderr!);
    let rest = '';
    let seq = 0;
    for await (const piece of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        seq += 1;
        if (!line.startsWith(`{"seq":${seq},`)) throw new Error(`decision ${seq} is ${line}`);
      }
    }
    expect(rest).toBe('');
    expect(seq).toBe(DECISIONS);
    // The log is far larger than what a program that reads it in pieces needs beside Node itself.
    expect(store.log.bytes).toBeGreaterThan(120e6);
    const peak = Number(await memory);
    expect(peak).toBeGreaterThan(10e6);
    expect(peak).toBeLessThan(120e6);
  });

  it('may be left in the middle: neither side minds', async () => {
    const child = start('admin', ['log'], { STORAGE_ADMIN_SOCKET: join(folder, 'large.sock') });
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(await text(child.stderr!)).toBe('');
    const again = await ended(start('admin', ['summary'], { STORAGE_ADMIN_SOCKET: join(folder, 'large.sock') }));
    expect(JSON.parse(again.out)).toMatchObject({ decisions: DECISIONS });
  });

  it('that breaks off ends the command with 3', async () => {
    const child = start('admin', ['log'], { STORAGE_ADMIN_SOCKET: join(folder, 'large.sock') });
    const err = text(child.stderr!);
    await once(child.stdout!, 'data'); // and no further: the pipe is full and the command waits
    child.stdout!.pause();
    server.closeAllConnections();
    child.stdout!.resume();
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(await err).toMatch(/^storage-admin: /);
  });
});

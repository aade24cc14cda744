/** Somebody else's client program: what `conform` says of good ones, runs with them, and what becomes of bad ones. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder, ROOT } from './support/command.js';

const OWN = ['--client', 'node /opt/leasebreaker/client.mjs', '--recipe', 'mutex'];
const PYTHON = [
  '--client',
  'python3 /opt/python-client/client.py',
  '--client-build',
  join(ROOT, 'examples/clients/python'),
];
const GO = ['--client', 'go-client', '--client-build', join(ROOT, 'examples/clients/go')];
/** The first time a compiler is installed, on a slow machine from a slow mirror. */
const BUILD_MS = 1_800_000;
const SMALL = ['--lanes', '2', '--clients', '3', '--time', '10', '--seed', '5'];

async function run(args: readonly string[]) {
  const output = await resultsFolder();
  const ended = await leasebreaker(['run', ...SMALL, '--output', output, ...args]);
  const [dir = ''] = (await readdir(output)).filter((name) => name !== 'latest');
  return { ...ended, dir: join(output, dir) };
}

describe('conform', () => {
  it.each([
    ['our own client', OWN, []],
    ['the client in Python', PYTHON, []],
    ['the client in Go', GO, ['keep-alive by the controller', 'stall']],
  ])('passes %s', { timeout: BUILD_MS }, async (_, client, skipped) => {
    const { code, stdout, stderr } = await leasebreaker(['conform', ...client, '--json']);
    const { results } = JSON.parse(stdout || stderr) as { results: { name: string; outcome: string }[] };
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(
      results
        .filter(({ outcome }) => outcome === 'skipped')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(skipped);
    expect(code).toBe(0);
  });

  it('says what a wrong client does wrong, and ends with 1', async () => {
    // Tells everybody at once that they have the lock.
    const liar = `node -e "
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
        const { id, f } = JSON.parse(line);
        console.log(JSON.stringify({ id, type: 'ok', token: '1', value: f === 'hello' ? { version: 1, name: 'liar' } : {} }));
      })"`;
    const { code, stdout } = await leasebreaker(['conform', '--client', liar.replaceAll('\n', ' ')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^passed {3}hello$/m);
    expect(stdout).toMatch(/^FAILED {3}mutual exclusion$/m);
    expect(stdout).toMatch(/^FAILED {3}acquire$[\s\S]*expected: one key in etcd/m);
  });
});

describe('a run', () => {
  it.each([
    ['in Python', PYTHON],
    ['in Go', GO],
  ])(
    'with the client %s comes to harm under a pause, and not with fencing',
    { timeout: BUILD_MS },
    async (_, client) => {
      const off = await run([...client, '--faults', 'pause', '--fencing', 'off', '--expect', 'violation']);
      expect(off.stdout + off.stderr).toContain('violation');
      expect(off.code).toBe(0);
      const on = await run([...client, '--faults', 'pause', '--fencing', 'on', '--expect', 'clean']);
      expect(on.code, on.stdout + on.stderr).toBe(0);
    },
  );
});

describe('a Dockerfile of one', () => {
  it.each([
    [
      'that fails to build',
      'ARG NODE_IMAGE\nFROM $NODE_IMAGE\nRUN echo compiling && no-such-compiler client.c\n',
      /cannot be built from .*returned a non-zero code: 127[\s\S]*no-such-compiler: not found[\s\S]*-> less .*build\.log/,
    ],
    [
      'that starts from another image',
      'FROM scratch\nCOPY Dockerfile /\n',
      /is not made FROM this version's leasebreaker-node[\s\S]*-> start its Dockerfile with: ARG NODE_IMAGE/,
    ],
  ])('%s ends the run with 3 and says what to mend', async (_, dockerfile, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bad-build-'));
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    const { code, stderr } = await run(['--client', 'x', '--client-build', folder]);
    expect(stderr).toMatch(message);
    expect(code).toBe(3);
    await rm(folder, { recursive: true });
  });
});

describe('a bad client', () => {
  it.each([
    ['does not start', 'no-such-client', /did not answer hello: client-exited exit code 127.*not found/],
    ['dies at once', 'sh -c "echo broken >&2; exit 7"', /client-exited exit code 7, signal none; broken/],
    ['answers garbage', 'echo good morning', /malformed-line good morning/],
    ['answers nothing', 'sleep 1000', /no-answer no answer in 60000 ms/],
  ])('that %s ends the run with 3, says so, and leaves its record', async (_, client, message) => {
    const { code, stdout, stderr, dir } = await run(['--client', client, '--faults', 'none']);
    expect(stdout + stderr).toMatch(message);
    expect(stdout + stderr).toContain('npx leasebreaker conform');
    expect(code).toBe(3);
    expect(await readdir(dir)).toEqual(expect.arrayContaining(['run.json', 'plan.json', 'history.jsonl']));
  });

  it('that breaks off into garbage is replaced, and the rest of the run is judged', async () => {
    const client = 'node /opt/leasebreaker/client.mjs | sed -u "9,99999 s/^/garbage/"';
    const { code, stdout, stderr, dir } = await run(['--client', client, '--recipe', 'mutex', '--faults', 'none']);
    expect(stdout + stderr).toMatch(/malformed-line|harness error/i);
    expect(code).toBe(2);
    expect((await stat(join(dir, 'verdict.json'))).size).toBeGreaterThan(0);
    expect(await readFile(join(dir, 'history.jsonl'), 'utf8')).toContain('malformed-line');
  });

  it('that floods its stderr does not drown the others', async () => {
    const client = 'sh -c "(yes flood | head -c 8000000 >&2) & exec node /opt/leasebreaker/client.mjs"';
    const { code, stdout, stderr, dir } = await run(['--client', client, '--recipe', 'mutex', '--faults', 'none']);
    expect(code, stdout + stderr).toBe(0);
    const logs = await readFile(join(dir, 'logs/clients.log'), 'utf8');
    expect(logs).toMatch(/\d+ more lines in a second are dropped/);
    // Six of them say 8 MB each.
    expect(logs.length).toBeLessThan(24_000_000);
  });

  it.each([
    [['run', '--client', 'x', '--client-build', '/no/such/folder'], 64, 'there is no such folder'],
    [['run', '--client', 'x', '--client-build', ROOT], 64, 'there is no Dockerfile in it'],
    [['run', '--client-image', 'x'], 64, 'give --client too'],
    [['conform'], 64, "--client 'COMMAND'"],
    [['conform', '--client', 'x', '--client-image', 'localhost:1/no/such:image'], 3, 'cannot be pulled'],
    [['conform', '--client', 'x', '--client-image', 'leasebreaker-etcd:latest'], 3, 'is not made FROM'],
  ])('%j ends with %i', async (args, expected, message) => {
    const { code, stderr } = await leasebreaker(args);
    expect(stderr).toContain(message);
    expect(code).toBe(expected);
  });
});

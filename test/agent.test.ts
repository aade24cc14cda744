/** The built agent with real child processes on this host: signals, receipts, order, and what it leaves behind. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AGENT_PROTOCOL, type ExecResult, type SignalResult, type TaskStates } from '../harness/agent/protocol.js';
import { MAX_LINE } from '../harness/history/lines.js';
import { startAgent, type TestAgent } from './support/agent.js';

/** Programs for `node -e`. */
const ECHO = `process.stdin.on('data', (data) => process.stdout.write(data)); process.stdin.on('end', () => process.exit(7));`;
const TICK = `let n = 0; setInterval(() => console.log(n++), 5);`;

let agents: TestAgent[] = [];
function started() {
  const agent = startAgent();
  agents.push(agent);
  return agent;
}

afterEach(async () => {
  await Promise.all(agents.map(({ child }) => (child.stdin.end(), child)));
  agents = [];
});

describe('the agent', () => {
  it('says that it is ready before anything else, and answers a ping with its clocks', async () => {
    const agent = started();
    const ping = await agent.value<{ monotonicNs: string; wallMs: number }>({ do: 'ping' });
    expect(agent.messages[0]).toEqual({ event: 'ready', protocol: AGENT_PROTOCOL, pid: agent.child.pid });
    expect(BigInt(ping.monotonicNs)).toBeGreaterThan(0n);
    expect(Math.abs(ping.wallMs - Date.now())).toBeLessThan(10_000);
  });

  it('relays lines in both directions, and the exit after the last line', async () => {
    const agent = started();
    await agent.value(
      agent.spawnNode(
        'a',
        `${ECHO} console.error('grüße'); process.stdin.once('end', () => process.stdout.write('torn'));`,
      ),
    );
    agent.write(
      { do: 'send', name: 'a', line: 'o', as: 'part' },
      { do: 'send', name: 'a', line: 'ne' },
      { do: 'send', name: 'a', line: 'zwölf €' },
    );
    await agent.until(() => (agent.lines('a').length === 2 ? true : undefined));
    expect(agent.lines('a')).toEqual(['one', 'zwölf €']);
    await agent.until(() =>
      agent.messages.find((message) => 'event' in message && message.event === 'stderr' && message.line === 'grüße'),
    );
    await agent.value({ do: 'signal', of: { child: 'a' }, signal: 'SIGKILL' });
    expect(agent.messages.at(-2)).toMatchObject({ event: 'exit', name: 'a', code: null, signal: 'SIGKILL' });

    await agent.value(agent.spawnNode('a', `console.log('last'); process.stdout.write('torn'); process.exitCode = 3;`));
    await agent.until(() =>
      agent.messages.find((message) => 'event' in message && message.event === 'exit' && message.code === 3),
    );
    expect(agent.messages.slice(-3)).toMatchObject([{ line: 'last' }, { line: 'torn' }, { event: 'exit' }]);
  });

  it('cuts a line without end and says so', async () => {
    const agent = started();
    await agent.value(agent.spawnNode('a', `process.stdout.write('x'.repeat(${MAX_LINE + 5}) + '\\nnext\\n')`));
    await agent.exit('a');
    expect(agent.lines('a').map((line) => line.length)).toEqual([MAX_LINE, 4]);
    expect(agent.messages).toContainEqual(
      expect.objectContaining({ event: 'stderr', name: 'a', line: expect.stringContaining('cut') }),
    );
  });

  it('stops every thread, proves it, and lets them run on', async () => {
    const agent = started();
    await agent.value(agent.spawnNode('a', TICK));
    await agent.until(() => agent.lines('a')[2]);
    const stopped = await agent.value<SignalResult>({ do: 'signal', of: { child: 'a' }, signal: 'SIGSTOP' });
    expect(stopped.reached).toBe(true);
    expect(stopped.states.length).toBeGreaterThan(1);
    expect(new Set(stopped.states.map(({ state }) => state))).toEqual(new Set(['T']));

    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = agent.lines('a').length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(agent.lines('a').length).toBe(before);
    expect((await agent.value<TaskStates>({ do: 'tasks', of: { child: 'a' } })).states).toEqual(stopped.states);

    const resumed = await agent.value<SignalResult>({ do: 'signal', of: { child: 'a' }, signal: 'SIGCONT' });
    expect(resumed.reached).toBe(true);
    expect(resumed.states.every(({ state }) => state !== 'T')).toBe(true);
    await agent.until(() => agent.lines('a')[before + 3]);
  });

  it('says so when a signal does not do what it should', async () => {
    const agent = started();
    await agent.value(agent.spawnNode('a', `process.on('SIGTERM', () => undefined); ${TICK}`));
    await agent.until(() => agent.lines('a')[0]);
    expect(await agent.value<SignalResult>({ do: 'signal', of: { child: 'a' }, signal: 'SIGTERM' })).toMatchObject({
      reached: false,
    });
  });

  it('puts a line into the pipe before the SIGCONT that follows it', async () => {
    const agent = started();
    // By the check phase after SIGCONT was seen, whatever was in the pipe before it has been read.
    const program = `let seen = 0; process.stdin.on('data', () => seen++);
      process.on('SIGCONT', () => setImmediate(() => { console.log(seen); seen = 0; })); console.log('up');`;
    await agent.value(agent.spawnNode('a', program));
    await agent.until(() => agent.lines('a')[0]);
    for (let round = 1; round <= 20; round++) {
      await agent.value({ do: 'signal', of: { child: 'a' }, signal: 'SIGSTOP' });
      agent.write(
        { do: 'send', name: 'a', line: 'x' },
        { id: 1000 + round, do: 'signal', of: { child: 'a' }, signal: 'SIGCONT' },
      );
      expect(await agent.until(() => agent.lines('a')[round])).toBe('1');
    }
  });

  it('ends what it started, the stopped ones too, when its stdin ends', async () => {
    const agent = started();
    const { pid: running } = await agent.value<{ pid: number }>(
      agent.spawnNode('running', `setInterval(() => undefined, 1000)`),
    );
    const { pid: stopped } = await agent.value<{ pid: number }>(
      agent.spawnNode('stopped', `setInterval(() => undefined, 1000)`),
    );
    await agent.value({ do: 'signal', of: { child: 'stopped' }, signal: 'SIGSTOP' });
    const endedAt = performance.now();
    agent.child.stdin.end();
    expect(await agent.child).toMatchObject({ exitCode: 0 });
    expect(performance.now() - endedAt).toBeLessThan(10_000);
    expect(existsSync(`/proc/${running}`)).toBe(false);
    expect(existsSync(`/proc/${stopped}`)).toBe(false);
  });

  it.each(['end of stdin', 'SIGTERM', 'SIGHUP twice'])('ends with its guards: %s', async (how) => {
    const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-agent-'));
    const log = join(folder, 'log');
    const agent = started();
    const { pid } = await agent.value<{ pid: number }>(agent.spawnNode('child', TICK));
    await agent.value({ do: 'guard', name: 'fails', command: ['false'] });
    // By then nothing of the agent's own is left that could undo what the guard does.
    await agent.value({
      do: 'guard',
      name: 'a',
      command: ['sh', '-c', `sleep 0.2; test -e /proc/${pid}; echo $? > ${log}`],
    });
    await agent.value({ do: 'guard', name: 'b', command: ['sh', '-c', `echo b >> ${log}`] });
    await agent.value({ do: 'guard', name: 'c', command: ['sh', '-c', `echo c >> ${log}`] });
    await agent.value({ do: 'guard', name: 'c' });
    agent.write({ id: 99, do: 'exec', command: ['sleep', '60'] });
    await agent.value({ do: 'ping' });
    expect(existsSync(log)).toBe(false);
    if (how === 'end of stdin') agent.child.stdin.end();
    else agent.child.kill(how === 'SIGTERM' ? 'SIGTERM' : 'SIGHUP');
    if (how === 'SIGHUP twice') {
      await new Promise((resolve) => setTimeout(resolve, 100));
      agent.child.kill('SIGHUP');
    }
    expect(await agent.child).toMatchObject({ exitCode: 0 });
    expect(await readFile(log, 'utf8')).toBe('1\nb\n');
    await rm(folder, { recursive: true });
  });

  it('runs a command with its input, and ends it at its limit', async () => {
    const agent = started();
    const counted = await agent.value<ExecResult>({ do: 'exec', command: ['wc', '-l'], stdin: 'one\ntwo\n' });
    expect(counted).toMatchObject({ code: 0, stdout: '2\n', stderr: '' });
    // Meanwhile others are answered.
    const slow = agent.value<ExecResult>({ do: 'exec', command: ['sleep', '60'], limitMs: 500 });
    await agent.value({ do: 'ping' });
    expect(agent.messages.at(-1)).toMatchObject({ value: { monotonicNs: expect.any(String) } });
    expect(await slow).toMatchObject({ code: null });
    const large = await agent.value<ExecResult>({ do: 'exec', command: ['head', '-c', '5000000', '/dev/zero'] });
    expect(large).toMatchObject({ code: 0, cut: true });
  });

  it('is not held up by a grandchild that keeps the pipes open', async () => {
    const agent = started();
    const program = `require('node:child_process').spawn('sleep', ['5'], { stdio: 'inherit' }).unref(); setImmediate(() => process.exit(4));`;
    await agent.value(agent.spawnNode('a', program));
    const startedAt = performance.now();
    expect(await agent.exit('a')).toMatchObject({ code: 4 });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('answers what it cannot do, and goes on', async () => {
    const agent = started();
    expect(await agent.ask({ do: 'spawn', name: 'a', command: ['/no/such/program'] })).toMatchObject({
      ok: false,
      error: expect.stringContaining('ENOENT'),
    });
    expect(await agent.ask({ do: 'signal', of: { child: 'a' }, signal: 'SIGSTOP' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('no process named a'),
    });
    expect(await agent.ask({ do: 'tasks', of: { child: 'a' } })).toMatchObject({ ok: false });
    expect(await agent.ask({ do: 'dance', name: 'a' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('dance'),
    });
    await agent.value(agent.spawnNode('a', ECHO));
    expect(await agent.ask(agent.spawnNode('a', ECHO))).toMatchObject({
      ok: false,
      error: expect.stringContaining('already runs'),
    });
    agent.raw('{"do": nonsense\n');
    agent.write({ do: 'send', name: 'nobody', line: 'x' });
    await agent.value({ do: 'ping' });
    await agent.until(() => agent.complaints[1]);
    expect(agent.complaints).toEqual([expect.stringContaining('not JSON'), expect.stringContaining('nobody')]);
  });
});

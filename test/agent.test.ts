/** The built agent with real child processes on this host: signals, receipts, order, and what it leaves behind. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_LINE, splitLines } from '../harness/history/lines.js';
import type { AgentEvent, AgentMessage, AgentReply, SignalResult, TaskStates } from '../harness/agent/protocol.js';

const AGENT = fileURLToPath(new URL('../dist/image/agent.mjs', import.meta.url));

/** Programs for `node -e`. */
const ECHO = `process.stdin.on('data', (data) => process.stdout.write(data)); process.stdin.on('end', () => process.exit(7));`;
const TICK = `let n = 0; setInterval(() => console.log(n++), 5);`;

function startAgent() {
  const child = execa('node', [AGENT], { buffer: false, reject: false, encoding: 'buffer', cleanup: true });
  const messages: AgentMessage[] = [];
  const complaints: string[] = [];
  child.stdout.on(
    'data',
    splitLines((line) => messages.push(JSON.parse(line) as AgentMessage), 2 * MAX_LINE),
  );
  child.stderr.on(
    'data',
    splitLines((line) => complaints.push(line)),
  );
  let nextId = 1;

  const write = (...commands: object[]): void => {
    child.stdin.write(commands.map((command) => `${JSON.stringify(command)}\n`).join(''));
  };
  const until = <T>(find: () => T | undefined): Promise<T> =>
    vi.waitFor(
      () => {
        const found = find();
        if (found === undefined) throw new Error(`not seen in ${JSON.stringify(messages.slice(-5)).slice(0, 500)}`);
        return found;
      },
      { timeout: 10_000, interval: 2 },
    );
  return {
    child,
    messages,
    complaints,
    write,
    until,
    raw: (text: string) => child.stdin.write(text),
    async ask(command: object): Promise<AgentReply> {
      const id = nextId++;
      write({ id, ...command });
      return until(() => messages.find((message): message is AgentReply => 're' in message && message.re === id));
    },
    async value<T>(command: object): Promise<T> {
      const reply = await this.ask(command);
      if (!reply.ok) throw new Error(reply.error);
      return reply.value as T;
    },
    lines: (name: string) =>
      messages.flatMap((message) =>
        'event' in message && message.event === 'line' && message.name === name ? [message.line] : [],
      ),
    exit: (name: string) =>
      until(() =>
        messages.find(
          (message): message is Extract<AgentEvent, { event: 'exit' }> =>
            'event' in message && message.event === 'exit' && message.name === name,
        ),
      ),
    spawnNode: (name: string, program: string) => ({ do: 'spawn', name, command: ['node', '-e', program] }),
  };
}

let agents: ReturnType<typeof startAgent>[] = [];
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
    expect(agent.messages[0]).toEqual({ event: 'ready', protocol: 1, pid: agent.child.pid });
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
    agent.write({ do: 'send', name: 'a', line: 'one' }, { do: 'send', name: 'a', line: 'zwölf €' });
    await agent.until(() => (agent.lines('a').length === 2 ? true : undefined));
    expect(agent.lines('a')).toEqual(['one', 'zwölf €']);
    await agent.until(() =>
      agent.messages.find((message) => 'event' in message && message.event === 'stderr' && message.line === 'grüße'),
    );
    await agent.value({ do: 'signal', name: 'a', signal: 'SIGKILL' });
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
    const stopped = await agent.value<SignalResult>({ do: 'signal', name: 'a', signal: 'SIGSTOP' });
    expect(stopped.reached).toBe(true);
    expect(stopped.states.length).toBeGreaterThan(1);
    expect(new Set(stopped.states.map(({ state }) => state))).toEqual(new Set(['T']));

    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = agent.lines('a').length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(agent.lines('a').length).toBe(before);
    expect((await agent.value<TaskStates>({ do: 'tasks', name: 'a' })).states).toEqual(stopped.states);

    const resumed = await agent.value<SignalResult>({ do: 'signal', name: 'a', signal: 'SIGCONT' });
    expect(resumed.reached).toBe(true);
    expect(resumed.states.every(({ state }) => state !== 'T')).toBe(true);
    await agent.until(() => agent.lines('a')[before + 3]);
  });

  it('says so when a signal does not do what it should', async () => {
    const agent = started();
    await agent.value(agent.spawnNode('a', `process.on('SIGTERM', () => undefined); ${TICK}`));
    await agent.until(() => agent.lines('a')[0]);
    expect(await agent.value<SignalResult>({ do: 'signal', name: 'a', signal: 'SIGTERM' })).toMatchObject({
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
      await agent.value({ do: 'signal', name: 'a', signal: 'SIGSTOP' });
      agent.write(
        { do: 'send', name: 'a', line: 'x' },
        { id: 1000 + round, do: 'signal', name: 'a', signal: 'SIGCONT' },
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
    await agent.value({ do: 'signal', name: 'stopped', signal: 'SIGSTOP' });
    const endedAt = performance.now();
    agent.child.stdin.end();
    expect(await agent.child).toMatchObject({ exitCode: 0 });
    expect(performance.now() - endedAt).toBeLessThan(10_000);
    expect(existsSync(`/proc/${running}`)).toBe(false);
    expect(existsSync(`/proc/${stopped}`)).toBe(false);
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
    expect(await agent.ask({ do: 'signal', name: 'a', signal: 'SIGSTOP' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('no process named a'),
    });
    expect(await agent.ask({ do: 'tasks', name: 'a' })).toMatchObject({ ok: false });
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

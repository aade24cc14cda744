/** The built agent as a test talks to it. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { vi } from 'vitest';
import type { AgentEvent, AgentMessage, AgentReply } from '../../harness/agent/protocol.js';
import { MAX_LINE, splitLines } from '../../harness/history/lines.js';

const AGENT = fileURLToPath(new URL('../../dist/image/agent.mjs', import.meta.url));

export type TestAgent = ReturnType<typeof startAgent>;

/** Starts the built agent here, or by another command that has its stdio. */
export function startAgent([file, ...args]: readonly [string, ...string[]] = ['node', AGENT]) {
  const child = execa(file, args, { buffer: false, reject: false, encoding: 'buffer', cleanup: true });
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

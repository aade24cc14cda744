/** The controller's end of one agent: commands out, answers and events in, over the line stream of a `docker exec`. */
import type {
  AgentCommand,
  AgentEvent,
  AgentMessage,
  AgentReply,
  PingResult,
  SignalResult,
} from '../agent/protocol.js';
import { AGENT_PROTOCOL } from '../agent/protocol.js';

/** What carries the lines; harness/cluster makes it. */
export interface LineStream {
  send(line: string): void;
  onLine(callback: (line: string) => void): void;
  onStderr(callback: (line: string) => void): void;
  closed: Promise<{ code: number | undefined; reason: string }>;
  end(): void;
}

export interface ChildHandlers {
  onLine(line: string): void;
  onStderr(line: string): void;
  onExit(code: number | null, signal: string | null): void;
}

export interface AgentLink {
  node: string;
  spawn(name: string, command: string[], handlers: ChildHandlers): Promise<{ pid: number }>;
  send(name: string, line: string): void;
  signal(name: string, signal: Extract<AgentCommand, { do: 'signal' }>['signal']): Promise<SignalResult>;
  ping(): Promise<PingResult>;
  /** Resolves when the stream is gone, with the reason; `end` makes it go. */
  closed: Promise<string>;
  end(): void;
}

type Reply = Extract<AgentReply, { ok: true }>['value'];

/** Resolves when the agent has said `ready`; rejects with what it said instead. */
export function connectAgent(node: string, stream: LineStream): Promise<AgentLink> {
  const open = new Map<number, { resolve: (value: Reply) => void; reject: (error: Error) => void }>();
  const children = new Map<string, ChildHandlers>();
  const complaints: string[] = [];
  let nextId = 1;
  let gone = false;

  // Without the id, which is given here.
  type Asked<C = AgentCommand> = C extends { id: number } ? Omit<C, 'id'> : never;
  function ask<T extends Reply>(command: Asked): Promise<T> {
    if (gone) return Promise.reject(new Error(`the agent on ${node} is gone`));
    const id = nextId++;
    return new Promise((resolve, reject) => {
      open.set(id, { resolve: resolve as (value: Reply) => void, reject });
      stream.send(JSON.stringify({ id, ...command }));
    });
  }

  const closed = stream.closed.then(({ code, reason }) => {
    gone = true;
    const why = `the agent on ${node} ended (${reason}, exit code ${code ?? 'unknown'})${complaints.length > 0 ? `: ${complaints.join(' | ')}` : ''}`;
    for (const { reject } of open.values()) reject(new Error(why));
    open.clear();
    return why;
  });

  const link: AgentLink = {
    node,
    async spawn(name, command, handlers) {
      children.set(name, handlers);
      return ask({ do: 'spawn', name, command });
    },
    send: (name, line) => stream.send(JSON.stringify({ do: 'send', name, line } satisfies AgentCommand)),
    signal: (name, signal) => ask({ do: 'signal', name, signal }),
    ping: () => ask({ do: 'ping' }),
    closed,
    end: () => stream.end(),
  };

  function onEvent(event: AgentEvent): void {
    if (event.event === 'ready') return;
    const handlers = children.get(event.name);
    if (event.event === 'line') handlers?.onLine(event.line);
    else if (event.event === 'stderr') handlers?.onStderr(event.line);
    else {
      children.delete(event.name);
      handlers?.onExit(event.code, event.signal);
    }
  }

  return new Promise((resolve, reject) => {
    stream.onStderr((line) => {
      complaints.push(line);
      if (complaints.length > 5) complaints.shift();
    });
    stream.onLine((line) => {
      let message: AgentMessage;
      try {
        message = JSON.parse(line) as AgentMessage;
      } catch {
        complaints.push(line);
        return;
      }
      if ('event' in message) {
        if (message.event !== 'ready') return onEvent(message);
        if (message.protocol === AGENT_PROTOCOL) resolve(link);
        else
          reject(
            new Error(
              `the agent on ${node} speaks protocol ${message.protocol}, not ${AGENT_PROTOCOL}: rebuild the images`,
            ),
          );
        return;
      }
      const waiter = open.get(message.re);
      open.delete(message.re);
      if (message.ok) waiter?.resolve(message.value);
      else waiter?.reject(new Error(message.error));
    });
    void closed.then((why) => reject(new Error(why)));
  });
}

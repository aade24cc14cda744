/** The controller's end of one agent: commands out, answers and events in, over the line stream of a `docker exec`. */
import type {
  AgentCommand,
  AgentEvent,
  AgentMessage,
  AgentValue,
  ClockChange,
  ClockResult,
  ExecResult,
  PingResult,
  ProbeResult,
  SendAs,
  SignalResult,
  TaskStates,
  Whose,
} from '../agent/protocol.js';
import { AGENT_PROTOCOL } from '../agent/protocol.js';
import { MAX_LINE } from '../history/lines.js';

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

type Signal = Extract<AgentCommand, { do: 'signal' }>['signal'];

/** What it takes to steer programs that the agent has started. */
export interface ChildLink {
  spawn(name: string, command: string[], handlers: ChildHandlers): Promise<{ pid: number }>;
  send(name: string, line: string, as?: SendAs): void;
  /** Rejects when no such child runs. */
  signal(name: string, signal: Signal): Promise<SignalResult>;
}

/** All promises reject when the agent is gone, and with the agent's own words when it cannot do what it was told. */
export interface AgentLink extends ChildLink {
  node: string;
  /** Signals every process of the program beside the agent; rejects when none runs. */
  signalProgram(signal: Signal): Promise<SignalResult>;
  /** States of all threads; of a program that does not run, none. */
  tasks(of: Whose): Promise<TaskStates>;
  /** Runs a command to its end, for at most `limitMs` (10 s by default). Rejects when it cannot be started. */
  exec(command: readonly string[], options?: { stdin?: string; limitMs?: number }): Promise<ExecResult>;
  /** What the agent runs when its stream ends, by name; undefined takes it back. */
  guard(name: string, command: readonly string[] | undefined): Promise<void>;
  /** Whether a TCP connection can be opened from the agent's network namespace. */
  probe(host: string, port: number, limitMs: number, send?: string): Promise<ProbeResult>;
  clock(of: Whose, change: ClockChange): Promise<ClockResult>;
  ping(): Promise<PingResult>;
  /** Resolves when the stream is gone, with the reason; `end` makes it go. */
  closed: Promise<string>;
  end(): void;
}

/** Resolves when the agent has said `ready`; rejects with what it said instead. */
export function connectAgent(node: string, stream: LineStream): Promise<AgentLink> {
  const open = new Map<number, { resolve: (value: AgentValue) => void; reject: (error: Error) => void }>();
  const children = new Map<string, ChildHandlers>();
  const complaints: string[] = [];
  let nextId = 1;
  let gone = false;

  // Without the id, which is given here.
  type Asked<C = AgentCommand> = C extends { id: number } ? Omit<C, 'id'> : never;
  function ask<T extends AgentValue>(command: Asked): Promise<T> {
    if (gone) return Promise.reject(new Error(`the agent on ${node} is gone`));
    const id = nextId++;
    const line = JSON.stringify({ id, ...command });
    // The agent would cut it, and could not even tell which command it was.
    if (Buffer.byteLength(line) > MAX_LINE)
      return Promise.reject(new Error(`a command of more than ${MAX_LINE} bytes for the agent on ${node}`));
    return new Promise((resolve, reject) => {
      open.set(id, { resolve: resolve as (value: AgentValue) => void, reject });
      stream.send(line);
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
    send: (name, line, as = 'line') =>
      stream.send(JSON.stringify({ do: 'send', name, line, as } satisfies AgentCommand)),
    signal: (name, signal) => ask({ do: 'signal', of: { child: name }, signal }),
    signalProgram: (signal) => ask({ do: 'signal', of: 'program', signal }),
    tasks: (of) => ask({ do: 'tasks', of }),
    exec: (command, options) => ask({ do: 'exec', command: [...command], ...options }),
    async guard(name, command) {
      await ask({ do: 'guard', name, ...(command === undefined ? {} : { command: [...command] }) });
    },
    probe: (host, port, limitMs, send) =>
      ask({ do: 'probe', host, port, limitMs, ...(send === undefined ? {} : { send }) }),
    clock: (of, change) => ask({ do: 'clock', of, change }),
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

/**
 * The agent: one program in every container that the controller steers. Takes commands on stdin and gives replies and
 * events on stdout, one JSON object a line (protocol.ts); complaints that answer no command go to stderr.
 * When its stdin ends, the controller is gone: it ends everything it started, undoes what it did to others, runs the
 * guards and falls off its event loop. Decides nothing about locks, faults or histories.
 */
import { monotonicNs, wallClock } from '../history/clock.js';
import { splitLines } from '../history/lines.js';
import { createChildren } from './children.js';
import { createClocks } from './clock-command.js';
import { decodeCommand } from './command.js';
import { createExecs } from './execs.js';
import { createGuards } from './guards.js';
import { probe } from './probe.js';
import { createProgram } from './program.js';
import { AGENT_PROTOCOL, type AgentCommand, type AgentMessage, type AgentValue } from './protocol.js';

let listening = true;
const children = createChildren(write);
const program = createProgram();
const execs = createExecs();
const guards = createGuards();
const clocks = createClocks();

function write(message: AgentMessage): void {
  // With nobody to read it, a full pipe would block the very program that has to end its processes.
  if (listening) process.stdout.write(`${JSON.stringify(message)}\n`);
}

function complain(text: string): void {
  if (listening) process.stderr.write(`leasebreaker agent: ${text}\n`);
}

/** The reply's value; undefined for a command that has none. Rejections become error replies. */
async function carryOut(command: AgentCommand): Promise<AgentValue | undefined> {
  switch (command.do) {
    case 'spawn':
      return children.spawn(command.name, command.command, command.env ?? {});
    case 'send':
      if (!children.send(command.name, command.line, command.as))
        complain(`nothing sent to ${command.name}, which does not run`);
      return undefined;
    case 'signal': {
      const { of, signal } = command;
      return of === 'program' ? program.signal(signal) : children.signal(of.child, signal);
    }
    case 'tasks':
      return command.of === 'program' ? program.tasks() : children.tasks(command.of.child);
    case 'exec':
      return execs.run(command.command, command);
    case 'guard':
      guards.set(command.name, command.command);
      return {};
    case 'probe':
      return probe(command.host, command.port, command.limitMs, command.send);
    case 'clock': {
      const { of, change } = command;
      return clocks.change(of === 'program' ? program.pids() : [children.pid(of.child)], change);
    }
    case 'ping':
      return { monotonicNs: String(monotonicNs()), wallMs: wallClock().getTime() };
  }
}

function receive(line: string): void {
  const decoded = decodeCommand(line);
  if (!decoded.ok) {
    if (decoded.id === undefined) complain(decoded.error);
    else write({ re: decoded.id, ok: false, error: decoded.error });
    return;
  }
  const { command } = decoded;
  // Runs up to its first wait at once, so that commands take effect in the order in which they came.
  carryOut(command).then(
    (value) => {
      if ('id' in command && value !== undefined) write({ re: command.id, ok: true, value });
    },
    (error: unknown) => {
      if ('id' in command)
        write({ re: command.id, ok: false, error: error instanceof Error ? error.message : String(error) });
    },
  );
}

function end(): void {
  if (!listening) return;
  listening = false;
  process.stdin.destroy();
  children.endAll();
  execs.endAll();
  program.release();
  clocks.healAll();
  void guards.runAll(execs.run);
}

process.stdin.on('data', splitLines(receive));
process.stdin.on('end', end);
process.stdin.on('error', end);
process.stdout.on('error', end);
process.stderr.on('error', end);
// More than once, too: the second may not end it before the guards have run.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
write({ event: 'ready', protocol: AGENT_PROTOCOL, pid: process.pid });
// The first one is slow: code is compiled, files are opened. A fault should not have to wait for that.
setImmediate(() => {
  program.tasks();
  clocks.change([process.pid], { do: 'read' });
  void execs.run(['true']).catch(() => undefined);
});

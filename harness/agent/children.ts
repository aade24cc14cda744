/**
 * The processes that an agent has started, by name: their lines in and out, their signals, their end.
 * Nothing is kept of a process that has ended; its name can be given again.
 */
import { execa } from 'execa';
import { monotonicMs } from '../history/clock.js';
import { MAX_LINE, splitLines } from '../history/lines.js';
import type { AgentEvent, SendAs, SignalResult, TaskStates } from './protocol.js';
import { familyOf } from './family.js';
import { readAllTaskStates, sendSignal } from './signalling.js';
import type { Signal } from './task-states.js';

/** How long the pipes of an ended process are read on, should a child of its own hold them open, in ms. */
const DRAIN_MS = 200;

/** Characters of stderr that are passed on of one process in a second. */
const MAX_STDERR_PER_SECOND = 64 * 1024;

export interface Children {
  /** Rejects when the name is taken or the program cannot be started. */
  spawn(name: string, command: string[], env: Record<string, string>): Promise<{ pid: number }>;
  /**
   * The line is in the process's pipe when this returns, unless the pipe was full: a SIGCONT sent next finds it there.
   * False when no such process runs.
   */
  send(name: string, line: string, as?: SendAs): boolean;
  /** To the process and all that descend from it; SIGTERM to the process alone. Rejects when no such process runs. */
  signal(name: string, signal: Signal): Promise<SignalResult>;
  /** Throws when no such process runs. */
  tasks(name: string): TaskStates;
  /** Throws when no such process runs. */
  pid(name: string): number;
  /** Ends all of them, the stopped ones too, and takes no new ones. Idempotent. */
  endAll(): void;
}

type Child = ReturnType<typeof start>;

interface Running {
  child: Child;
  pid: number;
  /** Resolves when its exit has been reported. */
  closed: Promise<void>;
}

export function createChildren(emit: (event: AgentEvent) => void): Children {
  const running = new Map<string, Running>();
  let ended = false;

  function relay(name: string, child: Child): void {
    const out = splitLines((line, cut) => {
      emit({ event: 'line', name, line });
      if (cut)
        emit({ event: 'stderr', name, line: `leasebreaker agent: the last line was cut after ${MAX_LINE} bytes` });
    });
    // What floods its stderr must not drown what others have to say; it is read on, so that it does not stand still.
    let second = { since: monotonicMs(), said: 0, dropped: 0 };
    const admitDropped = (): void => {
      if (second.dropped === 0) return;
      emit({ event: 'stderr', name, line: `leasebreaker agent: ${second.dropped} more lines in a second are dropped` });
    };
    const err = splitLines((line) => {
      if (monotonicMs() - second.since > 1000) {
        admitDropped();
        second = { since: monotonicMs(), said: 0, dropped: 0 };
      }
      second.said += line.length;
      if (second.said > MAX_STDERR_PER_SECOND) second.dropped++;
      else emit({ event: 'stderr', name, line });
    });
    child.stdout.on('data', out);
    child.stderr.on('data', err);
    // A process that ends while it is being written to: its exit is reported anyway.
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS).unref();
    });
    // `close` comes after the last byte of both pipes.
    child.once('close', (code, signal) => {
      out.end();
      err.end();
      admitDropped();
      running.delete(name);
      emit({ event: 'exit', name, code, signal });
    });
  }

  function find(name: string): Running {
    const found = running.get(name);
    if (found === undefined) throw new Error(`no process named ${name} runs`);
    return found;
  }

  return {
    async spawn(name, command, env) {
      if (ended) throw new Error('the agent is ending');
      if (running.has(name)) throw new Error(`a process named ${name} already runs`);
      const child = start(command, env);
      const { pid } = child;
      if (pid === undefined) throw new Error((await child).shortMessage ?? 'it cannot be started');
      relay(name, child);
      running.set(name, { child, pid, closed: new Promise((resolve) => child.once('close', () => resolve())) });
      return { pid };
    },
    send(name, line, as = 'line') {
      const found = running.get(name);
      if (as === 'end') found?.child.stdin.end(line);
      else found?.child.stdin.write(as === 'part' ? line : `${line}\n`);
      return found !== undefined;
    },
    async signal(name, signal) {
      const found = find(name);
      const { child, pid, closed } = found;
      // Once it has been waited for, its number may be another's.
      const isThere = (): boolean => child.exitCode === null && child.signalCode === null;
      // Asked to end in good order, a process ends what it has started by itself.
      const reach = (): number[] => (signal === 'SIGTERM' ? [pid] : familyOf(pid));
      const result = await sendSignal(signal, () => (isThere() ? reach() : []));
      // The exit is reported before the answer, so that the name is free once the answer is there.
      if (result.reached && (signal === 'SIGTERM' || signal === 'SIGKILL')) await closed;
      return result;
    },
    tasks: (name) => readAllTaskStates(familyOf(find(name).pid)),
    pid: (name) => find(name).pid,
    endAll() {
      ended = true;
      // SIGTERM would stay pending in a stopped process, and SIGCONT first would let it run on for a moment.
      for (const { child } of running.values()) child.kill('SIGKILL');
    },
  };
}

function start([file = '', ...args]: string[], env: Record<string, string>) {
  return execa(file, args, {
    env,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false, // a SIGTERM, which a stopped process never sees
    forceKillAfterDelay: false, // a SIGTERM stays a SIGTERM
  });
}

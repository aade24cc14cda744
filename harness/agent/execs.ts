/**
 * Runs commands to their end: firewall rules, `tc`, readings of counters. Each in a process group of its own, so that its
 * limit ends what it has started, too. For programs that stay, children.ts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { monotonicMs } from '../history/clock.js';
import type { ExecResult } from './protocol.js';

/** Limit unless one is given, in ms. */
const LIMIT_MS = 10_000;
/**
 * What is kept of each output, in bytes of the answer, where a newline counts twice: together they stay below what one line
 * to the controller may hold (MAX_LINE, 1 MiB).
 */
const KEEP = { stdout: 768 * 1024, stderr: 128 * 1024 };
/** How long the pipes of an ended command are read on, should something outside of its group hold them open, in ms. */
const DRAIN_MS = 200;

export interface Execs {
  /** Rejects when the command cannot be started. */
  run(command: readonly string[], options?: { stdin?: string; limitMs?: number }): Promise<ExecResult>;
  /** Ends what runs now. */
  endAll(): void;
}

export function createExecs(): Execs {
  const running = new Set<ChildProcess>();
  return {
    run([file = '', ...args], { stdin = '', limitMs = LIMIT_MS } = {}) {
      const startMs = monotonicMs();
      const child = spawn(file, args, { stdio: 'pipe', detached: true });
      const stdout = keep(child.stdout, KEEP.stdout);
      const stderr = keep(child.stderr, KEEP.stderr);
      // A command that does not read its input, or ends before it has.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
      running.add(child);
      const limit = setTimeout(() => killGroup(child), limitMs);
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', () => {
          clearTimeout(limit);
          running.delete(child);
          setTimeout(() => {
            child.stdout.destroy();
            child.stderr.destroy();
          }, DRAIN_MS).unref();
        });
        child.once('close', (code) => {
          const [out, err] = [stdout(), stderr()];
          const tookMs = monotonicMs() - startMs;
          resolve({ code, stdout: out.text, stderr: err.text, tookMs, ...(out.cut || err.cut ? { cut: true } : {}) });
        });
      }).finally(() => {
        // An error instead of an exit: it was never started.
        clearTimeout(limit);
        running.delete(child);
      }) as Promise<ExecResult>;
    },
    endAll() {
      for (const child of running) killGroup(child);
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Reads a pipe to its end and keeps the beginning. */
function keep(pipe: NodeJS.ReadableStream, max: number): () => { text: string; cut: boolean } {
  const parts: Buffer[] = [];
  let size = 0;
  pipe.on('data', (chunk: Buffer) => {
    if (size < max) parts.push(chunk);
    size += chunk.length;
  });
  return () => fit(Buffer.concat(parts).toString(), max);
}

/** The beginning of `text` that takes at most `max` bytes as a JSON string: control characters become six each there. */
export function fit(text: string, max: number): { text: string; cut: boolean } {
  let fitting = text;
  for (;;) {
    const takes = Buffer.byteLength(JSON.stringify(fitting)) - 2;
    if (takes <= max) return { text: fitting, cut: fitting.length < text.length };
    fitting = fitting.slice(0, Math.floor((fitting.length * max) / takes));
  }
}

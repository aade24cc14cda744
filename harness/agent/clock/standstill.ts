/**
 * Does something to a process while it stands still and none of its threads is in the middle of certain instructions. Blocks
 * this thread meanwhile (some 100 us), so that nothing else that the agent was told comes in between.
 */
import { readFileSync } from 'node:fs';
import { monotonicMs } from '../../history/clock.js';
import { readTaskStates } from '../task-states.js';

/** Addresses; the first byte is no part of it: whoever is there has not begun yet. */
export interface Stretch {
  from: number;
  to: number;
}

export type Standstill = { ok: true } | { ok: false; reason: string };

/** A thread has to be given time by the scheduler before it can stop. */
const PATIENCE_MS = 5000;
/** How long a process is let run that was stopped at a bad moment, in ms. */
const LET_RUN_MS = 0.03;
const POLL_MS = 0.02;

const bell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function blockFor(ms: number): void {
  Atomics.wait(bell, 0, 0, ms);
}

/** A process that was stopped already stays so. Throws what `act` throws, after letting the process go on. */
export function whileStandingStill(pid: number, stretches: readonly Stretch[], act: () => void): Standstill {
  const deadline = monotonicMs() + PATIENCE_MS;
  const wasStopped = isBeingStopped(pid);
  let stopped = wasStopped;
  try {
    for (;;) {
      if (!stopped) process.kill(pid, 'SIGSTOP');
      stopped = true;
      const counters = programCounters(pid);
      if (counters === undefined) {
        if (monotonicMs() > deadline) return { ok: false, reason: 'the process does not stop on SIGSTOP' };
        blockFor(POLL_MS);
        continue;
      }
      if (!counters.some((at) => stretches.some(({ from, to }) => at > from && at < to))) {
        act();
        return { ok: true };
      }
      if (wasStopped) return { ok: false, reason: 'the process was stopped in the middle of what is to be replaced' };
      if (monotonicMs() > deadline)
        return { ok: false, reason: 'the process is always in the middle of what is to be replaced' };
      process.kill(pid, 'SIGCONT');
      stopped = false;
      blockFor(LET_RUN_MS);
    }
  } finally {
    if (stopped && !wasStopped) process.kill(pid, 'SIGCONT');
  }
}

/** By somebody else: a thread stands already, or the signal waits for one to take it (bit 18 of ShdPnd, proc(5)). */
function isBeingStopped(pid: number): boolean {
  const [, pending = '0'] = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${pending}`) >> 18n) & 1n) === 1n || readTaskStates(pid).states.some(({ state }) => state === 'T');
}

/** The threads, if all of them are stopped by a signal, or by that signal while a tracer (strace) looks on: `t`. */
function stoppedThreads(pid: number): number[] | undefined {
  const living = readTaskStates(pid).states.filter(({ state }) => state !== 'Z' && state !== 'X');
  const stopped = living.length > 0 && living.every(({ state }) => state === 'T' || state === 't');
  return stopped ? living.map(({ tid }) => tid) : undefined;
}

/** Where each thread will go on; undefined as long as one of them runs. The last field of /proc/PID/task/TID/syscall. */
function programCounters(pid: number): number[] | undefined {
  const counters: number[] = [];
  const threads = stoppedThreads(pid);
  if (threads === undefined) return undefined;
  for (const tid of threads) {
    const counter = parseProgramCounter(readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'utf8'));
    if (counter === undefined) return undefined;
    counters.push(counter);
  }
  return counters;
}

/** From `-1 0x7ffd... 0x7f8e...`, or the same behind a system call's number and arguments; undefined for `running`. */
export function parseProgramCounter(text: string): number | undefined {
  const [, hex] = /0x([0-9a-f]+)\s*$/.exec(text) ?? [];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

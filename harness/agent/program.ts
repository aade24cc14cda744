/**
 * The program beside the agent: everything in the agent's pid namespace that runs in another container, found by its mount
 * namespace, which every container has of its own (mount_namespaces(7)). A sidecar's agent steers by this an etcd member of
 * any image; on a client host there is none.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { SignalResult, TaskStates } from './protocol.js';
import { readAllTaskStates, sendSignal } from './signalling.js';
import type { Signal } from './task-states.js';

export interface Program {
  /** Rejects when none runs. */
  signal(signal: Signal): Promise<SignalResult>;
  /** No states when none runs. */
  tasks(): TaskStates;
  /** Its processes now, the oldest first. */
  pids(): number[];
  /** Lets run on what was stopped here, and stops no more. Idempotent; never throws. */
  release(): void;
}

export function createProgram(list: () => number[] = listProgram): Program {
  let stopped = false;
  let released = false;
  return {
    async signal(signal) {
      if (list().length === 0) throw new Error('no program runs beside the agent');
      if (signal === 'SIGSTOP') stopped = true;
      const result = await sendSignal(signal, list, () => released);
      if (signal !== 'SIGSTOP' && result.reached) stopped = false;
      return result;
    },
    tasks: () => readAllTaskStates(list()),
    pids: list,
    release() {
      released = true;
      if (!stopped) return;
      for (const pid of list()) {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          // It has ended.
        }
      }
    },
  };
}

/** The processes of this pid namespace that run in another mount namespace than this one, by number. */
export function listProgram(): number[] {
  const own = readlinkSync('/proc/self/ns/mnt');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isElsewhere(pid, own) && isLiving(pid))
    .sort((a, b) => a - b);
}

function isElsewhere(pid: number, own: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) !== own;
  } catch {
    return false; // It has ended, or it is a zombie, which has no namespaces any more.
  }
}

function isLiving(pid: number): boolean {
  try {
    return isProgramStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The kernel's PF_KTHREAD (include/linux/sched.h). */
const KERNEL_THREAD = 0x0020_0000;

/** Whether a /proc/PID/stat (proc(5)) is a program's: no zombie, no kernel thread. */
export function isProgramStat(stat: string): boolean {
  // Behind the name: state, ppid, pgrp, session, tty_nr, tpgid, flags.
  const [state, , , , , , flags] = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return flags !== undefined && state !== 'Z' && state !== 'X' && (Number(flags) & KERNEL_THREAD) === 0;
}

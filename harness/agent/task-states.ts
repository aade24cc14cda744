/**
 * Reads the state of every thread of a process from /proc/PID/task/TID/stat (proc(5)): the receipt of a pause.
 * Read synchronously: these files come from the kernel's memory, and a thread pool in between would only add delay.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { AgentCommand, TaskStates } from './protocol.js';

export type Signal = Extract<AgentCommand, { do: 'signal' }>['signal'];

/**
 * State letter in the text of one stat file, such as `S` in `12 (node) S 1 ...`; undefined if there is none.
 * The name in parentheses is the program's own choice and may hold spaces and parentheses, so the last `)` counts.
 */
export function parseState(stat: string): string | undefined {
  const afterName = stat.lastIndexOf(') ');
  const state = afterName === -1 ? undefined : stat[afterName + 2];
  return state !== undefined && /^[A-Za-z]$/.test(state) ? state : undefined;
}

/** No states for a process that is gone. A thread that ends while it is being read is left out. */
export function readTaskStates(pid: number): TaskStates {
  const states: TaskStates['states'] = [];
  for (const tid of read(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
    const stat = read(() => readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8'));
    const state = stat === undefined ? undefined : parseState(stat);
    if (state !== undefined) states.push({ tid: Number(tid), state });
  }
  return { pid, states };
}

/** Without Z and X: dead, and only waiting for the parent to take note. */
export function livingStates({ states }: Pick<TaskStates, 'states'>): TaskStates['states'] {
  return states.filter(({ state }) => state !== 'Z' && state !== 'X');
}

/** Whether a signal has done what it does: `T` everywhere after SIGSTOP, nowhere after SIGCONT, nobody left after the others. */
export function hasReached(signal: Signal, states: Pick<TaskStates, 'states'>): boolean {
  const living = livingStates(states);
  switch (signal) {
    case 'SIGSTOP':
      return living.length > 0 && living.every(({ state }) => state === 'T');
    case 'SIGCONT':
      return living.length > 0 && living.every(({ state }) => state !== 'T');
    case 'SIGTERM':
    case 'SIGKILL':
      return living.length === 0;
  }
}

function read<T>(from: () => T): T | undefined {
  try {
    return from();
  } catch {
    return undefined;
  }
}

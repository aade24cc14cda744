/**
 * Sends a signal to a set of processes and reads back what it did. The set is looked at again and again, because a process
 * can fork in the moment before the signal reaches it: a database's helper would otherwise run on through a pause. A parent
 * that waits in vfork(2) for a child stopped before its exec stays in state D: it runs no more than the child, but it is
 * not seen stopped, and the answer says so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { SignalResult, TaskStates } from './protocol.js';
import { hasReached, livingStates, readTaskStates, type Signal } from './task-states.js';

/** How long a signal's effect is waited for, in ms. */
const PATIENCE_MS = 5000;
const POLL_MS = 1;

/** States of the threads of all of them. */
export function readAllTaskStates(pids: readonly number[]): TaskStates {
  return { pid: pids[0] ?? 0, states: pids.flatMap((pid) => readTaskStates(pid).states) };
}

/**
 * Each process that `list` ever names gets the signal once. Resolves when all of them are as the signal wants them and no new
 * one has come, when there is nobody left whom it could reach, or at the end of patience. `isOff`: give up, send no more.
 */
export async function sendSignal(
  signal: Signal,
  list: () => readonly number[],
  isOff: () => boolean = () => false,
): Promise<SignalResult> {
  const sentMs = monotonicMs();
  const sent = new Set<number>();
  for (;;) {
    const pids = list();
    for (const pid of pids) {
      if (sent.has(pid)) continue;
      sent.add(pid);
      kill(pid, signal);
    }
    const { states } = readAllTaskStates(pids);
    const grown = list().some((pid) => !sent.has(pid));
    const tookMs = monotonicMs() - sentMs;
    const reached = !grown && hasReached(signal, { states });
    const hopeless = !grown && livingStates({ states }).length === 0;
    if (reached || hopeless || tookMs > PATIENCE_MS || isOff())
      return { pid: [...sent][0] ?? 0, states, reached, tookMs };
    await sleep(POLL_MS);
  }
}

function kill(pid: number, signal: Signal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended since it was listed, which the next reading shows. Anything else is for the caller.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

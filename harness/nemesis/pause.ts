/**
 * `pause`: SIGSTOP to a client process, SIGCONT later: a stop-the-world of the whole program, as a long garbage
 * collection, a suspended laptop or a starved virtual machine makes it. Its sockets stay open, its timers do not run.
 */
import type { SignalResult } from '../agent/protocol.js';
import type { Receipt } from '../history/operation.js';
import type { ClientTarget, Fault } from './fault.js';

async function signalled(target: ClientTarget, signal: 'SIGSTOP' | 'SIGCONT'): Promise<Receipt> {
  let result: SignalResult;
  try {
    result = await target.signal(signal);
  } catch (error) {
    return { proven: false, reason: `${signal} failed: ${String(error)}` };
  }
  const evidence = {
    signal,
    pid: result.pid,
    states: result.states.map((task) => task.state).join(''),
    tookMs: result.tookMs,
  };
  if (result.reached) return { proven: true, evidence };
  return {
    proven: false,
    reason: `${signal} sent to pid ${result.pid}, but its tasks read ${evidence.states || 'nothing'}`,
  };
}

export const pause: Fault = {
  kind: 'pause',
  description: 'SIGSTOP a client process for 2 to 3 x TTL, then SIGCONT',
  receipt: 'every thread of the process read back in state T from /proc, and out of it after SIGCONT',
  inject(target) {
    target.hold();
    return signalled(target, 'SIGSTOP');
  },
  heal(target) {
    // What fell due during the pause is in the client's pipe before it runs again: it meets the operation the moment it
    // wakes, as a program stopped in the middle of its section does. Sent earlier, the recorded invocation would
    // claim less than what was true: that the section still went on when the pause ended.
    target.letGo();
    return signalled(target, 'SIGCONT');
  },
};

/**
 * `pause`: SIGSTOP to every thread of client processes, etcd members or the storage, SIGCONT later: a stop-the-world of the
 * whole program, as a long garbage collection, a suspended laptop or a starved virtual machine makes it. Its sockets stay open,
 * its timers do not run.
 */
import type { SignalResult } from '../agent/protocol.js';
import type { Receipt } from '../history/operation.js';
import type { Fault, Injection } from './fault.js';
import { hindered } from './hindered.js';
import { once, type Part, proveAll, proven, unproven } from './receipts.js';

function parts({ clients, nodes }: Injection, signal: 'SIGSTOP' | 'SIGCONT'): Part[] {
  const servers = nodes.filter(({ role }) => role !== 'clients');
  return [
    ...clients.map((client): Part => {
      const name = `client ${client.process}`;
      return [name, async () => judge(signal, await client.signal(signal))];
    }),
    ...servers.map(({ name, agent }): Part => [name, async () => judge(signal, await agent.signalProgram(signal))]),
  ];
}

function judge(signal: string, { pid, states, reached, tookMs }: SignalResult): Receipt {
  const letters = states.map(({ state }) => state).join('');
  if (reached) return proven({ signal, pid, states: letters, tookMs });
  return unproven(`${signal} sent to pid ${pid}, but its tasks read ${letters || 'nothing'}`);
}

export const pause: Fault = {
  kind: 'pause',
  receipt: 'every thread of the program read back in state T from /proc, and out of it after SIGCONT',
  async inject(injection) {
    const processes = hindered(injection);
    for (const client of injection.clients) client.hold();
    return {
      processes,
      heal: once(() => {
        // What fell due during the pause is in the client's pipe before it runs again: it meets the operation the moment
        // it wakes, as a program stopped in the middle of its section does. Sent earlier, the recorded invocation would
        // claim less than what was true: that the section still went on when the pause ended.
        for (const client of injection.clients) client.letGo();
        return proveAll(parts(injection, 'SIGCONT'));
      }),
      receipt: await proveAll(parts(injection, 'SIGSTOP')),
    };
  },
};

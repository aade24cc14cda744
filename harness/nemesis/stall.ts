/**
 * `stall`: the client blocks its own main thread for the whole duration of the fault, in a busy loop or in real garbage
 * collections: what a pause looks like when it comes from within. Unlike under SIGSTOP the process runs, its other threads too,
 * and the kernel goes on with its connections. Only clients of leasebreaker's own can be asked for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Receipt } from '../history/operation.js';
import type { ClientTarget, Fault, World } from './fault.js';
import { once, type Part, proveAll, proven, unproven } from './receipts.js';

type How = 'busy' | 'gc';

/** So long before the stall's end what fell due is sent: it lies in the pipe when the client wakes. */
const EARLY_MS = 30;
/** A client that is not back so long after its stall's end is not waited for. */
const BACK_WITHIN_MS = 30_000;
/** One tick of the kernel's accounting (USER_HZ is 100 on every architecture that Node runs on). */
const TICK_MS = 10;
/** CPU time that a thread at rest does not take while it is looked at. */
const BURNT_TICKS = 5;
const LOOK_MS = 20;
const LOOK_FOR_MS = 3000;

/** State and CPU time of a thread from the text of /proc/PID/task/TID/stat (proc(5): utime and stime are fields 14 and 15). */
export function readThread(stat: string): { state: string; ticks: number } | undefined {
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const [state = '', utime, stime] = [fields[0], fields[11], fields[12]];
  return utime === undefined || stime === undefined ? undefined : { state, ticks: Number(utime) + Number(stime) };
}

/** That the main thread takes the CPU although no operation is sent to the client: read from /proc, by the agent. */
async function isBurning(client: ClientTarget, world: World, ms: number): Promise<Receipt> {
  const agent = world.nodes.find(({ name }) => name === client.node)?.agent;
  if (agent === undefined) return unproven(`there is no agent on ${client.node}`);
  // To a process that runs SIGCONT means nothing; the answer names the process.
  const { pid } = await client.signal('SIGCONT');
  const read = async (): Promise<{ state: string; ticks: number } | undefined> =>
    readThread((await agent.exec(['cat', `/proc/${pid}/task/${pid}/stat`])).stdout);
  const wanted = Math.max(1, Math.min(BURNT_TICKS, Math.floor(ms / TICK_MS / 2)));
  const begun = monotonicMs();
  const first = await read();
  for (;;) {
    const now = await read();
    const tookMs = Math.round(monotonicMs() - begun);
    if (first === undefined || now === undefined) return unproven(`pid ${pid} is gone`);
    const burnt = now.ticks - first.ticks;
    if (burnt >= wanted) return proven({ pid, state: now.state, cpuMs: burnt * TICK_MS, withinMs: tookMs });
    if (tookMs > LOOK_FOR_MS)
      return unproven(`the main thread of pid ${pid} took ${burnt * TICK_MS} ms in ${tookMs} ms`);
    await sleep(LOOK_MS);
  }
}

async function measured(work: Promise<{ delayMs: number; gcMs: number }>, how: How, ms: number): Promise<Receipt> {
  const cap = new AbortController();
  const late = sleep(ms + BACK_WITHIN_MS, undefined, { signal: cap.signal }).catch(() => undefined);
  const said = await Promise.race([work, late]).finally(() => cap.abort());
  if (said === undefined) return unproven(`the client was not back ${BACK_WITHIN_MS / 1000} s after its stall`);
  const { delayMs, gcMs } = said;
  if (delayMs < ms) return unproven(`the event loop stood still for ${delayMs} ms only, not for ${ms}`);
  if (how === 'gc' && gcMs <= 0) return unproven('the garbage collector took no time');
  return proven({ eventLoopDelayMs: Math.round(delayMs), gcMs: Math.round(gcMs) });
}

export const stall: Fault = {
  kind: 'stall',
  receipt: "the main thread's CPU time in /proc grows, and the event-loop delay that the client itself measured",
  async inject({ fault, clients, world }) {
    const how: How = fault.options['how'] === 'gc' ? 'gc' : 'busy';
    const ms = fault.durationMs;
    const processes = clients.map(({ process }) => process);
    const begun = clients.map((client) => {
      client.hold();
      const work = client.stall(how, ms);
      work.catch(() => undefined); // judged by the heal
      const timer = setTimeout(() => client.letGo(), Math.max(0, ms - EARLY_MS));
      return { name: `client ${client.process}`, client, work, timer };
    });
    return {
      processes,
      // Nothing cuts a stall short: the heal waits for its end.
      heal: once(async () => {
        const receipt = await proveAll(begun.map(({ name, work }): Part => [name, () => measured(work, how, ms)]));
        for (const { client, timer } of begun) {
          clearTimeout(timer);
          client.letGo();
        }
        return receipt;
      }),
      receipt: await proveAll(begun.map(({ name, client }): Part => [name, () => isBurning(client, world, ms)])),
    };
  },
};

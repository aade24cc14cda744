/**
 * A slow disk: strace in the sidecar traces the program and delays each fdatasync and fsync before it begins (strace(1),
 * `--inject ... delay_enter`). It stops the program at its other system calls for an instant too, so all of it runs slower, by
 * much less than the delay. When strace ends, however it ends, the kernel lets the program go.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultNode, World } from '../fault.js';
import type { Harm } from '../harm.js';
import { eventually, proven, unproven } from '../receipts.js';

/** The name under which the agent runs strace; one disk fault strikes a node at a time. */
const NAME = 'slow-disk';
/** How long a sync is waited for besides its own delay: the storage makes none without traffic. */
const SYNC_WITHIN_MS = 8000;
/** How often strace is given another lease to make etcd write, in ms. */
const PROBE_EVERY_MS = 500;
const PROBE_TTL = 10;
/** The delay and strace's measurement of it are not taken by the same clock: 999.99 ms have been seen for 1000. */
const ROUNDED = 0.99;

/** A finished sync in strace's words: `[pid 23] <... fdatasync resumed>) = 0 (DELAYED) <0.500071>`; its time in ms. */
export function readDelayed(line: string): number | undefined {
  const seconds = /\b(?:fdatasync|fsync)\b.*\(DELAYED\) <(\d+\.\d+)>$/.exec(line)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

export function slowSyncs(node: FaultNode, world: World, ms: number): Harm {
  return {
    name: node.name,
    async inject() {
      const { pid } = await node.agent.programTasks();
      if (pid === 0) return unproven('its program does not run');
      const delayed: number[] = [];
      const words: string[] = [];
      await node.agent.spawn(NAME, straceCommand([pid, ...(await childrenOf(node, pid))], ms), (line) => {
        words.push(line);
        if (words.length > 3) words.shift();
        const took = readDelayed(line);
        if (took !== undefined) delayed.push(took);
      });
      const probes = new AbortController();
      if (node.role === 'etcd') void makeWrites(world, probes.signal);
      const took = await eventually(ms + SYNC_WITHIN_MS, async () => delayed[0]);
      probes.abort();
      if (took === undefined)
        return unproven(`no sync was seen delayed; strace says: ${words.join(' | ') || 'nothing'}`);
      if (took < ms * ROUNDED) return unproven(`a sync took ${took} ms only, not ${ms}`);
      return proven({ pid, syncMs: Math.round(took), tracer: await readTracer(node, pid) });
    },
    async heal() {
      await node.agent.end(NAME);
      const { pid } = await node.agent.programTasks();
      if (pid === 0) return unproven('its program does not run any more');
      const tracer = await eventually(5000, async () => ((await readTracer(node, pid)) === 0 ? 0 : undefined));
      return tracer === 0 ? proven({ pid, tracer }) : unproven(`pid ${pid} is still traced`);
    },
  };
}

/** PostgreSQL's processes are all children of its first; strace follows the ones to come by itself. */
async function childrenOf({ agent }: FaultNode, pid: number): Promise<number[]> {
  const { stdout } = await agent.exec(['pgrep', '-P', String(pid)]);
  return stdout.split('\n').filter(Boolean).map(Number);
}

function straceCommand(pids: readonly number[], ms: number): string[] {
  const syncs = 'fdatasync,fsync';
  return [
    'strace',
    '-f',
    ...pids.flatMap((pid) => ['-p', String(pid)]),
    '-T',
    '-e',
    `trace=${syncs}`,
    '-e',
    `inject=${syncs}:delay_enter=${ms * 1000}`,
  ];
}

/** Leases make etcd's log grow without a new revision of its data. What it answers, and when, does not matter. */
async function makeWrites({ etcd }: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await etcd.grantProbeLease(PROBE_TTL).catch(() => undefined);
    await sleep(PROBE_EVERY_MS);
  }
}

/** Who traces the process, 0 for nobody (proc(5), TracerPid). */
async function readTracer({ agent }: FaultNode, pid: number): Promise<number> {
  const { stdout } = await agent.exec(['grep', '^TracerPid:', `/proc/${pid}/status`]);
  return Number(stdout.split(':')[1] ?? Number.NaN);
}

/**
 * `cpu`: the engine gives a container a quota of CPU time (the kernel's CFS bandwidth control): in each tenth of a second it runs
 * for its share and stands still for the rest, as on a crowded host. Of a client it is its host, with the agent in it.
 *
 * A quota is felt only by who wants more than it: for the receipt there is a little load, busy loops on a client host,
 * requests to a server.
 */
import { monotonicMs } from '../history/clock.js';
import type { Receipt } from '../history/operation.js';
import type { Fault, FaultNode, World } from './fault.js';
import { type Harm, injectAll } from './harm.js';
import { hindered } from './hindered.js';
import { proven, unproven } from './receipts.js';

const LOAD_MS = 400;
const TURNS = 5;
/** Two, as a quota of a whole CPU is felt by more than one thread only. */
const BURN = `timeout ${LOAD_MS / 1000} sh -c 'while :; do :; done' & timeout ${LOAD_MS / 1000} sh -c 'while :; do :; done'; wait`;
/** etcd composes its metrics anew for each request; a storage answers that it has no such page; PostgreSQL makes a process for it. */
const ASK = `const until = performance.now() + ${LOAD_MS};
const ask = async () => { while (performance.now() < until)
  await fetch('http://127.0.0.1:' + process.argv[1] + '/metrics', { signal: AbortSignal.timeout(${LOAD_MS}) }).then((r) => r.text()).catch(() => {}); };
for (let n = 0; n < 8; n++) ask();`;
/** Redis is too quick for that: so many commands at a time that one of its threads has no rest. */
const ASK_REDIS = `const pings = 'PING\\r\\n'.repeat(20_000);
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => socket.write(pings));
let left = 7 * 20_000;
socket.on('data', ({ length }) => { left -= length; if (left <= 0) { left += 7 * 20_000; socket.write(pings); } });
socket.on('error', () => {});
setTimeout(() => socket.destroy(), ${LOAD_MS});`;

async function makeLoad(node: FaultNode, world: World): Promise<void> {
  const port = world.port(node);
  const ask = node.role === 'storage' && world.storageSpeaks === 'redis' ? ASK_REDIS : ASK;
  const command = port === undefined ? ['sh', '-c', BURN] : ['node', '-e', ask, String(port)];
  await node.agent.exec(command);
}

/** The quota in the container's own view of its cgroup, v2 (`cpu.max`) or v1; a server's is seen through its process. */
const QUOTA =
  'cat "$1/sys/fs/cgroup/cpu.max" 2>/dev/null || cat "$1/sys/fs/cgroup/cpu/cpu.cfs_quota_us" 2>/dev/null || echo unreadable';

async function readQuota({ role, agent }: FaultNode): Promise<string> {
  const root = role === 'clients' ? '' : `/proc/${(await agent.programTasks()).pid}/root`;
  return (await agent.exec(['sh', '-c', QUOTA, 'quota', root])).stdout.trim();
}

/** `-1` with v1, `max 100000` with v2. */
export function isUnlimited(quota: string): boolean {
  return quota === '-1' || /^max\b/.test(quota);
}

/** How much the counters moved over a turn of load. */
async function moved(node: FaultNode, world: World): Promise<{ throttledPeriods: number; throttledMs: number }> {
  const before = await node.container.throttled();
  await makeLoad(node, world);
  const after = await node.container.throttled();
  return {
    throttledPeriods: after.throttledPeriods - before.throttledPeriods,
    throttledMs: Math.round((after.throttledNs - before.throttledNs) / 1e6),
  };
}

function starve(node: FaultNode, world: World, percent: number, forMs: number): Harm {
  return {
    name: node.name,
    async inject(): Promise<Receipt> {
      await node.container.limitCpu(percent);
      const quota = await readQuota(node);
      if (isUnlimited(quota)) return unproven(`the engine took the quota, but the container's own is ${quota}`);
      const begunMs = monotonicMs();
      // A quota that is hardly felt is not proven for longer than it was to last.
      for (let turn = 0; turn < TURNS && monotonicMs() - begunMs < forMs; turn++) {
        const counters = await moved(node, world);
        if (counters.throttledPeriods > 0) return proven({ percent, quota, ...counters });
      }
      return unproven(`a quota of ${percent} % was set (${quota}), but under load nothing was throttled`);
    },
    async heal(): Promise<Receipt> {
      await node.container.limitCpu(undefined);
      const quota = await readQuota(node);
      if (!isUnlimited(quota) && quota !== 'unreadable') return unproven(`the container's quota still is ${quota}`);
      const counters = await moved(node, world);
      if (counters.throttledPeriods > 0)
        return unproven(`it was still throttled in ${counters.throttledPeriods} periods`);
      return proven({ quota, ...counters });
    },
  };
}

export const cpu: Fault = {
  kind: 'cpu',
  receipt:
    "the kernel's count of throttled periods grew under load; after the heal it stands still, and no quota is left",
  async inject(injection) {
    const { fault, nodes, world } = injection;
    const percent = Number(fault.options['percent']);
    const clients = world.clients.filter((client) => nodes.some(({ name }) => name === client.node));
    return injectAll(
      nodes.map((node) => starve(node, world, percent, fault.durationMs)),
      hindered({ ...injection, clients }),
    );
  },
};

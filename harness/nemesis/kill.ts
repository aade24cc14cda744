/**
 * `kill`: SIGKILL to client processes, etcd members or the storage; the heal starts them again. A client that was killed has
 * left its lease behind, a member comes back with its data, and so does the storage, if it is one that keeps any.
 */
import { type ClientTarget, type Fault, type FaultNode, notInjected, type World } from './fault.js';
import { type Harm, injectAll } from './harm.js';
import { hindered } from './hindered.js';
import { proven, unproven } from './receipts.js';
import { killProgram, startProgram } from './server.js';

function killClient(client: ClientTarget): Harm {
  let killed: number | undefined;
  return {
    name: `client ${client.process}`,
    async inject() {
      killed = (await client.killByFault()).pid;
      return proven({ pid: killed, exit: 'SIGKILL' });
    },
    async heal() {
      const { pid } = await client.revive();
      return pid === killed || pid === 0 ? unproven('no other program runs in its place') : proven({ pid, killed });
    },
  };
}

function killServer(node: FaultNode, world: World): Harm {
  const forget = node.container.expectExit();
  let killed: unknown;
  return {
    name: node.name,
    async inject() {
      const receipt = await killProgram(node);
      if (receipt.proven) killed = receipt.evidence['pid'];
      return receipt;
    },
    async heal() {
      try {
        const started = await startProgram(node, world);
        if (started.proven && started.evidence['pid'] === killed) return unproven(`pid ${killed} still runs`);
        return started;
      } finally {
        forget();
      }
    },
  };
}

export const kill: Fault = {
  kind: 'kill',
  receipt: 'the exit was seen; after the restart another pid, and a member that answers through its leader again',
  async inject(injection) {
    const { nodes, clients, world } = injection;
    const servers = nodes.filter(({ role }) => role !== 'clients');
    if (!world.storageKeepsItsData && servers.some(({ role }) => role === 'storage')) {
      return notInjected('this storage keeps nothing over a restart: take --storage http-durable, postgres or redis');
    }
    return injectAll(
      [...clients.map(killClient), ...servers.map((node) => killServer(node, world))],
      hindered(injection),
    );
  },
};

/**
 * `freeze`: the engine stops a whole container (the kernel's freezer cgroup), as a virtual machine is suspended: of a client its
 * host with the agent and every client on it, of a member or the storage its program. Unlike SIGSTOP it is nothing that the
 * programs could see, not even by a state in /proc that means "stopped".
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../history/operation.js';
import type { ClientTarget, Fault, FaultNode, Injection, World } from './fault.js';
import { hindered } from './hindered.js';
import { eventually, once, proveAll, proven, unproven } from './receipts.js';
import { awaitServing, exchange } from './server.js';

/** Nothing may come from a frozen container for so long, in ms; what runs answers in a tenth of it. */
const SILENCE_MS = 150;
const THAWS_WITHIN_MS = 10_000;

async function freezeOne(node: FaultNode, world: World): Promise<Receipt> {
  await node.container.pause();
  const { paused } = await node.container.state();
  if (!paused) return unproven('the engine says that it is not paused');
  const port = world.port(node);
  if (node.role === 'clients' || port === undefined) {
    const answer = node.agent.exec(['true']).then(
      () => 'answered',
      () => 'silent',
    );
    const heard = await Promise.race([answer, sleep(SILENCE_MS, 'silent')]);
    if (heard === 'answered') return unproven('the engine says paused, but the agent in it still answers');
    return proven({ engine: 'paused', silentMs: SILENCE_MS });
  }
  // The kernel takes connections for a program that is frozen; that none of them is answered is the proof.
  const heard = await exchange(node, world, port, '/version', SILENCE_MS);
  if (heard.kind === 'answered') return unproven('the engine says paused, but the program still answers');
  const { states } = await node.agent.programTasks();
  return proven({
    engine: 'paused',
    silentMs: SILENCE_MS,
    connection: heard.kind === 'silent' ? 'accepted, not answered' : 'refused',
    // D with cgroup v1; with v2 the kernel shows a frozen task as sleeping.
    states: states.map(({ state }) => state).join(''),
  });
}

async function thawOne(node: FaultNode, world: World): Promise<Receipt> {
  await node.container.unpause();
  const { paused } = await node.container.state();
  if (paused) return unproven('the engine says that it is still paused');
  const answers =
    node.role === 'clients'
      ? await eventually(THAWS_WITHIN_MS, async () => (await node.agent.exec(['true'])).code === 0 || undefined)
      : await awaitServing(node, world);
  if (!answers) return unproven('the engine says that it runs, but it does not answer');
  return proven({ engine: 'running', answers: true });
}

/** Every client on the hosts hit, less those that another fault holds up already and lets go itself. */
function onHosts({ nodes, world }: Injection): ClientTarget[] {
  return world.clients.filter((client) => client.isRunning() && nodes.some(({ name }) => name === client.node));
}

export const freeze: Fault = {
  kind: 'freeze',
  receipt: 'the engine says paused, and nothing that runs in the container answers any more',
  async inject(injection) {
    const { nodes, world } = injection;
    const clients = onHosts(injection);
    const processes = hindered({ ...injection, clients });
    for (const client of clients) client.hold();
    return {
      processes,
      heal: once(() => {
        // As after a pause: what fell due waits in the host's pipe when it wakes.
        for (const client of clients) client.letGo();
        return proveAll(nodes.map((node) => [node.name, () => thawOne(node, world)]));
      }),
      receipt: await proveAll(nodes.map((node) => [node.name, () => freezeOne(node, world)])),
    };
  },
};

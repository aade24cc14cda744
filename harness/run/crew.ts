/** Everybody whom a run steers: an agent on every node that has one, and a client process in every slot. */
import { join } from 'node:path';
import { type Cluster, storageUrl } from '../cluster/cluster.js';
import { openLineFile } from '../history/line-file.js';
import type { LockQueue } from '../nemesis/lock-queue.js';
import type { Plan } from '../plan/plan.js';
import { connectAgent, type AgentLink } from './agent-link.js';
import type { Ending } from './ending.js';
import type { Recorder } from './recorder.js';
import { Slot } from './slot.js';

export interface Crew {
  slots: Slot[];
  link(node: string): AgentLink;
  /** Ends the client processes; agents stay. */
  stopClients(): Promise<void>;
  /** Ends the agents, which kill whatever they still run; whether all were seen to end. */
  end(): Promise<boolean>;
}

export interface CrewOptions {
  plan: Plan;
  cluster: Cluster;
  runId: string;
  recorder: Recorder;
  ending: Ending;
  lockQueue: LockQueue;
  /** Folder for what client processes write to stderr. */
  logs: string;
  say: (line: string) => void;
}

/** How long the end of all client processes is waited for, in ms. */
const STOP_WITHIN_MS = 15_000;
/** The same for agents. */
const END_WITHIN_MS = 3000;

/** Client processes that start at once: more only make the machine slower at starting each. */
const STARTING_AT_ONCE = 6;

export function lockName(runId: string, lane: number): string {
  return `${lockPrefix(runId)}lane-${lane}`;
}

export function lockPrefix(runId: string): string {
  return `leasebreaker/${runId}/`;
}

export async function bringUpCrew({
  plan,
  cluster,
  runId,
  recorder,
  ending,
  lockQueue,
  logs,
  say,
}: CrewOptions): Promise<Crew> {
  const links = new Map<string, AgentLink>();
  const clientLog = openLineFile(join(logs, 'clients.log'));
  let leaving = false;
  await Promise.all(
    cluster.nodes.map(async ({ name }) => {
      const link = await connectAgent(name, await cluster.openAgent(name));
      links.set(name, link);
      void link.closed.then((why) => {
        if (!leaving) ending.set({ kind: 'environment', message: why, mend: ['npx leasebreaker doctor'] });
      });
    }),
  );
  const link = (node: string): AgentLink => {
    const found = links.get(node);
    if (found === undefined) throw new Error(`no agent on ${node}`);
    return found;
  };

  const addressOf = (role: string): string[] =>
    cluster.nodes.filter((node) => node.role === role).map((node) => node.address);
  const etcd = addressOf('etcd').map((address) => `http://${address}:2379`);
  const storage = storageUrl(plan.settings.storage, cluster.nodes);
  const hosts = cluster.nodes.filter((node) => node.role === 'clients');
  const slots = plan.processes.map(({ slot, lane, host }) => {
    // Each client prefers another member, so that no single one serves them all.
    const turned = etcd.map((_, n) => etcd[(n + slot) % etcd.length] ?? '');
    return new Slot({
      slot,
      lane,
      slots: plan.processes.length,
      link: link(hosts[host % hosts.length]?.name ?? ''),
      recorder,
      lock: lockName(runId, lane),
      ...(plan.client === undefined ? {} : { command: plan.client.command }),
      open: {
        recipe: plan.settings.recipe,
        etcd: turned,
        storage,
        fencing: plan.settings.fencing,
        ttl: plan.settings.ttlMs / 1000,
        onLoss: plan.settings.onLoss,
        keepAlive: plan.settings.keepAlive ?? 'client',
        token: plan.token,
        deadlineMs: plan.deadlines.callMs,
      },
      deadlines: plan.deadlines,
      onSession: (lease) => lockQueue.opened(slot, lease),
      log: (line) => clientLog.append(line),
    });
  });

  say(`starting ${slots.length} client processes on ${hosts.length} hosts`);
  const queue = [...slots];
  const startSome = async (): Promise<void> => {
    for (let slot = queue.shift(); slot !== undefined && ending.cause === undefined; slot = queue.shift())
      await slot.start();
  };
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startSome));

  return {
    slots,
    link,
    async stopClients() {
      // A host that could not be thawed does not answer; its container goes in any case.
      const late = new Promise<void>((done) => setTimeout(done, STOP_WITHIN_MS).unref());
      await Promise.race([Promise.all(slots.map((slot) => slot.kill())), late]);
    },
    async end() {
      leaving = true;
      await clientLog.close();
      for (const each of links.values()) each.end();
      const late = new Promise<false>((done) => setTimeout(done, END_WITHIN_MS, false).unref());
      return Promise.race([Promise.all([...links.values()].map((each) => each.closed)).then(() => true), late]);
    },
  };
}

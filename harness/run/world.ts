/** What faults see and touch in a real run: its nodes, its clients, its etcd and its network. */
import { type Cluster, type Etcd, type Node, storageAdminCommand, storageService } from '../cluster/cluster.js';
import type { ClientTarget, EtcdControl, FaultNode, NodeRole, World } from '../nemesis/fault.js';
import { createNetwork } from '../nemesis/network/network.js';
import type { Plan } from '../plan/plan.js';
import type { AgentLink } from './agent-link.js';
import { nodeAgent } from './node-agent.js';

export interface WorldOptions {
  cluster: Pick<Cluster, 'nodes' | 'control' | 'etcd'>;
  /** The agent of a node; throws where there is none. */
  link: (node: string) => AgentLink;
  clients: readonly ClientTarget[];
  plan: Pick<Plan, 'settings' | 'etcd'>;
  /** Who the observer last saw leading. */
  leader: () => string | undefined;
}

const ETCD_PORT = 2379;

/** The kind of storage that does not have its data again after its end (workloads/storages). */
const FORGETFUL = 'http';

export function createWorld({ cluster, link, clients, plan, leader }: WorldOptions): World {
  const { storage: kind, fencing } = plan.settings;
  const { port: storagePort, image: database } = storageService(kind);
  const ports: Partial<Record<NodeRole, number | undefined>> = { etcd: ETCD_PORT, storage: storagePort };
  const nodes = cluster.nodes.flatMap(({ name, role, addresses }): FaultNode[] =>
    role === 'observer'
      ? []
      : [{ name, role, addresses, agent: nodeAgent(link(name)), container: cluster.control(name) }],
  );
  return {
    ttlMs: plan.settings.ttlMs,
    nodes,
    clients,
    etcd: etcdControl(cluster.etcd, cluster.nodes, leader),
    network: createNetwork(nodes),
    port: ({ role }) => ports[role],
    storageSpeaks: database ?? 'http',
    storageKeepsItsData: kind !== FORGETFUL,
    storageAdmin: (command) => storageAdminCommand({ kind, fencing, nodes: cluster.nodes }, command),
    etcdData: plan.etcd.data,
  };
}

function etcdControl(etcd: Etcd, nodes: readonly Node[], leader: () => string | undefined): EtcdControl {
  return {
    leader,
    status: etcd.status,
    awaitHealthy: async (ms) => (await etcd.awaitHealthy(ms)).kind === 'healthy',
    async moveLeader(to) {
      await etcd.moveLeader(to);
    },
    compact: async () => (await etcd.compact()).revision,
    async defragment(member) {
      await etcd.defragment(member);
    },
    async members() {
      const list = await etcd.members();
      // Etcd learns a member's name when that starts for the first time; its address it knows before.
      return list.map(
        ({ name, peerUrl }) =>
          name || (nodes.find(({ address }) => peerUrl === `http://${address}:2380`)?.name ?? peerUrl),
      );
    },
    async removeMember(name) {
      await etcd.removeMember(name);
    },
    async addMember(name) {
      await etcd.addMember(name);
    },
    grantProbeLease: etcd.grantLease,
    remainingTtl: etcd.remainingTtl,
    revokeProbeLease: etcd.revokeLease,
  };
}

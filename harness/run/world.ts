/** What faults see and touch in a real run: its nodes, its clients, its etcd and its network. */
import type { Cluster, Etcd, Node } from '../cluster/cluster.js';
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

/** TCP port on which a kind of node serves. */
const PORTS: Partial<Record<NodeRole, number>> = { etcd: 2379, storage: 8080 };

/** The kind of storage that has its data again after its end (workloads/storages). */
const DURABLE = 'http-durable';

export function createWorld({ cluster, link, clients, plan, leader }: WorldOptions): World {
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
    port: ({ role }) => PORTS[role],
    storageKeepsItsData: plan.settings.storage === DURABLE,
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

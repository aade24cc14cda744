/**
 * Clusters for runs. A start costs several times what a short run's traffic does, so that one cluster may serve several runs, one
 * after the other, where nothing of one can show in the next: reusable.ts says after which runs that is so. Before the next
 * run it is emptied, and looked at.
 */
import { type Cluster, type ClusterSpec, startCluster } from '../cluster/cluster.js';
import { CLIENT_HOSTS } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { environment, type Refusal, tearDown } from './surroundings.js';

/** A cluster, for one run. */
export interface ClusterLease {
  readonly cluster: Cluster;
  /** Runs that it has served before this one; 0: it was started for this one. */
  readonly runsBefore: number;
  /** The run is over. What is not sound, or cannot be kept, is taken down before this resolves. Never rejects; once. */
  giveBack(state: { sound: boolean }): Promise<void>;
}

export interface TakeRequest {
  plan: Plan;
  /** Of the run; a new cluster's containers are named by it. */
  runId: string;
  /** Of the form `10.213.7.0/24`; any free one if missing. */
  subnet?: string;
  say: (line: string) => void;
}

export interface ClusterPool {
  /** A kept cluster that fits the plan, emptied; else a new one. Several may be taken at once. */
  take(request: TakeRequest): Promise<{ kind: 'taken'; lease: ClusterLease } | Refusal>;
  /** Takes down whatever is kept; from now on nothing is. Never rejects. */
  close(): Promise<void>;
}

export interface ClusterPoolOptions {
  /** Most clusters that run at once for having been kept, those in use among them. 0: every run has its own, as a single run does. */
  keep: number;
}

export function createClusterPool(_options: ClusterPoolOptions): ClusterPool {
  return {
    async take({ plan, runId, subnet, say }) {
      const started = await startCluster({ ...specOf(plan), runId, ...(subnet === undefined ? {} : { subnet }) }, say);
      if (started.kind === 'environment') return environment(started.message, started.mend);
      const { cluster } = started;
      return { kind: 'taken', lease: { cluster, runsBefore: 0, giveBack: () => tearDown(cluster, say) } };
    },
    close: async () => undefined,
  };
}

/** All that a plan wants of a cluster. */
export function specOf({ etcd, settings, client }: Plan): Omit<ClusterSpec, 'runId' | 'subnet'> {
  return {
    etcdNodes: etcd.nodes,
    ...(etcd.version === undefined ? {} : { etcdVersion: etcd.version }),
    ...(etcd.image === undefined ? {} : { etcdImage: etcd.image }),
    etcdData: etcd.data,
    storage: settings.storage,
    fencing: settings.fencing,
    ...(client === undefined ? {} : { client }),
    clientHosts: CLIENT_HOSTS,
  };
}

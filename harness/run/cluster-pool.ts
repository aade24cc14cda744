/**
 * Clusters for runs. A start costs several times what a short run's traffic does, so that one cluster may serve several runs, one
 * after the other, where nothing of one can show in the next: reusable.ts says after which runs that is so. Before the next
 * run it is emptied, and looked at.
 */
import { type Cluster, type ClusterSpec, startCluster } from '../cluster/cluster.js';
import { CLIENT_HOSTS } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { environment, INTERRUPTED, type Refusal, tearDown } from './surroundings.js';

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
  /** Nothing is begun once it is aborted. */
  interrupt: AbortSignal;
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

/** A cluster serves so many runs at most: what nobody has thought of may add up. */
const MAX_RUNS = 30;

interface Kept {
  cluster: Cluster;
  /** {@link specOf} as text: equal for clusters that are. */
  spec: string;
  /** As it was asked for. */
  subnet: string | undefined;
  /** Runs that it has served. */
  runs: number;
  say: (line: string) => void;
}

export function createClusterPool({ keep }: ClusterPoolOptions): ClusterPool {
  /** The longest unused first. */
  const idle: Kept[] = [];
  /** In use, being started or being emptied. */
  let busy = 0;
  let closed = false;
  /** Resolves when the last start is over: the first one builds the images that the others then find. */
  let lastStart: Promise<unknown> = Promise.resolve();

  function inTurn<T>(start: () => Promise<T>): Promise<T> {
    const started = lastStart.then(start);
    lastStart = started.catch(() => undefined);
    return started;
  }

  async function reuse(spec: string, { subnet, say }: TakeRequest): Promise<Kept | undefined> {
    for (;;) {
      const at = idle.findLastIndex((one) => one.spec === spec && (subnet === undefined || one.subnet === subnet));
      const [found] = at < 0 ? [] : idle.splice(at, 1);
      if (found === undefined) return undefined;
      try {
        await found.cluster.renew();
        return found;
      } catch (error) {
        say(`the cluster of the run before is not used again: ${(error as Error).message}`);
        await tearDown(found.cluster, say);
      }
    }
  }

  /** For a cluster that is to be started: where one more would be too many, or its network is another's. */
  async function makeRoom(subnet: string | undefined): Promise<void> {
    const inTheWay = idle.filter((one) => subnet !== undefined && one.subnet === subnet);
    const tooMany = Math.max(0, idle.length - inTheWay.length + busy - keep);
    const going = [...inTheWay, ...idle.filter((one) => !inTheWay.includes(one)).slice(0, tooMany)];
    for (const one of going) idle.splice(idle.indexOf(one), 1);
    await Promise.all(going.map(({ cluster, say }) => tearDown(cluster, say)));
  }

  function lend(kept: Kept): ClusterLease {
    let isOut = true;
    return {
      cluster: kept.cluster,
      runsBefore: kept.runs,
      async giveBack({ sound }) {
        if (!isOut) return;
        isOut = false;
        const runs = kept.runs + 1;
        const isKept = sound && !closed && runs < MAX_RUNS && idle.length + busy <= keep;
        if (isKept) idle.push({ ...kept, runs });
        else await tearDown(kept.cluster, kept.say);
        busy--;
      },
    };
  }

  return {
    async take(request) {
      const { plan, runId, subnet, interrupt, say } = request;
      if (interrupt.aborted) return INTERRUPTED;
      const wanted = specOf(plan);
      const spec = JSON.stringify(wanted);
      busy++;
      let taken = false;
      try {
        const reused = await reuse(spec, request);
        if (reused !== undefined) {
          taken = true;
          return { kind: 'taken', lease: lend({ ...reused, say }) };
        }
        await makeRoom(subnet);
        const started = await inTurn(async () =>
          interrupt.aborted
            ? undefined
            : startCluster({ ...wanted, runId, ...(subnet === undefined ? {} : { subnet }) }, say),
        );
        if (started === undefined) return INTERRUPTED;
        if (started.kind === 'environment') return environment(started.message, started.mend);
        taken = true;
        return { kind: 'taken', lease: lend({ cluster: started.cluster, spec, subnet, runs: 0, say }) };
      } finally {
        if (!taken) busy--;
      }
    },
    async close() {
      closed = true;
      await Promise.all(idle.splice(0).map(({ cluster, say }) => tearDown(cluster, say)));
    },
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

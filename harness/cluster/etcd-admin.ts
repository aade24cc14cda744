// What the cluster says of itself, asked with etcdctl inside the run's network: from the host the members cannot be
// reached where the engine runs in a machine of its own. Changes nothing but a lease that it takes and gives back.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Node } from './containers.js';
import { type Etcdctl, readGrant } from './etcdctl.js';

/** One member's own account (etcd's maintenance Status call). */
export interface MemberStatus {
  readonly name: string;
  readonly leader: boolean;
  /** For example `3.5.16`. */
  readonly version: string;
  readonly revision: number;
  readonly raftIndex: number;
  readonly raftTerm: number;
  /** Bytes of the database file. */
  readonly dbSize: number;
}

export type ClusterHealth =
  | { readonly kind: 'healthy'; readonly members: readonly MemberStatus[] }
  /** One line for each member that does not answer, or for the lack of a leader. */
  | { readonly kind: 'unhealthy'; readonly problems: readonly string[] };

/** Asks the etcd cluster of one run. */
export interface EtcdAdmin {
  /** Every member's health (each serves a read through the leader) and status, once. */
  health(): Promise<ClusterHealth>;
  /** Asks until the cluster is healthy or `ms` have passed; the last answer. `gaveUp` ends the waiting early. */
  awaitHealthy(ms: number, gaveUp?: () => boolean): Promise<ClusterHealth>;
  /** The time to live in seconds that etcd really grants to a lease that asks for `seconds`. Throws if etcd refuses. */
  probeGrantedTtl(seconds: number): Promise<number>;
}

/** Asks through `etcdctl` for `members`: those that docker-compose.yml has, whether they run or not. */
export function createEtcdAdmin(etcdctl: Etcdctl, members: readonly Node[]): EtcdAdmin {
  const health = async (): Promise<ClusterHealth> => {
    const healths = await etcdctl(['endpoint', 'health']);
    const problems = judgeHealth(healths.stdout, healths.stderr, members);
    if (problems.length > 0) return { kind: 'unhealthy', problems };
    const statuses = await etcdctl(['endpoint', 'status']);
    const found = readStatus(statuses.stdout, members);
    if (found.length === members.length && found.some(({ leader }) => leader))
      return { kind: 'healthy', members: found };
    return { kind: 'unhealthy', problems: ['the cluster has no leader yet'] };
  };

  return {
    health,
    async awaitHealthy(ms, gaveUp = () => false) {
      const deadline = monotonicMs() + ms;
      for (;;) {
        const answer = await health();
        if (answer.kind === 'healthy' || monotonicMs() > deadline || gaveUp()) return answer;
        await sleep(100);
      }
    },
    async probeGrantedTtl(seconds) {
      const granted = await etcdctl(['lease', 'grant', String(seconds)]);
      const lease = readGrant(granted.stdout);
      if (lease === undefined)
        throw new Error(`etcd grants no lease of ${seconds} s: ${granted.stderr || granted.reason}`);
      await etcdctl(['lease', 'revoke', lease.id]);
      return lease.ttl;
    },
  };
}

/** The problems in the answer of `etcdctl endpoint health -w json`, one line a member; none if all are healthy. */
export function judgeHealth(
  stdout: string,
  stderr: string,
  members: readonly Pick<Node, 'name' | 'address'>[],
): string[] {
  const answers = parseArray<{ endpoint: string; health: boolean; error?: string }>(stdout);
  if (answers === undefined) return [`etcdctl says: ${(stderr || stdout).slice(0, 300) || 'nothing'}`];
  return members.flatMap(({ name, address }) => {
    const answer = answers.find(({ endpoint }) => endpoint === `${address}:2379`);
    if (answer?.health === true) return [];
    return [`${name} (${address}): ${answer?.error ?? (answer === undefined ? 'no answer' : 'unhealthy')}`];
  });
}

interface StatusLine {
  readonly Endpoint: string;
  readonly Status: {
    readonly header: { readonly member_id: number; readonly revision?: number };
    readonly version: string;
    readonly dbSize: number;
    readonly leader?: number;
    readonly raftIndex: number;
    readonly raftTerm: number;
  };
}

/**
 * Reads `etcdctl endpoint status -w json`. Member ids are 64 bits wide and lose their last digits as numbers here; two
 * that differ stay different, as they are spread over the whole range.
 */
export function readStatus(stdout: string, members: readonly Pick<Node, 'name' | 'address'>[]): MemberStatus[] {
  const lines = parseArray<StatusLine>(stdout) ?? [];
  return members.flatMap(({ name, address }) => {
    const status = lines.find(({ Endpoint }) => Endpoint === `${address}:2379`)?.Status;
    if (status === undefined) return [];
    const { header, version, dbSize, leader, raftIndex, raftTerm } = status;
    return [
      {
        name,
        leader: leader === header.member_id,
        version,
        revision: header.revision ?? 0,
        raftIndex,
        raftTerm,
        dbSize,
      },
    ];
  });
}

function parseArray<T>(text: string): T[] | undefined {
  try {
    const value: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '');
    return Array.isArray(value) ? (value as T[]) : undefined;
  } catch {
    return undefined;
  }
}

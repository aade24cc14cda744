// etcdctl, run inside the run's network, and the readers of what it prints. Decides nothing.
import type Docker from 'dockerode';
import type { Node } from './containers.js';
import { type ExecResult, runInContainer } from './exec.js';

/** Runs etcdctl with these arguments; its answers are JSON unless they ask for something else. `members`: asks only these. */
export type Etcdctl = (args: readonly string[], members?: readonly Pick<Node, 'address'>[]) => Promise<ExecResult>;

/** Longest time for one request to etcd, in seconds. */
const REQUEST_S = 2;

/** etcdctl in `via`, a container of leasebreaker's own image, whose environment names all members. */
export function createEtcdctl(docker: Docker, via: string): Etcdctl {
  return (args, members) => {
    // Not as the option --endpoints, which etcdctl refuses beside the variable.
    const environment = members === undefined ? [] : ['env', `ETCDCTL_ENDPOINTS=${members.map(endpoint).join(',')}`];
    const limits = [`--command-timeout=${REQUEST_S}s`, `--dial-timeout=${REQUEST_S}s`];
    return runInContainer(docker, { container: via }, [...environment, 'etcdctl', ...limits, '-w', 'json', ...args]);
  };
}

/** Where a member takes requests. */
export function endpoint({ address }: Pick<Node, 'address'>): string {
  return `${address}:2379`;
}

/** What went wrong, in etcd's own words: etcdctl ends its log lines with `Error: ...`. */
export function complaint({ stderr, stdout, reason }: ExecResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').filter((line) => line.trim() !== '');
  const said = lines.findLast((line) => line.startsWith('Error:')) ?? lines.at(-1) ?? reason;
  return said.replace(/^Error:\s*/, '').slice(0, 300);
}

/** One member as the cluster's own list has it. */
export interface Member {
  /** 64 bits in hexadecimal, as etcdctl takes them. */
  readonly id: string;
  /** Empty for a member that was added and has not started yet. */
  readonly name: string;
  readonly started: boolean;
  readonly peerUrl: string;
}

/** Reads `etcdctl member list -w simple`: id, state, name, peer URLs, client URLs, learner; the same in all of etcd 3. */
export function readMembers(stdout: string): Member[] {
  return stdout.split('\n').flatMap((line) => {
    const [id, state, name, peerUrl] = line.split(',').map((part) => part.trim());
    if (id === undefined || peerUrl === undefined || !/^[0-9a-f]+$/.test(id)) return [];
    return [{ id, name: name ?? '', started: state === 'started', peerUrl }];
  });
}

/** Reads `etcdctl lease grant -w json`; the id as etcdctl wants it back, in hexadecimal. */
export function readGrant(stdout: string): { id: string; ttl: number } | undefined {
  // The id is a 64-bit number, more than JSON.parse keeps.
  const id = /"ID":(\d+)/.exec(stdout)?.[1];
  const ttl = /"TTL":(\d+)/.exec(stdout)?.[1];
  return id === undefined || ttl === undefined ? undefined : { id: BigInt(id).toString(16), ttl: Number(ttl) };
}

/** Reads `etcdctl lease timetolive -w json`: seconds, -1 for a lease that is gone. */
export function readRemaining(stdout: string): number | undefined {
  const ttl = /"ttl":(-?\d+)/.exec(stdout)?.[1];
  return ttl === undefined ? undefined : Number(ttl);
}

// The etcd cluster of one run: what it says of itself, and the operations on it, put together from their parts.
import type Docker from 'dockerode';
import { LOG_LINES, type Node, readLog } from './containers.js';
import type { ContainerControl } from './control.js';
import { createEtcdAdmin, type EtcdAdmin } from './etcd-admin.js';
import { createEtcdOperations, type EtcdOperations } from './etcd-operations.js';
import { createEtcdctl } from './etcdctl.js';
import { runInContainer } from './exec.js';
import { recreateContainer } from './recreate.js';

export type Etcd = EtcdAdmin & EtcdOperations;

/** What {@link createEtcd} shares with the rest of the cluster. */
export interface EtcdContext {
  /** All nodes; the entry of a member whose container is made anew is replaced. */
  readonly nodes: Node[];
  readonly control: (node: string) => ContainerControl;
  /** What replaced containers had logged, by node; written here. */
  readonly earlierLogs: Map<string, string>;
}

/** Empties a folder, of which only the mount point itself stays. */
const WIPE = ['find', '/etcd-data', '-mindepth', '1', '-delete'];

export function createEtcd(docker: Docker, { nodes, control, earlierLogs }: EtcdContext): Etcd {
  const observer = nodes.find(({ role }) => role === 'observer')?.container ?? '';
  const members = (): Node[] => nodes.filter(({ role }) => role === 'etcd');
  const etcdctl = createEtcdctl(docker, observer);
  const find = (name: string): Node => {
    const node = members().find((one) => one.name === name);
    if (node === undefined) throw new Error(`no etcd member ${name} in this run`);
    return node;
  };
  const operations = createEtcdOperations({
    etcdctl,
    members,
    control,
    script: (script, ...args) => runInContainer(docker, { container: observer }, ['sh', '-c', script, 'sh', ...args]),
    async wipe(name) {
      const { sidecar = '' } = find(name);
      const wiped = await runInContainer(docker, { container: sidecar }, WIPE);
      if (wiped.code !== 0) throw new Error(`the data of ${name} cannot be deleted: ${wiped.stderr || wiped.reason}`);
    },
    async recreate(name, env) {
      const node = find(name);
      earlierLogs.set(name, (earlierLogs.get(name) ?? '') + (await readLog(docker, node.container, LOG_LINES)));
      const container = await recreateContainer(docker, node.container, env);
      nodes[nodes.indexOf(node)] = { ...node, container };
    },
  });
  return { ...createEtcdAdmin(etcdctl, members()), ...operations };
}

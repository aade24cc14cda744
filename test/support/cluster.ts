/** Clusters for tests: started without a run, looked at by the docker command line. */
import { execa } from 'execa';
import { type Cluster, type ClusterSpec, startCluster } from '../../harness/cluster/cluster.js';

export const THREE: Omit<ClusterSpec, 'runId'> = { etcdNodes: 3, etcdData: 'tmpfs', fencing: 'on', clientHosts: 3 };
export const SMALL: Omit<ClusterSpec, 'runId'> = { etcdNodes: 1, etcdData: 'tmpfs', fencing: 'on', clientHosts: 1 };

/** Tests of several checkouts may run against one engine at once. */
export const id = (name: string): string => `test-${name}-${process.pid}`;

export async function start(spec: ClusterSpec): Promise<Cluster> {
  const outcome = await startCluster(spec, () => undefined);
  if (outcome.kind !== 'up') throw new Error(`${outcome.message}\n${outcome.mend.join('\n')}`);
  return outcome.cluster;
}

/** Everything that a run has, as the docker command sees it. */
export async function thingsOf(run: string): Promise<string[]> {
  const filter = ['--filter', `label=leasebreaker.run=${run}`, '--format'];
  const asked = [
    ['ps', '-a', ...filter, '{{.Names}}'],
    ['network', 'ls', ...filter, '{{.Name}}'],
    ['volume', 'ls', ...filter, '{{.Name}}'],
  ];
  const answers = await Promise.all(asked.map((args) => execa('docker', args)));
  return answers.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => line !== '');
}

/** What a program on a node prints; rejects unless it ends with 0. */
export async function printed(cluster: Cluster, node: string, ...command: string[]): Promise<string> {
  const stream = await cluster.openProgram(node, command);
  const lines: string[] = [];
  const complaints: string[] = [];
  stream.onStderr((line) => complaints.push(line));
  stream.onLine((line) => lines.push(line));
  stream.end();
  const { code } = await stream.closed;
  if (code !== 0) throw new Error(`${command.join(' ')}: ${code}: ${complaints.join('\n')}`);
  return lines.join('\n');
}

// A controller that a test kills: starts a cluster, keeps a program waiting for the end of its input in it, says `ready`.
// With `hold` a member is frozen, a client host too, and the storage has a CPU quota by then.
import { startCluster } from '../../dist/harness/cluster/cluster.js';

const [runId, hold] = process.argv.slice(2);
const spec = { runId, etcdNodes: 1, etcdData: 'tmpfs', fencing: 'on', clientHosts: 2 };
const started = await startCluster(spec, () => undefined);
if (started.kind !== 'up') throw new Error(started.message);
const { control } = started.cluster;
if (hold === 'hold') {
  await Promise.all([control('etcd1').pause(), control('clients2').pause(), control('storage').limitCpu(5)]);
}
const program = await started.cluster.openProgram('clients1', [
  'sh',
  '-c',
  'echo waiting; cat; touch /tmp/end-of-input',
]);
program.onLine((line) => console.log(line === 'waiting' ? 'ready' : line));

// A controller that a test kills: starts a cluster, keeps a program waiting for the end of its input in it, says `ready`.
import { startCluster } from '../../dist/harness/cluster/cluster.js';

const [runId] = process.argv.slice(2);
const spec = { runId, etcdNodes: 1, etcdData: 'tmpfs', fencing: 'on', clientHosts: 1 };
const started = await startCluster(spec, () => undefined);
if (started.kind !== 'up') throw new Error(started.message);
const program = await started.cluster.openProgram('clients1', [
  'sh',
  '-c',
  'echo waiting; cat; touch /tmp/end-of-input',
]);
program.onLine((line) => console.log(line === 'waiting' ? 'ready' : line));

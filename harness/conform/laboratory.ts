/** The checks' world on a real cluster: one etcd member, the HTTP storage, and clients on one host, started by the agent as in a run. */
import type { Decision } from '../history/decision.js';
import { type Cluster, storageUrl } from '../cluster/cluster.js';
import { connectAgent, type AgentLink } from '../run/agent-link.js';
import { clientCommand } from '../run/client-process.js';
import type { World } from './world.js';

export interface Laboratory {
  world: World;
  end(): void;
}

/** Where, on the clients' own host, somebody listens and never says a word. */
const SILENT_PORT = 9;
const SILENT = `require('node:net').createServer(() => undefined).listen(${SILENT_PORT}, () => console.log('listening'))`;
/** The port tcpmux, at which nobody listens. */
const REFUSING = 'http://127.0.0.1:1';

/** `command`: the client's; undefined for leasebreaker's own. Rejects when an agent cannot be started. */
export async function openLaboratory(
  cluster: Cluster,
  { command, recipe }: { command: string | undefined; recipe: string },
): Promise<Laboratory> {
  const connect = async (node: string): Promise<AgentLink> => connectAgent(node, await cluster.openAgent(node));
  const [clients, observer] = await Promise.all([connect('clients1'), connect('observer')]);
  const members = cluster.nodes.filter(({ role }) => role === 'etcd').map(({ address }) => `http://${address}:2379`);
  await listenInSilence(clients);

  async function etcdctl(...args: string[]): Promise<Record<string, unknown>> {
    const asked = ['env', `ETCDCTL_ENDPOINTS=${members.join(',')}`, 'etcdctl', '--write-out', 'json', ...args];
    const { code, stdout, stderr } = await observer.exec(asked);
    if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  const world: World = {
    etcd: members,
    storage: storageUrl('http', cluster.nodes),
    refusing: REFUSING,
    silent: `http://127.0.0.1:${SILENT_PORT}`,
    recipe,
    patienceMs: 20_000,
    async start(name, events) {
      await clients.spawn(name, clientCommand(command), {
        onLine: (line) => events.onLine(line),
        onStderr: (line) => events.onStderr(line),
        onExit: (code, signal) => events.onExit(signal === null ? `exit code ${code ?? 'none'}` : signal),
      });
      return {
        send: (text, as) => clients.send(name, text, as),
        pause: () => clients.signal(name, 'SIGSTOP'),
        resume: () => clients.signal(name, 'SIGCONT'),
        // It may have ended in the meantime.
        kill: () => clients.signal(name, 'SIGKILL').catch(() => undefined),
      };
    },
    async keysOf(lock) {
      const { kvs = [] } = (await etcdctl('get', '--prefix', lock)) as {
        kvs?: { key: string; create_revision: number }[];
      };
      return kvs
        .map(({ key, create_revision: revision }) => ({
          key: Buffer.from(key, 'base64').toString(),
          createRevision: String(revision),
        }))
        .filter(({ key }) => key === lock || key.startsWith(`${lock}/`));
    },
    async deleteKey(key) {
      await etcdctl('del', key);
    },
    async grantedTtlMs(leaseHex) {
      // A lease that etcd does not know has neither (etcd `server/etcdserver/api/v3rpc/lease.go`).
      const { 'granted-ttl': granted = 0 } = (await etcdctl('lease', 'timetolive', leaseHex)) as {
        'granted-ttl'?: number;
      };
      return granted > 0 ? granted * 1000 : undefined;
    },
    async decisions() {
      const program = await cluster.openStorageAdmin('log');
      const lines: string[] = [];
      program.onStderr(() => undefined);
      program.onLine((line) => lines.push(line));
      const { code, reason } = await program.closed;
      if (code !== 0) throw new Error(`the storage's log could not be read: ${reason}`);
      return lines.map((line) => JSON.parse(line) as Decision);
    },
  };
  return {
    world,
    end() {
      clients.end();
      observer.end();
    },
  };
}

async function listenInSilence(link: AgentLink): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    link
      .spawn('silent', ['node', '-e', SILENT], {
        onLine: () => resolve(),
        onStderr: () => undefined,
        onExit: () => reject(new Error('what listens in silence could not be started')),
      })
      .catch(reject);
  });
}

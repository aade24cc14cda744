/** Storage players (storage-player.ts), started in a container and spoken to from a test. */
import { build } from 'esbuild';
import type { ExecStream } from '../../harness/cluster/exec.js';
import type { LockKey } from '../../workloads/clients/storage-client.js';
import type { StorageOutcome } from '../../workloads/clients/storage-outcome.js';
import type { ReadRequest, WriteRequest } from '../../workloads/storages/protocol.js';
import type { Connect, Said, Told } from './storage-player.js';

export interface Player {
  /** A client of its own, with a connection of its own. */
  connect(options: Connect): Promise<PlayedClient>;
  /** Takes a lock whoever has it: answers the create revision of its new key. */
  takeLock(etcd: string[], key: string): Promise<LockKey>;
  end(): void;
}

export interface PlayedClient {
  read(body: ReadRequest): Promise<StorageOutcome>;
  write(body: WriteRequest, owner?: LockKey): Promise<StorageOutcome>;
  close(): Promise<void>;
}

/** The program as one text, bundled as the programs of the images are (scripts/build.mjs). */
export async function buildPlayer(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/storage-player.ts`],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['etcd3', 'pg-native'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return outputFiles[0]?.text ?? '';
}

/** Speaks to a player that has been started. */
export function speakTo(stream: ExecStream): Player {
  const waiting = new Map<number, (said: Said) => void>();
  const complaints: string[] = [];
  let lastId = 0;
  let lastClient = 0;
  let dead: Error | undefined;
  stream.onLine((line) => {
    const { id, said } = JSON.parse(line) as { id: number; said: Said };
    waiting.get(id)?.(said);
    waiting.delete(id);
  });
  stream.onStderr((line) => complaints.push(line));
  void stream.closed.then(({ code }) => (dead = new Error(`the player ended with ${code}: ${complaints.join('\n')}`)));

  async function tell(told: Told): Promise<Said> {
    if (dead !== undefined) throw dead;
    const id = ++lastId;
    const said = new Promise<Said>((resolve) => waiting.set(id, resolve));
    stream.send(JSON.stringify({ id, told }));
    return said;
  }

  return {
    async connect(options) {
      const client = ++lastClient;
      const said = await tell({ do: 'connect', client, ...options });
      if ('unsupported' in said) throw new Error(said.unsupported);
      return {
        read: (body) => tell({ do: 'read', client, body }) as Promise<StorageOutcome>,
        write: (body, owner) => tell({ do: 'write', client, body, ...(owner && { owner }) }) as Promise<StorageOutcome>,
        close: async () => void (await tell({ do: 'close', client })),
      };
    },
    async takeLock(etcd, key) {
      const said = await tell({ do: 'take-lock', etcd, key });
      return { key, createRevision: ('revision' in said && said.revision) || '' };
    },
    end: () => stream.end(),
  };
}

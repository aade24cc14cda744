/**
 * `storage-admin health | clock | log | summary | reset`: prints what the storage beside it says. `log` prints the decision log, one JSON
 * object a line, as it comes. STORAGE_KIND says what it is (`http` if missing), and how it is asked: an HTTP storage on its unix socket
 * (STORAGE_ADMIN_SOCKET), a database at STORAGE_URL, etcd at STORAGE_URL (`etcd:` before client URLs, separated by
 * commas) or ETCDCTL_ENDPOINTS.
 * `health` also gives a database what it needs to begin with. `reset` makes a storage forget all that it was told and has decided, and prints the
 * summary of what is left.
 *
 * Ends with 0 only if the answer came whole, 64 for a bad argument or setting, 3 otherwise.
 */
import { once } from 'node:events';
import { type IncomingMessage, request as ask } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { STORAGES, type Storage } from '../../harness/history/decision.js';
import { type StorageAdmin, summarize } from './admin.js';
import { STORAGE_ADMIN_SOCKET } from './protocol.js';

const COMMANDS = ['health', 'clock', 'log', 'summary', 'reset'] as const;
type Command = (typeof COMMANDS)[number];
/** How long the storage may take to begin its answer, in ms. */
const PATIENCE = 5000;

async function main(command: string | undefined): Promise<void> {
  const known = COMMANDS.find((name) => name === command);
  if (known === undefined) return fail(64, `usage: storage-admin ${COMMANDS.join(' | ')}`);
  const wanted = process.env['STORAGE_KIND'] ?? 'http';
  const kind = STORAGES.find((name) => name === wanted);
  if (kind === undefined) return fail(64, `STORAGE_KIND is ${JSON.stringify(wanted)}: one of ${STORAGES.join(', ')}`);
  const place = placeOf(kind);
  try {
    if (kind === 'http' || kind === 'http-durable') return await askHttp(known, place);
    await askDatabase(known, kind, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return; // whoever reads has seen enough (`| head`)
    fail(3, `the storage does not answer on ${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placeOf(kind: Storage): string {
  const { STORAGE_URL: url, STORAGE_ADMIN_SOCKET: socket, ETCDCTL_ENDPOINTS: endpoints } = process.env;
  switch (kind) {
    case 'http':
    case 'http-durable':
      return socket ?? STORAGE_ADMIN_SOCKET;
    case 'postgres':
      return url ?? 'postgres://postgres@127.0.0.1:5432/leasebreaker';
    case 'redis':
      return url ?? 'redis://127.0.0.1:6379';
    case 'etcd':
      return url ?? endpoints ?? 'http://127.0.0.1:2379';
  }
}

async function askHttp(command: Command, socketPath: string): Promise<void> {
  const request = ask({ socketPath, path: `/${command}`, method: command === 'reset' ? 'POST' : 'GET' }).end();
  const patience = setTimeout(() => request.destroy(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
  request.once('close', () => clearTimeout(patience));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  clearTimeout(patience);
  if (response.statusCode !== 200) return fail(3, `the storage answered ${response.statusCode}`);
  await pipeline(response, process.stdout);
}

async function askDatabase(
  command: Command,
  kind: Exclude<Storage, 'http' | 'http-durable'>,
  place: string,
): Promise<void> {
  const admin = await connect(kind, place);
  try {
    switch (command) {
      case 'health':
        return print(await admin.health());
      case 'clock':
        return admin.clock === undefined ? fail(64, `${kind} has no one clock`) : print(await admin.clock());
      case 'summary':
        return print(await summarize(admin.log()));
      case 'reset':
        await admin.reset();
        return print(await summarize(admin.log()));
      case 'log':
        return await pipeline(Readable.from(lines(admin)), process.stdout);
    }
  } finally {
    await admin.close();
  }
}

/** Loads only what it needs: a clock is read all the more exactly, the sooner it is asked. */
async function connect(kind: 'postgres' | 'redis' | 'etcd', place: string): Promise<StorageAdmin> {
  switch (kind) {
    case 'postgres':
      return (await import('./admin-postgres.js')).connectPostgresAdmin(place, PATIENCE);
    case 'redis':
      return (await import('./admin-redis.js')).connectRedisAdmin(place, PATIENCE);
    case 'etcd':
      return (await import('./admin-etcd.js')).createEtcdAdmin(place.replace(/^etcd:/, '').split(','), PATIENCE);
  }
}

async function* lines(admin: StorageAdmin): AsyncIterable<string> {
  for await (const line of admin.log()) yield `${line}\n`;
}

function print(answer: object): void {
  console.log(JSON.stringify(answer));
}

function fail(code: number, message: string): void {
  console.error(`storage-admin: ${message}`);
  process.exitCode = code;
}

await main(process.argv[2]);

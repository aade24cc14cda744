/**
 * The storage program. STORAGE_FENCING says how it fences and has no default: an experiment that forgot to say it would
 * prove something else than it claims. STORAGE_KIND is `http`, which forgets all when it ends, or `http-durable`, which keeps its
 * decisions in STORAGE_DATA. STORAGE_HOST, STORAGE_PORT and STORAGE_ADMIN_SOCKET move it for use outside a container.
 * Ends with 64 for a bad setting, 3 if it cannot listen or keep what it decides, 0 after SIGTERM or SIGINT.
 */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { schemesOf } from '../../harness/history/decision.js';
import { createAdminServer } from './admin-server.js';
import { createDataServer } from './data-server.js';
import { type DecisionFile, openDecisionFile } from './decision-file.js';
import { STORAGE_ADMIN_SOCKET, STORAGE_DATA, STORAGE_KINDS, STORAGE_PORT } from './protocol.js';
import { createStore } from './store.js';

/** Both kinds can do the same. */
const SCHEMES = schemesOf('http');

const settingsSchema = z.object({
  STORAGE_FENCING: z.enum(SCHEMES),
  STORAGE_KIND: z.enum(STORAGE_KINDS).default('http'),
  STORAGE_DATA: z.string().min(1).default(STORAGE_DATA),
  STORAGE_HOST: z.string().default('0.0.0.0'),
  STORAGE_PORT: z.coerce.number().int().min(0).max(65535).default(STORAGE_PORT),
  STORAGE_ADMIN_SOCKET: z.string().min(1).default(STORAGE_ADMIN_SOCKET),
});

async function main(): Promise<void> {
  const settings = settingsSchema.safeParse(process.env);
  if (!settings.success) {
    const name = String(settings.error.issues[0]?.path[0]);
    const choices: Record<string, readonly string[]> = { STORAGE_FENCING: SCHEMES, STORAGE_KIND: STORAGE_KINDS };
    const wanted = name in choices ? `one of ${choices[name]?.join(', ')}` : settings.error.issues[0]?.message;
    return fail(64, `${name} is ${JSON.stringify(process.env[name]) ?? 'not set'}: ${wanted}`);
  }
  const {
    STORAGE_FENCING: fencing,
    STORAGE_KIND: kind,
    STORAGE_DATA: folder,
    STORAGE_HOST: host,
    STORAGE_PORT: port,
    STORAGE_ADMIN_SOCKET: path,
  } = settings.data;
  let file: DecisionFile | undefined;
  try {
    if (kind === 'http-durable') file = await openDecisionFile(join(folder, 'decisions.ndjson'));
  } catch (error) {
    return fail(3, error instanceof Error ? error.message : String(error));
  }
  const store = createStore(fencing, file);
  const data = createDataServer(store);
  const admin = createAdminServer(store, () => data.closeAllConnections());
  const stop = () => {
    for (const server of [data, admin]) {
      server.close();
      server.closeAllConnections();
    }
    void file?.close();
  };
  // Like etcd, which panics when its log cannot be written: what is on the disk counts, and nothing that is only in memory.
  void file?.failed.then((error) => {
    fail(3, `the decisions cannot be kept: ${error.message}`);
    stop();
  });
  try {
    await once(data.listen(port, host), 'listening');
    await rm(path, { force: true }); // left by one that was killed; a living one would have had the port
    await once(admin.listen(path), 'listening');
  } catch (error) {
    stop();
    return fail(3, error instanceof Error ? error.message : String(error));
  }
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const address = data.address();
  console.log(
    `storage: fencing ${fencing}, listening on ${host}:${typeof address === 'object' ? address?.port : port}, admin on ${path}`,
  );
}

function fail(code: number, message: string): void {
  console.error(`storage: ${message}`);
  process.exitCode = code;
}

await main();

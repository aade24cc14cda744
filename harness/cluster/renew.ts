// Makes a cluster that has served a run as new for the next one, and looks whether it is; the containers stay.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Etcd } from './etcd.js';
import { complaint } from './etcdctl.js';
import type { ExecResult } from './exec.js';
import type { StorageAdminCommand } from './storage-service.js';

/** What of a cluster it takes. */
export interface Renewable {
  /** What runs in its idle containers, a line each. */
  readonly strangers: () => Promise<readonly string[]>;
  readonly etcd: Pick<Etcd, 'awaitHealthy' | 'clear'>;
  readonly storage: (command: StorageAdminCommand) => Promise<ExecResult>;
}

/** How long the last processes of the run before may take to end, and an election, in ms. */
const ENDED_WITHIN_MS = 2000;
const HEALTHY_WITHIN_MS = 10_000;

/**
 * An etcd database that has grown beyond this is given up, in bytes: the members' data lies in memory (docker-compose.yml: 1 GiB
 * each, with the log beside the database).
 */
const MAX_DATABASE = 128 * 2 ** 20;

/** Rejects with the reason where the cluster cannot be made as new. Nobody of the former run may be there to write any more. */
export async function renew({ strangers, etcd, storage }: Renewable): Promise<void> {
  await awaitNobody(strangers);
  const health = await etcd.awaitHealthy(HEALTHY_WITHIN_MS);
  if (health.kind === 'unhealthy') throw new Error(`etcd is not healthy: ${health.problems.join('; ')}`);
  const largest = Math.max(...health.members.map(({ dbSize }) => dbSize));
  if (largest > MAX_DATABASE) throw new Error(`etcd's database has grown to ${largest} bytes`);
  // The storage before the keys: where etcd is the storage, it is emptied by its own means all the same.
  await asked(storage, 'reset');
  await etcd.clear();
  const summary = JSON.parse(await asked(storage, 'summary')) as { decisions: number; keys: number };
  if (summary.decisions !== 0 || summary.keys !== 0)
    throw new Error(`the storage still has ${summary.decisions} decisions about ${summary.keys} keys`);
}

async function awaitNobody(strangers: Renewable['strangers']): Promise<void> {
  for (const begun = monotonicMs(); ; await sleep(100)) {
    const found = await strangers();
    if (found.length === 0) return;
    if (monotonicMs() - begun > ENDED_WITHIN_MS) throw new Error(`still running: ${found.join('; ').slice(0, 300)}`);
  }
}

async function asked(storage: Renewable['storage'], command: StorageAdminCommand): Promise<string> {
  const answer = await storage(command);
  if (answer.code !== 0) throw new Error(`the storage's ${command}: ${complaint(answer)}`);
  return answer.stdout;
}

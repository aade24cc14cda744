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
  await awaitNobody(strangers); // first, as what etcd is asked with runs on the observer
  const health = await etcd.awaitHealthy(HEALTHY_WITHIN_MS);
  if (health.kind === 'unhealthy') throw new Error(`etcd is not healthy: ${health.problems.join('; ')}`);
  const largest = Math.max(...health.members.map(({ dbSize }) => dbSize));
  if (largest > MAX_DATABASE) throw new Error(`etcd's database has grown to ${largest} bytes`);
  await Promise.all([empty(storage), etcd.clear()]);
}

async function empty(storage: Renewable['storage']): Promise<void> {
  const answer = await storage('reset');
  if (answer.code !== 0) throw new Error(`the storage cannot be reset: ${complaint(answer)}`);
  const { decisions, keys } = JSON.parse(answer.stdout) as { decisions: number; keys: number };
  if (decisions !== 0 || keys !== 0)
    throw new Error(`after its reset the storage has ${decisions} decisions about ${keys} keys`);
}

async function awaitNobody(strangers: Renewable['strangers']): Promise<void> {
  for (const begun = monotonicMs(); ; await sleep(100)) {
    const found = await strangers();
    if (found.length === 0) return;
    if (monotonicMs() - begun > ENDED_WITHIN_MS) throw new Error(`still running: ${found.join('; ').slice(0, 300)}`);
  }
}

/** What surrounds a run and can keep it from its end: the engine, the cluster's limits, the room on disk, an interrupt. */
import type { Cluster } from '../cluster/cluster.js';
import type { Plan } from '../plan/plan.js';
import type { Ending } from './ending.js';

/** Nothing was tested; `arguments`: what was asked for cannot be had from any environment. */
export interface Refusal {
  kind: 'refused';
  why: 'environment' | 'arguments' | 'interrupted';
  message: string;
  /** Commands that mend it. */
  mend: string[];
}

/** An engine that is gone cannot remove anything; what it still has is removed when it is back. */
export async function tearDown(cluster: Cluster, say: (line: string) => void): Promise<void> {
  try {
    await cluster.down();
  } catch (error) {
    say(
      `the containers could not be removed (${(error as Error).message}); when the engine is back: npx leasebreaker clean`,
    );
  }
}

export const INTERRUPTED: Refusal = {
  kind: 'refused',
  why: 'interrupted',
  message: 'interrupted before any traffic',
  mend: [],
};

export const ROOM = ['free space, or give another folder with --output'];

export function cannotWrite(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EACCES', 'EPERM', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/** Everything that can end a run from outside; nothing can any more once the returned function was called. */
export function watchOver(
  cluster: Cluster,
  ending: Ending,
  interrupt: AbortSignal,
  journalFailed: Promise<{ message: string }>,
): () => void {
  const stop = (): void => ending.set({ kind: 'interrupted' });
  if (interrupt.aborted) stop();
  interrupt.addEventListener('abort', stop, { once: true });
  const forgetCluster = cluster.onDeath((death) => {
    const message =
      death.kind === 'container-died'
        ? `${death.service} ended on its own (exit code ${death.exitCode}): the environment failed, which says nothing about the lock; its log is in the results folder`
        : `the Docker engine went away: ${death.message}`;
    ending.set({ kind: 'environment', message, mend: ['npx leasebreaker doctor', 'npx leasebreaker clean'] });
  });
  void journalFailed.then(({ message }) =>
    ending.set({
      kind: 'environment',
      message: `the history could not be written: ${message}`,
      mend: ROOM,
    }),
  );
  return () => {
    interrupt.removeEventListener('abort', stop);
    forgetCluster();
  };
}

/** etcd silently grants more than was asked for below its minimum; every figure of the plan would then be wrong. */
export async function refuseTtl(cluster: Cluster, plan: Plan): Promise<Refusal | undefined> {
  const asked = plan.settings.ttlMs / 1000;
  let granted: number;
  try {
    granted = await cluster.probeGrantedTtl(asked);
  } catch (error) {
    return environment(`etcd did not grant a lease to try: ${(error as Error).message}`, ['npx leasebreaker doctor']);
  }
  if (granted === asked) return undefined;
  return {
    kind: 'refused',
    why: 'arguments',
    message: `etcd grants a lease of ${granted} s where --ttl ${asked} asks for ${asked} s (its minimum is 1.5 x the election timeout)`,
    mend: [`give --ttl ${granted}`],
  };
}

export function environment(message: string, mend: string[]): Refusal {
  return { kind: 'refused', why: 'environment', message, mend };
}

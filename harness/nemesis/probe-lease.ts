/**
 * A lease that nobody keeps alive and nothing depends on, so that its remaining time tells how fast the leader's clock goes.
 * Only for evidence: what goes wrong with it is told, and never hinders a fault.
 */
import { monotonicMs } from '../history/clock.js';
import type { World } from './fault.js';

/** Long enough for a jump of half a day. Etcd answers remaining times in whole seconds. */
const TTL_SECONDS = 86_400;

export function probeLease(etcd: World['etcd'], leader: string) {
  let granted: Promise<{ id: string; atMs: number } | undefined> | undefined;
  return {
    grant(): Promise<unknown> {
      granted ??= etcd.grantProbeLease(TTL_SECONDS).then(
        ({ id }) => ({ id, atMs: monotonicMs() }),
        () => undefined,
      );
      return granted;
    },
    /** Takes it back; undefined where it can tell nothing: it was not granted, or another leader has given it its whole time again. */
    async take(): Promise<{ leaderSeconds: number; elapsedSeconds: number } | undefined> {
      const lease = await granted;
      if (lease === undefined) return undefined;
      try {
        const remaining = await etcd.remainingTtl(lease.id);
        const elapsedSeconds = Math.round((monotonicMs() - lease.atMs) / 100) / 10;
        if (etcd.leader() !== leader) return undefined;
        // Negative: the leader has let it expire already.
        return { leaderSeconds: TTL_SECONDS - Math.max(0, remaining), elapsedSeconds };
      } catch {
        return undefined;
      } finally {
        await etcd.revokeProbeLease(lease.id).catch(() => undefined);
      }
    },
  };
}

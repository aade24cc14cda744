/** The bookkeeping of a hold, which is the same in every recipe: when it has ended, why, and who is told. */
import { isLoss, isUnknown, toFailure } from './failure.js';
import type { Life } from './life.js';
import type { EndReason, Hold } from './recipe.js';

export interface HoldParts {
  key: string;
  createRevision: bigint;
  headerRevision: bigint;
  leaseHex?: string;
  failedTries?: number;
  /** Of what keeps it: the session's lease, or its own; or of the session alone. */
  life: Life;
  /** Takes it back at etcd; whether its key was still there. Rejects with the `EtcdFailure` of the call. */
  remove(): Promise<boolean>;
  /** It was released, or nobody knows whether it was. */
  onReleased?(): void;
}

export function createHold({ life, remove, onReleased, createRevision, headerRevision, ...names }: HoldParts): Hold {
  let ended: EndReason | undefined;
  let stopListening = (): unknown => undefined;
  const endReason = (): EndReason | undefined => (ended ??= life.endReason());
  const finish = (): void => {
    ended = endReason() ?? 'released';
    stopListening();
    onReleased?.();
  };
  return {
    ...names,
    createRevision: createRevision.toString(),
    headerRevision: headerRevision.toString(),
    endReason,
    onLost(callback) {
      const report = (reason: EndReason): void => (isLoss(reason) ? callback(reason) : undefined);
      const already = endReason();
      if (already === undefined) stopListening = life.onEnd(report);
      else report(already);
    },
    async release() {
      try {
        const deleted = await remove();
        finish();
        return { ok: true, deleted };
      } catch (error) {
        const failure = toFailure(error);
        // A call that was never sent leaves the hold as it was.
        if (isUnknown(failure)) finish();
        return failure;
      }
    },
  };
}

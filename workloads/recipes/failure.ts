/** What a failed call to etcd means for the operation that made it. */
import { completionType } from '../../harness/history/errors.js';
import { EtcdFailure } from './ports.js';
import type { EndReason, Failure, LossReason } from './recipe.js';

/** Failures of etcd become answers; anything else is a defect and goes on as an exception. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof EtcdFailure)) throw error;
  return {
    ok: false,
    error: error.code === 'lease-not-found' ? 'session-expired' : error.code,
    message: error.message,
  };
}

/** Nobody knows whether the call took effect. */
export function isUnknown(failure: Failure): boolean {
  return completionType(failure.error) === 'info';
}

/** For an operation that had an effect before: a call that was never sent says nothing of what an earlier one has done. */
export function afterEffect(failure: Failure): Failure {
  return failure.error === 'connection-refused' ? { ...failure, error: 'unavailable' } : failure;
}

export function isLoss(reason: EndReason): reason is LossReason {
  return reason === 'lease-not-found' || reason === 'local-deadline';
}

/** What an error of the npm package etcd3 says about the call: whether it was sent, and whether it may have taken effect. */
import {
  castGrpcError,
  ClientClosedError,
  EtcdLeaseInvalidError,
  GRPCDeadlineExceededError,
  GRPCInvalidArgumentError,
  GRPCUnavailableError,
} from 'etcd3';
import { EtcdFailure, type EtcdFailureCode } from './ports.js';

/**
 * How grpc-js words an UNAVAILABLE that it gives before the call has left this process (load-balancer-pick-first.ts,
 * picker.ts, resolver-dns.ts, internal-channel.ts). The etcd3 package keeps nothing of the error but this text.
 */
const NEVER_SENT = ['No connection established', 'Name resolution failed', 'Channel closed before call started'];

export function toEtcdFailure(error: unknown): EtcdFailure {
  const cast = castGrpcError(error instanceof Error ? error : new Error(String(error)));
  return new EtcdFailure(codeOf(cast), cast.message);
}

function codeOf(error: Error): EtcdFailureCode {
  if (error instanceof EtcdLeaseInvalidError) return 'lease-not-found';
  if (error instanceof ClientClosedError) return 'connection-refused';
  if (error instanceof GRPCInvalidArgumentError) return 'bad-request';
  if (error instanceof GRPCDeadlineExceededError) return 'timeout';
  if (error instanceof GRPCUnavailableError) {
    if (NEVER_SENT.some((text) => error.message.includes(text))) return 'connection-refused';
    // etcd gives up waiting for consensus under this status, while the proposal may still go through.
    if (error.message.includes('etcdserver: request timed out')) return 'timeout';
  }
  return 'unavailable';
}

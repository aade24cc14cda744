/**
 * Holds whose token is their lease id and not a create revision, as etcd's contrib/lock example does it. Lease ids are made
 * of member id, milliseconds and a counter (etcd pkg/idutil): unique, but without order, so they do not say who came first.
 */
import type { Evidence } from './evidence.js';
import type { Hold } from './holds.js';

export interface LeaseTokens {
  has(hold: Hold): boolean;
}

/** By what the observer saw; without an observer no token is a lease id. O(events + holds). */
export function findLeaseTokens({ ownership }: Evidence): LeaseTokens {
  const revisions = new Set<string>();
  const leases = new Set<string>();
  for (const { lane, createRevision, lease } of ownership) {
    revisions.add(`${lane}/${createRevision}`);
    if (/^[0-9a-f]{1,16}$/i.test(lease)) leases.add(`${lane}/${BigInt(`0x${lease}`)}`);
  }
  return {
    has({ lane, token }) {
      const id = `${lane}/${token ?? ''}`;
      return leases.has(id) && !revisions.has(id);
    },
  };
}

/** Whether etcd and the lock on it can be held to their word in a run: what is done to it may be more than they promise to bear. */
import { MEMBER_ROLES } from './fault-kinds.js';
import type { Plan, PlannedFault } from './plan.js';

/**
 * Not where a member's clocks are bent, because leases are promised by them; nor where a member comes back without its data, because
 * Raft takes what a member has once acknowledged for kept (D. Ongaro, J. Ousterhout, "In Search of an Understandable Consensus
 * Algorithm", 2014, section 5.4: votes and logs are on stable storage); nor where tokens are lease ids, because these are unique but
 * have no order; nor where the recipe itself tells two clients of one create revision, which is what it is there to show.
 */
export function canKeepItsWord(
  faults: readonly Pick<PlannedFault, 'kind' | 'target' | 'options'>[],
  token: Plan['token'],
  sharesRevisions = false,
): boolean {
  if (token !== 'create-revision' || sharesRevisions) return false;
  return !faults.some((fault) => isOnMembers(fault) && isBeyondPromises(fault));
}

function isBeyondPromises({ kind, options }: Pick<PlannedFault, 'kind' | 'options'>): boolean {
  return kind === 'clock' || (kind === 'disk' && options.mode === 'lost');
}

const ROLES: readonly string[] = MEMBER_ROLES;

function isOnMembers({ target }: Pick<PlannedFault, 'target'>): boolean {
  return ROLES.includes(target) || target.startsWith('etcd');
}

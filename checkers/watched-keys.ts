/** What the observer's watch says about the lock keys of a lane, to hold tokens against. */
import type { OwnershipEvent } from '../harness/history/ownership.js';
import { compareTokens } from '../harness/history/token.js';

/**
 * `revision`: the create revision of a key of the lane. `missed`: between the first and the last that a member's watch told of
 * but not among them; a watch leaves nothing out in between. `lease`: the id of a lease, as etcd's contrib/lock example uses
 * it: unique, but made of member id, milliseconds and a counter (etcd pkg/idutil), so that it does not say who came first.
 * `unwatched`: the observer had not begun, or had ended.
 */
export type TokenKind = 'revision' | 'missed' | 'lease' | 'unwatched';

export interface WatchedKeys {
  kindOf(lane: number, token: string): TokenKind;
}

interface Lane {
  revisions: Set<string>;
  first: string;
  last: string;
  /** Ids in hex. */
  leases: Set<string>;
}

/** O(events). */
export function readWatchedKeys(ownership: readonly OwnershipEvent[]): WatchedKeys {
  const lanes = new Map<number, Lane>();
  for (const { lane, createRevision, lease } of ownership) {
    let known = lanes.get(lane);
    if (known === undefined) {
      known = { revisions: new Set(), first: createRevision, last: createRevision, leases: new Set() };
      lanes.set(lane, known);
    }
    known.revisions.add(createRevision);
    known.leases.add(lease);
    if (compareTokens(createRevision, known.first) < 0) known.first = createRevision;
    if (compareTokens(createRevision, known.last) > 0) known.last = createRevision;
  }
  return {
    kindOf(lane, token) {
      const known = lanes.get(lane);
      if (known === undefined) return 'unwatched';
      if (known.revisions.has(token)) return 'revision';
      if (known.leases.has(BigInt(token).toString(16))) return 'lease';
      const inside = compareTokens(token, known.first) > 0 && compareTokens(token, known.last) < 0;
      return inside ? 'missed' : 'unwatched';
    },
  };
}

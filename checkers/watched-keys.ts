/** What the observer's watch says about the lock keys of a lane, to hold tokens against. */
import { NONE, type OwnershipTable } from '../harness/history/tables.js';
import { TokenIndex } from './token-index.js';

/**
 * `revision`: the create revision of a key of the lane. `missed`: between the first and the last that a member's watch told of
 * but not among them; a watch leaves nothing out in between. `lease`: the id of a lease, as etcd's contrib/lock example uses
 * it: unique, but made of member id, milliseconds and a counter (etcd pkg/idutil), so that it does not say who came first.
 * `unwatched`: the observer had not begun, or had ended.
 */
export type TokenKind = 'revision' | 'missed' | 'lease' | 'unwatched';

export interface WatchedKeys {
  /** `token`: a token code. O(1). */
  kindOf(lane: number, token: number): TokenKind;
}

const REVISION = 1;
const LEASE = 2;

/** O(events). */
export function readWatchedKeys({ length, lane: lanes, createRevision, lease }: OwnershipTable): WatchedKeys {
  const kinds = new TokenIndex(length / 4);
  const spans = new Map<number, { first: number; last: number }>();
  let span = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  let spanLane = Number.NaN;
  const mark = (lane: number, token: number, kind: number): void => {
    const known = kinds.get(lane, token);
    if (known === NONE) kinds.set(lane, token, kind);
    else if ((known & kind) === 0) kinds.set(lane, token, known | kind);
  };
  for (let row = 0; row < length; row++) {
    const lane = lanes[row] as number;
    const created = createRevision[row] as number;
    if (lane !== spanLane) {
      spanLane = lane;
      span = spans.get(lane) ?? { first: created, last: created };
      spans.set(lane, span);
    }
    span.first = Math.min(span.first, created);
    span.last = Math.max(span.last, created);
    mark(lane, created, REVISION);
    mark(lane, lease[row] as number, LEASE);
  }
  return {
    kindOf(lane, token) {
      const of = spans.get(lane);
      if (of === undefined) return 'unwatched';
      const kind = kinds.get(lane, token);
      if (kind !== NONE) return (kind & REVISION) !== 0 ? 'revision' : 'lease';
      return token > of.first && token < of.last ? 'missed' : 'unwatched';
    },
  };
}

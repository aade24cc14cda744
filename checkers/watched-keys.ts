/** What the observer's watch says about the lock keys of a lane, to hold tokens against. */
import { NONE, type OwnershipTable } from '../harness/history/tables.js';
import type { KeyLives } from './key-lives.js';
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

/** O(lives); O(events) once more if a token is none of a create revision. */
export function readWatchedKeys(events: OwnershipTable, lives: KeyLives): WatchedKeys {
  const spans = new Map<number, { first: number; last: number }>();
  const stretch = (lane: number, created: number): void => {
    const span = spans.get(lane);
    if (span === undefined) spans.set(lane, { first: created, last: created });
    else if (created < span.first) span.first = created;
    else if (created > span.last) span.last = created;
  };
  for (let life = 0; life < lives.count; life++) stretch(lives.lane[life] as number, lives.created[life] as number);
  let leases: TokenIndex | undefined;
  return {
    kindOf(lane, token) {
      const span = spans.get(lane);
      if (span === undefined) return 'unwatched';
      if (lives.find(lane, token) !== NONE) return 'revision';
      leases ??= readLeases(events);
      if (leases.get(lane, token) !== NONE) return 'lease';
      return token > span.first && token < span.last ? 'missed' : 'unwatched';
    },
  };
}

/** By lane and lease: whether an event bears it. */
function readLeases({ length, lane, lease }: OwnershipTable): TokenIndex {
  const leases = new TokenIndex(length / 16);
  for (let row = 0; row < length; row++) leases.set(lane[row] as number, lease[row] as number, row);
  return leases;
}

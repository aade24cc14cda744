/**
 * etcd's lane of a story: whose lock key is the oldest, where a lease ends, and the gap between that and what the client
 * believes. The observer may tell of an event a moment after the next owner was told of its luck; revisions say
 * what came first, so an end of ownership is never drawn behind the grant that followed from it.
 */
import { compareTokens } from '../history/token.js';
import { duration, plural } from './format.js';
import { clientName, otherRole, type Role, type Scene } from './scene.js';
import type { Point } from './sketch.js';
import type { DrawnHold } from './story-clients.js';
import * as say from './story-steps.js';

/** The end of a key that went before its client gave it up. */
export function drawExpiry({ sketch, to, ...scene }: Scene, role: Role): Point | undefined {
  const facts = scene[role];
  const next = scene[otherRole(role)];
  const deleted = facts.key?.deleted;
  if (!facts.expired || deleted === undefined) return undefined;
  const follows = compareTokens(next.witness.token, facts.witness.token) > 0;
  const time = Math.max(facts.grantedAt, follows ? Math.min(deleted.time, next.grantedAt) : deleted.time);
  if (time > to) return undefined;
  const point = sketch.point(time, 'etcd', say.expired(clientName(role), deleted.revision));
  sketch.mark({ lane: 'etcd', kind: 'expired', moment: point, text: `lease of ${clientName(role)} ends` });
  return point;
}

export function drawOwners(
  scene: Scene,
  holds: Record<Role, DrawnHold>,
  expiries: Record<Role, Point | undefined>,
): void {
  const { sketch, first, second } = scene;
  const ends = { first: expiries.first ?? holds.first.released, second: expiries.second ?? holds.second.released };
  const others = ends.first === undefined ? 0 : ownersBetween(scene, ends.first.time, holds.second.owns.time);
  if (first.key !== undefined) {
    sketch.bar({
      lane: 'etcd',
      kind: 'owner',
      of: 'first',
      from: holds.first.owns,
      to: ends.first ?? null,
      texts: ['client 1 owns', 'client 1', '1'],
    });
  }
  if (ends.first !== undefined && others > 0) {
    const texts = [plural(others, 'other owner'), `${others} others`, `+${others}`];
    sketch.bar({ lane: 'etcd', kind: 'others', from: ends.first, to: holds.second.owns, texts });
  }
  if (second.key !== undefined) {
    // Whoever queues next owns the lock in the very moment in which the key before goes.
    const follows =
      others === 0 && ends.first !== undefined && (second.key.put?.time ?? Number.POSITIVE_INFINITY) <= ends.first.time;
    const from = follows ? (ends.first ?? holds.second.owns) : holds.second.owns;
    sketch.bar({
      lane: 'etcd',
      kind: 'owner',
      of: 'second',
      from,
      to: ends.second ?? null,
      texts: ['client 2 owns', 'client 2', '2'],
    });
  }
}

function ownersBetween({ first, second, index, subject }: Scene, from: number, to: number): number {
  return index
    .keysOf(subject.lane)
    .filter(
      (key) =>
        key !== first.key &&
        key !== second.key &&
        key.owned !== undefined &&
        key.owned.from >= from &&
        key.owned.from < to,
    ).length;
}

/** From the end of the first client's ownership to the end of its belief: what a lease cannot promise away. */
export function drawGap({ sketch, to }: Scene, expiry: Point | undefined, beliefEnds: Point | undefined): void {
  const end = beliefEnds ?? sketch.last();
  if (expiry === undefined || end === undefined || end.time <= expiry.time) return;
  const ns = (beliefEnds?.time ?? to) - expiry.time;
  const more = beliefEnds === undefined ? 'more than ' : '';
  const text = `client 1 believes in a lock that it does not have: ${more}${duration(ns)}`;
  sketch.bracket({ from: expiry, to: end, text });
}

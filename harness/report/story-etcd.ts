/**
 * etcd's lane of a story: whose lock key is the oldest, where a lease ends, and the gap between that and what the client
 * believes. The observer may tell of an event a moment after the next owner was told of its luck; revisions say
 * what came first, so an end of ownership is never drawn behind the grant that followed from it.
 */
import { compareTokens } from '../history/token.js';
import { duration, plural } from './format.js';
import { clientName, factsOf, type Role, type Scene } from './scene.js';
import type { Point } from './sketch.js';
import type { DrawnHold } from './story-clients.js';
import * as say from './story-steps.js';

/** The end of a key that went before its client gave it up. */
export function drawExpiry({ sketch, to, subject, ...scene }: Scene, role: Role): Point | undefined {
  const facts = factsOf(scene, role);
  const deleted = facts.key?.deleted;
  const isJudged = role === 'first' && subject.kind === 'premature-expiry';
  if (deleted === undefined || !(facts.expired || isJudged)) return undefined;
  const time = endOfKey({ subject, ...scene }, role, deleted.time);
  if (time > to) return undefined;
  const sentence = isJudged
    ? say.takenAway(clientName(role), deleted.revision, subject.numbers.earlyNs)
    : say.expired(clientName(role), deleted.revision, time < facts.grantedAt);
  const point = sketch.point(time, 'etcd', sentence);
  const text = isJudged ? `taken away from ${clientName(role)} too early` : `lease of ${clientName(role)} ends`;
  sketch.mark({ lane: 'etcd', kind: 'expired', moment: point, text });
  return point;
}

/** Where it is the point of the story that the key was gone before the grant, its end is drawn where the watch told of it. */
function endOfKey(
  { subject, ...scene }: Pick<Scene, 'subject' | 'first' | 'second'>,
  role: Role,
  told: number,
): number {
  const facts = factsOf(scene, role);
  if (role === 'first' && subject.kind === 'never-owned') return told;
  const next = role === 'second' ? scene.first : scene.second;
  const follows = next !== undefined && compareTokens(next.witness.token, facts.witness.token) > 0;
  return Math.max(facts.grantedAt, follows ? Math.min(told, next.grantedAt) : told);
}

export function drawOwners(
  scene: Scene,
  holds: Record<'first', DrawnHold> & Partial<Record<Role, DrawnHold>>,
  expiries: Partial<Record<Role, Point | undefined>>,
): void {
  const { sketch, first, second } = scene;
  const endOfFirst = expiries.first ?? holds.first.released;
  if (first.key !== undefined && scene.subject.kind !== 'never-owned') {
    sketch.bar({
      lane: 'etcd',
      kind: 'owner',
      of: 'first',
      from: holds.first.owns,
      to: endOfFirst ?? null,
      texts: ['client 1 owns', 'client 1', '1'],
    });
  }
  if (second === undefined || holds.second === undefined) return;
  const others = endOfFirst === undefined ? 0 : ownersBetween(scene, endOfFirst.time, holds.second.owns.time);
  if (endOfFirst !== undefined && others > 0) {
    const texts = [plural(others, 'other owner'), `${others} others`, `+${others}`];
    sketch.bar({ lane: 'etcd', kind: 'others', from: endOfFirst, to: holds.second.owns, texts });
  }
  if (second.key !== undefined && second.key.revision !== first.key?.revision) {
    // Whoever queues next owns the lock in the very moment in which the key before goes.
    const follows =
      others === 0 && endOfFirst !== undefined && (second.key.put?.time ?? Number.POSITIVE_INFINITY) <= endOfFirst.time;
    sketch.bar({
      lane: 'etcd',
      kind: 'owner',
      of: 'second',
      from: follows ? endOfFirst : holds.second.owns,
      to: expiries.second ?? holds.second.released ?? null,
      texts: ['client 2 owns', 'client 2', '2'],
    });
  }
}

function ownersBetween({ first, second, index, subject }: Scene, from: number, to: number): number {
  return index.ownersWithin(subject.lane, from, to, [first.key, second?.key]);
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

/**
 * The keep-alives that a promise rests on, and the time for which the lock was still promised when it was taken away. Of a
 * `premature-expiry` alone.
 */
export function drawPromise({ sketch, subject, index }: Scene, expiry: Point | undefined): void {
  for (const op of subject.operations ?? []) {
    const operation = index.operation(op);
    if (operation?.invocation.f !== 'keep-alive' && operation?.invocation.f !== 'open') continue;
    sketch.point(operation.invocation.time, 'first', say.renewed('client 1', operation));
  }
  const { earlyNs } = subject.numbers;
  if (expiry === undefined || earlyNs === undefined || !(earlyNs > 0)) return;
  const end = sketch.point(expiry.time + earlyNs, 'etcd', say.promiseEnds('client 1'));
  sketch.bracket({ from: expiry, to: end, text: `promised to client 1 for ${duration(earlyNs)} more` });
}

/** Which member led when, as the observer's samples tell. */
import type { EtcdSample } from '../../history/etcd-sample.js';
import type { LeaderSpan, NodeRow } from '../page-data.js';

/** A member that was not heard of for longer may lead or not, in ns. */
const HEARD_NS = 3e9;

interface Claim {
  term: number;
  heard: number;
}

/**
 * A leader that was cut off goes on believing in itself: only one of the highest term that any has led in counts. A span lasts until another
 * one's begins, the member says that it no longer leads, or nobody hears of it any more; where samples do not say who leads there
 * are none. O(samples log samples).
 */
export function leaderSpans(samples: readonly EtcdSample[], nodes: readonly NodeRow[], endNs: number): LeaderSpan[] {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  const claims = new Map<string, Claim>();
  const spans: LeaderSpan[] = [];
  let current: { member: string; from: number } | undefined;
  let highest = 0;
  const lead = (member: string | undefined, time: number): void => {
    if (member === current?.member) return;
    if (current !== undefined) spans.push({ node: places.get(current.member) ?? 0, from: current.from, to: time });
    current = member === undefined ? undefined : { member, from: time };
  };
  const forget = (time: number): void => {
    for (const [member, { heard }] of claims) {
      if (heard + HEARD_NS >= time) continue;
      claims.delete(member);
      if (member === current?.member) lead(undefined, heard + HEARD_NS);
    }
  };
  for (const { time, member, leads, raftTerm = 0 } of [...samples].sort((a, b) => a.time - b.time)) {
    if (leads === undefined || !places.has(member)) continue;
    forget(time);
    if (leads) claims.set(member, { term: raftTerm, heard: time });
    else claims.delete(member);
    if (leads) highest = Math.max(highest, raftTerm);
    lead(leaderOf(claims, highest), time);
  }
  forget(endNs);
  lead(undefined, endNs);
  return spans;
}

function leaderOf(claims: ReadonlyMap<string, Claim>, highest: number): string | undefined {
  for (const [member, { term }] of claims) if (term >= highest) return member;
  return undefined;
}

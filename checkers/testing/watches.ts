/**
 * Watches on a store of lock keys: true ones, made from a list of numbers, and what is wrong with any, found by comparing every
 * event with every other. For tests; not part of the program.
 */
import type { OwnershipEvent } from '../../harness/history/ownership.js';

export interface WatchOptions {
  members: number;
  lanes: number;
  /** One number a step, 0 to 2^30. */
  choices: readonly number[];
}

interface Told extends OwnershipEvent {
  at: number;
}

/** Changes of a store, as each member tells them: in order, each with a delay of its own and an end of its own. */
export function tellWatches({ members, lanes, choices }: WatchOptions): OwnershipEvent[] {
  const changes: Omit<OwnershipEvent, 'time' | 'member'>[] = [];
  const alive = new Map<string, { lane: number; lease: string; created: string }>();
  let revision = 1;
  for (const choice of choices) {
    const lane = choice % lanes;
    const lease = (10 + (Math.floor(choice / lanes) % 4)).toString(16);
    const key = `locks/lane-${lane}/${lease}`;
    const here = alive.get(key);
    const dice = Math.floor(choice / lanes / 4) % 8;
    revision++;
    const drop = (name: string, { lane, lease, created }: { lane: number; lease: string; created: string }): void => {
      alive.delete(name);
      changes.push({ revision: `${revision}`, type: 'delete', key: name, lane, createRevision: created, lease });
    };
    if (dice === 0) {
      // A lease ends: all its keys go at one revision.
      for (const [name, entry] of [...alive]) if (entry.lease === lease) drop(name, entry);
    } else if (here === undefined || dice === 1) {
      const created = here?.created ?? `${revision}`;
      alive.set(key, { lane, lease, created });
      changes.push({ revision: `${revision}`, type: 'put', key, lane, createRevision: created, lease });
    } else drop(key, here);
  }
  const told = Array.from({ length: members }, (_, by): Told[] => {
    const end = by === 0 ? changes.length : changes.length - ((choices[by] ?? 0) % 4);
    let time = 0;
    return changes.slice(0, Math.max(0, end)).map((change, at) => {
      time = Math.max(time, at * 10 + ((choices[(at + by) % choices.length] ?? 0) % 40));
      return { ...change, member: `etcd${by + 1}`, time, at };
    });
  });
  return told
    .flat()
    .sort((a, b) => a.time - b.time || a.at - b.at)
    .map(({ at: _, ...event }) => event);
}

/** Every anomaly as its kind and the places of the events that show it. Of true revisions below 2^53 only. */
export function plainAnomalies(events: readonly OwnershipEvent[]): string[] {
  const rev = (event: OwnershipEvent): number => Number(event.revision);
  const isSame = (a: OwnershipEvent, b: OwnershipEvent): boolean => a.revision === b.revision && a.key === b.key;
  const place = (event: OwnershipEvent): number => events.indexOf(event);
  const members = [...new Set(events.map(({ member }) => member))];
  const by = (member: string): OwnershipEvent[] => events.filter((event) => event.member === member);
  const found: string[] = [];
  const isRepeat = (event: OwnershipEvent): boolean =>
    by(event.member).some((other) => isSame(other, event) && place(other) < place(event));
  for (const event of events) {
    const earlier = by(event.member).filter((other) => place(other) < place(event));
    if (isRepeat(event)) found.push(`twice ${place(event)}`);
    else if (earlier.some((other) => rev(other) > rev(event))) found.push(`order ${place(event)}`);
  }
  // One event stands for what all members told of a change: the one that was read first.
  const changes = events.filter((event) => events.findIndex((other) => isSame(other, event)) === place(event));
  const isContested = (change: OwnershipEvent): boolean =>
    events.some(
      (event) =>
        isSame(event, change) &&
        !isRepeat(event) &&
        (event.type !== change.type || event.createRevision !== change.createRevision || event.lease !== change.lease),
    );
  for (const change of changes) {
    if (isContested(change)) found.push(`differs ${place(change)}`);
    for (const member of members) {
      const mine = by(member);
      const isCovered = mine.some((e) => rev(e) < rev(change)) && mine.some((e) => rev(e) > rev(change));
      if (isCovered && !mine.some((e) => isSame(e, change))) found.push(`gap of ${member} ${place(change)}`);
    }
    if (isContested(change)) continue;
    const created = Number(change.createRevision);
    if (created > rev(change) || (change.type === 'delete' && created === rev(change))) {
      found.push(`itself ${place(change)}`);
      continue;
    }
    const past = changes
      .filter((other) => other.key === change.key && rev(other) < rev(change))
      .sort((a, b) => rev(b) - rev(a))[0];
    const tellers = members.filter((member) => by(member).some((event) => isSame(event, change)));
    if (past === undefined) {
      const told = tellers.some((member) => by(member).some((event) => rev(event) < created));
      if (created < rev(change) && told) found.push(`created ${place(change)}`);
      continue;
    }
    const fits = past.type === 'delete' ? created === rev(change) : change.createRevision === past.createRevision;
    const both = tellers.some((member) => by(member).some((event) => isSame(event, past)));
    if (!fits && both && !isContested(past)) found.push(`follows ${place(past)} ${place(change)}`);
  }
  return found.sort();
}

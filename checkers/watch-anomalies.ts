/**
 * What is wrong with the events that the members' watches told, one anomaly each. Comparisons of columns; watch.ts says what each
 * means and why it is sound.
 */
import type { OwnershipTable } from '../harness/history/tables.js';
import { tokenOf } from '../harness/history/token-codes.js';
import { groupEvents, type WatchGroups } from './watch-groups.js';

export interface WatchLog {
  ownership: OwnershipTable;
  largeTokens: readonly string[];
  /** Below this revision, as a token code, history may have been compacted. */
  compacted: number;
  /** When the first acquire of the lane that answered with this token was asked for, in ns; undefined if none did. */
  askedAt(lane: number, token: number): number | undefined;
}

export interface Anomaly {
  what: () => string;
  /** The events that show it. */
  rows: number[];
  /** Whether it proves nothing if a line of the log could be missing. */
  needsAll: boolean;
}

/** Returns the number of changes that the members told of. O(events * members + n log n). */
export function findAnomalies(log: WatchLog, found: Found): number {
  const groups = groupEvents(log.ownership);
  const { look, repeated } = createComparison(log, groups, found);
  for (let group = 0; group < groups.count; group++) look(group);
  findDisorder(log, repeated, found);
  findFuture(log, groups, found);
  return groups.count;
}

type Found = (anomaly: Anomaly) => void;

/** Compares what the members told of one change, and each change of a key with the one before. */
function createComparison(
  { ownership, largeTokens, compacted }: WatchLog,
  { rows, starts, before, first, last }: WatchGroups,
  found: Found,
) {
  const { member, members, revision, createRevision, deleted } = ownership;
  const name = (code: number) => tokenOf(code, largeTokens);
  const told = new Int32Array(members.length).fill(-1);
  const toldIn = new Int32Array(members.length).fill(-1);
  const contested = new Uint8Array(starts.length);
  const repeated = new Set<number>();

  function look(group: number): void {
    const [from, to] = [starts[group] as number, starts[group + 1] as number];
    const head = rows[from] as number;
    for (let n = from; n < to; n++) {
      const row = rows[n] as number;
      const by = member[row] as number;
      if (toldIn[by] === group) {
        repeated.add(row);
        found({ what: () => `${members[by]} told of it twice`, rows: [told[by] as number, row], needsAll: false });
      } else if (contested[group] === 0 && differs(ownership, head, row)) {
        contested[group] = 1;
        const what = () => `${members[member[head] as number]} and ${members[by]} tell it differently`;
        found({ what, rows: [head, row], needsAll: false });
      }
      toldIn[by] = group;
      told[by] = row;
    }
    const at = revision[head] as number;
    for (let by = 0; by < members.length; by++) {
      if (toldIn[by] === group || at <= (first[by] as number) || at >= (last[by] as number) || at < compacted) continue;
      found({
        what: () => `${members[by]} left it out, and told of what came before and after`,
        rows: [head],
        needsAll: true,
      });
    }
    if (contested[group] === 0) follow(group, head);
  }

  /** Whether the change can follow the one before of the same key. */
  function follow(group: number, head: number): void {
    const created = createRevision[head] as number;
    const at = revision[head] as number;
    const isDeletion = deleted[head] === 1;
    // A deletion of what was compacted does not say what it deleted.
    if (created === 0) return;
    if (created > at || (isDeletion && created === at)) {
      const what = () => `it says that the key was created at ${name(created)}, and happened at ${name(at)}`;
      return found({ what, rows: [head], needsAll: false });
    }
    const earlier = before[group] as number;
    if (earlier === -1) {
      if (created === at || created < compacted) return;
      const by = memberOf(group, (by) => (first[by] as number) < created);
      if (by === -1) return;
      return found({
        what: () => `${members[by]} left out its creation at ${name(created)}`,
        rows: [head],
        needsAll: true,
      });
    }
    const past = rows[starts[earlier] as number] as number;
    const pastCreated = createRevision[past] as number;
    if (
      contested[earlier] === 1 ||
      (revision[past] as number) < compacted ||
      (pastCreated === 0 && deleted[past] === 0)
    )
      return;
    // After a deletion the key is created anew; after a put it is put again, or deleted.
    if (deleted[past] === 1 ? created === at : created === pastCreated) return;
    for (let n = starts[earlier] as number; n < (starts[earlier + 1] as number); n++)
      toldIn[member[rows[n] as number] as number] = earlier;
    const by = memberOf(group, (by) => toldIn[by] === earlier);
    // A single member must have told of both, or the change in between may have been told to nobody.
    if (by === -1) return;
    const what = () =>
      `it cannot follow what ${members[by]} told of the key before: something is missing in between, or wrong`;
    found({ what, rows: [past, head], needsAll: true });
  }

  /** The first member in the group that passes; -1 for none. */
  function memberOf(group: number, test: (by: number) => boolean): number {
    for (let n = starts[group] as number; n < (starts[group + 1] as number); n++) {
      const by = member[rows[n] as number] as number;
      if (test(by)) return by;
    }
    return -1;
  }

  return { look, repeated };
}

/** Whether two members' events about one revision of one key are not the same. */
function differs({ deleted, createRevision, lease }: OwnershipTable, a: number, b: number): boolean {
  if (deleted[a] !== deleted[b]) return true;
  // A deletion of what was compacted says neither.
  if (createRevision[a] === 0 || createRevision[b] === 0) return false;
  return createRevision[a] !== createRevision[b] || lease[a] !== lease[b];
}

/** Events below one that their watch had told of before; what was told twice is not counted again. */
function findDisorder({ ownership, largeTokens }: WatchLog, repeated: ReadonlySet<number>, found: Found): void {
  const { length, member, members, revision } = ownership;
  const highest = new Int32Array(members.length).fill(-1);
  for (let row = 0; row < length; row++) {
    const by = member[row] as number;
    const before = highest[by] as number;
    if (before === -1 || (revision[row] as number) >= (revision[before] as number)) highest[by] = row;
    else if (!repeated.has(row)) {
      const what = () =>
        `${members[by]} told of revision ${tokenOf(revision[row] as number, largeTokens)} after ${tokenOf(revision[before] as number, largeTokens)}`;
      found({ what, rows: [before, row], needsAll: false });
    }
  }
}

/** Creations that were read before the acquire that answered with them had been asked for. */
function findFuture({ ownership, askedAt }: WatchLog, groups: WatchGroups, found: Found): void {
  const { time, lane, revision, createRevision, deleted } = ownership;
  for (let group = 0; group < groups.count; group++) {
    const row = groups.rows[groups.starts[group] as number] as number;
    if (deleted[row] === 1 || createRevision[row] !== revision[row]) continue;
    const at = askedAt(lane[row] as number, revision[row] as number);
    if (at === undefined || (time[row] as number) >= at) continue;
    found({
      what: () => 'it was read before the acquire that created the key had been asked for',
      rows: [row],
      needsAll: false,
    });
  }
}

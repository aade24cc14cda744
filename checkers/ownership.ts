/**
 * Ownership: was whoever was told to own the lock its owner by etcd's revisions?
 *
 * `never-owned`: an acquire was answered `ok`, but
 * - the key of its token was deleted while an older key of the same queue was there, so that it was the oldest key at no
 *   time (etcd issue 11456: a waiter whose lease had expired in the queue); or
 * - the deletion of that key had been read before the acquire was asked for; or
 * - no key of the lane ever had that create revision, although a watch told of what came before and after it.
 * `shared-revision`: two clients were told that they own one create revision. Numbers of one slot are one client, which gets its
 * own key back when it asks again in the session in which a release of its was without effect.
 *
 * Sound. A token is the create revision of the hold's key; the owner of a queue of keys is the one with the least of them
 * (etcd client/v3/concurrency/mutex.go). The first needs three revisions: the older key's and the own one's creation and the own
 * one's deletion, and one event that shows the older one alive after it. Events carry the create revision of their key, so that
 * an event of the older key's life at a later revision is proof that it was there all the time, whatever a watch left out.
 * It is claimed of queue keys alone, which are named by their leases: where a lane has one bare key, no two stand side by side.
 * The second compares two times of the controller. The third rests on etcd's promise that a watch leaves nothing out (etcd
 * documentation, "KV API guarantees"); it is claimed for one member's watch at a time, and neither where lines of the log could not
 * be read nor where history was compacted, or may have been.
 *
 * Complete for acquires whose keys' ends were told. `beliefGap*` figures are no violations: for how long after the controller read of
 * the end of its key a client still went on under the hold, by the last operation under it that was carried out.
 *
 * Cost: O(n log n).
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import { NONE } from '../harness/history/tables.js';
import { tokenOf } from '../harness/history/token-codes.js';
import { mayMissEvents } from './compaction.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import type { KeyLives } from './key-lives.js';
import { faultOn } from './fault-lookup.js';
import { holdSection } from './hold-section.js';
import type { Checker } from './verdict.js';

const NS_PER_MS = 1e6;

export const ownership: Checker = {
  name: 'ownership',
  description:
    'a client was told that it owns a lock, but by the revisions of etcd it never did, or another was told the same',
  decides: 'service',
  check(tables) {
    const findings = createFindings('ownership');
    const evidence = evidenceOf(tables);
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const { holds, lives, lifeOf } = evidence;
    const outlivedBy = findOutlived(lives);
    let covered: ((revision: number) => boolean) | undefined;
    const gaps: number[] = [];
    for (let hold = 0; hold < holds.count; hold++) {
      const token = holds.token[hold] as number;
      const lane = holds.lane[hold] as number;
      const life = lifeOf[hold] as number;
      if (life === NONE) {
        covered ??= coverOf(evidence);
        if (covered(token) && evidence.watched.kindOf(lane, token) === 'missed')
          findings.violation('never-owned', lane, () =>
            witness(evidence, hold, [], `no key was created at ${nameOf(evidence, token)}`),
          );
        continue;
      }
      const older = outlivedBy[life] as number;
      if (older !== NONE) findings.violation('never-owned', lane, () => queued(evidence, hold, life, older));
      else if (wasGone(evidence, hold, life))
        findings.violation('never-owned', lane, () =>
          witness(evidence, hold, [lives.deletedRow[life] as number], 'its key had been deleted before it asked'),
        );
      const gap = beliefGap(evidence, hold, life);
      if (gap > 0) gaps.push(gap);
    }
    findShared(evidence, findings);
    gaps.sort((a, b) => a - b);
    return findings.result({
      beliefGaps: gaps.length,
      ...(gaps.length === 0
        ? {}
        : {
            beliefGapMedianMs: (gaps[(gaps.length - 1) >> 1] as number) / NS_PER_MS,
            beliefGapMaxMs: (gaps.at(-1) as number) / NS_PER_MS,
          }),
    });
  },
};

/** By life: an older one of its queue that was still there after its deletion; `NONE`. O(n log n). */
function findOutlived(lives: KeyLives): Int32Array {
  const { byCreation, queues } = lives;
  const outlivedBy = new Int32Array(lives.count).fill(NONE);
  const longestOf = new Int32Array(queues.count).fill(NONE);
  for (const life of byCreation) {
    const queue = queues.of[life] as number;
    if (queue === NONE) continue;
    const deleted = lives.deleted[life] as number;
    const longest = longestOf[queue] as number;
    if (longest !== NONE && deleted !== NONE && lastAlive(lives, longest) > deleted) outlivedBy[life] = longest;
    if (longest === NONE || lastAlive(lives, life) > lastAlive(lives, longest)) longestOf[queue] = life;
  }
  return outlivedBy;
}

/** A revision before which the key was certainly there, without a break since its creation. */
function lastAlive(lives: KeyLives, life: number): number {
  return Math.max(lives.deleted[life] as number, lives.lastPut[life] as number);
}

function wasGone({ holds, lives }: Evidence, hold: number, life: number): boolean {
  return lives.deletedRow[life] !== NONE && lives.doubtful[life] === 0 && lives.deletedAt(life) < holds.askedAt(hold);
}

/** Whether one member's watch told of what came before and after a revision, and leaves nothing out in between. */
function coverOf(evidence: Evidence): (revision: number) => boolean {
  const { tables } = evidence;
  const { length, member, members, revision } = tables.ownership;
  if (mayMissEvents(evidence)) return () => false;
  const first = new Float64Array(members.length).fill(Number.POSITIVE_INFINITY);
  const last = new Float64Array(members.length).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < length; row++) {
    const by = member[row] as number;
    const at = revision[row] as number;
    first[by] = Math.min(first[by] as number, at);
    last[by] = Math.max(last[by] as number, at);
  }
  return (at) => first.some((begun, by) => begun < at && at < (last[by] as number));
}

function findShared(evidence: Evidence, findings: Findings): void {
  const { tables, holds, lives, lifeOf } = evidence;
  const slots = slotsOf(tables.settings);
  const slotOf = (process: number): number => (slots > 0 ? process % slots : process);
  const owners = new Int32Array(lives.count).fill(NONE);
  for (let hold = 0; hold < holds.count; hold++) {
    const life = lifeOf[hold] as number;
    if (life === NONE) continue;
    const owner = owners[life] as number;
    if (owner === NONE) owners[life] = hold;
    else if (slotOf(holds.process[hold] as number) !== slotOf(holds.process[owner] as number))
      findings.violation('shared-revision', holds.lane[hold] as number, () => shared(evidence, owner, hold));
  }
}

/** Ns; 0 or below where the client was done before. */
function beliefGap({ holds, operations, lives, log }: Evidence, hold: number, life: number): number {
  if (lives.deletedRow[life] === NONE || lives.doubtful[life] === 1) return Number.NEGATIVE_INFINITY;
  const deletedAt = lives.deletedAt(life);
  const endedBy = holds.endedBy[hold] as number;
  // Nothing under the hold comes later, and of nearly all holds the key is gone because of it.
  if (endedBy !== NONE && operations.invokedAt(endedBy) <= deletedAt) return operations.invokedAt(endedBy) - deletedAt;
  let last = holds.operationsOf(hold).findLast((operation) => log.wasCarriedOut(operation)) ?? NONE;
  const release = holds.release[hold] as number;
  const isTold = holds.lost[hold] !== NONE && (holds.lost[hold] as number) < (operations.invocation[release] ?? 0);
  if (release !== NONE && operations.succeeded(release) && !isTold) last = release;
  return last === NONE ? Number.NEGATIVE_INFINITY : operations.invokedAt(last) - deletedAt;
}

function queued(evidence: Evidence, hold: number, life: number, older: number) {
  const { lives } = evidence;
  const name = (code: number): string => nameOf(evidence, code);
  const detail = `its key was deleted at ${name(lives.deleted[life] as number)}, while the older one of ${name(lives.created[older] as number)} was still there`;
  const rows = [lives.firstRow[older], lives.firstRow[life], lives.deletedRow[life], lives.deletedRow[older]];
  return witness(evidence, hold, rows.filter((row) => row !== undefined && row !== NONE) as number[], detail);
}

function shared(evidence: Evidence, owner: number, hold: number) {
  const { holds, lives, lifeOf } = evidence;
  const token = holds.token[hold] as number;
  return {
    ...witness(
      evidence,
      hold,
      [lives.firstRow[lifeOf[hold] as number] as number],
      `both were told that they own ${nameOf(evidence, token)}`,
    ),
    first: holdSection(evidence, owner),
    second: holdSection(evidence, hold),
    from: holds.askedAt(owner),
  };
}

/** `rows`: watch events that prove it. */
function witness(evidence: Evidence, hold: number, rows: number[], detail: string) {
  const { holds, tables, faultsOn } = evidence;
  const [asked, granted] = [holds.askedAt(hold), holds.grantedAt(hold)];
  const times = rows.map((row) => tables.ownership.time[row] as number);
  const fault = faultOn(faultsOn, holds.process[hold] as number, { injectedBy: granted, since: asked });
  return {
    first: holdSection(evidence, hold),
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    detail,
    events: rows,
    decisions: [],
    from: Math.min(asked, ...times),
    to: Math.max(granted, ...times),
    numbers: {},
  };
}

function nameOf({ tables }: Evidence, code: number): string {
  return `revision ${tokenOf(code, tables.largeTokens)}`;
}

/**
 * Watch: did the watches on the lock keys tell what etcd promises that they tell? The observer watches every member, one watch
 * each, and all of them must tell one story.
 *
 * `watch-anomaly`, each with what is wrong and the events that show it:
 * - order: an event of a lower revision than one that the same watch had told before;
 * - duplicate: one revision of one key told twice by the same watch;
 * - gap: a change that another member's watch told of, or that follows from the key's own events, is missing from a watch
 *   between the first and the last revision that this one told of;
 * - contradiction: two members disagree about one revision of one key, or consecutive events of a key cannot follow each other,
 *   such as the deletion of a key that had another create revision;
 * - from the future: the creation of a key was read before the acquire that created it had been asked for.
 *
 * Sound. Order, uniqueness and completeness of a watch are etcd's own promise (etcd documentation, "KV API guarantees",
 * watch APIs: ordered, unique, reliable, resumable), and hold for a watch that goes on from the revision after the last one
 * delivered, as the observer's does. All but the last are comparisons of revisions, so no clock is involved. Several events may
 * share a revision (a transaction; a lease that ends deletes all its keys), one key may not. What a watch did not tell at the
 * end, or before it began, is no gap. What had been compacted may be missed: a gap is claimed only from the revision of the last
 * compaction on, and none where one may have been that the record says nothing of, or where lines of the log could not be read, which is a doubt instead. An event from the future needs
 * the token to be the create revision and no other acquire to have created the key: none that was told that token earlier, and none
 * of the same session that was never answered. So the process has opened the session by itself, or no acquire of its
 * client is without an answer. Both times are the controller's, which read the event before it sent the request.
 *
 * Complete for what is listed, but for changes that no watch told of and that do not follow from a later event of the key.
 * It cannot see what the observer did not watch: keys outside the lock's prefix.
 *
 * Cost: O(events * members + n log n), close to O(events * members) where the events were read nearly in order.
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import type { RunTables } from '../harness/history/run-record.js';
import { F, NONE } from '../harness/history/tables.js';
import { compactedBy } from './compaction.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { TokenIndex } from './token-index.js';
import type { Checker } from './verdict.js';
import { findAnomalies } from './watch-anomalies.js';

export const watch: Checker = {
  name: 'watch',
  description: "a member's watch told of changes out of order, twice, not at all, or otherwise than another's",
  decides: 'service',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('watch');
    const { ownership, largeTokens } = tables;
    const log = { ownership, largeTokens, compacted: compactedBy(evidence), askedAt: askedAt(evidence) };
    let unproven = 0;
    const changes = findAnomalies(log, ({ what, rows, needsAll }) => {
      if (needsAll && ownership.malformed > 0) unproven++;
      else
        findings.violation('watch-anomaly', ownership.lane[rows[0] as number] as number, () =>
          witness(tables, what(), rows),
        );
    });
    if (unproven > 0)
      findings.doubt(`${unproven} events are missing, but ${ownership.malformed} lines of the log could not be read`);
    if (ownership.length === 0 && evidence.holds.count > 0) findings.doubt('no watch told of anything');
    return findings.result({ watchEvents: ownership.length, watchedChanges: changes });
  },
};

/** When the key of that token was asked for at the earliest, in ns; undefined where that is not known. */
function askedAt(evidence: Evidence): (lane: number, token: number) => number | undefined {
  const { holds } = evidence;
  const first = new TokenIndex(holds.count);
  // Holds stand in the order in which they were asked for.
  for (let hold = 0; hold < holds.count; hold++) {
    const [lane, token] = [holds.lane[hold] as number, holds.token[hold] as number];
    if (token !== NONE && first.get(lane, token) === NONE) first.set(lane, token, hold);
  }
  let hasCreated: Uint8Array | undefined;
  return (lane, token) => {
    const hold = first.get(lane, token);
    if (hold === NONE) return undefined;
    hasCreated ??= findCreators(evidence);
    return hasCreated[hold] === 1 ? holds.askedAt(hold) : undefined;
  };
}

/**
 * By hold: 1 if no earlier acquire can have put its key. One that was not answered may have done so under the number that its process
 * had before, unless a session was opened since. O(operations).
 */
function findCreators({ tables, operations, holds }: Evidence): Uint8Array {
  const slots = slotsOf(tables.settings);
  const isCreator = new Uint8Array(holds.count);
  const opened = new Set<number>();
  const unanswered = new Set<number>();
  let hold = 0;
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    if (f !== F.open && f !== F.acquire) continue;
    const process = operations.process(operation);
    const slot = slots > 0 ? process % slots : process;
    if (f === F.open) {
      if (operations.succeeded(operation)) opened.add(process);
      continue;
    }
    if (holds.acquire[hold] === operation) isCreator[hold++] = opened.has(process) || !unanswered.has(slot) ? 1 : 0;
    if (operations.isIndeterminate(operation)) unanswered.add(slot);
  }
  return isCreator;
}

function witness({ ownership }: RunTables, detail: string, rows: number[]) {
  const times = rows.map((row) => ownership.time[row] as number);
  return { detail, events: rows, decisions: [], from: Math.min(...times), to: Math.max(...times), numbers: {} };
}

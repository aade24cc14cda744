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
 * compaction on, and none where lines of the log could not be read, which is a doubt instead. An event from the future needs
 * the token to be the create revision and the process to have had no other acquire with that token; both times are the
 * controller's, which read the event before it sent the request.
 *
 * Complete for what is listed, but for changes that no watch told of and that do not follow from a later event of the key.
 * It cannot see what the observer did not watch: keys outside the lock's prefix.
 *
 * Cost: O(events * members + n log n), close to O(events * members) where the events were read nearly in order.
 */
import type { Fault } from '../harness/history/pairing.js';
import type { RunTables } from '../harness/history/run-record.js';
import { NONE } from '../harness/history/tables.js';
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
    const log = { ownership, largeTokens, compacted: compactedBy(evidence.faults), askedAt: askedAt(evidence) };
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

/** Holds stand in the order in which they were asked for. */
function askedAt({ holds }: Evidence): (lane: number, token: number) => number | undefined {
  const first = new TokenIndex(holds.count);
  for (let hold = 0; hold < holds.count; hold++) {
    const [lane, token] = [holds.lane[hold] as number, holds.token[hold] as number];
    if (token !== NONE && first.get(lane, token) === NONE) first.set(lane, token, hold);
  }
  return (lane, token) => {
    const hold = first.get(lane, token);
    return hold === NONE ? undefined : holds.askedAt(hold);
  };
}

/**
 * Below this revision history may have been compacted; everything where a compaction is not proven. A deletion at the very
 * revision that was compacted to is gone, too (etcd server/storage/mvcc/kvstore_compaction.go).
 */
function compactedBy(faults: readonly Fault[]): number {
  let compacted = 0;
  for (const { inject } of faults) {
    const { options, receipt } = inject.value;
    if (options?.['operation'] !== 'compact') continue;
    const revision = receipt.proven ? receipt.evidence['revision'] : undefined;
    compacted = Math.max(compacted, typeof revision === 'number' ? revision + 1 : Number.POSITIVE_INFINITY);
  }
  return compacted;
}

function witness({ ownership }: RunTables, detail: string, rows: number[]) {
  const times = rows.map((row) => ownership.time[row] as number);
  return { detail, events: rows, decisions: [], from: Math.min(...times), to: Math.max(...times), numbers: {} };
}

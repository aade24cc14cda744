/**
 * Raft cost: what a lock costs etcd. Every change, every attempt at one that comes to nothing, every lease granted or revoked is an
 * entry of the Raft log that each member writes to its disk; every change is a revision that stays in the database until it is
 * compacted. A recipe that asks over and over while the lock is taken spends both without anybody getting the lock: TryLock writes
 * its key and deletes it again, two entries and two revisions for each failure (etcd client/v3/concurrency/mutex.go, TryLock).
 *
 * It claims nothing and has no violations: it measures. Entries, revisions and bytes of the first and the last sample within the
 * traffic (Maintenance.Status of all members, of which the largest counts, as one that was cut off lags behind), divided by the
 * acquires that got the lock, by the tries in vain that their clients counted, and by the hand-overs from one process to another in
 * between. Whatever else the run does to etcd is in it: leases of clients that were killed, operations of faults on etcd. Keep-alives,
 * reads and watches are no entries of the log. The quotients are shares of the whole and not parts of it that add up.
 *
 * Cost: O(samples + operations).
 */
import { F } from '../harness/history/tables.js';
import type { EtcdSample } from '../harness/history/etcd-sample.js';
import { valueAt } from '../harness/history/value-columns.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { forEachHandOver } from './hand-overs.js';
import type { Checker, Series } from './verdict.js';

/** Of each second one point, at the most. */
const STEP_NS = 1e9;

const MEASURES = [
  { measure: 'raftIndex', name: 'Raft log', unit: 'entries', figure: 'raftEntries' },
  { measure: 'revision', name: 'Revision', unit: 'revisions', figure: 'revisions' },
  { measure: 'dbBytes', name: 'Database', unit: 'bytes', figure: 'databaseBytes' },
] as const;

export const raftCost: Checker = {
  name: 'raft-cost',
  description: "no verdict: entries of etcd's log, revisions and bytes for each acquire, try in vain and hand-over",
  decides: 'nothing',
  check(tables) {
    const findings = createFindings('raft-cost');
    const evidence = evidenceOf(tables);
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const points = pointsOf(tables.samples ?? []);
    if (points.length < 2) return findings.result({});
    const [first, last] = [points[0] as Point, points.at(-1) as Point];
    const done = countWork(evidence, first.time, last.time);
    const figures: Record<string, number> = { sampledMs: (last.time - first.time) / 1e6, ...done };
    for (const { measure, figure } of MEASURES) {
      const grown = last[measure] - first[measure];
      figures[figure] = grown;
      if (done.acquires > 0) figures[`${figure}PerAcquire`] = grown / done.acquires;
      if (done.failedTries > 0) figures[`${figure}PerFailedTry`] = grown / done.failedTries;
      if (done.handOvers > 0) figures[`${figure}PerHandOver`] = grown / done.handOvers;
    }
    const series = MEASURES.map(
      ({ measure, name, unit }): Series => ({
        name,
        unit,
        points: points.map((point) => [Math.round(point.time), point[measure]]),
      }),
    );
    return { ...findings.result(figures), series };
  },
};

type Point = Pick<EtcdSample, 'time' | 'raftIndex' | 'revision' | 'dbBytes'>;

/** The largest of all members so far, second by second: what etcd as a whole has grown to never shrinks but by defragmentation. */
function pointsOf(samples: readonly EtcdSample[]): Point[] {
  const points: Point[] = [];
  const dbBytes = new Map<string, number>();
  let [raftIndex, revision] = [0, 0];
  for (const sample of samples) {
    raftIndex = Math.max(raftIndex, sample.raftIndex);
    revision = Math.max(revision, sample.revision);
    dbBytes.set(sample.member, sample.dbBytes);
    const point = { time: sample.time, raftIndex, revision, dbBytes: Math.max(...dbBytes.values()) };
    const latest = points.at(-1);
    if (latest !== undefined && Math.floor(latest.time / STEP_NS) === Math.floor(sample.time / STEP_NS))
      points[points.length - 1] = point;
    else points.push(point);
  }
  return points;
}

/** Acquires that got the lock between the two times, the tries in vain that they took, and hand-overs. */
function countWork(
  evidence: Evidence,
  from: number,
  to: number,
): { acquires: number; failedTries: number; handOvers: number } {
  const { operations, holds, tables } = evidence;
  const work = { acquires: 0, failedTries: 0, handOvers: 0 };
  for (let operation = 0; operation < operations.count; operation++) {
    if (operations.f(operation) !== F.acquire || !operations.succeeded(operation)) continue;
    const at = operations.endedAt(operation);
    if (at < from || at > to) continue;
    work.acquires++;
    work.failedTries += failedTriesOf(valueAt(tables.history, operations.completion[operation] as number));
  }
  forEachHandOver(evidence, (_, hold) => {
    const at = holds.grantedAt(hold);
    if (at >= from && at <= to) work.handOvers++;
  });
  return work;
}

function failedTriesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('failedTries' in value)) return 0;
  return Number.isFinite(value.failedTries) ? Math.max(0, value.failedTries as number) : 0;
}

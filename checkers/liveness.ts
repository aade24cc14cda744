/**
 * Liveness: was a free lock handed on, in turn, and was its owner served?
 *
 * `refused-owner`: the storage refused an operation of a hold that was still the lock's owner. `never-free`: after the last hold of
 * a lane had ended, clients waited for longer than three TTLs and ten seconds, with no fault in force, and nobody was granted the
 * lock to the end of the record. `starved-waiter`: more than ten times as many holds as the lane has clients were asked for
 * after an acquire, had a younger key than it and were granted before it, or came and went while its key was there, and no fault
 * reached its process meanwhile or shortly before.
 *
 * Sound. Refused: the key's deletion by the later release shows that it was there all the time, as it bears the id of the
 * session's lease in its name and the session put no other in between; and all older keys of the queue had been told to be gone
 * before the operation was sent, so it was the first (client/v3/concurrency, Mutex). Never free: the end of the last hold is
 * the answer to its release, etcd's deletion of its key as a watch told it, or the proven kill of its program; waiting is counted only from then on, from the heal of
 * the last fault on, and up to the last operation of the record. What is not answered at the end counts as waiting, unless its
 * process is known to have failed; and nothing is said of a lane of which the harness lost a program, as that may hold the lock.
 * Starved: who asked when, and who was granted when, is told by the controller alone, but whoever asks first need not stand in
 * the queue first. So a waiter that was granted the lock was passed over only by those that were told a larger create revision; one
 * that was not, only by those whose keys were created after its own and deleted before it, as a watch told of both.
 *
 * Complete only as far as these bounds go: a lock that is given in an unfair order, or stands still for less, passes. Nothing is
 * claimed where the recovery after the faults found the lane's lock to be taken again, where a fault is not healed for certain,
 * or where no watch told of the keys; nor of refused owners and of waiters without a grant where the watches may have left keys
 * out (compacted history, lines that could not be read). Figures: `takeover…Ms`, how long the lock stood still after a holder had
 * died or lost it; `longestWaitMs`; `mostOvertaken`, the most holds that were granted before one that had been asked for earlier.
 *
 * Cost: O(n log n), and for each waiter that so many were granted before, the holds of its lane.
 */
import { reachOf, slotsOf } from '../harness/history/fault-reach.js';
import { F, NONE } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { faultOn } from './fault-lookup.js';
import { createFindings, type Findings } from './findings.js';
import { forEachRefusedOwner } from './refused-owners.js';
import { takeoversMs } from './takeovers.js';
import type { Checker } from './verdict.js';
import { holdsByLane } from './holds.js';
import { createOvertakers } from './overtakers.js';
import { findWaits, type LaneWaits } from './waits.js';
import { tell } from './witness.js';

/** Beside three TTLs, in ns: leases that end late, members that elect. */
const PATIENCE_NS = 10e9;
const PATIENCE_TTLS = 3;
/** Beside a TTL: a call that a fault has hindered may be under way for so long after its heal. */
const AFTERMATH_NS = 2e9;
/** Grants in front of a waiter, in clients of the lane, that are no mere chance any more. */
const FAIR_ROUNDS = 10;

export const liveness: Checker = {
  name: 'liveness',
  description: 'a free lock was not handed on, a waiter was passed over again and again, or the owner was refused',
  decides: 'liveness',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('liveness');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    findRefused(evidence, findings);
    const lanes = findWaits(evidence);
    findNeverFree(evidence, lanes, findings);
    findStarved(evidence, lanes, findings);
    return findings.result({ ...takeoverFigures(takeoversMs(evidence)), ...waitFigures(evidence, lanes) });
  },
};

function findRefused(evidence: Evidence, findings: Findings): void {
  const { holds, log } = evidence;
  forEachRefusedOwner(evidence, (hold, refused) => {
    const decision = log.byOperation[refused] as number;
    findings.violation('refused-owner', holds.lane[hold] as number, () => ({
      ...tell(evidence, { hold, operations: [refused, holds.release[hold] as number] }),
      decisions: decision === NONE ? [] : [log.seq(decision)],
      numbers: {},
    }));
  });
}

function findNeverFree(evidence: Evidence, lanes: readonly LaneWaits[], findings: Findings): void {
  const { recovery, ttlNs, events, tables } = evidence;
  const { history } = tables;
  const lostPrograms = new Set<number>();
  for (const row of events) if (history.f[row] === F['harness-error']) lostPrograms.add(history.lane[row] as number);
  const calmFrom = lastHeal(evidence);
  const patience = PATIENCE_TTLS * ttlNs + PATIENCE_NS;
  for (const { lane, acquire, to, lastGrant } of lanes) {
    const wasTaken = recovery?.value.tookMs !== undefined && !recovery.value.lanesNotLocked.includes(lane);
    if (lastGrant === NONE || wasTaken || lostPrograms.has(lane)) continue;
    const grantedAt = Math.max(calmFrom, evidence.operations.endedAt(lastGrant));
    const waits: Wait[] = [];
    for (let at = 0; at < acquire.length; at++)
      if ((to[at] as number) > grantedAt)
        waits.push({
          acquire: acquire[at] as number,
          from: evidence.operations.invokedAt(acquire[at] as number),
          to: to[at] as number,
        });
    if (!(lengthOfUnion(waits, grantedAt) > patience)) continue;
    const from = Math.max(calmFrom, endOf(evidence, lastGrant));
    const late = waits.filter(({ to }) => to > from);
    const waitedNs = lengthOfUnion(late, from);
    if (!(waitedNs > patience)) continue;
    findings.violation('never-free', lane, () => ({
      operations: [lastGrant, ...late.slice(0, MOST_WAITERS).map(({ acquire }) => acquire)]
        .map((operation) => evidence.operations.invocation[operation] as number)
        .sort((a, b) => a - b),
      detail: `${late.length} acquires waited in vain after the last hold had ended`,
      decisions: [],
      from,
      to: late.reduce((latest, { to }) => Math.max(latest, to), from),
      numbers: { waitedNs, grants: 0 },
    }));
  }
}

/** Waiters that a witness names. */
const MOST_WAITERS = 3;

/** When the last fault was healed, in ns; infinite where one is not healed for certain. */
function lastHeal({ faults }: Evidence): number {
  return faults.reduce(
    (latest, { heal }) => Math.max(latest, heal?.value.receipt.proven === true ? heal.time : Number.POSITIVE_INFINITY),
    0,
  );
}

/** When the hold that an acquire began was certainly over, in ns; infinite where that is not known. */
function endOf(evidence: Evidence, acquire: number): number {
  const { holds, operations, lives, lifeOf } = evidence;
  const hold = holds.acquire.indexOf(acquire);
  if (hold === -1) return Number.POSITIVE_INFINITY;
  const release = holds.release[hold] as number;
  const released = release !== NONE && operations.succeeded(release) ? operations.endedAt(release) : undefined;
  if (released !== undefined) return released;
  const life = lifeOf[hold] as number;
  const deleted = life === NONE || lives.deletedRow[life] === NONE ? Number.POSITIVE_INFINITY : lives.deletedAt(life);
  return Math.min(deleted, killedAt(evidence, hold));
}

/** When the program that had the hold was certainly gone, killed by a fault, in ns; infinite where none hit it. */
function killedAt({ faults, holds, tables }: Evidence, hold: number): number {
  const slots = slotsOf(tables.settings);
  return faults
    .filter(
      ({ inject: { time, value } }) => value.kind === 'kill' && value.receipt.proven && time > holds.grantedAt(hold),
    )
    .filter(({ inject: { value } }) => reachOf(value, holds.process[hold] as number, slots) === 'named')
    .reduce((earliest, { inject: { time } }) => Math.min(earliest, time), Number.POSITIVE_INFINITY);
}

/** An acquire that waited; times in ns since the run began. */
interface Wait {
  acquire: number;
  from: number;
  to: number;
}

/** How long at least one of them waited from that time on, in ns. */
function lengthOfUnion(waits: readonly Wait[], from: number): number {
  let covered = from;
  let length = 0;
  for (const wait of [...waits].sort((a, b) => a.from - b.from)) {
    length += Math.max(0, wait.to - Math.max(covered, wait.from));
    covered = Math.max(covered, wait.to);
  }
  return length;
}

function findStarved(evidence: Evidence, lanes: readonly LaneWaits[], findings: Findings): void {
  const { operations, faultsOn, holds, tables, ttlNs } = evidence;
  const most = FAIR_ROUNDS * Math.max(1, tables.settings.clients);
  let overtakersOf: ReturnType<typeof createOvertakers> | undefined;
  for (const { lane, ...waits } of lanes) {
    for (let at = 0; at < waits.acquire.length; at++) {
      if (!((waits.overtaken[at] as number) > most)) continue;
      const [acquire, to] = [waits.acquire[at] as number, waits.to[at] as number];
      const from = operations.invokedAt(acquire);
      const since = from - ttlNs - AFTERMATH_NS;
      if (faultOn(faultsOn, operations.process(acquire), { injectedBy: to, since }) !== undefined) continue;
      overtakersOf ??= createOvertakers(evidence, holdsByLane(holds));
      const grants = overtakersOf(acquire);
      if (!(grants > most)) continue;
      findings.violation('starved-waiter', lane, () => ({
        operations: [operations.invocation[acquire] as number],
        decisions: [],
        from,
        to,
        numbers: { waitedNs: to - from, grants },
      }));
    }
  }
}

function takeoverFigures(tookMs: Float64Array): Record<string, number> {
  const rank = (share: number): number => tookMs[Math.max(0, Math.ceil(share * tookMs.length) - 1)] as number;
  if (tookMs.length === 0) return {};
  return {
    takeovers: tookMs.length,
    takeoverMedianMs: rank(0.5),
    takeoverP99Ms: rank(0.99),
    takeoverMaxMs: rank(1),
  };
}

function waitFigures({ operations }: Evidence, lanes: readonly LaneWaits[]): Record<string, number> {
  let [longestNs, mostOvertaken] = [0, 0];
  for (const { acquire, to, overtaken } of lanes) {
    for (let at = 0; at < acquire.length; at++) {
      longestNs = Math.max(longestNs, (to[at] as number) - operations.invokedAt(acquire[at] as number));
      mostOvertaken = Math.max(mostOvertaken, overtaken[at] as number);
    }
  }
  return { longestWaitMs: longestNs / 1e6, mostOvertaken };
}

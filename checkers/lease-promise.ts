/**
 * Lease promise: did etcd keep every lease for as long as it had promised, and did nobody else get the lock before?
 *
 * A lease is promised until the latest of (invocation of an acknowledged grant or keep-alive + TTL of its answer, less a drift
 * allowance of 1 %), all on the controller's clock. `premature-expiry`: the lock key of a hold was gone before that, although
 * its client had done nothing to end the hold. What is gone after it has expired: that is the client's fault, or that of what
 * hindered it, and no violation. Where neither can be proven it is undecided. The two are never mixed.
 *
 * Sound. The server restarts the TTL no earlier than the request was sent (etcd server/lease/lessor.go, Renew), and a new
 * leader only ever lengthens leases (Promote), so that a lease lives until the promised end if clocks of etcd's members and the
 * controller differ in rate by no more than the allowance; what is not acknowledged extends nothing. The key was deleted before
 * the deletion was read on any member, before anything of a later revision was read or answered, and, in a queue of keys named by
 * their leases, before an acquire of a younger key was answered `ok`, because a client is told that it has the lock only when no
 * older key is there: if one of these lies before the promised end, so does the deletion. The client took no part in it if it
 * had not yet sent a release, a close, an open or another acquire since the grant, and had not ended: a key that is named by a
 * session's lease is deleted by that session's own operations or by etcd. Keys of other names, which other clients may delete
 * too, are never held against anybody. Where the first of these was a release that was answered with "there was no key to delete", the
 * client took no part in it either, and the key was gone before that answer: a release is one transaction, sent once, and a session
 * whose earlier release is without an answer gets no further hold. Whose program the harness lost next, may have given its lease
 * back before anybody knew; so may, in a run that was interrupted, one that answered nothing after the end of its key. A run whose environment broke proves nothing here: clients that lose their controller
 * give their leases back unasked.
 *
 * Expired is what was deleted at the promised end or later: the invocation of an operation that created a key of a smaller
 * revision lies there. It is claimed only where the controller sent the keep-alives (`--keep-alive controller`), as otherwise the
 * client's library may have been promised more than the record knows.
 *
 * Complete for what revisions and times prove of holds that their clients did not end first, as far as anybody knows: a deletion less
 * than the delay of the watch before the promised end stays undecided, and nothing is said of one that a watch told of only after
 * its client had sent something that may have caused it. A keep-alive that was refused because there is no such lease is not
 * taken for a proof: a new leader may refuse one that it has not yet heard of. With keep-alives by the client's library only the first TTL of a session is promised.
 *
 * Source: J. Kingsbury, "Jepsen: etcd 3.4.3", 2020; etcd issue 15247 (a stuck leader that revoked healthy leases).
 * Cost: O(n log n).
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import { F, NONE } from '../harness/history/tables.js';
import { beginOf, type Fault } from '../harness/history/pairing.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { holdSection } from './hold-section.js';
import { boundRevisions, type RevisionTimes, Sightings } from './revision-times.js';
import { readSessions, type Sessions } from './sessions.js';
import { wasDeleted } from './takeovers.js';
import type { Checker } from './verdict.js';

const NS_PER_MS = 1e6;

export const leasePromise: Checker = {
  name: 'lease-promise',
  description: 'etcd ended a lease, or gave the lock to another, before the time that it had promised',
  decides: 'service',
  check(tables) {
    const findings = createFindings('lease-promise');
    const evidence = evidenceOf(tables);
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    const { lives } = evidence;
    const sessions = readSessions(evidence);
    const holdOf = firstHolds(evidence, sessions);
    const times = boundTimes(evidence, holdOf);
    const ends = { premature: 0, expired: 0, undecided: 0 };
    let margin = Number.POSITIVE_INFINITY;
    let unproven = 0;
    const mayHaveGoneUnasked = createUnasked(evidence);
    const isPromiseKnown = tables.settings.keepAlive === 'controller';
    for (const ending of endingsOf(evidence, sessions, holdOf, times)) {
      const kind = judgeEnding(ending, isPromiseKnown);
      ends[kind]++;
      if (isPromiseKnown) margin = Math.min(margin, ending.notAfter - ending.until);
      if (kind !== 'premature') continue;
      if (mayHaveGoneUnasked(ending)) unproven++;
      else findings.violation('premature-expiry', lives.lane[ending.life] as number, () => witness(evidence, ending));
    }
    if (unproven > 0)
      findings.doubt(`${unproven} leases ended early, but the run broke off, and clients may have given them back`);
    return findings.result({
      prematureHolds: ends.premature,
      expiredHolds: ends.expired,
      undecidedHolds: ends.undecided,
      ...(margin === Number.POSITIVE_INFINITY ? {} : { smallestMarginMs: margin / NS_PER_MS }),
    });
  },
};

/** The end of a hold that its client had no part in. Times in ns since the run began. */
export interface Ending {
  /** Promised until then. */
  until: number;
  /** The key was certainly not deleted before. */
  notBefore: number;
  /** It certainly was by then. */
  notAfter: number;
}

/**
 * Premature only strictly before the promised end: what is seen at that moment may have happened at it. At the promised end the
 * lease may expire.
 */
export function judgeEnding(
  { until, notBefore, notAfter }: Ending,
  isPromiseKnown: boolean,
): 'premature' | 'expired' | 'undecided' {
  if (notAfter < until) return 'premature';
  return isPromiseKnown && notBefore >= until ? 'expired' : 'undecided';
}

interface HoldEnding extends Ending {
  hold: number;
  life: number;
  /** Operation whose answer promised it. */
  promisedBy: number;
  /** Row of the deletion. */
  row: number;
  /** Release that found no key to delete, if nothing else says that it was gone before that; `NONE`. */
  release: number;
  /** Hold that was granted before the deletion was known otherwise; `NONE`. */
  granted: number;
}

/** Ends of holds without their client's doing, of keys whose deletion was told, queue by queue. */
function endingsOf(evidence: Evidence, sessions: Sessions, holdOf: Int32Array, times: RevisionTimes): HoldEnding[] {
  const { holds, lives, operations, tables } = evidence;
  const { byCreation, queues } = lives;
  const { time, f } = tables.history;
  const endings: HoldEnding[] = [];
  // From the youngest to the oldest: of all younger ones of each queue, the hold that was granted first.
  const earliest = new Int32Array(queues.count).fill(NONE);
  for (let at = byCreation.length - 1; at >= 0; at--) {
    const life = byCreation[at] as number;
    const queue = queues.of[life] as number;
    const hold = holdOf[life] as number;
    if (queue === NONE || hold === NONE) continue;
    const younger = earliest[queue] as number;
    if (younger === NONE || holds.grantedRow(hold) < holds.grantedRow(younger)) earliest[queue] = hold;
    const row = lives.deletedRow[life] as number;
    if (row === NONE) continue;
    const deleted = lives.deleted[life] as number;
    const told = times.notAfter(deleted);
    const isLater = younger !== NONE && holds.grantedRow(younger) > holds.grantedRow(hold);
    const youngerAt = isLater ? holds.grantedAt(younger) : Number.POSITIVE_INFINITY;
    const end = sessions.endedRow[hold] as number;
    // It may have given its lease back before anybody knew that it was lost.
    if (end !== NONE && f[end] === F['harness-error']) continue;
    const release = foundGone(evidence, hold, end);
    const goneAt = release === NONE ? Number.POSITIVE_INFINITY : operations.endedAt(release);
    const endedAt = end === NONE || release !== NONE ? Number.POSITIVE_INFINITY : (time[end] as number);
    if (endedAt <= told && endedAt <= youngerAt) continue;
    const notBefore = times.notBefore(deleted);
    const known = Math.min(told, goneAt);
    // Before the deletion was possible it says something of the lock, and nothing of the lease.
    const isProof = youngerAt >= notBefore && youngerAt < known;
    const notAfter = isProof ? youngerAt : known;
    if (endedAt <= notAfter) continue;
    const session = sessions.sessionOf[hold] as number;
    const [until, promisedBy] = [sessions.until[session] as number, sessions.promisedBy[session] as number];
    endings.push({
      ...{ hold, life, until, promisedBy, row, notBefore, notAfter },
      release: !isProof && goneAt < told ? release : NONE,
      granted: isProof ? younger : NONE,
    });
  }
  return endings.sort((a, b) => (queues.of[a.life] as number) - (queues.of[b.life] as number));
}

/** The release of the hold, if it is what ended it (`end`: the row) and was told that there was no key to delete; `NONE`. */
function foundGone(evidence: Evidence, hold: number, end: number): number {
  const { holds, operations } = evidence;
  const release = holds.release[hold] as number;
  if (release === NONE || operations.invocation[release] !== end || !operations.succeeded(release)) return NONE;
  return wasDeleted(evidence, release) === false ? release : NONE;
}

/** By life: the first hold that was told its create revision, of a session with its lease. */
function firstHolds({ holds, lives, lifeOf }: Evidence, { sessionOf, lease }: Sessions): Int32Array {
  const first = new Int32Array(lives.count).fill(NONE);
  for (let hold = 0; hold < holds.count; hold++) {
    const life = lifeOf[hold] as number;
    if (life === NONE || first[life] !== NONE) continue;
    const session = sessionOf[hold] as number;
    if (session !== NONE && lease[session] === lives.lease(life)) first[life] = hold;
  }
  return first;
}

/**
 * A queue's key was created by the first acquire of its session that was told its create revision, between the invocation and the
 * answer: no earlier acquire of that process can have been without an answer, as that would have retired its number.
 */
function boundTimes({ holds, lives, lifeOf, tables }: Evidence, holdOf: Int32Array): RevisionTimes {
  const { length, revision, time } = tables.ownership;
  const asked = new Sightings(holds.count);
  const seen = new Sightings(length + holds.count);
  for (let row = 0; row < length; row++) seen.add(revision[row] as number, time[row] as number);
  const isCreator = (hold: number): boolean => {
    const life = lifeOf[hold] as number;
    return life !== NONE && holdOf[life] === hold && lives.queues.of[life] !== NONE;
  };
  for (let hold = 0; hold < holds.count; hold++)
    if (isCreator(hold)) seen.add(holds.token[hold] as number, holds.grantedAt(hold));
  for (let hold = holds.count - 1; hold >= 0; hold--)
    if (isCreator(hold)) asked.add(-(holds.token[hold] as number), -holds.askedAt(hold));
  return boundRevisions(asked, seen);
}

/**
 * Whether the hold's client may have given its lease back because it had lost its controller. In a run that was interrupted this may be
 * so for one that answered nothing any more: nobody may have noted the loss.
 */
function createUnasked({ tables, operations, holds }: Evidence): (ending: HoldEnding) => boolean {
  const { end, settings } = tables;
  if (end.kind === 'completed') return () => false;
  if (end.kind !== 'interrupted') return () => true;
  const slots = slotsOf(settings);
  const slotOf = (process: number): number => (slots > 0 ? process % slots : process);
  let answeredAt: Map<number, number> | undefined;
  const lastAnswers = (): Map<number, number> => {
    const latest = new Map<number, number>();
    for (let operation = 0; operation < operations.count; operation++) {
      if (!operations.succeeded(operation)) continue;
      const slot = slotOf(operations.process(operation));
      latest.set(slot, Math.max(latest.get(slot) ?? 0, operations.endedAt(operation)));
    }
    return latest;
  };
  return ({ hold, notAfter }) => {
    answeredAt ??= lastAnswers();
    return (answeredAt.get(slotOf(holds.process[hold] as number)) ?? 0) < notAfter;
  };
}

function witness(evidence: Evidence, ending: HoldEnding) {
  const { tables, operations, faults } = evidence;
  const { hold, granted, promisedBy, release, until, notAfter, row } = ending;
  const fault = explain(faults, operations.invokedAt(promisedBy), notAfter);
  const earlyNs = until - notAfter;
  const early = `${Math.ceil(earlyNs / NS_PER_MS)} ms before the end of what etcd had promised`;
  return {
    first: holdSection(evidence, hold),
    ...(granted === NONE ? {} : { second: holdSection(evidence, granted) }),
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    detail:
      granted === NONE ? `its key was deleted at least ${early}` : `the lock was given to another at least ${early}`,
    operations: (release === NONE ? [promisedBy] : [promisedBy, release]).map(
      (operation) => operations.invocation[operation] as number,
    ),
    events: [row],
    decisions: [],
    from: Math.min(operations.invokedAt(promisedBy), evidence.holds.grantedAt(hold)),
    to: Math.max(until, tables.ownership.time[row] as number),
    numbers: { earlyNs },
  };
}

/**
 * The fault that explains it: on a member's clocks first, as leases are kept by them, else one that hinders everybody. In force
 * between the promise and the end; the latest begun.
 */
function explain(faults: readonly Fault[], since: number, by: number): Fault | undefined {
  const inForce = faults
    .filter((fault) => beginOf(fault) <= by && (fault.heal?.time ?? Number.POSITIVE_INFINITY) >= since)
    .sort((a, b) => beginOf(b) - beginOf(a));
  // A record may say anything.
  const isOnMember = ({ inject: { value } }: Fault): boolean =>
    Array.isArray(value.nodes) && value.nodes.some((node) => String(node).startsWith('etcd'));
  return (
    inForce.find((fault) => fault.inject.value.kind === 'clock' && isOnMember(fault)) ??
    inForce.find(isOnMember) ??
    inForce.find(({ inject }) => inject.value.processes === 'all')
  );
}

/**
 * What is known of one section of a witness: when its client asked for the lock, got it, was paused, used the storage,
 * learnt of its loss, and released it. Pure; reads the record's index.
 */
import type { WitnessSection } from '../../checkers/verdict.js';
import type { Decision } from '../history/decision.js';
import type { FaultRecord, Operation, OperationEntry } from '../history/operation.js';
import { beginOf, type Fault } from '../history/pairing.js';
import { isWaking } from './fault-words.js';
import type { KeyLife, RecordIndex } from './record-index.js';

/** Times in ns since the run began. */
export interface TimedOperation {
  operation: Operation;
  decision: Decision | undefined;
  /** When the client can have sent it at the earliest: it was recorded before, if the client was paused just then. */
  leaves: number;
  answered: number | undefined;
}

/** A fault as it lay on this client. */
export interface Affliction {
  fault: Fault;
  from: number;
  /** When the client was itself again; missing if the run ended first. */
  to: number | undefined;
}

export interface SectionFacts {
  witness: WitnessSection;
  node: string | undefined;
  askedAt: number;
  /** When the client's `ok` was read: from here on it believes that it holds the lock. */
  grantedAt: number;
  operations: TimedOperation[];
  /** Operations of the section that are left out of the picture. */
  omitted: number;
  loss: OperationEntry | undefined;
  release: Operation | undefined;
  /** Faults on this client itself, from its request for the lock on. */
  faults: Affliction[];
  key: KeyLife | undefined;
  /** Whether etcd deleted the key before the client asked for it: the lease ran out or was revoked. */
  expired: boolean;
}

/** More than that, and a picture shows those that the witness names. */
const MAX_OPERATIONS = 6;

/** Undefined if the record lacks the acquire or its answer. */
export function sectionFacts(index: RecordIndex, witness: WitnessSection): SectionFacts | undefined {
  const acquire = index.operation(witness.acquire);
  const granted = acquire?.completion;
  if (acquire === undefined || granted?.type !== 'ok') return undefined;
  const { process, lane } = acquire.invocation;

  const { own, next } = upToNextHold(index.operationsAfter(process, acquire.invocation.index));
  const endIndex = next?.invocation.index ?? Number.POSITIVE_INFINITY;
  const storageOps = own.filter(({ invocation }) => invocation.f === 'read' || invocation.f === 'write');
  const named = new Set(witness.operations);
  const shown =
    storageOps.length <= MAX_OPERATIONS
      ? storageOps
      : storageOps.filter(({ invocation }) => named.has(invocation.index));

  const release = own.find(({ invocation }) => invocation.f === 'release' || invocation.f === 'close');
  const ended = next?.invocation.time ?? Number.POSITIVE_INFINITY;
  const faults = faultsOn(index, process, acquire.invocation.time, ended);
  const key = index.keyOf(lane, witness.token, granted.time);
  const asked = release?.invocation.time ?? Number.POSITIVE_INFINITY;
  return {
    witness,
    node: acquire.invocation.node ?? granted.node,
    askedAt: acquire.invocation.time,
    grantedAt: granted.time,
    operations: shown.map((operation) => timed(operation, index, faults)),
    omitted: storageOps.length - shown.length,
    loss: index.lossesOf(process).find((event) => event.index > granted.index && event.index < endIndex),
    release,
    faults,
    key,
    expired: key?.deleted !== undefined && key.deleted.time < asked,
  };
}

/** What a process did until it asked for a lock or a session again, and that. */
function upToNextHold(operations: Iterable<Operation>): { own: Operation[]; next: Operation | undefined } {
  const own: Operation[] = [];
  for (const operation of operations) {
    const { f } = operation.invocation;
    if (f === 'acquire' || f === 'open') return { own, next: operation };
    own.push(operation);
  }
  return { own, next: undefined };
}

/** Whether it strikes where clients are, and not only a member or the storage that they need. */
export function isOnClients({ nodes, targets }: FaultRecord): boolean {
  const names = targets.length > 0 ? targets : nodes;
  return names.length === 0 || names.some((name) => name.startsWith('client'));
}

/**
 * A heal is recorded when its receipt is there, a moment after the client has run again. What the client answers in the
 * second half of a pause shows that it was over by then; in the first half it may still be an answer from before it.
 */
function faultsOn(index: RecordIndex, process: number, since: number, until: number): Affliction[] {
  return index.faults
    .filter((fault) => beginOf(fault) <= until && (fault.heal?.time ?? Number.POSITIVE_INFINITY) >= since)
    .filter(({ inject: { value } }) => index.reach(value, process) === 'named' && isOnClients(value))
    .map((fault) => {
      const from = beginOf(fault);
      const healed = fault.heal?.time;
      if (healed === undefined || !isWaking(fault.inject.value)) return { fault, from, to: healed };
      const awake = index.signsOf(process, (from + healed) / 2, healed);
      return { fault, from, to: Math.min(healed, ...awake) };
    });
}

function timed(operation: Operation, index: RecordIndex, faults: readonly Affliction[]): TimedOperation {
  const { invocation, completion } = operation;
  const pause = faults.find(
    ({ fault, from, to }) =>
      isWaking(fault.inject.value) && invocation.time >= from && (to === undefined || invocation.time <= to),
  );
  const answered = completion?.time;
  const leaves = Math.min(Math.max(invocation.time, pause?.to ?? 0), answered ?? Number.POSITIVE_INFINITY);
  return { operation, decision: index.decisionOn(invocation.index), leaves, answered };
}

/**
 * A time for every decision, by the operation's index: within its operation, and rising in the storage's order. First the
 * latest possible times from behind, then the middle of each operation unless an earlier decision pushes it on.
 */
export function decisionTimes(operations: readonly TimedOperation[]): Map<number, number> {
  const ordered = operations
    .filter((op) => op.decision !== undefined)
    .sort((a, b) => (a.decision?.seq ?? 0) - (b.decision?.seq ?? 0));
  const latest = ordered.map((op) => op.answered ?? Number.POSITIVE_INFINITY);
  for (let n = latest.length - 2; n >= 0; n--) latest[n] = Math.min(latest[n] ?? 0, latest[n + 1] ?? 0);
  const times = new Map<number, number>();
  let previous = 0;
  ordered.forEach(({ operation, leaves, answered }, n) => {
    const middle = (leaves + (answered ?? leaves)) / 2;
    previous = Math.max(previous, Math.min(middle, latest[n] ?? middle));
    times.set(operation.invocation.index, previous);
  });
  return times;
}

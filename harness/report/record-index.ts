/**
 * A run's record made ready for questions: operations by index and by process, faults with their heals, the life of
 * every lock key. It judges nothing; that is the checkers' work.
 */
import type { Decision } from '../history/decision.js';
import { type Reach, reachOf, slotsOf } from '../history/fault-reach.js';
import type { FaultRecord, Operation, OperationEntry, RecoveryEntry } from '../history/operation.js';
import type { OwnershipEvent } from '../history/ownership.js';
import { pairEntries } from '../history/pair-entries.js';
import type { Fault } from '../history/pairing.js';
import type { RunRecord } from '../history/run-record.js';
import { compareTokens } from '../history/token.js';

/** What etcd says of one lock key. Times in ns since the run began, as the observer first read them. */
export interface KeyLife {
  /** Create revision of the key, a decimal string. */
  revision: string;
  lease: string;
  put: OwnershipEvent | undefined;
  deleted: OwnershipEvent | undefined;
  /** From when to when it was the oldest key of its lane, and so the owner; missing if it never was or nobody saw it. */
  owned: { from: number; to: number | undefined } | undefined;
}

export interface RecordIndex {
  record: RunRecord;
  operation(index: number): Operation | undefined;
  /** In the order in which they were invoked. */
  operationsOf(process: number): readonly Operation[];
  /** The events `lost` of a process, in order. */
  lossesOf(process: number): readonly OperationEntry[];
  /** In the order of their injections. */
  faults: readonly Fault[];
  /** Whether a fault lies on a process. */
  reach(fault: FaultRecord, process: number): Reach;
  recovery: RecoveryEntry | undefined;
  decision(seq: number): Decision | undefined;
  /** The storage's decision about an operation. */
  decisionOn(op: number): Decision | undefined;
  /** For a write that was accepted after one with a larger token for the same key: that larger token. */
  staleAgainst(seq: number): string | undefined;
  /** The accepted write that this decision's write replaced. */
  replacedBy(seq: number): Decision | undefined;
  /** Keys of a lane in the order of their create revisions, which is the order of ownership. */
  keysOf(lane: number): readonly KeyLife[];
  /**
   * The lock key that a hold's token stands for: by its create revision or, where the token is a lease id, the last key of
   * that lease before the grant.
   */
  keyOf(lane: number, token: string, grantedAt: number): KeyLife | undefined;
  /** By the index of its injection. */
  fault(index: number | undefined): Fault | undefined;
}

/** How much later than a grant the watch may tell of the key that it rests on, in ns. */
const WATCH_DELAY_NS = 200e6;

export function indexRecord(record: RunRecord): RecordIndex {
  const { operations, events, faults, recovery } = pairEntries(record.history);
  const slots = slotsOf(record.settings);
  const byIndex = new Map(operations.map((operation) => [operation.invocation.index, operation]));
  const byProcess = new Map<number, Operation[]>();
  for (const operation of operations) push(byProcess, operation.invocation.process, operation);
  const losses = new Map<number, OperationEntry[]>();
  for (const event of events) if (event.f === 'lost') push(losses, event.process, event);

  const decisions = new Map(record.decisions.map((decision) => [decision.seq, decision]));
  const decisionsByOp = new Map(record.decisions.map((decision) => [decision.op, decision]));
  const writes = acceptedWrites(record.decisions);
  const keys = lockKeys(record.ownership);
  const keysOf = (lane: number): readonly KeyLife[] => keys.get(lane) ?? [];
  const keysByToken = new Map<string, KeyLife[]>();
  for (const [lane, lives] of keys) {
    for (const key of lives) {
      push(keysByToken, `${lane}/${key.revision}`, key);
      push(keysByToken, `${lane}/lease ${asDecimal(key.lease)}`, key);
    }
  }
  const faultsByIndex = new Map(faults.map((fault) => [fault.inject.index, fault]));
  return {
    record,
    operation: (index) => byIndex.get(index),
    operationsOf: (process) => byProcess.get(process) ?? [],
    lossesOf: (process) => losses.get(process) ?? [],
    faults,
    reach: (fault, process) => reachOf(fault, process, slots),
    recovery,
    decision: (seq) => decisions.get(seq),
    decisionOn: (op) => decisionsByOp.get(op),
    staleAgainst: (seq) => writes.get(seq)?.larger,
    replacedBy: (seq) => writes.get(seq)?.replaced,
    keysOf,
    keyOf: (lane, token, grantedAt) =>
      keysByToken.get(`${lane}/${token}`)?.at(-1) ??
      keysByToken.get(`${lane}/lease ${token}`)?.findLast(({ put }) => (put?.time ?? 0) <= grantedAt + WATCH_DELAY_NS),
    fault: (index) => (index === undefined ? undefined : faultsByIndex.get(index)),
  };
}

function push<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}

/** What every accepted write met at the storage, by its position in the decision log. */
function acceptedWrites(
  decisions: readonly Decision[],
): Map<number, { replaced: Decision | undefined; larger: string | undefined }> {
  const last = new Map<string, { write: Decision; highest: string }>();
  const writes = new Map<number, { replaced: Decision | undefined; larger: string | undefined }>();
  for (const decision of decisions) {
    const { seq, f, key, token, verdict } = decision;
    if (f !== 'write' || verdict !== 'accepted') continue;
    const before = last.get(key);
    const stale = before !== undefined && compareTokens(token, before.highest) < 0;
    writes.set(seq, { replaced: before?.write, larger: stale ? before.highest : undefined });
    last.set(key, { write: decision, highest: stale ? before.highest : token });
  }
  return writes;
}

/**
 * The owner is the oldest key under the lock's prefix (etcd client/v3/concurrency, Mutex): a key owns from when it is
 * there and every older one is gone. Several members tell the same event; the first telling counts.
 */
function lockKeys(events: readonly OwnershipEvent[]): Map<number, KeyLife[]> {
  const lives = new Map<string, KeyLife>();
  const lanes = new Map<number, KeyLife[]>();
  for (const event of events) {
    const id = `${event.lane}/${event.createRevision}`;
    let life = lives.get(id);
    if (life === undefined) {
      life = {
        revision: event.createRevision,
        lease: event.lease,
        put: undefined,
        deleted: undefined,
        owned: undefined,
      };
      lives.set(id, life);
      push(lanes, event.lane, life);
    }
    const side = event.type === 'put' ? 'put' : 'deleted';
    const known = life[side];
    if (known === undefined || event.time < known.time) life[side] = event;
  }
  for (const keys of lanes.values()) {
    keys.sort((a, b) => compareTokens(a.revision, b.revision));
    let olderGone = Number.NEGATIVE_INFINITY;
    for (const key of keys) {
      const from = key.put === undefined ? Number.POSITIVE_INFINITY : Math.max(key.put.time, olderGone);
      const to = key.deleted?.time;
      if (Number.isFinite(from) && (to === undefined || from < to)) key.owned = { from, to };
      olderGone = Math.max(olderGone, to ?? Number.POSITIVE_INFINITY);
    }
  }
  return lanes;
}

function asDecimal(hex: string): string {
  return /^[0-9a-f]+$/i.test(hex) ? BigInt(`0x${hex}`).toString() : '';
}

/**
 * A run's record made ready for questions: operations by index and by process, faults with their heals, the life of
 * every lock key. It judges nothing; that is the checkers' work. Of a record of millions only what is asked for becomes objects,
 * and what is looked up by is made at the first question.
 */
import { type Reach, reachOf, slotsOf } from '../history/fault-reach.js';
import type { FaultRecord, Operation, OperationEntry, RecoveryEntry } from '../history/operation.js';
import type { OwnershipEvent } from '../history/ownership.js';
import { type Fault, pair, type PairedHistory } from '../history/pairing.js';
import type { RunTables } from '../history/run-record.js';
import { entryAt, ownershipAt } from '../history/table-entries.js';
import { F, NONE } from '../history/tables.js';
import { lazily } from './lazily.js';
import { indexLockKeys, type LockKeys } from './lock-keys.js';
import { indexStorage, type StorageIndex } from './storage-index.js';

export type { KeyLife } from './lock-keys.js';

export interface RecordIndex extends LockKeys, StorageIndex {
  record: RunTables;
  /** Named by the index of its invocation. */
  operation(index: number): Operation | undefined;
  /** The operations of a process that were invoked behind that entry, in order. */
  operationsAfter(process: number, index: number): Iterable<Operation>;
  /** The operations of a process that were invoked at that entry or before, the latest first. */
  operationsUpTo(process: number, index: number): Iterable<Operation>;
  /** When a process was heard of between two times, in ns since the run began: answers and losses, in no order. */
  signsOf(process: number, after: number, before: number): number[];
  /** The events `lost` of a process, in order. */
  lossesOf(process: number): readonly OperationEntry[];
  /** A watch event by its place in the ownership log. */
  event(place: number): OwnershipEvent | undefined;
  /** In the order of their injections. */
  faults: readonly Fault[];
  /** Whether a fault lies on a process. */
  reach(fault: FaultRecord, process: number): Reach;
  recovery: RecoveryEntry | undefined;
  /** By the index of its injection. */
  fault(index: number | undefined): Fault | undefined;
}

/** `paired` is `pair(record)`, where it has been made already. */
export function indexRecord(record: RunTables, paired: PairedHistory = pair(record)): RecordIndex {
  const { history, ownership } = record;
  const { invocation, completion, operationAt, faults, recovery } = paired;
  const slots = slotsOf(record.settings);
  const faultsByIndex = new Map(faults.map((fault) => [fault.inject.index, fault]));
  const placesOf = lazily(() => placesByProcess(record, paired));
  const losses = lazily(() => lossesByProcess(record, paired));
  const isWithin = (time: number, after: number, before: number): boolean => time > after && time < before;

  const at = (place: number): Operation => {
    const completed = completion[place] ?? NONE;
    return {
      invocation: entryAt(record, invocation[place] ?? 0) as Operation['invocation'],
      completion: completed === NONE ? undefined : (entryAt(record, completed) as OperationEntry),
    };
  };
  return {
    record,
    ...indexLockKeys(record),
    ...indexStorage(record),
    operation(index) {
      const place = operationAt[index] ?? NONE;
      return place === NONE ? undefined : at(place);
    },
    *operationsAfter(process, index) {
      for (const place of placesOf()(process)) if ((invocation[place] ?? 0) > index) yield at(place);
    },
    *operationsUpTo(process, index) {
      const places = placesOf()(process);
      for (let n = places.length - 1; n >= 0; n--) {
        const place = places[n] ?? 0;
        if ((invocation[place] ?? 0) <= index) yield at(place);
      }
    },
    signsOf(process, after, before) {
      const times = losses()(process)
        .map(({ time }) => time)
        .filter((time) => isWithin(time, after, before));
      for (const place of placesOf()(process)) {
        const completed = completion[place] ?? NONE;
        const time = completed === NONE ? Number.NaN : (history.time[completed] ?? 0);
        if (isWithin(time, after, before)) times.push(time);
      }
      return times;
    },
    lossesOf: (process) => losses()(process),
    event: (place) =>
      Number.isInteger(place) && place >= 0 && place < ownership.length ? ownershipAt(record, place) : undefined,
    faults,
    reach: (fault, process) => reachOf(fault, process, slots),
    recovery,
    fault: (index) => (index === undefined ? undefined : faultsByIndex.get(index)),
  };
}

const NOTHING = new Int32Array(0);

/** Places of the operations of each process, ascending: one counting sort over all. */
function placesByProcess(
  { history }: RunTables,
  { count, invocation }: PairedHistory,
): (process: number) => Int32Array {
  const sizes = new Map<number, number>();
  const processAt = (place: number): number => history.process[invocation[place] ?? 0] ?? NONE;
  for (let place = 0; place < count; place++) {
    const process = processAt(place);
    sizes.set(process, (sizes.get(process) ?? 0) + 1);
  }
  const places = new Map([...sizes].map(([process, size]) => [process, new Int32Array(size)]));
  for (let place = count - 1; place >= 0; place--) {
    const process = processAt(place);
    const left = (sizes.get(process) ?? 0) - 1;
    sizes.set(process, left);
    (places.get(process) ?? NOTHING)[left] = place;
  }
  return (process) => places.get(process) ?? NOTHING;
}

function lossesByProcess(record: RunTables, { events }: PairedHistory): (process: number) => readonly OperationEntry[] {
  const { f, process } = record.history;
  const rows = new Map<number, number[]>();
  for (const row of events) {
    if (f[row] !== F.lost) continue;
    const known = rows.get(process[row] ?? NONE);
    if (known === undefined) rows.set(process[row] ?? NONE, [row]);
    else known.push(row);
  }
  return (asked) => (rows.get(asked) ?? []).map((row) => entryAt(record, row) as OperationEntry);
}

/**
 * A record made ready for judging: operations paired, holds found, the storage's decisions in order and each with its
 * section, faults by process and time. It judges nothing. What it cannot use it leaves out, so that no checker builds a
 * proof on it; that something was left out is for the assumptions to say.
 *
 * Operations, holds and decisions are known by their places, as numbers; what is known of one is asked of `operations`, `holds`
 * and `log`. `NONE` stands for "none". About 50 bytes an operation beside the record itself.
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import type { FaultEntry, RecoveryEntry } from '../harness/history/operation.js';
import { type Fault, pair } from '../harness/history/pairing.js';
import type { RunTables } from '../harness/history/run-record.js';
import { tokenOf } from '../harness/history/token-codes.js';
import { NONE } from '../harness/history/tables.js';
import { type FaultLookup, lookUpFaults } from './fault-lookup.js';
import { findHolds, type HoldTable } from './holds.js';
import { KeyLives } from './key-lives.js';
import { Operations } from './operations.js';
import { orderlessLanes } from './orderless-lanes.js';
import { StorageLog } from './storage-log.js';
import { readWatchedKeys, type WatchedKeys } from './watched-keys.js';

export interface Evidence {
  /** The record; without its history, if that is damaged. */
  tables: RunTables;
  /** Why the history proves nothing at all; all that is drawn from it is empty then. */
  damage: string | undefined;
  /** TTL asked for, in ns. */
  ttlNs: number;
  /** In the order of their invocations. */
  operations: Operations;
  /** Rows of the history: what the clients and the harness said unasked. */
  events: Int32Array;
  faults: readonly Fault[];
  /** The same by process and time. */
  faultsOn: FaultLookup;
  /** Heals of faults of whose injection the record says nothing. */
  strayHeals: readonly FaultEntry[];
  recovery: RecoveryEntry | undefined;
  /** What the pairing found wrong. */
  problems: readonly string[];
  /** Processes of whose operations nobody knows which belong together. */
  unruly: ReadonlySet<number>;
  /** In the order in which they were asked for; without those of processes that did two things at once. */
  holds: HoldTable;
  log: StorageLog;
  lives: KeyLives;
  /** By hold: the life of the lane's key whose create revision is the hold's token; `NONE` if no watch told of one. */
  lifeOf: Int32Array;
  watched: WatchedKeys;
  /** Lanes whose tokens do not say which of two holds is the older one. */
  orderless: ReadonlySet<number>;
}

const NS_PER_MS = 1e6;

const known = new WeakMap<RunTables, Evidence>();

/** O(n log n) at most, once for each record: all checkers of a run share it. Records are not changed once they are made. */
export function evidenceOf(tables: RunTables): Evidence {
  let evidence = known.get(tables);
  if (evidence === undefined) {
    evidence = gatherEvidence(tables);
    known.set(tables, evidence);
  }
  return evidence;
}

function gatherEvidence(given: RunTables): Evidence {
  const { damage } = given.history;
  const tables = damage === undefined ? given : { ...given, history: { ...given.history, length: 0 } };
  const paired = pair(tables);
  const { events, faults, strayHeals, recovery, problems, unruly } = paired;
  const operations = new Operations(tables.history, paired);
  const holds = findHolds(tables.history, operations, events, unruly);
  const lives = new KeyLives(tables.ownership);
  const lifeOf = new Int32Array(holds.count);
  for (let hold = 0; hold < holds.count; hold++)
    lifeOf[hold] = lives.find(holds.lane[hold] as number, holds.token[hold] as number);
  const watched = readWatchedKeys(tables.ownership, lives);
  return {
    tables,
    damage,
    ttlNs: tables.settings.ttlMs * NS_PER_MS,
    operations,
    events,
    faults,
    faultsOn: lookUpFaults(faults, slotsOf(tables.settings)),
    strayHeals,
    recovery,
    problems,
    unruly,
    holds,
    log: new StorageLog(tables, operations, holds),
    lives,
    lifeOf,
    watched,
    orderless: orderlessLanes(tables, operations, holds, lifeOf, watched),
  };
}

/** The hold's token as a decimal string; undefined where the lock hands out none. */
export function tokenOfHold({ tables, holds }: Evidence, hold: number): string | undefined {
  const code = holds.token[hold] as number;
  return code === NONE ? undefined : tokenOf(code, tables.largeTokens);
}

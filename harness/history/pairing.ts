/**
 * Puts the two halves of operations and of faults together and says what in the history cannot be so. One pass, never
 * throws: whether a problem spoils a verdict is for the checkers to say.
 *
 * An operation is known by its place: the n-th invocation of the history is operation n. Its halves are rows of the history.
 */
import { IntMap } from './int-map.js';
import type { FaultEntry, RecoveryEntry } from './operation.js';
import { OPERATIONS } from './operation.js';
import type { RunTables } from './run-record.js';
import { entryAt } from './table-entries.js';
import { ENTRY_NAMES, F, INFO, INVOKE, NEMESIS, NONE } from './tables.js';

export interface Fault {
  inject: FaultEntry;
  /** Missing when the run ended first. */
  heal?: FaultEntry;
}

/** From when on the fault may have been in force, in ns since the run began. */
export function beginOf({ inject }: Fault): number {
  return inject.value.begun ?? inject.time;
}

export interface PairedHistory {
  /** Operations; the columns by place have as many. */
  count: number;
  /** Rows of the invocations, ascending. */
  invocation: Int32Array;
  /** Rows of the completions; `NONE` where it is missing. */
  completion: Int32Array;
  /** `OK`, `FAIL` or `INFO`; `NONE` where the completion is missing. */
  outcome: Int8Array;
  /** By row of an invocation: the place of its operation; `NONE` for other rows. */
  operationAt: Int32Array;
  /** Rows of entries that are not half of an operation: `lost` and `harness-error`. */
  events: Int32Array;
  /** In the order of their injections. */
  faults: Fault[];
  /** Heals of faults that were not injected before, as far as the history tells. */
  strayHeals: FaultEntry[];
  /** What became of the system after the final heal; missing when the run ended before anybody looked. */
  recovery?: RecoveryEntry;
  /** What is wrong, a sentence fragment each with the indexes in it; empty for a sound history. */
  problems: string[];
  /**
   * Processes that did two things at once, went on after an `info`, or completed what they had not invoked: which of their
   * operations belong to which hold is anybody's guess.
   */
  unruly: ReadonlySet<number>;
}

/**
 * Pairs by process: a process has one operation open at a time, so its next completion belongs to its last invocation.
 * After an `info` a process is retired, because its operation may still take effect at any later time; one that goes
 * on would break what "one at a time" is used for (the rule is Jepsen's).
 *
 * A keep-alive may be open beside another operation, and takes no part in either rule, as nothing that a late one can do is used
 * against anybody. One of a session that is over may still be out when the next session sends its first: of those that are out
 * together nobody knows which answer belongs to which, so that they stay without one. O(rows).
 */
export function pair(tables: RunTables): PairedHistory {
  const { length, type, f: name, process: processes } = tables.history;
  // Places for as many as there are rows: what is never touched takes no memory.
  const invocation = new Int32Array(length);
  const completion = new Int32Array(length);
  const outcome = new Int8Array(length);
  const events = new Int32Array(length);
  const operationAt = new Int32Array(length).fill(NONE);
  const problems: string[] = [];
  const unruly = new Set<number>();
  const open = new IntMap();
  const keepAlives = new KeepAlives();
  const retired = new IntMap();
  const faults = new Faults(problems);
  let place = 0;
  let event = 0;

  const finish = (operation: number, row: number): void => {
    completion[operation] = row;
    outcome[operation] = type[row] as number;
  };
  const accuse = (row: number, problem: string): void => {
    const process = processes[row] as number;
    problems.push(`process ${process} ${problem}`);
    unruly.add(process);
  };
  const accuseCompletion = (row: number, problem: string): void =>
    accuse(row, `completes ${ENTRY_NAMES[name[row] as number]} at ${row}${problem}`);

  for (let row = 0; row < length; row++) {
    const process = processes[row] as number;
    const f = name[row] as number;
    if (process === NEMESIS) faults.add(entryAt(tables, row) as FaultEntry | RecoveryEntry);
    else if (!isHalf(f)) events[event++] = row;
    else if (type[row] === INVOKE) {
      if (f === KEEP_ALIVE) keepAlives.invoke(process, place);
      else {
        const under = open.get(process);
        if (under !== NONE) accuse(row, `invokes at ${row} while ${invocation[under]} is open`);
        const since = retired.get(process);
        if (since !== NONE) accuse(row, `invokes at ${row} after its info at ${since}`);
        open.set(process, place);
      }
      invocation[place] = row;
      completion[place] = outcome[place] = NONE;
      operationAt[row] = place++;
    } else if (f === KEEP_ALIVE) {
      const operation = keepAlives.complete(process);
      if (operation === undefined) accuseCompletion(row, ' without an invocation');
      else if (operation !== NONE) finish(operation, row);
    } else {
      const operation = open.get(process);
      open.set(process, NONE);
      if (type[row] === INFO) retired.set(process, row);
      if (operation === NONE) {
        accuseCompletion(row, ' without an invocation');
        continue;
      }
      const invoked = invocation[operation] as number;
      if (name[invoked] === f) finish(operation, row);
      // The operation stays without a completion: nobody knows what became of it.
      else accuseCompletion(row, `, but ${ENTRY_NAMES[name[invoked] as number]} is open since ${invoked}`);
    }
  }
  const { all, strayHeals, recovery } = faults;
  return {
    count: place,
    invocation: invocation.subarray(0, place),
    completion: completion.subarray(0, place),
    outcome: outcome.subarray(0, place),
    operationAt,
    events: events.subarray(0, event),
    faults: all,
    strayHeals,
    ...(recovery === undefined ? {} : { recovery }),
    problems,
    unruly,
  };
}

const KEEP_ALIVE = F['keep-alive'];

function isHalf(f: number): boolean {
  return f < OPERATIONS.length;
}

/** Keep-alives of each process: one that is out alone gets its completion. */
class KeepAlives {
  /** How many are out, and the one that is out alone; `NONE` where others were out beside it. */
  readonly #out = new IntMap();
  readonly #alone = new IntMap();

  invoke(process: number, place: number): void {
    const out = Math.max(0, this.#out.get(process));
    this.#alone.set(process, out === 0 ? place : NONE);
    this.#out.set(process, out + 1);
  }

  /** The one that the process completes, `NONE` if nobody knows which, undefined if none is out. */
  complete(process: number): number | undefined {
    const out = this.#out.get(process);
    if (out <= 0) return undefined;
    const alone = this.#alone.get(process);
    this.#alone.set(process, NONE);
    this.#out.set(process, out - 1);
    return alone;
  }
}

/** Puts injections and heals together by the fault's id. */
class Faults {
  readonly all: Fault[] = [];
  readonly strayHeals: FaultEntry[] = [];
  recovery: RecoveryEntry | undefined;
  readonly #byId = new Map<string, Fault>();
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  add(entry: FaultEntry | RecoveryEntry): void {
    if (entry.f === 'recovery') {
      if (this.recovery === undefined) this.recovery = entry;
      else this.#problems.push(`recovery is recorded at ${entry.index} and was at ${this.recovery.index}`);
      return;
    }
    const { id } = entry.value;
    const known = this.#byId.get(id);
    if (entry.f === 'inject') {
      if (known) this.#problems.push(`fault ${id} is injected at ${entry.index} and was at ${known.inject.index}`);
      const injected: Fault = { inject: entry };
      this.#byId.set(id, injected);
      this.all.push(injected);
    } else if (!known) {
      this.strayHeals.push(entry);
      this.#problems.push(`fault ${id} is healed at ${entry.index} without having been injected`);
    } else if (known.heal)
      this.#problems.push(`fault ${id} is healed at ${entry.index} and was at ${known.heal.index}`);
    else known.heal = entry;
  }
}

/**
 * The storage's decisions in the storage's own order, each with the operation and the hold that it belongs to. A decision that
 * contradicts the history belongs to none: nothing is proven with it.
 *
 * A decision is known by its place in that order, from 0: log place. In a sound log that is `seq` - 1 and the row of the table.
 */
import { ENTRY_NAMES, F, FAIL, INFO, NONE, OK } from '../harness/history/tables.js';
import { tokenOf } from '../harness/history/token-codes.js';
import type { RunTables } from '../harness/history/run-record.js';
import { gather, placesBelow, sortByKey } from './group.js';
import type { HoldTable } from './holds.js';
import type { Operations } from './operations.js';
import { sameCell } from './same-value.js';

export class StorageLog {
  /** Decisions, each `seq` at most once. */
  readonly count: number;
  /** Whether `seq` counts 1, 2, 3 … as the log stands: then it misses nothing but, perhaps, its end. */
  readonly gapless: boolean;
  /** Two decisions in the reverse of the order in which their operations certainly ran: then the log's order is not the truth. */
  readonly disorder: string | undefined;
  /** Keys (places) with an answered operation that is missing although a later one is there. */
  readonly holes: ReadonlySet<number>;
  /** By log place: the operation that it names, made under a hold and without contradiction; `NONE` for a misfit. */
  readonly operation: Int32Array;
  /** By log place: 1 if its operation had been decided before. */
  readonly again: Uint8Array;
  /** By operation: the log place of the first decision that names it, misfit or not; `NONE`. */
  readonly byOperation: Int32Array;
  readonly #tables: RunTables;
  readonly #operations: Operations;
  readonly #holds: HoldTable;
  /** Holds by log place. */
  readonly #hold: Int32Array;
  /** Rows by log place, where that is not the same. */
  readonly #rows: Int32Array | undefined;
  readonly #accepted: Int32Array;
  readonly #firstAccepted: Int32Array;

  /** O(n) for a log in order, O(n log n) otherwise. */
  constructor(tables: RunTables, operations: Operations, holds: HoldTable) {
    const { length, malformed, seq } = tables.decisions;
    [this.#tables, this.#operations, this.#holds] = [tables, operations, holds];
    let gapless = malformed === 0;
    for (let at = 0; gapless && at < length; at++) gapless = seq[at] === at + 1;
    this.gapless = gapless;
    this.#rows = gapless ? undefined : rowsInOrder(tables);
    this.count = this.#rows?.length ?? length;
    this.operation = new Int32Array(this.count).fill(NONE);
    this.#hold = new Int32Array(this.count).fill(NONE);
    this.again = new Uint8Array(this.count);
    this.byOperation = new Int32Array(operations.count).fill(NONE);
    const acceptedFor = new Int32Array(this.count).fill(NONE);
    const { op, accepted, key } = tables.decisions;
    for (let place = 0; place < this.count; place++) {
      const row = this.row(place);
      const named = operations.placeOf(op[row] as number);
      if (accepted[row] === 1) acceptedFor[place] = key[row] as number;
      if (named === NONE) continue;
      if (this.byOperation[named] !== NONE) this.again[place] = 1;
      else this.byOperation[named] = place;
      const hold = holds.holdOf[named] as number;
      if (hold === NONE || this.#contradiction(place, named) !== undefined) continue;
      this.operation[place] = named;
      this.#hold[place] = hold;
    }
    [this.#firstAccepted, this.#accepted] = gather(acceptedFor, tables.history.keys.length);
    this.disorder = this.#findDisorder();
    this.holes = this.#findHoles();
  }

  /** Row in the table of decisions. */
  row(place: number): number {
    return this.#rows === undefined ? place : (this.#rows[place] as number);
  }

  seq(place: number): number {
    return this.#tables.decisions.seq[this.row(place)] as number;
  }

  isWrite(place: number): boolean {
    return this.#tables.decisions.f[this.row(place)] === F.write;
  }

  isAccepted(place: number): boolean {
    return this.#tables.decisions.accepted[this.row(place)] === 1;
  }

  /** Place in the history's `keys`. */
  key(place: number): number {
    return this.#tables.decisions.key[this.row(place)] as number;
  }

  /** Token code. */
  token(place: number): number {
    return this.#tables.decisions.token[this.row(place)] as number;
  }

  /** The hold under which its operation was invoked; `NONE` for a misfit. */
  hold(place: number): number {
    return this.#hold[place] as number;
  }

  /** Accepted decisions for the key (a place in the history's `keys`), in order. */
  accepted(key: number): Int32Array {
    return this.#accepted.subarray(this.#firstAccepted[key], this.#firstAccepted[key + 1]);
  }

  /** Whether the client certainly carried the read or write out: it was answered, or the storage was asked. */
  wasCarriedOut(operation: number): boolean {
    if (this.#operations.wasAnswered(operation)) return true;
    // A decision on what failed without an answer fits nothing.
    const decided = this.byOperation[operation] as number;
    return decided !== NONE && this.operation[decided] !== NONE;
  }

  /** Why the decision belongs to no section, or undefined. */
  misfit(place: number): string | undefined {
    if (this.operation[place] !== NONE) return undefined;
    const named = this.#operations.placeOf(this.#tables.decisions.op[this.row(place)] as number);
    if (named === NONE) return 'names an operation that the history does not have';
    return this.#contradiction(place, named) ?? 'was made outside any hold';
  }

  /** How a decision contradicts the operation that it names, or undefined. */
  #contradiction(place: number, operation: number): string | undefined {
    const { history, decisions, largeTokens } = this.#tables;
    const row = this.row(place);
    const invoked = this.#operations.invocation[operation] as number;
    const completed = this.#operations.completion[operation] as number;
    const f = decisions.f[row] as number;
    if (history.f[invoked] !== f)
      return `says ${ENTRY_NAMES[f]}, the operation ${ENTRY_NAMES[history.f[invoked] as number]}`;
    if (history.key[invoked] !== decisions.key[row])
      return `says key ${history.keys[decisions.key[row] as number]}, the operation ${history.keys[history.key[invoked] as number] ?? 'none'}`;
    if (history.process[invoked] !== decisions.process[row])
      return `says process ${decisions.process[row]}, the operation ${history.process[invoked]}`;
    const token = this.#otherToken(place, operation);
    if (token !== NONE)
      return `says token ${tokenOf(this.token(place), largeTokens)}, the operation ${tokenOf(token, largeTokens)}`;
    const accepted = this.isAccepted(place);
    const outcome = this.#operations.outcome(operation);
    if (outcome === OK && !accepted) return 'refused what was acknowledged';
    if (outcome === FAIL && (accepted || !this.#operations.wasAnswered(operation)))
      return `${accepted ? 'accepted' : 'refused'} what failed with ${this.#operations.error(operation) ?? 'no code'}`;
    if (!accepted) return undefined;
    // What a read returned that was not answered, the storage alone knows.
    const told = f === F.write ? invoked : outcome === OK ? completed : NONE;
    return told === NONE || sameCell(history, told, decisions, row)
      ? undefined
      : 'has another value than the operation';
  }

  /** The first of the tokens that the history has for the operation which differs from that of the decision, or `NONE`. */
  #otherToken(place: number, operation: number): number {
    const { token } = this.#tables.history;
    const said = this.token(place);
    const hold = this.#holds.holdOf[operation] as number;
    const held = this.#holds.token[hold] ?? NONE;
    if (held !== NONE && held !== said) return held;
    const sent = token[this.#operations.invocation[operation] as number] as number;
    if (sent !== NONE && sent !== said) return sent;
    // What a read answers as token may be the storage's own, that of the last write.
    const answered = this.isWrite(place) ? (token[this.#operations.completion[operation] as number] ?? NONE) : NONE;
    return answered !== NONE && answered !== said ? answered : NONE;
  }

  /**
   * An operation takes effect between its invocation and its completion, so one that was over cannot be decided after one yet to
   * come. A second decision on an operation says nothing about the order: it may have come at any time.
   */
  #findDisorder(): string | undefined {
    let latest = NONE;
    let latestInvoked = -1;
    for (let place = 0; place < this.count; place++) {
      const operation = this.operation[place] as number;
      if (operation === NONE || this.again[place] === 1) continue;
      const invoked = this.#operations.invocation[operation] as number;
      const completed = this.#operations.completion[operation] as number;
      if (completed !== NONE && completed < latestInvoked && this.#operations.outcome(operation) !== INFO)
        return `decision ${this.seq(place)} comes after ${this.seq(latest)}, but its operation was over before the other's began`;
      if (invoked <= latestInvoked) continue;
      latest = place;
      latestInvoked = invoked;
    }
    return undefined;
  }

  /** What is missing at the end may have been decided after the log was collected. */
  #findHoles(): Set<number> {
    let last = -1;
    for (const operation of this.operation) {
      if (operation !== NONE) last = Math.max(last, this.#operations.invocation[operation] as number);
    }
    const holes = new Set<number>();
    for (let operation = 0; operation < this.#operations.count; operation++) {
      if (this.byOperation[operation] !== NONE || !this.#operations.wasAnswered(operation)) continue;
      if ((this.#operations.completion[operation] as number) >= last) continue;
      const f = this.#operations.f(operation);
      if (f === F.read || f === F.write) holes.add(this.#operations.key(operation));
    }
    return holes;
  }
}

/** A second decision with the number of an earlier one has no place in the order and is left out. */
function rowsInOrder({ decisions: { length, seq } }: RunTables): Int32Array {
  const rows = sortByKey(placesBelow(length), seq);
  return rows.filter((row, at) => at === 0 || seq[row] !== seq[rows[at - 1] as number]);
}

/**
 * The operations of a history by their places (harness/history/pairing.ts): what each was and what became of it. All times are in
 * ns since the run began, on the controller's clock; all rows are rows of the history, and the row of an invocation is the
 * index by which reports name its operation.
 */
import type { PairedHistory } from '../harness/history/pairing.js';
import { type HistoryTable, INFO, NONE, OK } from '../harness/history/tables.js';

export class Operations {
  readonly count: number;
  /** Rows of the invocations, ascending. */
  readonly invocation: Int32Array;
  /** Rows of the completions; `NONE` where it is missing. */
  readonly completion: Int32Array;
  readonly #history: HistoryTable;
  readonly #outcome: Int8Array;
  readonly #operationAt: Int32Array;
  readonly #fenced: number;

  constructor(history: HistoryTable, { count, invocation, completion, outcome, operationAt }: PairedHistory) {
    this.count = count;
    this.invocation = invocation;
    this.completion = completion;
    this.#history = history;
    this.#outcome = outcome;
    this.#operationAt = operationAt;
    const fenced = history.errors.indexOf('fenced');
    // Not `NONE`, which stands for "no error".
    this.#fenced = fenced === -1 ? Number.NaN : fenced;
  }

  /** The operation whose invocation has that index; `NONE` if there is none. */
  placeOf(index: number): number {
    return this.#operationAt[index] ?? NONE;
  }

  /** Place in `ENTRY_NAMES`. */
  f(operation: number): number {
    return this.#history.f[this.invocation[operation] as number] as number;
  }

  process(operation: number): number {
    return this.#history.process[this.invocation[operation] as number] as number;
  }

  lane(operation: number): number {
    return this.#history.lane[this.invocation[operation] as number] as number;
  }

  /** Place in the history's `keys`, or `NONE`. */
  key(operation: number): number {
    return this.#history.key[this.invocation[operation] as number] as number;
  }

  invokedAt(operation: number): number {
    return this.#history.time[this.invocation[operation] as number] as number;
  }

  /** When its completion was read, whatever it says; undefined where it is missing. */
  completedAt(operation: number): number | undefined {
    return this.#history.time[this.completion[operation] as number];
  }

  /** When the operation was certainly over for its client, as far as the history tells. */
  endedAt(operation: number): number {
    return this.completedAt(operation) ?? this.invokedAt(operation);
  }

  /** `OK`, `FAIL` or `INFO`, or `NONE` where the completion is missing. */
  outcome(operation: number): number {
    return this.#outcome[operation] ?? NONE;
  }

  succeeded(operation: number): boolean {
    return this.outcome(operation) === OK;
  }

  /** Nobody knows whether it took effect. */
  isIndeterminate(operation: number): boolean {
    const outcome = this.outcome(operation);
    return outcome === INFO || outcome === NONE;
  }

  /** Code that it was completed with, if any. */
  error(operation: number): string | undefined {
    return this.#history.errors[this.#history.error[this.completion[operation] as number] as number];
  }

  /** Whether the storage has spoken: it did or refused what it was asked. */
  wasAnswered(operation: number): boolean {
    const outcome = this.#outcome[operation];
    if (outcome === NONE) return false;
    return outcome === OK || this.#history.error[this.completion[operation] as number] === this.#fenced;
  }
}

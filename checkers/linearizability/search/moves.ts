/**
 * What may come next in a configuration: the heart of the search.
 *
 * Events are returns. A configuration at event e waits for operation e, which must be done before anything else returns, and
 * knows which open operations are `done` and which are `used`. Used ones have been applied to the state. Done without being used
 * is an operation that could have been slipped in unnoticed at some instant since its call: one that left the state as it was (a
 * read of what was there, a CAS that failed, a write of the same value, an append to a string that nobody reads), or a write or
 * append just before a write that overwrote it. It may return, and until then it may still be applied for real, which then is its
 * only place. So an update that is done must not be made to return before that has been tried, if a write can still come first.
 *
 * Moves:
 * - *pass*: operation e is done, and leaves; those that are called before the next return come in;
 * - *finish*: operation e is applied, and leaves likewise;
 * - *prepare*: another operation is applied first, because of something that its state makes possible. If e is done already,
 *   this is only worth while if e is then applied (`mustFinish`): else the other one can wait until it is needed. A write of the
 *   value that is there changes no state and still is a move if it covers something: what it covers is done before e, which
 *   cannot be had later if e is a CAS or an append, after which the value is another one.
 */
import { clear, has, mark } from './masks.js';
import type { Problem } from './problem.js';
import { ANY_OTHER, BLIND, IMPOSSIBLE, QUERY, TOTAL } from './automaton.js';

/** The operation of a move: a definite one by its number, a crashed one of class k as -2 - k, none as this. */
export const NOTHING = -1;
export const crashedMove = (k: number): number => -2 - k;
/** Negative if the move is none of a crashed operation. */
export const crashedClassOf = (move: number): number => -2 - move;

/** Takes the configuration that a move led to; false if there is no room for it. */
export type Emit = (event: number, mustFinish: boolean, move: number, configuration: Int32Array) => boolean;

export class Moves {
  private readonly from: Int32Array;
  private readonly work: Int32Array;
  private readonly seen: Int32Array;
  private readonly seenUndone: Int32Array;
  private round = 0;
  /** By state: the round in which something wanted it. Filled in when first asked for. */
  private readonly wanted: Int32Array | undefined;
  private wantedRound = 0;
  private wantsAny = false;
  private readonly hasWrites: boolean;
  /** Places in a configuration: the state is at 0. */
  private readonly used: number;
  private readonly counts: number;
  /** By class of crashed operations: the supplies that it draws on. */
  private readonly drawsOn: readonly (readonly number[])[];
  /** Class of the next read that is called after event e, or -1: what is hopeless for it is a dead end. */
  private readonly nextQuery: Int32Array | undefined;

  constructor(private readonly problem: Problem) {
    const { words, automaton } = problem;
    const size = 1 + 2 * words + problem.supplies.length;
    this.used = 1 + words;
    this.counts = 1 + 2 * words;
    this.from = new Int32Array(size);
    this.work = new Int32Array(size);
    this.drawsOn = problem.crashed.map((_, k) =>
      problem.supplies.flatMap(({ classes }, n) => (classes.includes(k) ? [n] : [])),
    );
    this.hasWrites = automaton.kind.includes(BLIND);
    this.seen = new Int32Array(automaton.classes);
    this.seenUndone = new Int32Array(automaton.classes);
    if (automaton.wants !== undefined) this.wanted = new Int32Array(automaton.wants.states);
    if (automaton.hopeless !== undefined) this.nextQuery = nextQueries(problem);
  }

  /** The configuration before the first return. */
  start(emit: Emit): boolean {
    const { work, problem } = this;
    work.fill(0);
    const { automaton, ret } = problem;
    work[0] = automaton.observed?.(automaton.initial, ret[0] as number) ?? automaton.initial;
    if (!this.comeIn(0)) return true;
    return emit(0, false, NOTHING, work);
  }

  /**
   * Configurations at an event of which one at least can do whatever any order of what came before has led to: in each state once, all
   * that is open is done without being used, and no crashed operation is used.
   */
  startAt(event: number, emit: Emit): boolean {
    const { work, problem } = this;
    const { automaton, open, openStart, slot, call, ret } = problem;
    if (event === 0) return this.start(emit);
    for (let state = 0; state < (automaton.wants?.states ?? 0); state++) {
      work.fill(0);
      work[0] = automaton.observed?.(state, ret[event] as number) ?? state;
      for (let n = openStart[event] as number; n < (openStart[event + 1] as number); n++) {
        const operation = open[n] as number;
        if ((call[operation] as number) < (ret[event - 1] as number)) mark(work, 1, slot[operation] as number);
      }
      if (this.comeIn(event) && !emit(event, false, NOTHING, work)) return false;
    }
    return true;
  }

  /** Emits whatever can come next, the most promising first. False if there was no room. */
  expand(event: number, mustFinish: boolean, configuration: (into: Int32Array) => void, emit: Emit): boolean {
    const { problem, from, work } = this;
    const { classOf, automaton, slot } = problem;
    configuration(from);
    const operation = classOf[event] as number;
    const kind = automaton.kind[operation] as number;
    const isDone = has(from, 1, slot[event] as number);
    const isUsed = has(from, this.used, slot[event] as number);
    const mayFinish = !isUsed && (isDone ? this.mayBeNoticed(operation) : kind !== QUERY);
    const after = mayFinish ? this.step(from[0] as number, operation, event) : IMPOSSIBLE;
    // A write of the value that is there changes nothing, but others can be overwritten by it: better than to pass.
    const rewrites = mayFinish && kind === BLIND && after === from[0];

    if (isDone && !mustFinish && !rewrites) {
      work.set(from);
      if (this.leave(event) && !emit(event + 1, false, NOTHING, work)) return false;
    }
    if (mayFinish && after !== IMPOSSIBLE && (rewrites || after !== from[0])) {
      work.set(from);
      if (this.apply(event, after, operation, event) && this.leave(event)) {
        if (!emit(event + 1, false, event, work)) return false;
      }
    }
    return (isDone && !mayFinish) || this.prepare(event, isDone || mustFinish, emit);
  }

  /** Applies other operations than the one that is waited for, where that is of use. */
  private prepare(event: number, mustFinish: boolean, emit: Emit): boolean {
    const { problem, from, work, seen, seenUndone, used } = this;
    const { automaton, classOf, slot, open, openStart, crashed } = problem;
    const state = from[0] as number;
    const round = ++this.round;
    const end = openStart[event + 1] as number;
    for (let n = openStart[event] as number; n < end; n++) {
      const other = open[n] as number;
      const operation = classOf[other] as number;
      const kind = automaton.kind[operation] as number;
      if (kind === QUERY || has(from, used, slot[other] as number)) continue;
      // Of operations that do the same, the first to return goes first; or the first that is not done, if that one is.
      const isDone = has(from, 1, slot[other] as number);
      const isFirst = seen[operation] !== round;
      if (!isFirst && (isDone || seenUndone[operation] === round)) continue;
      seen[operation] = round;
      if (!isDone) seenUndone[operation] = round;
      if (other === event) continue;
      const after = this.step(state, operation, event);
      if (after === IMPOSSIBLE || (after === state && !(kind === BLIND && this.covers(event)))) continue;
      if (kind === BLIND && !this.isUseful(after, event)) continue;
      work.set(from);
      if (this.apply(other, after, operation, event) && !this.settled(event, mustFinish, other, emit)) return false;
    }
    for (let k = 0; k < crashed.length; k++) {
      const { operation } = crashed[k] as (typeof crashed)[number];
      // Nobody misses a definite one that is used instead.
      if (seen[operation] === round) continue;
      if (!this.isSupplied(k, event)) continue;
      const after = this.step(state, operation, event);
      const changes = after !== state || (automaton.kind[operation] === BLIND && this.covers(event));
      if (after === IMPOSSIBLE || !changes || !this.isUseful(after, event)) continue;
      work.set(from);
      for (const n of this.drawsOn[k] as readonly number[])
        work[this.counts + n] = (work[this.counts + n] as number) + 1;
      if (this.apply(NOTHING, after, operation, event) && !this.settled(event, mustFinish, crashedMove(k), emit))
        return false;
    }
    return true;
  }

  /** Emits what an operation that was applied before the one that is waited for has led to. */
  private settled(event: number, mustFinish: boolean, move: number, emit: Emit): boolean {
    const { problem, work } = this;
    const isDone = has(work, 1, problem.slot[event] as number);
    if (!isDone || mustFinish) return emit(event, mustFinish, move, work);
    const operation = problem.classOf[event] as number;
    const unnoticed = this.step(work[0] as number, operation, event) === work[0];
    // Overwritten just now: it is applied later, or the other one is.
    if (!unnoticed) return emit(event, true, move, work);
    // Slipped in just now: it may return, or a write may still come before it, after which it is noticed.
    if (this.mayBeNoticed(operation)) return emit(event, false, move, work);
    return !this.leave(event) || emit(event + 1, false, move, work);
  }

  /**
   * Whether an operation that left the state as it was could change it if it came later. What is in a set, or is not the beginning
   * of any list, stays so; a string can be overwritten by a write, after which an append shows again.
   */
  private mayBeNoticed(operation: number): boolean {
    const kind = this.problem.automaton.kind[operation] as number;
    return kind === TOTAL ? this.hasWrites : kind !== QUERY;
  }

  /** Whether there is anything that a write would cover, but for the operation that is waited for: that one can go first. */
  private covers(event: number): boolean {
    const { problem, from } = this;
    const { automaton, classOf, slot, open, openStart } = problem;
    const end = openStart[event + 1] as number;
    for (let n = openStart[event] as number; n < end; n++) {
      const other = open[n] as number;
      const kind = automaton.kind[classOf[other] as number] as number;
      if (other !== event && (kind === BLIND || kind === TOTAL) && !has(from, 1, slot[other] as number)) return true;
    }
    return false;
  }

  /** Whether the state suits an open read that is not done, or makes an update possible that is not always possible. */
  private isUseful(state: number, event: number): boolean {
    if (this.wanted === undefined) return this.someone(event, (operation) => this.changes(state, operation, event));
    if (this.wantedRound !== this.round) this.collectWanted(event);
    return this.wantsAny || this.wanted[state] === this.round;
  }

  private collectWanted(event: number): void {
    const { wants } = this.problem.automaton;
    this.wantedRound = this.round;
    // A read of any other value that is not done says that the state is that one value, which every move changes.
    this.wantsAny = this.someone(event, (operation) => {
      const state = wants?.of(operation) ?? ANY_OTHER;
      if (state !== ANY_OTHER && this.wanted !== undefined) this.wanted[state] = this.round;
      return state === ANY_OTHER;
    });
  }

  private changes(state: number, operation: number, event: number): boolean {
    const after = this.step(state, operation, event);
    return after !== IMPOSSIBLE && (this.problem.automaton.kind[operation] === QUERY || after !== state);
  }

  /** Whether it holds for some operation that something could be done for: an open query, or an update other than a write. */
  private someone(event: number, holds: (operation: number) => boolean): boolean {
    const { problem, from, used } = this;
    const { automaton, classOf, slot, open, openStart, crashed } = problem;
    const end = openStart[event + 1] as number;
    for (let n = openStart[event] as number; n < end; n++) {
      const other = open[n] as number;
      const operation = classOf[other] as number;
      const kind = automaton.kind[operation] as number;
      if (kind === BLIND || has(from, kind === QUERY ? 1 : used, slot[other] as number)) continue;
      if (holds(operation)) return true;
    }
    for (let k = 0; k < crashed.length; k++) {
      const { operation } = crashed[k] as (typeof crashed)[number];
      if (automaton.kind[operation] !== BLIND && this.isSupplied(k, event) && holds(operation)) return true;
    }
    return false;
  }

  /** Whether a crashed operation of the class is left at the event. */
  private isSupplied(k: number, event: number): boolean {
    const { crashed, supplies, ret } = this.problem;
    const now = ret[event] as number;
    if ((crashed[k]?.calls[0] as number) > now) return false;
    for (const n of this.drawsOn[k] as readonly number[]) {
      const next = supplies[n]?.calls[this.from[this.counts + n] as number];
      if (next === undefined || next > now) return false;
    }
    return true;
  }

  private step(state: number, operation: number, event: number): number {
    const { automaton, ret } = this.problem;
    const after = automaton.step(state, operation);
    if (after === IMPOSSIBLE || automaton.observed === undefined) return after;
    return automaton.observed(after, ret[event] as number);
  }

  /** The operation (`NOTHING` for a crashed one) is applied to `work`; false if that is a dead end. */
  private apply(other: number, after: number, operation: number, event: number): boolean {
    const { problem, work, used } = this;
    const { automaton, classOf, slot, open, openStart } = problem;
    if (other !== NOTHING) {
      mark(work, 1, slot[other] as number);
      mark(work, used, slot[other] as number);
    }
    work[0] = after;
    const overwrites = automaton.kind[operation] === BLIND;
    const end = openStart[event + 1] as number;
    for (let n = openStart[event] as number; n < end; n++) {
      const o = open[n] as number;
      if (has(work, 1, slot[o] as number)) continue;
      const kind = automaton.kind[classOf[o] as number] as number;
      if (overwrites && (kind === BLIND || kind === TOTAL)) mark(work, 1, slot[o] as number);
      else if (!this.notice(o, event)) return false;
    }
    return true;
  }

  /** Marks the operation as done if it leaves the state as it is; false if it is hopeless. */
  private notice(o: number, event: number): boolean {
    const { problem, work } = this;
    const { automaton, classOf, slot } = problem;
    const state = work[0] as number;
    const operation = classOf[o] as number;
    if (this.step(state, operation, event) === state) mark(work, 1, slot[o] as number);
    else if (automaton.hopeless?.(state, operation) === true) return false;
    return true;
  }

  /** The operation that is waited for returns, and those that are called until the next return come in; false at a dead end. */
  private leave(event: number): boolean {
    const { problem, work, used } = this;
    const { slot, automaton, ret, count } = problem;
    clear(work, 1, slot[event] as number);
    clear(work, used, slot[event] as number);
    if (event + 1 === count) return true;
    const state = work[0] as number;
    const seen = automaton.observed?.(state, ret[event + 1] as number) ?? state;
    work[0] = seen;
    return this.comeIn(event + 1, seen !== state);
  }

  private comeIn(event: number, all = false): boolean {
    const { problem, work, nextQuery } = this;
    const { slot, open, openStart, arrivals, arrivalStart, automaton } = problem;
    const list = all ? open : arrivals;
    const start = all ? openStart : arrivalStart;
    const end = start[event + 1] as number;
    for (let n = start[event] as number; n < end; n++) {
      const o = list[n] as number;
      if (!has(work, 1, slot[o] as number) && !this.notice(o, event)) return false;
    }
    const query = nextQuery?.[event] ?? -1;
    return query === -1 || automaton.hopeless?.(work[0] as number, query) !== true;
  }
}

function nextQueries({ count, arrivals, arrivalStart, classOf, automaton }: Problem): Int32Array {
  const next = new Int32Array(count).fill(-1);
  let query = -1;
  for (let event = count - 1; event >= 0; event--) {
    next[event] = query;
    for (let n = (arrivalStart[event + 1] as number) - 1; n >= (arrivalStart[event] as number); n--) {
      const operation = classOf[arrivals[n] as number] as number;
      if (automaton.kind[operation] === QUERY) query = operation;
    }
  }
  return next;
}

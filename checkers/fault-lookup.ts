/**
 * Faults by the process that they hit and by time: which one was in force on it? A fault lies on a process by name, on the
 * process by which a named one goes on (harness/history/fault-reach.ts), or on everybody.
 */
import { beginOf, type Fault } from '../harness/history/pairing.js';

export interface FaultQuery {
  /** Injected at this time at the latest, in ns since the run began. */
  injectedBy: number;
  /** Not healed before this time. */
  since: number;
}

export interface FaultLookup {
  /** The latest injected of the faults that name the process. O(log faults + faults in force at once). */
  named(process: number, query: FaultQuery): Fault | undefined;
  /** The latest injected of the faults that hinder everybody; the same cost. */
  general(query: FaultQuery): Fault | undefined;
}

/** O(faults log faults, and the processes that they name). */
export function lookUpFaults(faults: readonly Fault[], slots: number): FaultLookup {
  const slotOf = (process: number): number => (slots > 0 ? process % slots : process);
  const bySlot = new Map<number, Timeline>();
  const forAll = new Timeline();
  for (const fault of [...faults].sort((a, b) => beginOf(a) - beginOf(b))) {
    const { processes } = fault.inject.value;
    if (processes === 'all') {
      forAll.add(fault, 0);
      continue;
    }
    for (const process of new Set(processes)) {
      const slot = slotOf(process);
      let timeline = bySlot.get(slot);
      if (timeline === undefined) bySlot.set(slot, (timeline = new Timeline()));
      timeline.add(fault, process);
    }
  }
  return {
    named: (process, query) => bySlot.get(slotOf(process))?.latest(query, process),
    general: (query) => forAll.latest(query, 0),
  };
}

/** The latest fault on a process: one that names it explains more than one that hinders everybody. */
export function faultOn(lookup: FaultLookup, process: number, query: FaultQuery): Fault | undefined {
  return lookup.named(process, query) ?? lookup.general(query);
}

/**
 * Faults by injection. Each knows the last one before it that ended later, so that a search backwards from any moment skips
 * everything that was over: it only visits faults that were in force at once.
 */
class Timeline {
  readonly #faults: Fault[] = [];
  readonly #named: number[] = [];
  readonly #outlastedBy: number[] = [];

  add(fault: Fault, process: number): void {
    let before = this.#faults.length - 1;
    while (before >= 0 && this.#endOf(before) <= endOf(fault)) before = this.#outlastedBy[before] as number;
    this.#faults.push(fault);
    this.#named.push(process);
    this.#outlastedBy.push(before);
  }

  latest({ injectedBy, since }: FaultQuery, process: number): Fault | undefined {
    let at = this.#countBy(injectedBy) - 1;
    while (at >= 0) {
      if (this.#endOf(at) < since) at = this.#outlastedBy[at] as number;
      // A later number of the slot: the process had been retired by then.
      else if ((this.#named[at] as number) > process) at--;
      else return this.#faults[at];
    }
    return undefined;
  }

  #endOf(at: number): number {
    return endOf(this.#faults[at] as Fault);
  }

  /** How many were injected by `time`. */
  #countBy(time: number): number {
    let [low, high] = [0, this.#faults.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (beginOf(this.#faults[middle] as Fault) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function endOf({ heal }: Fault): number {
  return heal?.time ?? Number.POSITIVE_INFINITY;
}

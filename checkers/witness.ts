/** Turns the operations that prove a violation into the form that reporters read, and finds the fault that explains it. */
import type { Operation } from '../harness/history/operation.js';
import type { Fault } from '../harness/history/pairing.js';
import { compareTokens } from '../harness/history/token.js';
import type { Evidence } from './evidence.js';
import type { Hold } from './holds.js';
import type { Violation, WitnessSection } from './verdict.js';

/** A section's part in a proof: its hold and the operations that the proof names, in order, at least one. */
export interface Part {
  hold: Hold;
  operations: readonly [Operation, ...Operation[]];
}

type Told = Pick<Violation, 'first' | 'second' | 'fault' | 'from' | 'to'>;

/** `first` is the part of the older hold, whichever way round they are given; the fault is one of its process. */
export function tell(evidence: Evidence, one: Part, other?: Part): Told {
  const [first, second] = other !== undefined && isOlder(other.hold, one.hold) ? [other, one] : [one, other];
  const fault = coveringFault(evidence, first);
  const parts = second === undefined ? [first] : [first, second];
  const starts = parts.map(({ hold }) => hold.acquire.completion.time);
  const ends = parts.flatMap(({ operations }) => operations.map(endOf));
  return {
    first: sectionOf(first),
    ...(second === undefined ? {} : { second: sectionOf(second) }),
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    from: Math.min(...starts, ...(fault === undefined ? [] : [fault.inject.time])),
    to: Math.max(...ends),
  };
}

/** Tokens tell the order in which holds were granted; without them the answers to the acquires stand in. */
function isOlder(a: Hold, b: Hold): boolean {
  const order = a.token !== undefined && b.token !== undefined ? compareTokens(a.token, b.token) : 0;
  return order !== 0 ? order < 0 : a.acquire.completion.index < b.acquire.completion.index;
}

function sectionOf({ hold, operations }: Part): WitnessSection {
  return {
    process: hold.process,
    token: hold.token ?? '',
    acquire: hold.acquire.invocation.index,
    operations: operations.map(({ invocation }) => invocation.index),
  };
}

/**
 * The fault of the section's process that was in force for the longest between its acquire and its late operation. From the
 * acquire's invocation on, because a process that is stopped while it queues may be granted the lock and lose it unawares.
 */
function coveringFault({ faultsOn }: Evidence, { hold, operations }: Part): Fault | undefined {
  const from = hold.acquire.invocation.time;
  const to = Math.max(...operations.map(endOf));
  let longest = 0;
  let covering: Fault | undefined;
  for (const fault of faultsOn.get(hold.process) ?? []) {
    const cover = Math.min(to, fault.heal?.time ?? Number.POSITIVE_INFINITY) - Math.max(from, fault.inject.time);
    if (cover <= longest) continue;
    longest = cover;
    covering = fault;
  }
  return covering;
}

/** When the operation was certainly over for its client, as far as the history tells. */
function endOf({ invocation, completion }: Operation): number {
  return completion?.time ?? invocation.time;
}

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

/**
 * `late` is the part that came too late, so that a fault of its process explains the violation best; where there is none, one
 * of the other's process does. In the witness the older hold comes first, whichever of them was late.
 */
export function tell(evidence: Evidence, late: Part, other?: Part): Told {
  const parts = other === undefined ? [late] : [late, other];
  const [first, second] = other === undefined ? [late] : olderFirst(late, other);
  const fault = coveringFault(evidence, late) ?? (other === undefined ? undefined : coveringFault(evidence, other));
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

/** The older one of two parts, and the other. */
export function olderFirst(a: Part, b: Part): [Part, Part] {
  return holdOrder(a.hold, b.hold) <= 0 ? [a, b] : [b, a];
}

/** Tokens tell the order in which holds were granted; without them the answers to the acquires stand in. */
function holdOrder(a: Hold, b: Hold): number {
  const order = a.token !== undefined && b.token !== undefined ? compareTokens(a.token, b.token) : 0;
  return order !== 0 ? order : a.acquire.completion.index - b.acquire.completion.index;
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
 * The fault that explains why a section was late: one in force at some time from the invocation of its acquire (a process that
 * is stopped while it queues may be granted the lock and lose it unawares) to its late operation. Of several, one that names
 * the process before one that hinders everybody; of these the latest that was injected before the late operation was sent,
 * and if there is none, while it was under way.
 */
function coveringFault({ faultsOn }: Evidence, { hold, operations }: Part): Fault | undefined {
  const since = hold.acquire.invocation.time;
  const sent = { injectedBy: Math.max(...operations.map(({ invocation }) => invocation.time)), since };
  const over = { injectedBy: Math.max(...operations.map(endOf)), since };
  return (
    faultsOn.named(hold.process, sent) ??
    faultsOn.named(hold.process, over) ??
    faultsOn.general(sent) ??
    faultsOn.general(over)
  );
}

/** When the operation was certainly over for its client, as far as the history tells. */
function endOf({ invocation, completion }: Operation): number {
  return completion?.time ?? invocation.time;
}

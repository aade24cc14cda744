/** Turns the operations that prove a violation into the form that reporters read, and finds the fault that explains it. */
import type { Operation } from '../harness/history/operation.js';
import { beginOf, type Fault } from '../harness/history/pairing.js';
import { compareTokens } from '../harness/history/token.js';
import type { Evidence } from './evidence.js';
import type { FaultQuery } from './fault-lookup.js';
import type { Hold } from './holds.js';
import type { Violation, WitnessSection } from './verdict.js';

/** A section's part in a proof: its hold and the operations that the proof names, in order, at least one. */
export interface Part {
  hold: Hold;
  operations: readonly [Operation, ...Operation[]];
}

type Told = Pick<Violation, 'first' | 'second' | 'fault' | 'from' | 'to'>;

/**
 * `late` is the part that came too late, so that a fault of its process explains the violation best. In the witness the older
 * hold comes first, whichever of them was late.
 */
export function tell(evidence: Evidence, late: Part, other?: Part): Told {
  const parts = other === undefined ? [late] : [late, other];
  const [first, second] = other === undefined ? [late] : olderFirst(late, other);
  const fault = coveringFault(evidence, parts);
  const starts = parts.map(({ hold }) => hold.acquire.completion.time);
  const ends = parts.flatMap(({ operations }) => operations.map(endOf));
  return {
    first: sectionOf(first),
    ...(second === undefined ? {} : { second: sectionOf(second) }),
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    from: Math.min(...starts, ...(fault === undefined ? [] : [beginOf(fault)])),
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
 * The fault that explains it, `late` first among the parts. One that names a process before one that hinders everybody, as that
 * is in force on all sections alike; and one on the late process before one on the other.
 */
function coveringFault({ faultsOn, ttlNs }: Evidence, parts: readonly Part[]): Fault | undefined {
  const search = (find: (process: number, query: FaultQuery) => Fault | undefined): Fault | undefined => {
    for (const part of parts) {
      for (const query of queriesOf(part, ttlNs)) {
        const fault = find(part.hold.process, query);
        if (fault !== undefined) return fault;
      }
    }
    return undefined;
  };
  return search(faultsOn.named) ?? search((_process, query) => faultsOn.general(query));
}

/**
 * In force at some time between the grant and the late operation, or less than a TTL before the grant was answered while the
 * process queued: one that is stopped then may be granted the lock and lose it unawares, but what was over for longer has no
 * part in the end of its lease. The latest that was injected before the late operation was sent; if there is none, while it
 * was under way.
 */
function queriesOf({ hold, operations }: Part, ttlNs: number): FaultQuery[] {
  const { invocation: asked, completion: granted } = hold.acquire;
  const since = Math.max(asked.time, granted.time - ttlNs);
  const sent = Math.max(...operations.map(({ invocation }) => invocation.time));
  return [sent, Math.max(...operations.map(endOf))].map((injectedBy) => ({ injectedBy, since }));
}

/** When the operation was certainly over for its client, as far as the history tells. */
function endOf({ invocation, completion }: Operation): number {
  return completion?.time ?? invocation.time;
}

/** Turns the operations that prove a violation into the form that reporters read, and finds the fault that explains it. */
import { beginOf, type Fault } from '../harness/history/pairing.js';
import { type Evidence, tokenOfHold } from './evidence.js';
import type { FaultQuery } from './fault-lookup.js';
import { precedesByToken } from './token-order.js';
import type { Violation, WitnessSection } from './verdict.js';

/** A section's part in a proof: its hold and the operations that the proof names, in order, at least one. All are places. */
export interface Part {
  hold: number;
  operations: readonly [number, ...number[]];
}

type Told = Pick<Violation, 'first' | 'second' | 'fault' | 'from' | 'to'>;

/**
 * `late` is the part that came too late, so that a fault of its process explains the violation best. In the witness the older
 * hold comes first, whichever of them was late.
 */
export function tell(evidence: Evidence, late: Part, other?: Part): Told {
  const { holds, operations: all } = evidence;
  const parts = other === undefined ? [late] : [late, other];
  const [first, second] = other === undefined ? [late] : olderFirst(evidence, late, other);
  const fault = coveringFault(evidence, parts);
  const starts = parts.map(({ hold }) => holds.grantedAt(hold));
  const ends = parts.flatMap(({ operations }) => operations.map((operation) => all.endedAt(operation)));
  return {
    first: sectionOf(evidence, first),
    ...(second === undefined ? {} : { second: sectionOf(evidence, second) }),
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    from: Math.min(...starts, ...(fault === undefined ? [] : [beginOf(fault)])),
    to: Math.max(...ends),
  };
}

/** The older one of two parts, and the other. */
export function olderFirst(evidence: Evidence, a: Part, b: Part): [Part, Part] {
  return holdOrder(evidence, a.hold, b.hold) <= 0 ? [a, b] : [b, a];
}

/** Tokens tell the order of holds where they have one; elsewhere the answers to the acquires stand in. */
function holdOrder(evidence: Evidence, a: number, b: number): number {
  if (precedesByToken(evidence, a, b)) return -1;
  if (precedesByToken(evidence, b, a)) return 1;
  return evidence.holds.grantedRow(a) - evidence.holds.grantedRow(b);
}

export function sectionOf(evidence: Evidence, { hold, operations }: Part): WitnessSection {
  return {
    process: evidence.holds.process[hold] as number,
    token: tokenOfHold(evidence, hold) ?? '',
    acquire: evidence.holds.askedRow(hold),
    operations: operations.map((operation) => evidence.operations.invocation[operation] as number),
  };
}

/**
 * The fault that explains it, `late` first among the parts. One that names a process before one that hinders everybody, as that
 * is in force on all sections alike; and one on the late process before one on the other.
 */
function coveringFault(evidence: Evidence, parts: readonly Part[]): Fault | undefined {
  const { faultsOn, holds } = evidence;
  const search = (find: (process: number, query: FaultQuery) => Fault | undefined): Fault | undefined => {
    for (const part of parts) {
      for (const query of queriesOf(evidence, part)) {
        const fault = find(holds.process[part.hold] as number, query);
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
function queriesOf({ holds, operations: all, ttlNs }: Evidence, { hold, operations }: Part): FaultQuery[] {
  const since = Math.max(holds.askedAt(hold), holds.grantedAt(hold) - ttlNs);
  const sent = Math.max(...operations.map((operation) => all.invokedAt(operation)));
  const ended = Math.max(...operations.map((operation) => all.endedAt(operation)));
  return [sent, ended].map((injectedBy) => ({ injectedBy, since }));
}

/** What faults did, by their kind: violations that they explain, how soon, and how long clients believed in locks that were gone. */
import type { Evidence } from '../../checkers/evidence.js';
import { faultOn } from '../../checkers/fault-lookup.js';
import type { Violation } from '../../checkers/verdict.js';
import { beginOf, type Fault } from '../history/pairing.js';
import { NONE } from '../history/tables.js';
import { quantile } from './page-build/buckets.js';
import { beliefEnd, SAME_NS } from './page-build/hold-columns.js';
import type { RecordIndex } from './record-index.js';
import type { VerdictJson } from './verdict-schema.js';

/** In ns, over `count` of them. */
export interface Spread {
  count: number;
  min: number;
  median: number;
  p99: number;
  max: number;
}

export interface FaultFigures {
  kind: string;
  injected: number;
  proven: number;
  healed: number;
  /** Of the listed violations those that such a fault explains. */
  violations: number;
  /** From injections to the first stale write that each explains; missing where there was none. */
  firstStale: Spread | undefined;
  /** How long clients went on believing when etcd had ended their hold under such a fault; missing where none did. */
  gap: Spread | undefined;
}

/** A row for each of `kinds`. O(holds log faults). */
export function faultFigures(
  evidence: Evidence,
  index: RecordIndex,
  violations: readonly Violation[],
  kinds: VerdictJson['faults']['kinds'],
): FaultFigures[] {
  const gaps = gapsByKind(evidence, index);
  const explained = violations.flatMap((violation) => {
    const fault = index.fault(violation.fault);
    return fault === undefined ? [] : [{ violation, fault }];
  });
  return kinds.map(({ kind, injected, proven, healed }) => {
    const own = explained.filter(({ fault }) => fault.inject.value.kind === kind);
    return {
      ...{ kind, injected, proven, healed },
      violations: own.length,
      firstStale: spread(firstStaleWrites(own, index)),
      gap: spread(gaps.get(kind) ?? []),
    };
  });
}

function firstStaleWrites(explained: readonly { violation: Violation; fault: Fault }[], index: RecordIndex): number[] {
  const first = new Map<Fault, number>();
  for (const { violation, fault } of explained) {
    if (violation.kind !== 'stale-write') continue;
    const late = index.operation(index.decision(violation.decisions.at(-1) ?? NONE)?.op ?? NONE);
    const landed = late?.completion?.time ?? late?.invocation.time;
    if (landed === undefined) continue;
    const after = Math.max(0, landed - beginOf(fault));
    first.set(fault, Math.min(after, first.get(fault) ?? after));
  }
  return [...first.values()];
}

function gapsByKind(evidence: Evidence, index: RecordIndex): Map<string, number[]> {
  const { holds, faults, faultsOn } = evidence;
  const gaps = new Map<string, number[]>();
  if (faults.length === 0) return gaps;
  for (let hold = 0; hold < holds.count; hold++) {
    const token = holds.token[hold] as number;
    const believed = beliefEnd(evidence, hold);
    if (token === NONE || believed === undefined) continue;
    const owned = index.ownedBy(holds.lane[hold] as number, token, holds.grantedAt(hold));
    if (owned?.to === undefined || believed <= owned.to + SAME_NS) continue;
    const fault = faultOn(faultsOn, holds.process[hold] as number, { injectedBy: believed, since: owned.to });
    if (fault === undefined) continue;
    const { kind } = fault.inject.value;
    const known = gaps.get(kind);
    if (known === undefined) gaps.set(kind, [believed - owned.to]);
    else known.push(believed - owned.to);
  }
  return gaps;
}

function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const [min, median, p99, max] = [0, 0.5, 0.99, 1].map((q) => quantile(sorted, q)) as [number, number, number, number];
  return { count: values.length, min, median, p99, max };
}

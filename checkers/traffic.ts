/** How much a run tried: its figures, and whether that was enough to conclude anything. */
import { beginOf } from '../harness/history/pairing.js';
import { F } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { countExpiredUnderFault, forEachHandOver } from './hand-overs.js';

/** Holds in all below which a run says nothing. */
export const MIN_HOLDS = 10;
/** Holds per lane: with fewer the lane's lock never changed hands. */
export const MIN_HOLDS_PER_LANE = 2;
/** Hand-overs under a fault, of a workload that is about nothing else. */
const MIN_TAKEOVERS = 3;

export interface Traffic {
  figures: Record<string, number>;
  /** Holds by lane. */
  lanes: ReadonlyMap<number, number>;
}

const NS_PER_MS = 1e6;
const MS_PER_MINUTE = 60_000;
/** Workloads whose sections only hold the lock: there is no write to be acknowledged. */
const WITHOUT_WRITES: ReadonlySet<string> = new Set(['critical-section', 'hand-over']);

export function measure(evidence: Evidence): Traffic {
  const { holds, events, faults, tables } = evidence;
  let handOvers = 0;
  const underFault: number[] = [];
  forEachHandOver(evidence, (_from, to, fault) => {
    handOvers++;
    if (fault !== undefined) underFault.push((holds.grantedAt(to) - beginOf(fault)) / NS_PER_MS);
  });
  const { spanMs, ...counts } = countOperations(evidence);
  const per = (ms: number, n: number): number => (spanMs > 0 ? (n * ms) / spanMs : 0);
  const lanes = new Map<number, number>();
  for (const lane of holds.lane) lanes.set(lane, (lanes.get(lane) ?? 0) + 1);
  return {
    lanes,
    figures: {
      operations: counts.operations,
      operationsPerSecond: per(1000, counts.operations),
      trafficMs: spanMs,
      holds: holds.count,
      handOvers,
      handOversPerMinute: per(MS_PER_MINUTE, handOvers),
      handOversUnderFault: underFault.length,
      handOversUnderFaultPerMinute: per(MS_PER_MINUTE, underFault.length),
      ...spread('faultToHandOver', underFault),
      leasesExpiredUnderFault: countExpiredUnderFault(evidence),
      injections: faults.length,
      receipts: faults.filter(({ inject, heal }) => inject.value.receipt.proven && heal?.value.receipt.proven === true)
        .length,
      acknowledgedWrites: counts.acknowledgedWrites,
      refusedByFencing: counts.refusedByFencing,
      refusedByClient: counts.refusedByClient,
      indeterminate: counts.indeterminate,
      // A lock library that renews by itself leaves none behind.
      ...(counts.keepAlives === 0 ? {} : { keepAlives: counts.keepAlives }),
      lostEvents: events.reduce((n, row) => (tables.history.f[row] === F.lost ? n + 1 : n), 0),
    },
  };
}

/** Of all figures but their own, keep-alives are left out: they are asked for by the clock, not by what a section does. */
function countOperations({ operations }: Evidence) {
  const counts = { operations: 0, acknowledgedWrites: 0, refusedByFencing: 0, refusedByClient: 0, indeterminate: 0 };
  let keepAlives = 0;
  // From the first operation inside the traffic to the last, as measured: an interrupted run has less than was planned.
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    if (f === F['keep-alive']) {
      keepAlives++;
      continue;
    }
    counts.operations++;
    if (f === F.write && operations.succeeded(operation)) counts.acknowledgedWrites++;
    if (operations.isIndeterminate(operation)) counts.indeterminate++;
    else if (!operations.succeeded(operation)) {
      const error = operations.error(operation);
      if (error === 'fenced') counts.refusedByFencing++;
      else if (error === 'lock-lost') counts.refusedByClient++;
    }
    // Opening and closing sessions frames the traffic.
    if (f === F.open || f === F.close || f === F.stall) continue;
    from = Math.min(from, operations.invokedAt(operation));
    to = Math.max(to, operations.endedAt(operation));
  }
  return { ...counts, keepAlives, spanMs: Math.max(0, to - from) / NS_PER_MS };
}

/** Median and maximum in ms; nothing where there is nothing to measure. */
function spread(name: string, values: readonly number[]): Record<string, number> {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return {};
  const median = sorted[(sorted.length - 1) >> 1] as number;
  return { [`${name}MedianMs`]: median, [`${name}MaxMs`]: sorted.at(-1) as number };
}

export function trafficDoubts({ faults, tables: { settings } }: Evidence, { figures, lanes }: Traffic): string[] {
  const doubts: string[] = [];
  const { holds = 0, acknowledgedWrites, injections, leasesExpiredUnderFault } = figures;
  const short = settings.lanes - [...lanes.values()].filter((n) => n >= MIN_HOLDS_PER_LANE).length;
  if (holds < MIN_HOLDS) doubts.push(`${holds} holds are too few to conclude from, ${MIN_HOLDS} are needed`);
  if (short > 0) doubts.push(`${short} of ${settings.lanes} lanes had fewer than ${MIN_HOLDS_PER_LANE} holds`);
  if (acknowledgedWrites === 0 && !WITHOUT_WRITES.has(settings.workload)) doubts.push('no write was acknowledged');
  if (settings.plannedFaults === 0) return doubts;
  if (injections === 0) return [...doubts, `none of ${settings.plannedFaults} planned faults was injected`];
  const kinds = new Set(faults.map(({ inject }) => inject.value.kind));
  const absent = settings.faultKinds?.filter((kind) => !kinds.has(kind)) ?? [];
  if (absent.length > 0) doubts.push(`kinds of faults were planned and never injected: ${absent.join(', ')}`);
  const { handOversUnderFault = 0 } = figures;
  if (settings.workload === 'hand-over' && handOversUnderFault < MIN_TAKEOVERS)
    doubts.push(
      `${handOversUnderFault} hand-overs under a fault are too few for the workload hand-over, ${MIN_TAKEOVERS} are needed: give more time, or --faults kill`,
    );
  if (leasesExpiredUnderFault === 0 && settings.leaseless !== true) {
    const advice = kinds.has('pause') ? 'give longer faults, or more time' : 'add pause, or longer faults';
    doubts.push(
      `no lease of a holder expired under any of ${injections} faults (${[...kinds].join(', ')}), so the lock was never tried: ${advice}`,
    );
  }
  return doubts;
}

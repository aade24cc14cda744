/** How much a run tried: its figures, and whether that was enough to conclude anything. */
import { beginOf } from '../harness/history/pairing.js';
import { OPERATIONS, type OperationName } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import type { Evidence } from './evidence.js';
import { findExpiredUnderFault, findHandOvers } from './hand-overs.js';

/** Holds in all below which a run says nothing. */
export const MIN_HOLDS = 10;
/** Holds per lane: with fewer the lane's lock never changed hands. */
export const MIN_HOLDS_PER_LANE = 2;

export interface Traffic {
  figures: Record<string, number>;
  /** Holds by lane. */
  lanes: ReadonlyMap<number, number>;
}

const NS_PER_MS = 1e6;
const MS_PER_MINUTE = 60_000;
/** Operations that make up traffic; opening and closing sessions frames it. */
const TRAFFIC: ReadonlySet<OperationName> = new Set(
  OPERATIONS.filter((f) => f !== 'open' && f !== 'close' && f !== 'stall'),
);

export function measure(evidence: Evidence): Traffic {
  const { holds, operations, events, faults } = evidence;
  const count = (test: (operation: (typeof operations)[number]) => boolean): number =>
    operations.reduce((n, o) => (test(o) ? n + 1 : n), 0);
  const handOvers = findHandOvers(evidence);
  const underFault = handOvers.flatMap(({ to, fault }) =>
    fault === undefined ? [] : [(to.acquire.completion.time - beginOf(fault)) / NS_PER_MS],
  );
  const spanMs = trafficSpanMs(evidence);
  const per = (ms: number, n: number): number => (spanMs > 0 ? (n * ms) / spanMs : 0);
  const lanes = new Map<number, number>();
  for (const { lane } of holds) lanes.set(lane, (lanes.get(lane) ?? 0) + 1);
  return {
    lanes,
    figures: {
      operations: operations.length,
      operationsPerSecond: per(1000, operations.length),
      trafficMs: spanMs,
      holds: holds.length,
      handOvers: handOvers.length,
      handOversPerMinute: per(MS_PER_MINUTE, handOvers.length),
      handOversUnderFault: underFault.length,
      handOversUnderFaultPerMinute: per(MS_PER_MINUTE, underFault.length),
      ...spread('faultToHandOver', underFault),
      leasesExpiredUnderFault: findExpiredUnderFault(evidence).length,
      injections: faults.length,
      receipts: faults.filter(({ inject, heal }) => inject.value.receipt.proven && heal?.value.receipt.proven === true)
        .length,
      acknowledgedWrites: count(({ invocation, completion }) => invocation.f === 'write' && completion?.type === 'ok'),
      refusedByFencing: count(({ completion }) => completion?.error === 'fenced'),
      refusedByClient: count(({ completion }) => completion?.error === 'lock-lost'),
      indeterminate: count(({ completion }) => completion === undefined || completion.type === 'info'),
      lostEvents: events.filter(({ f }) => f === 'lost').length,
    },
  };
}

/** From the first operation inside the traffic to the last, as measured: an interrupted run has less than was planned. */
function trafficSpanMs({ operations }: Evidence): number {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { invocation, completion } of operations) {
    if (!TRAFFIC.has(invocation.f)) continue;
    from = Math.min(from, invocation.time);
    to = Math.max(to, completion?.time ?? invocation.time);
  }
  return Math.max(0, to - from) / NS_PER_MS;
}

/** Median and maximum in ms; nothing where there is nothing to measure. */
function spread(name: string, values: readonly number[]): Record<string, number> {
  const sorted = Float64Array.from(values).sort();
  const max = sorted.at(-1);
  const median = sorted[(sorted.length - 1) >> 1];
  return max === undefined || median === undefined ? {} : { [`${name}MedianMs`]: median, [`${name}MaxMs`]: max };
}

export function trafficDoubts({ settings }: RunRecord, { faults }: Evidence, { figures, lanes }: Traffic): string[] {
  const doubts: string[] = [];
  const { holds = 0, acknowledgedWrites, injections, leasesExpiredUnderFault } = figures;
  const short = settings.lanes - [...lanes.values()].filter((n) => n >= MIN_HOLDS_PER_LANE).length;
  if (holds < MIN_HOLDS) doubts.push(`${holds} holds are too few to conclude from, ${MIN_HOLDS} are needed`);
  if (short > 0) doubts.push(`${short} of ${settings.lanes} lanes had fewer than ${MIN_HOLDS_PER_LANE} holds`);
  if (acknowledgedWrites === 0) doubts.push('no write was acknowledged');
  if (settings.plannedFaults === 0) return doubts;
  if (injections === 0) return [...doubts, `none of ${settings.plannedFaults} planned faults was injected`];
  const kinds = new Set(faults.map(({ inject }) => inject.value.kind));
  const absent = settings.faultKinds?.filter((kind) => !kinds.has(kind)) ?? [];
  if (absent.length > 0) doubts.push(`kinds of faults were planned and never injected: ${absent.join(', ')}`);
  if (leasesExpiredUnderFault === 0) {
    const advice = kinds.has('pause') ? 'give longer faults, or more time' : 'add pause, or longer faults';
    doubts.push(
      `no lease of a holder expired under any of ${injections} faults (${[...kinds].join(', ')}), so the lock was never tried: ${advice}`,
    );
  }
  return doubts;
}

/**
 * How far the clocks of each target were ahead, by the receipts of clock faults: nothing before the injection, what was read after it,
 * what was read before the heal and after. Between them it is a straight line, as a rate makes one; what a strobe does between
 * two readings nobody read.
 */
import { beginOf, type Fault } from '../../history/pairing.js';
import type { Curve } from '../page-data.js';

const CLOCKS = [
  ['wallAheadMs', 'wall clock'],
  ['monotonicAheadMs', 'monotonic clock'],
] as const;

export function clockCurves(faults: readonly Fault[], endNs: number): Curve[] {
  const points = new Map<string, [time: number, ms: number][]>();
  const add = (name: string, ...more: [number, number][]): void => {
    const known = points.get(name) ?? [[0, 0]];
    points.set(name, [...known, ...more]);
  };
  for (const fault of [...faults].sort((a, b) => beginOf(a) - beginOf(b))) {
    const { kind, targets, receipt } = fault.inject.value;
    if (kind !== 'clock' || !receipt.proven) continue;
    const healed = fault.heal?.value.receipt;
    for (const target of targets) {
      const injected = partOf(receipt.evidence, target, targets.length);
      const after = healed?.proven ? partOf(healed.evidence, target, targets.length) : undefined;
      for (const [name, clock] of CLOCKS) {
        const read = numberOf(injected?.[name]);
        if (read === undefined) continue;
        const gained = numberOf(recordOf(after?.['duringFault'])?.[name]) ?? 0;
        const left = numberOf(recordOf(after?.['sinceBefore'])?.[name]) ?? 0;
        const heal = fault.heal?.time ?? endNs;
        add(`${target}: ${clock}`, [beginOf(fault), 0], [fault.inject.time, read], [heal, read + gained]);
        if (fault.heal !== undefined) add(`${target}: ${clock}`, [heal + 1, left]);
      }
    }
  }
  return [...points]
    .filter(([, all]) => all.some(([, ms]) => ms !== 0))
    .map(([name, all]) => {
      const line = [...all, [endNs, all.at(-1)?.[1] ?? 0] as const].sort(([a], [b]) => a - b);
      return {
        chart: 'Clock offset',
        unit: 'ms',
        name,
        x: Float64Array.from(line, ([time]) => time),
        y: Float64Array.from(line, ([, ms]) => ms),
        log: false,
      };
    });
}

/** The evidence of one target: its own entry where there are several, else all. */
function partOf(
  evidence: Record<string, unknown>,
  target: string,
  targets: number,
): Record<string, unknown> | undefined {
  return targets === 1 ? (recordOf(evidence[target]) ?? evidence) : recordOf(evidence[target]);
}

function recordOf(data: unknown): Record<string, unknown> | undefined {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as Record<string, unknown>)
    : undefined;
}

function numberOf(data: unknown): number | undefined {
  return typeof data === 'number' && Number.isFinite(data) ? data : undefined;
}

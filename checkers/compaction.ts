/** How much of etcd's history may have been compacted in a run: what a watch then leaves out is no gap. */
import type { Evidence } from './evidence.js';

/**
 * Below this revision history may have been compacted: 0 where nothing was, infinite where a compaction is not proven, or where one
 * may have been begun that the record does not tell of, because the run broke off before its receipt. A deletion at the very revision
 * that was compacted to is gone, too (etcd server/storage/mvcc/kvstore_compaction.go).
 */
export function compactedBy({ faults, strayHeals, tables: { settings, end } }: Evidence): number {
  const mayBePlanned = settings.plannedFaults > 0 && (settings.faultKinds?.includes('etcd') ?? true);
  if (mayBePlanned && end.kind !== 'completed') return Number.POSITIVE_INFINITY;
  if (strayHeals.some(({ value }) => value.kind === 'etcd')) return Number.POSITIVE_INFINITY;
  let compacted = 0;
  for (const { inject } of faults) {
    const { options, receipt } = inject.value;
    if (options?.['operation'] !== 'compact') continue;
    const revision = receipt.proven ? receipt.evidence['revision'] : undefined;
    compacted = Math.max(compacted, typeof revision === 'number' ? revision + 1 : Number.POSITIVE_INFINITY);
  }
  return compacted;
}

/** Whether the watches may have left out what nobody else tells of: lines that could not be read, or history that was compacted. */
export function mayMissEvents(evidence: Evidence): boolean {
  return evidence.tables.ownership.malformed > 0 || compactedBy(evidence) > 0;
}

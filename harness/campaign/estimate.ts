/** How long a campaign should take. Pure. */
import type { Cell } from './cells.js';

/** What a run takes beside its traffic, in seconds: clients started, recovery, judging. Measured on two cores. */
const AROUND_S = 20;
/** What a cluster of its own adds. */
const CLUSTER_S = 15;

/** Seconds of a run on a cluster that is there already. */
export function secondsOf({ source }: Pick<Cell, 'source'>): number {
  const traffic = source.kind === 'stored' ? source.plan.settings.timeMs / 1000 : source.options.timeSeconds;
  return traffic + AROUND_S;
}

/** How much work a cell is, for the balance of shards. */
export function weightOf(cell: Pick<Cell, 'source' | 'planned'>): number {
  return (secondsOf(cell) + CLUSTER_S / 2) * (cell.planned ?? 1);
}

/** Of all the cells given; null: for as long as there is time. */
export function estimateSeconds(
  cells: readonly Cell[],
  clusterOf: (cell: Cell) => string,
  parallel: number,
): number | null {
  if (cells.some(({ planned }) => planned === null)) return null;
  const runs = cells.reduce((sum, cell) => sum + secondsOf(cell) * (cell.planned ?? 0), 0);
  const rounds = Math.max(0, ...cells.map(({ planned }) => planned ?? 0));
  return (runs + new Set(cells.map(clusterOf)).size * rounds * CLUSTER_S) / parallel;
}

/** `1 h 5 min`, `12 min`, `40 s`. */
export function timeText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

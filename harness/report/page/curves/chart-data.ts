/** Curves as charts take them: one row of times for all curves of a chart. Pure. */
import type { Curve } from '../../page-data.js';

export interface Chart {
  title: string;
  unit: string;
  log: boolean;
  names: string[];
  /** Seconds, rising. */
  x: number[];
  columns: Column[];
}

/** For each time a value; `null`: there is none; `undefined`: the curve says nothing of this time, and its line goes on. */
export type Column = (number | null | undefined)[];

const SECOND = 1e9;

/** One chart for each `chart`, in the order in which they come. */
export function chartsOf(curves: readonly Curve[]): Chart[] {
  const groups = new Map<string, Curve[]>();
  for (const curve of curves) groups.set(curve.chart, [...(groups.get(curve.chart) ?? []), curve]);
  return [...groups].map(([title, members]) => {
    const times = [...new Set(members.flatMap(({ x }) => [...x]))].sort((a, b) => a - b);
    const log = members.some((member) => member.log);
    return {
      title,
      unit: members[0]?.unit.replace(/^1\//, 'per ') ?? '',
      log,
      names: members.map(({ name }) => name),
      x: times.map((ns) => ns / SECOND),
      columns: members.map((member) => columnOf(member, times, log)),
    };
  });
}

/** A logarithmic axis has no place for zero. Of several points at one time the last one counts. */
function columnOf({ x, y }: Curve, times: readonly number[], log: boolean): Column {
  let at = 0;
  return times.map((time) => {
    if (x[at] !== time) return undefined;
    while (x[at + 1] === time) at++;
    const value = y[at++];
    return value === undefined || !Number.isFinite(value) || (log && value <= 0) ? null : value;
  });
}

/** Rows of values with none beside them: no line goes through them, so that only a dot shows them. */
export function lonelyPoints(column: Readonly<Column>): number[] {
  const rows = column.flatMap((value, row) => (value === undefined ? [] : [row]));
  const has = (n: number): boolean => typeof column[rows[n] ?? -1] === 'number';
  return rows.filter((_, n) => has(n) && !has(n - 1) && !has(n + 1));
}

/** Least and greatest of the values whose time lies in the window (seconds); undefined where there is none. */
export function extremes({ x, columns }: Chart, from: number, to: number): [low: number, high: number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns)
    column.forEach((value, row) => {
      const time = x[row] ?? 0;
      if (typeof value !== 'number' || time < from || time > to) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    });
  return low > high ? undefined : [low, high];
}

/** Rows for a table of the window: all of them, or no more than `most` evenly spread. */
export function tableRows({ x }: Chart, from: number, to: number, most: number): number[] {
  const rows = x.flatMap((time, row) => (time >= from && time <= to ? [row] : []));
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, n) => rows[Math.round((n * (rows.length - 1)) / (most - 1))] ?? 0);
}

const UNITS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `1.2k`, `350`, `0.05`: short enough for an axis. */
export function short(value: number): string {
  const size = Math.abs(value);
  const unit = UNITS.find(([least]) => size >= least);
  return unit === undefined
    ? `${Number(value.toPrecision(3))}`
    : `${Number((value / unit[0]).toPrecision(3))}${unit[1]}`;
}

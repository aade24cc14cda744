/** Draws operations as bars over time. A pure function; colours come from the page's style sheet by class. */
import type { Intervals } from './intervals.js';
import { NOTE, ROW_PX } from './intervals.js';
import { escapeHtml } from './markup.js';

/** `title` is what a screen reader says of the picture. */
export function intervalsSvg({ width, rows, bars }: Intervals, title: string): string {
  const height = 12 + rows.length * ROW_PX + 18;
  const yOf = (row: number): number => rows[row]?.y ?? 0;
  return [
    `<svg class="sequence" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="min-width:${Math.round(0.78 * width)}px" aria-label="${escapeHtml(title)}">`,
    ...rows.map(
      ({ process, y }) =>
        `<line class="lane" x1="100" y1="${y}" x2="${width - 6}" y2="${y}"/><text class="lane-name" x="8" y="${y + 4}">process ${process}</text>`,
    ),
    ...bars.map(({ row, from, to, known }) => {
      const right = to ?? width - 6;
      return `<rect class="bar ${known ? 'first' : 'lost'}" x="${from}" y="${yOf(row) - 12}" width="${Math.max(3, right - from)}" height="24"/>`;
    }),
    ...bars.map(
      ({ row, from, text }) => `<text class="label" x="${from + 6}" y="${yOf(row) + 4}">${escapeHtml(text)}</text>`,
    ),
    `<text class="lane-detail" x="8" y="${height - 6}">${NOTE}</text>`,
    '</svg>',
  ].join('\n');
}

/** Draws how often a stop of the lock holder led to a late write, by its length. A pure function; colours come from the style sheet. */
import type { CurvePoint } from './campaign-statistics.js';
import { count } from './format.js';

const LEFT = 52;
const TOP = 30;
const STEP = 78;
const HEIGHT = 210;
const BELOW = 58;

/** `0.5–0.75`, `5 and more`: in TTLs. */
export function binText({ from, to }: Pick<CurvePoint, 'from' | 'to'>): string {
  return to === null ? `${from} and more` : `${from}–${to}`;
}

/** Lengths, a column each; a dot for the share, a line for its interval. Neighbours stand beside each other whatever lies between. */
export function curveSvg(curve: readonly CurvePoint[]): string {
  const width = LEFT + STEP * curve.length + 14;
  const bottom = TOP + HEIGHT;
  const x = (at: number): number => LEFT + STEP * (at + 0.5);
  const y = (share: number): number => Math.round(10 * (bottom - HEIGHT * share)) / 10;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line class="grid" x1="${LEFT}" y1="${y(share)}" x2="${width - 8}" y2="${y(share)}"/><text class="soft-text" x="${LEFT - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  const first = curve.findIndex(({ from }) => from >= 1);
  const ttl = LEFT + STEP * first;
  const points = curve.map((point, at) => {
    const { stops, stale, low, high } = point;
    return [
      `<path class="whisker" d="M${x(at) - 6} ${y(high)}h12m-6 0V${y(low)}m-6 0h12"/>`,
      `<circle class="dot" cx="${x(at)}" cy="${y(stale / stops)}" r="5.5"/>`,
      `<text class="middle" x="${x(at)}" y="${bottom + 18}">${binText(point)}</text>`,
      `<text class="middle soft-text" x="${x(at)}" y="${bottom + 33}">${count(stale)} of ${count(stops)}</text>`,
    ].join('');
  });
  return [
    `<svg class="curve" role="img" viewBox="0 0 ${width} ${bottom + BELOW}" width="${width}" height="${bottom + BELOW}" aria-label="Share of stops after which a late write came, by their length in TTLs; the table below has the numbers">`,
    ...grid,
    ...(first > 0
      ? [
          `<line class="ttl" x1="${ttl}" y1="${TOP - 8}" x2="${ttl}" y2="${bottom}"/><text class="ttl-text middle" x="${ttl}" y="${TOP - 13}">1 TTL</text>`,
        ]
      : []),
    ...points,
    `<text class="soft-text middle" x="${(LEFT + width) / 2}" y="${bottom + 52}">length of the stop, in TTLs</text>`,
    '</svg>',
  ].join('\n');
}

/** Draws what the storage decided: as symbols with their tokens where there is room, as a line of ticks where there is not. */
import { DECISION, type PageData, tokenAt } from '../../page-data.js';
import { visible } from '../../visible.js';
import { type Labels, RANK } from './labels.js';
import { visit } from './level-of-detail.js';
import { type Paint, type Symbol, symbol } from './paint.js';
import { Strip } from './strip.js';
import { countOf, type Track } from './tracks.js';

/** Marks within one pixel, at places a..b of the track. */
interface Spot {
  readonly x: number;
  readonly a: number;
  readonly b: number;
}

const KINDS: readonly [grade: number, kind: Symbol][] = [
  [DECISION.accepted, 'accepted'],
  [DECISION.refused, 'refused'],
  [DECISION.stale, 'stale'],
];

type Across = readonly [top: number, height: number];

/** What went wrong is drawn last, and with a symbol as long as symbols of its kind do not cover each other. */
export function drawMarks(
  paint: Paint,
  data: PageData,
  track: Track,
  row: number,
  across: Across,
  labels: Labels,
  begins: readonly number[],
): void {
  const spots: Spot[] = [];
  visit(track, row, paint.scale, { thing: () => {}, pixel: (x, a, b) => void spots.push({ x, a, b }) });
  for (const [grade, kind] of KINDS) {
    const mine = spots.filter(({ a, b }) => countOf(track, grade, a, b) > 0);
    drawKind(paint, data, track, mine, grade, kind, across, labels, begins);
  }
}

function drawKind(
  paint: Paint,
  data: PageData,
  track: Track,
  spots: readonly Spot[],
  grade: number,
  kind: Symbol,
  [top, height]: Across,
  labels: Labels,
  begins: readonly number[],
): void {
  const { context, theme, scale, drawn } = paint;
  const isQuiet = kind === 'accepted';
  const full = Math.max(4, Math.min(6.5, height / 2 - 1));
  const colour = { accepted: theme.good, refused: theme.refused, stale: theme.wrong }[kind];
  // Where they are many, writes that went well are a thin line at the foot of the band; others stand as high as it.
  const foot = new Strip(paint);
  const perPixel = scale.width / (scale.window.to - scale.window.from);
  const xOfSpot = ({ x, a, b }: Spot): number =>
    b - a === 1 ? scale.left + (track.start[a]! - scale.window.from) * perPixel : x + 0.5;
  let before = -Infinity;
  spots.forEach((spot, n) => {
    const { a, b } = spot;
    drawn.marks += 1;
    if (kind === 'stale') drawn.stale += countOf(track, grade, a, b);
    const x = xOfSpot(spot);
    const next = spots[n + 1];
    const room = Math.min(x - before, (next === undefined ? Infinity : xOfSpot(next)) - x);
    const hasSymbol = isQuiet ? room > 10 : x - before > full * 1.6;
    if (!hasSymbol) {
      foot.add(spot.x, colour, 1);
      if (isQuiet) before = x;
      return;
    }
    const size = isQuiet ? Math.min(full * 0.9, room / 4) : full;
    symbol(context, theme, kind, x, top + height / 2, size);
    labels.block(x - size * 1.4 - 1, x + size * 1.4 + 1);
    before = x;
    if (b - a > 1 || (isQuiet && room < 36)) return;
    const token = visible(tokenAt(data.strings, data.operations, track.ids[a]!) ?? '');
    const f = visible(data.functions[data.operations.f[track.ids[a]!]!] ?? '');
    const long = { accepted: '', refused: `refused, token ${token}`, stale: `stale ${f}, token ${token}` }[kind];
    const short = kind === 'stale' ? 'stale' : '';
    labels.want({
      ...{
        texts: [token && long, short, token],
        from: x + size * 1.4,
        to: Math.min(x + (isQuiet ? room : 240), begins.find((begin) => begin > x) ?? Infinity),
      },
      style: { size: 11, colour, halo: theme.ground, bold: true },
      rank: isQuiet ? RANK.mark : RANK.wrong,
    });
  });
  if (isQuiet) foot.draw(top + height - 3, 3);
  else foot.draw(top, height);
}

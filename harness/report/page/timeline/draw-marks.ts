/** Draws what the storage decided: as symbols with their tokens where there is room, as ticks where there is not. */
import { DECISION, type PageData, tokenAt } from '../../page-data.js';
import { visit } from './level-of-detail.js';
import { fitting, type Paint, type Symbol, symbol, write } from './paint.js';
import { countOf, type Track } from './tracks.js';

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

/** What went wrong is drawn last and with a symbol as long as symbols of its kind do not cover each other. */
export function drawMarks(paint: Paint, data: PageData, track: Track, row: number, y: number, height: number): void {
  const spots: Spot[] = [];
  visit(track, row, paint.scale, { thing: () => {}, pixel: (x, a, b) => void spots.push({ x, a, b }) });
  const full = Math.max(3.5, Math.min(6.5, height / 2 - 1));
  for (const [grade, kind] of KINDS) {
    const mine = spots.filter(({ a, b }) => countOf(track, grade, a, b) > 0);
    drawKind(paint, data, track, mine, { grade, kind, full, y, height });
  }
}

interface How {
  readonly grade: number;
  readonly kind: Symbol;
  readonly full: number;
  readonly y: number;
  readonly height: number;
}

function drawKind(paint: Paint, data: PageData, track: Track, spots: readonly Spot[], how: How): void {
  const { context, theme, scale, drawn } = paint;
  const { grade, kind, full, y, height } = how;
  const colour = { accepted: theme.good, refused: theme.refused, stale: theme.wrong }[kind];
  const perPixel = scale.width / (scale.window.to - scale.window.from);
  let [before, labelled] = [-Infinity, -Infinity];
  spots.forEach(({ x, a, b }, n) => {
    drawn.marks += 1;
    if (kind === 'stale') drawn.stale += countOf(track, grade, a, b);
    const exact = b - a === 1 ? scale.left + (track.start[a]! - scale.window.from) * perPixel : x + 0.5;
    const next = spots[n + 1]?.x ?? Infinity;
    const room = Math.min(exact - before, next - exact);
    const isLoud = kind !== 'accepted' && exact - before > full * 1.6;
    if (room < 4 && !isLoud) {
      context.fillStyle = colour;
      context.fillRect(x, y - height / 2 + 1, 1, height - 2);
      return;
    }
    const size = isLoud || room >= full * 2.2 ? full : Math.max(2, room / 2.4);
    symbol(context, theme, kind, exact, y, size);
    before = exact;
    if (b - a > 1) return;
    const token = tokenAt(data.strings, data.operations, track.ids[a]!) ?? '';
    const texts =
      kind === 'stale'
        ? [`stale write, token ${token}`, 'stale', token]
        : kind === 'refused'
          ? [`refused, token ${token}`, token]
          : [token];
    const style = { size: 11, colour, halo: theme.ground, bold: true };
    const free = next - exact - full * 2 - 8;
    if (token === '' || free < 18 || exact < labelled) return;
    const text = fitting(context, texts, Math.min(free, kind === 'accepted' ? 60 : 200), style);
    if (text === undefined) return;
    write(context, text, exact + full * 1.4 + 4, y, style);
    labelled = exact + full * 2 + text.length * 6;
  });
}

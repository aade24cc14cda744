/** Draws the row of one client: requests, the hold as it believed it, the hold as etcd had it, the gap between, its writes. */
import { type FaultBand, type PageData, tokenAt } from '../../page-data.js';
import { visible } from '../../visible.js';
import { faultNames } from './draw-faults.js';
import { drawMarks } from './draw-marks.js';
import { Labels, RANK } from './labels.js';
import { visit } from './level-of-detail.js';
import { box, type Paint } from './paint.js';
import { bandsOf, type Band, type Row } from './rows.js';
import { nsPerPixel, xOf } from './scale.js';
import { Strip, THIN } from './strip.js';
import { countOf, type Track } from './tracks.js';
import { FAILED, gapOf, type RunTracks, UNSURE } from './tracks-of-run.js';
import { duration } from './units.js';

export function drawClient(
  paint: Paint,
  data: PageData,
  tracks: RunTracks,
  faults: readonly FaultBand[],
  { place, height }: Row,
  y: number,
): void {
  const bands = bandsOf(height);
  const at = ({ top, height: tall }: Band): Across => [y + top, tall];
  const middle = ({ top, height: tall }: Band): number => y + top + tall / 2;
  const above = new Labels(paint, y + 1 + bands.belief.top / 2);
  const within = new Labels(paint, middle(bands.belief));
  drawWaits(paint, tracks.waits, place, at(bands.belief), within);
  const begins = drawBeliefs(paint, data, tracks.beliefs, place, at(bands.belief), within);
  drawOwned(paint, tracks.owned, place, at(bands.etcd));
  drawGaps(paint, tracks.gaps, place, [y + bands.belief.top, height - bands.belief.top - 1], within);
  drawRequests(paint, data, tracks.requests, place, at(bands.requests), above);
  drawMarks(paint, data, tracks.marks, place, at(bands.belief), within, begins);
  faultNames(paint, faults, above, height >= 30 ? 11 : 10);
  within.draw();
  above.draw();
}

type Across = readonly [top: number, height: number];

function share(track: Track, a: number, b: number, paint: Paint): number {
  return (track.busy[b]! - track.busy[a]!) / nsPerPixel(paint.scale);
}

/** Waiting is a thin bar with a dashed edge, so that a row full of it stays quiet. */
function drawWaits(paint: Paint, track: Track, row: number, [top, height]: Across, labels: Labels): void {
  const { context, theme, drawn } = paint;
  const thin = Math.max(3, Math.round(height * 0.3));
  const y = Math.round(top + (height - thin) / 2);
  const strip = new Strip(paint);
  const wide: [number, number][] = [];
  visit(track, row, paint.scale, {
    thing(_place, x0, x1) {
      drawn.things += 1;
      if (x1 - x0 < THIN) strip.span(x0, x1, theme.otherFill);
      else wide.push([x0, x1]);
    },
    pixel(x, a, b) {
      drawn.columns += 1;
      strip.add(x, theme.otherFill, share(track, a, b, paint));
    },
  });
  strip.draw(y, thin);
  context.fillStyle = theme.otherFill;
  for (const [x0, x1] of wide) context.fillRect(x0, y, x1 - x0, thin);
  context.strokeStyle = theme.soft;
  context.lineWidth = 1;
  context.globalAlpha = 0.7;
  context.setLineDash([2, 3]);
  context.beginPath();
  for (const [x0, x1] of wide) if (x1 - x0 > 6) context.rect(x0 + 0.5, y + 0.5, x1 - x0 - 1, thin - 1);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  const style = { size: 10, colour: theme.soft };
  const texts = ['waiting for the lock', 'waiting'];
  const chip = theme.ground;
  for (const [x0, x1] of wide) {
    if (x1 - x0 > 70) labels.want({ texts, from: x0 + 12, to: x1 - 4, style, chip, rank: RANK.wait });
  }
}

/** Answers where the wide ones begin: no text of a mark reaches into the next hold. */
function drawBeliefs(
  paint: Paint,
  data: PageData,
  track: Track,
  row: number,
  across: Across,
  labels: Labels,
): readonly number[] {
  const { context, theme, drawn, scale } = paint;
  const [top, height] = across;
  const strip = new Strip(paint);
  const style = { size: Math.min(12, height - 1), colour: theme.one, bold: true };
  const begins: number[] = [];
  visit(track, row, scale, {
    thing(place, x0, x1) {
      drawn.things += 1;
      if (x1 - x0 < THIN) return strip.span(x0, x1, theme.one);
      box(context, [x0, x1], across, theme.oneFill, theme.one);
      if (x1 - x0 < 24) return;
      begins.push(x0);
      const id = track.ids[place]!;
      const token = visible(tokenAt(data.strings, data.holds, id) ?? '');
      const texts =
        token === '' ? ['holds the lock', 'holds'] : [`holds the lock, token ${token}`, `token ${token}`, token];
      const to = gapOf(data, id) > 0 ? Math.min(x1, xOf(scale, data.holds.etcdTo[id]!)) : x1;
      labels.want({ texts, from: x0 + 2, to: to - 2, style, rank: RANK.hold });
    },
    pixel(x, a, b) {
      drawn.columns += 1;
      strip.add(x, theme.one, share(track, a, b, paint));
    },
  });
  strip.draw(top, height);
  return begins;
}

function drawOwned(paint: Paint, track: Track, row: number, [top, height]: Across): void {
  const { context, theme, drawn } = paint;
  const strip = new Strip(paint);
  visit(track, row, paint.scale, {
    thing(_place, x0, x1) {
      drawn.things += 1;
      if (x1 - x0 < THIN) return strip.span(x0, x1, theme.two);
      context.fillStyle = theme.two;
      context.fillRect(x0, top, x1 - x0, height);
    },
    pixel(x, a, b) {
      drawn.columns += 1;
      strip.add(x, theme.two, share(track, a, b, paint));
    },
  });
  strip.draw(top, height);
}

/** A gap is never thinner than two pixels: it is what the eye looks for. */
function drawGaps(paint: Paint, track: Track, row: number, [y, height]: Across, labels: Labels): void {
  const { context, theme, drawn, scale } = paint;
  const draw = (from: number, x1: number): void => {
    const x0 = Math.max(from, scale.left - 4);
    context.fillStyle = theme.wrongFill;
    context.fillRect(x0, y, x1 - x0, height);
    if (x1 - x0 >= 4) box(context, [x0, x1], [y, height], theme.gapHatch, theme.wrong);
    else {
      context.fillStyle = theme.wrong;
      context.fillRect(x0, y, Math.max(2, x1 - x0), height);
    }
  };
  const style = { size: Math.min(12, height - 4), colour: theme.wrong, bold: true };
  const perPixel = nsPerPixel(scale);
  visit(track, row, scale, {
    thing(place, x0, x1) {
      drawn.gaps += 1;
      draw(x0, x1);
      labels.block(x0 - 1, x0);
      const gap = duration(track.end[place]! - track.start[place]!);
      const texts = [`still believed, ended in etcd: ${gap}`, `ended in etcd: ${gap}`, `gap ${gap}`, gap];
      labels.want({ texts, from: x0 + 3, to: x1 - 3, style, chip: theme.wrongFill, rank: RANK.gap, isCentred: true });
    },
    pixel(x, a, b) {
      drawn.gaps += b - a;
      draw(x, x + Math.max(2, (track.end[b - 1]! - track.start[b - 1]!) / perPixel));
    },
  });
}

/** Each request from its invocation to its answer; what failed is hollow, what nobody knows is in the colour of doubt. */
function drawRequests(paint: Paint, data: PageData, track: Track, row: number, across: Across, labels: Labels): void {
  const { context, theme, drawn } = paint;
  const [top, height] = across;
  const { operations, functions } = data;
  const strip = new Strip(paint);
  const size = Math.min(11, height + 2);
  visit(track, row, paint.scale, {
    thing(place, x0, x1) {
      drawn.things += 1;
      const isUnsure = countOf(track, UNSURE, place, place + 1) > 0;
      const hasFailed = countOf(track, FAILED, place, place + 1) > 0;
      const [fill, edge] = isUnsure
        ? [theme.faultFill, theme.fault]
        : [hasFailed ? theme.ground : theme.otherFill, theme.soft];
      if (x1 - x0 < THIN) return strip.span(x0, x1, edge);
      box(context, [x0, x1], across, fill, edge);
      if (x1 - x0 < 20 || size < 9) return;
      const f = visible(functions[operations.f[track.ids[place]!]!] ?? '');
      const texts = [isUnsure ? `${f}: unknown` : hasFailed ? `${f}: failed` : f, f];
      const style = { size, colour: isUnsure ? theme.fault : theme.ink };
      labels.want({ texts, from: x0 - 1, to: x1, style, rank: RANK.request });
    },
    pixel(x, a, b) {
      drawn.columns += 1;
      const colour = countOf(track, UNSURE, a, b) > 0 ? theme.fault : theme.soft;
      strip.add(x, colour, share(track, a, b, paint) * 0.8);
    },
  });
  strip.draw(top, height);
}

/** Draws the row of one client: requests, the hold as it believed it, the hold as etcd had it, the gap between, its writes. */
import { type PageData, tokenAt } from '../../page-data.js';
import { visit } from './level-of-detail.js';
import { drawMarks } from './draw-marks.js';
import { box, Columns, fitting, type Paint, write } from './paint.js';
import { bandsOf, type Band, type Row } from './rows.js';
import { nsPerPixel } from './scale.js';
import { countOf, type Track } from './tracks.js';
import { FAILED, type RunTracks, UNSURE } from './tracks-of-run.js';
import { duration } from './units.js';

export function drawClient(paint: Paint, data: PageData, tracks: RunTracks, row: Row, y: number): void {
  const bands = bandsOf(row.height);
  const at = (band: Band): readonly [number, number] => [y + band.top, band.height];
  drawWaits(paint, tracks.waits, row.place, at(bands.belief));
  drawBeliefs(paint, data, tracks.beliefs, row.place, at(bands.belief));
  drawOwned(paint, tracks.owned, row.place, at(bands.etcd));
  drawGaps(paint, tracks.gaps, row.place, y + bands.belief.top, bands);
  drawRequests(paint, data, tracks.requests, row.place, at(bands.requests));
  drawMarks(paint, data, tracks.marks, row.place, y + bands.belief.top + bands.belief.height / 2, bands.belief.height);
}

type Across = readonly [top: number, height: number];

function share(track: Track, a: number, b: number, paint: Paint): number {
  return (track.busy[b]! - track.busy[a]!) / nsPerPixel(paint.scale);
}

/** Waiting is a thin bar with a dashed edge, so that a row full of it stays quiet. */
function drawWaits(paint: Paint, track: Track, row: number, [top, height]: Across): void {
  const { context, theme, drawn } = paint;
  const thin = Math.max(3, Math.round(height * 0.32));
  const y = Math.round(top + (height - thin) / 2);
  const columns = new Columns(paint, y, thin);
  const wide: [number, number][] = [];
  visit(track, row, paint.scale, {
    thing(_place, x0, x1) {
      drawn.things += 1;
      wide.push([x0, x1]);
    },
    pixel: (x, a, b) => columns.add(x, theme.otherFill, share(track, a, b, paint)),
  });
  columns.flush();
  context.fillStyle = theme.otherFill;
  for (const [x0, x1] of wide) context.fillRect(x0, y, x1 - x0, thin);
  context.strokeStyle = theme.soft;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  for (const [x0, x1] of wide) if (x1 - x0 > 6) context.rect(x0 + 0.5, y + 0.5, x1 - x0 - 1, thin - 1);
  context.stroke();
  context.setLineDash([]);
  const style = { size: 10, colour: theme.soft, halo: theme.ground };
  for (const [x0, x1] of wide) {
    const text = fitting(context, ['waiting for the lock', 'waiting'], x1 - x0 - 24, style);
    if (text !== undefined) write(context, text, Math.max(x0, paint.scale.left) + 10, y + thin / 2, style);
  }
}

function drawBeliefs(paint: Paint, data: PageData, track: Track, row: number, across: Across): void {
  const { context, theme, drawn, scale } = paint;
  const [top, height] = across;
  const columns = new Columns(paint, top, height);
  const style = { size: Math.min(12, height - 1), colour: theme.one, bold: true };
  visit(track, row, scale, {
    thing(place, x0, x1) {
      columns.flush();
      drawn.things += 1;
      box(context, [x0, x1], across, theme.oneFill, theme.one);
      if (x1 - x0 < 40) return;
      const token = tokenAt(data.strings, data.holds, track.ids[place]!) ?? '';
      const left = Math.max(x0, scale.left);
      const texts = [token && `holds the lock, token ${token}`, token && `token ${token}`, token, 'holds'];
      const text = fitting(context, texts, Math.min(x1, scale.left + scale.width) - left - 14, style);
      if (text !== undefined) write(context, text, left + 6, top + height / 2, style);
    },
    pixel: (x, a, b) => columns.add(x, theme.one, share(track, a, b, paint)),
  });
  columns.flush();
}

function drawOwned(paint: Paint, track: Track, row: number, [top, height]: Across): void {
  const { context, theme, drawn } = paint;
  const columns = new Columns(paint, top, height);
  visit(track, row, paint.scale, {
    thing(_place, x0, x1) {
      columns.flush();
      drawn.things += 1;
      context.fillStyle = theme.two;
      context.fillRect(x0, top, x1 - x0, height);
    },
    pixel: (x, a, b) => columns.add(x, theme.two, share(track, a, b, paint)),
  });
  columns.flush();
}

/** A gap is never thinner than two pixels: it is what the eye looks for. */
function drawGaps(
  paint: Paint,
  track: Track,
  row: number,
  y: number,
  { belief, etcd }: ReturnType<typeof bandsOf>,
): void {
  const { context, theme, drawn, scale } = paint;
  const height = etcd.top + etcd.height - belief.top;
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
  const style = { size: Math.min(12, height - 3), colour: theme.wrong, halo: theme.wrongFill, bold: true };
  const perPixel = nsPerPixel(scale);
  visit(track, row, scale, {
    thing(place, x0, x1) {
      drawn.gaps += 1;
      draw(x0, x1);
      const gap = duration(track.end[place]! - track.start[place]!);
      const texts = [`believed, ended in etcd: ${gap}`, `ended in etcd: ${gap}`, gap];
      const left = Math.max(x0, scale.left);
      const right = Math.min(x1, scale.left + scale.width);
      const text = fitting(context, texts, right - left - 12, style);
      if (text !== undefined) write(context, text, (left + right) / 2, y + height / 2, { ...style, align: 'center' });
    },
    pixel(x, a, b) {
      drawn.gaps += b - a;
      draw(x, x + Math.max(2, (track.end[b - 1]! - track.start[b - 1]!) / perPixel));
    },
  });
}

/** Each request from its invocation to its answer; what failed is hollow, what nobody knows is in the colour of doubt. */
function drawRequests(paint: Paint, data: PageData, track: Track, row: number, across: Across): void {
  const { context, theme, drawn, scale } = paint;
  const [top, height] = across;
  const { operations, functions } = data;
  const columns = new Columns(paint, top, height);
  const style = { size: Math.min(11, height + 1), colour: theme.ink };
  visit(track, row, scale, {
    thing(place, x0, x1) {
      columns.flush();
      drawn.things += 1;
      const isUnsure = countOf(track, UNSURE, place, place + 1) > 0;
      const hasFailed = countOf(track, FAILED, place, place + 1) > 0;
      const edge = isUnsure ? theme.fault : theme.soft;
      box(context, [x0, x1], across, isUnsure ? theme.faultFill : hasFailed ? theme.ground : theme.otherFill, edge);
      if (x1 - x0 < 20 || height < 7) return;
      const f = functions[operations.f[track.ids[place]!]!] ?? '';
      const left = Math.max(x0, scale.left);
      const word = isUnsure ? `${f}: unknown` : hasFailed ? `${f}: failed` : f;
      const text = fitting(context, [word, f], Math.min(x1, scale.left + scale.width) - left - 6, style);
      if (text !== undefined)
        write(context, text, left + 3, top + height / 2, { ...style, colour: isUnsure ? theme.fault : theme.ink });
    },
    pixel(x, a, b) {
      const colour = countOf(track, UNSURE, a, b) > 0 ? theme.fault : theme.soft;
      columns.add(x, colour, share(track, a, b, paint) * 0.8);
    },
  });
  columns.flush();
}

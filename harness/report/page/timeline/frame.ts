/** One frame of the timeline: every row that is in sight, what stands above them, what is selected and pointed at. */
import type { FaultBand, PageData } from '../../page-data.js';
import type { Selected } from '../state.js';
import { visible } from '../../visible.js';
import { describe } from './describe.js';
import { AXIS, drawAxis, drawGrid, drawViolations, HEAD } from './draw-axis.js';
import { drawClient } from './draw-client.js';
import { drawFaults, drawNode } from './draw-faults.js';
import { cutTo, type Drawn, type Paint, write } from './paint.js';
import { bandsOf, type Row, type Rows, TITLE } from './rows.js';
import { type Scale, xOf } from './scale.js';
import type { ViolationOrder } from './steps.js';
import type { Strips } from './strip.js';
import type { Theme } from './theme.js';
import type { RunTracks } from './tracks-of-run.js';

/** What a frame shows besides the run itself. */
export interface View {
  readonly rows: Rows;
  readonly scale: Scale;
  /** The canvas in CSS pixels, and how far the rows are scrolled. */
  readonly width: number;
  readonly height: number;
  readonly scrolled: number;
  /** Whether the names of groups stand above their rows. */
  readonly hasTitles: boolean;
  readonly selected: Selected | undefined;
  readonly hovered: Selected | undefined;
  /** The row that the keyboard is on; undefined while the timeline has no focus. */
  readonly current: number | undefined;
}

export interface Run {
  readonly data: PageData;
  readonly tracks: RunTracks;
  readonly violations: ViolationOrder;
  readonly strips: Strips;
  /** The faults of every row of clients and of nodes. */
  readonly faults: { readonly client: readonly FaultBand[][]; readonly node: readonly FaultBand[][] };
}

export function faultsByRow({ clients, nodes, faults }: PageData): Run['faults'] {
  const found = { client: clients.map(() => [] as FaultBand[]), node: nodes.map(() => [] as FaultBand[]) };
  for (const band of faults) {
    for (const place of band.clients) found.client[place]?.push(band);
    for (const place of band.nodes) found.node[place]?.push(band);
  }
  return found;
}

export function drawFrame(context: CanvasRenderingContext2D, theme: Theme, run: Run, view: View): Drawn {
  const { rows, scale, width, height, scrolled } = view;
  const drawn: Drawn = { things: 0, columns: 0, marks: 0, stale: 0, gaps: 0, faults: 0 };
  run.strips.begin(scale.width);
  const paint: Paint = { context, theme, scale, drawn, strips: run.strips };
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, width, height);
  const inSight = rows.list.flatMap((row, n) => {
    const y = HEAD + row.top - scrolled;
    return y + row.height > HEAD && y - TITLE < height ? [{ row, n, y }] : [];
  });
  for (const seen of inSight) shade(context, theme, seen, view);
  drawGrid(paint, height - HEAD);
  context.save();
  context.beginPath();
  context.rect(scale.left, HEAD, scale.width, height - HEAD);
  context.clip();
  tintViolation(paint, run, view, inSight);
  for (const { row, y } of inSight) {
    const faults = run.faults[row.kind][row.place] ?? [];
    drawFaults(paint, faults, y + 1, row.height - 2);
    if (row.kind === 'client') drawClient(paint, run.data, run.tracks, faults, row, y);
    else drawNode(paint, run.data, faults, row, y);
  }
  drawEdges(paint, run, view);
  outline(paint, run, view.hovered, inSight, 1.5);
  outline(paint, run, view.selected, inSight, 2.5);
  context.restore();
  drawNames(context, theme, view, inSight);
  drawAxis(paint, width);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, HEAD - AXIS);
  context.clip();
  drawViolations(paint, run.data, run.violations, view.selected?.list === 'violations' ? view.selected.row : undefined);
  context.restore();
  return drawn;
}

interface Seen {
  readonly row: Row;
  readonly n: number;
  readonly y: number;
}

function shade(context: CanvasRenderingContext2D, theme: Theme, { row, n, y }: Seen, { width, hasTitles }: View): void {
  if (n % 2 === 0) {
    context.fillStyle = theme.panel;
    context.fillRect(0, y, width, row.height);
  }
  if (row.group === undefined || n === 0) return;
  context.fillStyle = theme.soft;
  context.globalAlpha = 0.5;
  context.fillRect(0, y - (hasTitles ? TITLE - 1 : 4), width, 1);
  context.globalAlpha = 1;
}

function drawNames(context: CanvasRenderingContext2D, theme: Theme, view: View, inSight: readonly Seen[]): void {
  const { scale, current, hasTitles } = view;
  for (const { row, n, y } of inSight) {
    const middle = y + row.height / 2;
    if (n === current) {
      context.strokeStyle = theme.one;
      context.lineWidth = 2;
      context.strokeRect(1, y + 1, view.width - 2, row.height - 2);
    }
    const name = { size: 12, colour: theme.ink, align: 'right' } as const;
    const group = { size: 12, colour: theme.soft, bold: true };
    const half = scale.left / 2;
    const room = hasTitles ? scale.left - 16 : half;
    write(context, cutTo(context, visible(row.title), room, name), scale.left - 10, middle, name);
    if (row.group === undefined) continue;
    if (hasTitles) write(context, cutTo(context, visible(row.group), view.width - 16, group), 8, y - TITLE / 2, group);
    else write(context, cutTo(context, visible(row.group), half - 14, group), 8, middle, group);
  }
}

/** The rows of the clients of the selected violation, while it lasts. */
function tintViolation(
  { context, theme, scale }: Paint,
  { data }: Run,
  { selected }: View,
  inSight: readonly Seen[],
): void {
  const violation = selected?.list === 'violations' ? data.violations[selected.row] : undefined;
  if (violation === undefined) return;
  const [x0, x1] = [xOf(scale, violation.from), xOf(scale, violation.to)];
  context.fillStyle = theme.wrongFill;
  context.globalAlpha = 0.6;
  for (const { row, y } of inSight) {
    if (row.kind === 'client' && violation.clients.includes(row.place))
      context.fillRect(x0, y, Math.max(1, x1 - x0), row.height);
  }
  context.globalAlpha = 1;
}

function drawEdges({ context, theme, scale }: Paint, { data }: Run, { selected, height }: View): void {
  const violation = selected?.list === 'violations' ? data.violations[selected.row] : undefined;
  if (violation === undefined) return;
  context.strokeStyle = theme.wrong;
  context.lineWidth = 1;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const at of [violation.from, violation.to]) {
    const x = Math.round(xOf(scale, at)) + 0.5;
    context.moveTo(x, HEAD);
    context.lineTo(x, height);
  }
  context.stroke();
  context.setLineDash([]);
}

/** A frame round the selected thing, on each row that it is on, in the band that shows it. */
function outline(
  paint: Paint,
  { data }: Run,
  thing: Selected | undefined,
  inSight: readonly Seen[],
  line: number,
): void {
  if (thing === undefined || thing.list === 'violations') return;
  const details = describe(data, thing);
  if (details === undefined) return;
  const { context, theme, scale } = paint;
  const x0 = Math.max(scale.left - 4, xOf(scale, details.from));
  const x1 = Math.min(scale.left + scale.width + 4, xOf(scale, details.to));
  context.strokeStyle = theme.ink;
  context.lineWidth = line;
  for (const { row, y } of inSight) {
    const places = row.kind === 'client' ? details.clients : details.nodes;
    if (!places.includes(row.place)) continue;
    const { requests, belief, etcd } = bandsOf(row.height);
    const isAcquire = thing.list === 'operations' && data.functions[data.operations.f[thing.row]!] === 'acquire';
    const [top, height] =
      row.kind === 'node' || thing.list === 'faults'
        ? [1, row.height - 2]
        : thing.list === 'holds'
          ? [belief.top - 1, etcd.top + etcd.height - belief.top + 2]
          : isAcquire
            ? [belief.top, belief.height]
            : [requests.top - 1, requests.height + 2];
    const least = Math.max(0, 5 - (x1 - x0)) / 2;
    context.strokeRect(x0 - 1 - least, y + top, x1 - x0 + 2 + 2 * least, height);
  }
}

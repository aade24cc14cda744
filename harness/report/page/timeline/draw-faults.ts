/** Draws the faults over the rows that they hit, and the rows of the members of etcd and of the storages. */
import type { FaultBand, PageData } from '../../page-data.js';
import { visible } from '../../visible.js';
import { cutTo, fitting, type Paint, write } from './paint.js';
import type { Row } from './rows.js';
import { xOf } from './scale.js';
import { duration } from './units.js';

/** The faults of one row: hatched, under all else. */
export function drawFaults(paint: Paint, faults: readonly FaultBand[], y: number, height: number): void {
  const { context, theme, drawn } = paint;
  for (const band of faults) {
    const span = across(paint, band.from, band.to);
    if (span === undefined) continue;
    drawn.faults += 1;
    const [x0, x1] = span;
    context.fillStyle = theme.faultFill;
    context.fillRect(x0, y, x1 - x0, height);
    context.globalAlpha = 0.55;
    context.fillStyle = theme.faultHatch;
    context.fillRect(x0, y, x1 - x0, height);
    context.globalAlpha = 1;
    context.fillStyle = theme.fault;
    context.fillRect(x0, y, 1, height);
    context.fillRect(x1 - 1, y, 1, height);
  }
}

/** Their names, over all else; a name that would run into the one before is left out. */
export function drawFaultNames(paint: Paint, faults: readonly FaultBand[], y: number, height: number): void {
  const { context, theme, scale } = paint;
  const style = { size: Math.max(9, Math.min(11, height - 1)), colour: theme.fault, bold: true };
  let taken = -Infinity;
  for (const { kind, from, to, proven } of faults) {
    const span = across(paint, from, to);
    if (span === undefined) continue;
    const left = Math.max(span[0], scale.left, taken);
    const room = Math.min(span[1], scale.left + scale.width) - left - 8;
    const name = visible(kind);
    const sure = proven ? '' : ' (not proven)';
    const text = fitting(context, [`${name} ${duration(to - from)}${sure}`, `${name}${sure}`, name], room, style);
    if (text === undefined) continue;
    context.font = `650 ${style.size}px sans-serif`;
    const width = Math.ceil(context.measureText(text).width) + 8;
    context.fillStyle = theme.faultFill;
    context.fillRect(left + 1, y, Math.min(width + 4, room + 6), height);
    write(context, text, left + 4, y + height / 2, style);
    taken = left + width;
  }
}

function across({ scale }: Paint, from: number, to: number): readonly [number, number] | undefined {
  const [x0, x1] = [xOf(scale, from), xOf(scale, to)];
  if (x1 < scale.left || x0 > scale.left + scale.width) return undefined;
  return [Math.max(scale.left - 2, x0), Math.min(scale.left + scale.width + 2, Math.max(x1, x0 + 2))];
}

/** The row of a member or a storage: a line, and where the member led the cluster a bar. */
export function drawNode(paint: Paint, { nodes, leaders }: PageData, row: Row, y: number): void {
  const { context, theme, scale, drawn } = paint;
  const middle = y + row.height / 2;
  context.fillStyle = theme.line;
  context.fillRect(scale.left, Math.round(middle), scale.width, 1);
  if (nodes[row.place]?.role !== 'etcd') return;
  const style = { size: 10, colour: theme.two, bold: true };
  for (const { node, from, to } of leaders) {
    const span = node === row.place ? across(paint, from, to) : undefined;
    if (span === undefined) continue;
    drawn.things += 1;
    context.fillStyle = theme.two;
    context.globalAlpha = 0.22;
    context.fillRect(span[0], y + 4, span[1] - span[0], row.height - 8);
    context.globalAlpha = 1;
    context.fillRect(span[0], y + row.height - 6, span[1] - span[0], 2);
    const left = Math.max(span[0], scale.left) + 6;
    const room = Math.min(span[1], scale.left + scale.width) - left - 4;
    if (room > 24) write(context, cutTo(context, 'leader', room, style), left, middle - 1, style);
  }
}

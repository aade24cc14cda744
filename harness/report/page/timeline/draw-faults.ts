/** Draws the faults over the rows that they hit, and the rows of the members of etcd and of the storages. */
import type { FaultBand, PageData } from '../../page-data.js';
import { visible } from '../../visible.js';
import { Labels, RANK } from './labels.js';
import type { Paint } from './paint.js';
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

/** Their names, before all other texts of the band. */
export function faultNames(paint: Paint, faults: readonly FaultBand[], labels: Labels, size: number): void {
  const { theme } = paint;
  const style = { size, colour: theme.fault, bold: true };
  for (const { kind, from, to, proven } of faults) {
    const span = across(paint, from, to);
    if (span === undefined || span[1] - span[0] < 20) continue;
    const name = visible(kind);
    const sure = proven ? '' : ' (not proven)';
    const texts = [`${name} ${duration(to - from)}${sure}`, `${name}${sure}`, name];
    labels.want({ texts, from: span[0] + 1, to: span[1], style, chip: theme.faultFill, rank: RANK.fault });
  }
}

function across({ scale }: Paint, from: number, to: number): readonly [number, number] | undefined {
  const [x0, x1] = [xOf(scale, from), xOf(scale, to)];
  if (x1 < scale.left || x0 > scale.left + scale.width) return undefined;
  return [Math.max(scale.left - 2, x0), Math.min(scale.left + scale.width + 2, Math.max(x1, x0 + 2))];
}

/** The row of a member or a storage: a line, and where the member led the cluster a bar. */
export function drawNode(paint: Paint, { leaders }: PageData, faults: readonly FaultBand[], row: Row, y: number): void {
  const { context, theme, scale, drawn } = paint;
  const middle = y + row.height / 2;
  context.fillStyle = theme.line;
  context.fillRect(scale.left, Math.round(middle), scale.width, 1);
  const labels = new Labels(paint, middle);
  faultNames(paint, faults, labels, 11);
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
    labels.want({ texts: ['leader'], from: span[0] + 2, to: span[1], style, rank: RANK.leader });
  }
  labels.draw();
}

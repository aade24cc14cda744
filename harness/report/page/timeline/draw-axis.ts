/** Draws what stands above the rows: the marks of time, and the violations, each where it begins. */
import type { PageData } from '../../page-data.js';
import { type Paint, symbol, widthOf, write } from './paint.js';
import { xOf } from './scale.js';
import type { ViolationOrder } from './steps.js';
import { lowerBound } from './tracks.js';
import { roughly, ticks } from './units.js';

export const AXIS = 24;
export const STRIP = 20;
/** Height of all that stays in place while rows scroll under it. */
export const HEAD = AXIS + STRIP;

export function drawGrid({ context, theme, scale }: Paint, height: number): void {
  context.fillStyle = theme.line;
  context.globalAlpha = 0.6;
  for (const { at } of ticks(scale.window, scale.width).list)
    context.fillRect(Math.round(xOf(scale, at)), HEAD, 1, height);
  context.globalAlpha = 1;
}

export function drawAxis({ context, theme, scale }: Paint, width: number): void {
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, width, HEAD);
  const { step, base, list } = ticks(scale.window, scale.width);
  const right = scale.left + scale.width;
  for (const { at, text } of list) {
    const x = Math.round(xOf(scale, at));
    context.fillStyle = theme.soft;
    context.fillRect(x, AXIS - 5, 1, 5);
    // The last label ends where the plot does.
    if (x + 30 > right) write(context, text, right, AXIS / 2 - 2, { size: 12, colour: theme.ink, align: 'right' });
    else
      write(context, text, Math.max(x, scale.left + 14), AXIS / 2 - 2, {
        size: 12,
        colour: theme.ink,
        align: 'center',
      });
  }
  const from = base > 0 ? `${roughly(base, step * 1000)} and` : 'time';
  write(context, from, scale.left - 10, AXIS / 2 - 2, { size: 12, colour: theme.soft, align: 'right' });
  context.fillStyle = theme.line;
  context.fillRect(0, AXIS, width, 1);
  context.fillRect(0, HEAD - 1, width, 1);
}

/** One diamond for each violation as long as they do not cover each other, else one for many, with their number. */
export function drawViolations(
  paint: Paint,
  data: PageData,
  { order, starts }: ViolationOrder,
  selected: number | undefined,
): void {
  const { context, theme, scale } = paint;
  const { window, left, width } = scale;
  const y = AXIS + STRIP / 2;
  const label = {
    size: 12,
    colour: order.length > 0 ? theme.wrong : theme.soft,
    bold: order.length > 0,
    align: 'right',
  } as const;
  write(context, left < 110 ? 'violated' : 'violations', left - 10, y, label);
  const perPixel = (window.to - window.from) / width;
  const apart = 13 * perPixel;
  const last = lowerBound(starts, window.to + apart, 0, starts.length);
  let n = lowerBound(starts, window.from - apart, 0, starts.length);
  const current = selected === undefined ? undefined : data.violations[selected];
  while (n < last) {
    const x = xOf(scale, starts[n]!);
    const next = lowerBound(starts, starts[n]! + apart, n + 1, starts.length);
    const many = next - n;
    symbol(context, theme, 'stale', x, y, 5);
    const text = `×${many}`;
    const room = next < starts.length ? xOf(scale, starts[next]!) - x - 20 : left + width - x - 10;
    const style = { size: 11, colour: theme.wrong, bold: true };
    if (many > 1 && widthOf(context, text, style) < room) write(context, text, x + 9, y, style);
    n = next;
  }
  if (current === undefined) return;
  const [x0, x1] = [Math.max(left, xOf(scale, current.from)), Math.min(left + width, xOf(scale, current.to))];
  context.fillStyle = theme.wrong;
  if (x1 > x0) context.fillRect(x0, AXIS + STRIP - 4, Math.max(2, x1 - x0), 3);
}

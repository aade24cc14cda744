/** The brushes of the timeline: boxes, symbols of marks, text that is told apart from what lies under it. */
import type { Scale } from './scale.js';
import type { Strips } from './strip.js';
import { FONT, type Theme } from './theme.js';

/** How much of each was drawn, as the canvas tells it in its `data-` attributes. */
export interface Drawn {
  /** Things drawn as themselves, and columns of a pixel that stand for things too thin for that. */
  things: number;
  columns: number;
  marks: number;
  stale: number;
  gaps: number;
  faults: number;
}

export interface Paint {
  readonly context: CanvasRenderingContext2D;
  readonly theme: Theme;
  readonly scale: Scale;
  readonly drawn: Drawn;
  readonly strips: Strips;
}

/** A rectangle with an edge of one pixel inside it. */
export function box(
  context: CanvasRenderingContext2D,
  [x0, x1]: readonly [number, number],
  [top, height]: readonly [number, number],
  fill: string | CanvasPattern,
  edge: string,
): void {
  context.fillStyle = fill;
  context.fillRect(x0, top, x1 - x0, height);
  context.fillStyle = edge;
  if (x1 - x0 < 3) {
    context.fillRect(x0, top, x1 - x0, 1);
    context.fillRect(x0, top + height - 1, x1 - x0, 1);
    return;
  }
  context.fillRect(x0, top, x1 - x0, 1);
  context.fillRect(x0, top + height - 1, x1 - x0, 1);
  context.fillRect(x0, top, 1, height);
  context.fillRect(x1 - 1, top, 1, height);
}

export interface TextStyle {
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
  /** Drawn round the letters, so that they can be read over anything. */
  readonly halo?: string;
  readonly align?: CanvasTextAlign;
}

/** `y` is the middle of the line. */
export function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, style: TextStyle): void {
  context.font = fontOf(style);
  context.textBaseline = 'middle';
  context.textAlign = style.align ?? 'left';
  if (style.halo !== undefined) {
    context.strokeStyle = style.halo;
    context.lineWidth = 3;
    context.lineJoin = 'round';
    context.strokeText(text, x, y + 0.5);
  }
  context.fillStyle = style.colour;
  context.fillText(text, x, y + 0.5);
}

const fontOf = ({ size, bold }: Pick<TextStyle, 'size' | 'bold'>): string =>
  `${bold === true ? '650 ' : ''}${size}px ${FONT}`;

const widths = new Map<string, number>();
const MANY = 20_000;

/** Measuring text is slow, and the same few texts are asked for in every frame. */
export function widthOf(
  context: CanvasRenderingContext2D,
  text: string,
  style: Pick<TextStyle, 'size' | 'bold'>,
): number {
  const key = `${style.size}${style.bold === true ? 'b' : ''}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    context.font = fontOf(style);
    width = context.measureText(text).width;
    if (widths.size > MANY) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The text, or as much of its beginning as fits, with an ellipsis. */
export function cutTo(
  context: CanvasRenderingContext2D,
  text: string,
  room: number,
  style: Pick<TextStyle, 'size' | 'bold'>,
): string {
  if (widthOf(context, text, style) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (widthOf(context, `${text.slice(0, middle)}…`, style) <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

export type Symbol = 'accepted' | 'refused' | 'stale';

/** A circle with a tick, a square with a cross, a diamond with an exclamation mark: told apart without their colours. */
export function symbol(
  context: CanvasRenderingContext2D,
  theme: Theme,
  kind: Symbol,
  x: number,
  y: number,
  size: number,
): void {
  context.beginPath();
  if (kind === 'accepted') context.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind === 'refused') context.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    const far = size * 1.4;
    context.moveTo(x, y - far);
    context.lineTo(x + far, y);
    context.lineTo(x, y + far);
    context.lineTo(x - far, y);
    context.closePath();
  }
  const [fill, edge] = {
    accepted: [theme.goodFill, theme.good],
    refused: [theme.refusedFill, theme.refused],
    stale: [theme.wrong, theme.ground],
  }[kind] as [string, string];
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = kind === 'stale' ? 1 : 1.4;
  context.stroke();
  if (size >= 3.5) sign(context, kind, x, y, size, kind === 'stale' ? theme.ground : edge);
}

function sign(
  context: CanvasRenderingContext2D,
  kind: Symbol,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  const s = size * 0.45;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  if (kind === 'accepted') {
    context.moveTo(x - s, y);
    context.lineTo(x - s * 0.2, y + s * 0.8);
    context.lineTo(x + s, y - s * 0.8);
  } else if (kind === 'refused') {
    context.moveTo(x - s, y - s);
    context.lineTo(x + s, y + s);
    context.moveTo(x + s, y - s);
    context.lineTo(x - s, y + s);
  } else {
    context.moveTo(x, y - s * 1.5);
    context.lineTo(x, y + s * 0.4);
    context.moveTo(x, y + s * 1.1);
    context.lineTo(x, y + s * 1.7);
  }
  context.stroke();
}

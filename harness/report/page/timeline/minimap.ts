/** The whole run in one strip, with all violations and faults, and the window in it as a frame that can be dragged. */
import type { PageData } from '../../page-data.js';
import type { State, Window } from '../state.js';
import { write } from './paint.js';
import { panned, type Scale, timeAt, xOf } from './scale.js';
import { lowerBound } from './tracks.js';
import type { Theme } from './theme.js';
import { ticks } from './units.js';

export const MINIMAP = 58;
const ACTIVITY = { top: 14, height: 24 };
const EDGE = 7;

/** Everything but the window: drawn once for each size and theme. */
export function drawWhole(context: CanvasRenderingContext2D, theme: Theme, data: PageData, scale: Scale): void {
  const { left, width } = scale;
  context.fillStyle = theme.panel;
  context.fillRect(left, 0, width, MINIMAP);
  context.fillStyle = theme.faultFill;
  faultShares(data, width).forEach((level, x) => {
    context.globalAlpha = Math.min(1, 0.25 + level / 2);
    if (level > 0) context.fillRect(left + x, ACTIVITY.top, 1, ACTIVITY.height + 2);
  });
  context.globalAlpha = 1;
  const started = startsPerPixel(data, width);
  const most = started.reduce((a, b) => Math.max(a, b), 1);
  context.fillStyle = theme.soft;
  started.forEach((n, x) => {
    const height = Math.ceil((n / most) * ACTIVITY.height);
    context.fillRect(left + x, ACTIVITY.top + ACTIVITY.height - height, 1, height);
  });
  context.fillStyle = theme.wrong;
  const pixels = new Set(data.violations.map(({ from }) => Math.round(xOf(scale, from))));
  for (const x of pixels) {
    context.beginPath();
    context.moveTo(x - 4, 2);
    context.lineTo(x + 4, 2);
    context.lineTo(x, 10);
    context.closePath();
    context.fill();
    context.fillRect(x - 0.5, 8, 1, ACTIVITY.height + 7);
  }
  for (const { at, text } of ticks(scale.window, width, 110).list) {
    const x = xOf(scale, at);
    const isLast = x + 30 > left + width;
    write(context, text, isLast ? left + width : Math.max(x, left + 12), MINIMAP - 9, {
      ...{ size: 11, colour: theme.soft },
      align: isLast ? 'right' : 'center',
    });
  }
}

/** How many operations began in each pixel's share of the run. */
export function startsPerPixel({ operations, endNs }: PageData, width: number): Uint32Array {
  const counts = new Uint32Array(Math.max(1, Math.floor(width)));
  let before = 0;
  counts.forEach((_, x) => {
    const until = lowerBound(operations.start, ((x + 1) / counts.length) * endNs, before, operations.length);
    counts[x] = (x === counts.length - 1 ? operations.length : until) - before;
    before = until;
  });
  return counts;
}

/** How many faults, over all clients and nodes, lay over each pixel. */
function faultShares({ faults, endNs }: PageData, width: number): Float64Array {
  const shares = new Float64Array(Math.max(1, Math.floor(width)));
  for (const { from, to } of faults) {
    const [a, b] = [Math.floor((from / endNs) * shares.length), Math.ceil((to / endNs) * shares.length)];
    for (let x = Math.max(0, a); x < Math.min(shares.length, b); x++) shares[x]! += 1;
  }
  return shares;
}

export function drawWindow(context: CanvasRenderingContext2D, theme: Theme, scale: Scale, window: Window): void {
  const { left, width } = scale;
  const [x0, x1] = frame(scale, window);
  context.fillStyle = theme.ground;
  context.globalAlpha = 0.62;
  context.fillRect(left, 0, x0 - left, MINIMAP);
  context.fillRect(x1, 0, left + width - x1, MINIMAP);
  context.globalAlpha = 1;
  context.strokeStyle = theme.one;
  context.lineWidth = 2;
  context.strokeRect(x0 + 1, 1, x1 - x0 - 2, MINIMAP - 2);
  context.fillStyle = theme.one;
  for (const x of [x0, x1 - 4]) context.fillRect(x, MINIMAP / 2 - 9, 4, 18);
}

/** The frame is never so narrow that it could not be seen. */
function frame(scale: Scale, window: Window): readonly [number, number] {
  const [x0, x1] = [xOf(scale, window.from), xOf(scale, window.to)];
  const wider = Math.max(0, 9 - (x1 - x0)) / 2;
  return [Math.max(scale.left, x0 - wider), Math.min(scale.left + scale.width, x1 + wider)];
}

/** Drags the frame, or one of its edges; a press beside it moves it there. */
export function dragOnMinimap(canvas: HTMLCanvasElement, state: State, endNs: number, scaleOf: () => Scale): void {
  canvas.addEventListener('pointerdown', (down) => {
    if (down.button !== 0) return;
    canvas.setPointerCapture(down.pointerId);
    const scale = scaleOf();
    const [x0, x1] = frame(scale, state.window);
    const isWide = x1 - x0 > 4 * EDGE;
    const grip =
      isWide && Math.abs(down.offsetX - x0) < EDGE
        ? 'from'
        : isWide && Math.abs(down.offsetX - x1) < EDGE
          ? 'to'
          : 'all';
    if (grip === 'all' && (down.offsetX < x0 || down.offsetX > x1)) {
      const { from, to } = state.window;
      state.setWindow(panned(state.window, timeAt(scale, down.offsetX) - (from + to) / 2, endNs));
    }
    const before = state.window;
    const move = (event: PointerEvent): void => {
      const by = timeAt(scale, event.offsetX) - timeAt(scale, down.offsetX);
      if (grip === 'all') return state.setWindow(panned(before, by, endNs));
      const moved = { ...before, [grip]: before[grip] + by };
      if (moved.to > moved.from) state.setWindow(moved);
    };
    const end = (): void => {
      canvas.removeEventListener('pointermove', move);
      canvas.removeEventListener('pointerup', end);
      canvas.removeEventListener('pointercancel', end);
    };
    canvas.addEventListener('pointermove', move);
    canvas.addEventListener('pointerup', end);
    canvas.addEventListener('pointercancel', end);
  });
}

/** Mouse, wheel, pen and fingers on the canvas: each gesture becomes a window, a scroll, a hover or a tap. */
import type { State, Window } from '../state.js';
import { panned, pinched, type Scale, timeAt, zoomed } from './scale.js';

export interface Gestures {
  readonly canvas: HTMLCanvasElement;
  readonly state: State;
  readonly endNs: number;
  scale(): Scale;
  /** Rows move by so many pixels. */
  scroll(by: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  tap(x: number, y: number, isTouch: boolean): void;
}

/** A press that moves less than this is a tap. */
const STILL = 5;
const PER_NOTCH = 1 / 500;

export function listenToGestures(gestures: Gestures): void {
  listenToWheel(gestures);
  listenToPointers(gestures);
  gestures.canvas.addEventListener('dblclick', (event) => {
    const { state, scale } = gestures;
    if (event.offsetX >= scale().left) state.setWindow(zoomed(state.window, 0.25, timeAt(scale(), event.offsetX)));
  });
}

/**
 * The wheel zooms about the pointer; with Shift, or sideways, it pans. Over the names of the rows it scrolls, as anywhere else on the
 * page, and so it does where zooming has come to its end, or while the page was being scrolled past the timeline already.
 */
function listenToWheel({ canvas, state, endNs, scale }: Gestures): void {
  let pageScrolled = -Infinity;
  addEventListener('scroll', (event) => void (pageScrolled = event.timeStamp), { passive: true });
  const PASSING = 350;
  canvas.addEventListener(
    'wheel',
    (event) => {
      const { deltaX, deltaY, offsetX, ctrlKey, shiftKey, deltaMode, timeStamp } = event;
      if (!ctrlKey && (offsetX < scale().left || timeStamp - pageScrolled < PASSING)) {
        if (timeStamp - pageScrolled < PASSING) pageScrolled = timeStamp;
        return;
      }
      const unit = deltaMode === 1 ? 33 : deltaMode === 2 ? 400 : 1;
      const { window } = state;
      const sideways = shiftKey && deltaX === 0 ? deltaY : deltaX;
      if (!ctrlKey && (shiftKey || Math.abs(deltaX) > Math.abs(deltaY))) {
        event.preventDefault();
        state.setWindow(panned(window, ((sideways * unit) / scale().width) * (window.to - window.from), endNs));
        return;
      }
      const isWhole = window.from <= 0 && window.to >= endNs;
      if (isWhole && deltaY > 0 && !ctrlKey) return;
      event.preventDefault();
      const factor = 2 ** Math.max(-2, Math.min(2, deltaY * unit * PER_NOTCH * (ctrlKey ? 4 : 2)));
      state.setWindow(kept(zoomed(window, factor, timeAt(scale(), offsetX)), endNs));
    },
    { passive: false },
  );
}

/** Zooming out at an end of the run stops there, and goes on at the other one. */
function kept({ from, to }: Window, endNs: number): Window {
  return { from: Math.max(0, from), to: Math.min(endNs, to) };
}

interface Finger {
  readonly downX: number;
  readonly downY: number;
  x: number;
  y: number;
}

/** One pointer drags, two pinch; up and down is the page's own affair on a touch screen (touch-action: pan-y). */
function listenToPointers(gestures: Gestures): void {
  const { canvas, state, endNs, scale } = gestures;
  const fingers = new Map<number, Finger>();
  let start = { scale: scale(), xs: [] as number[], ys: [] as number[] };
  let hasMoved = false;
  const begin = (): void => {
    const all = [...fingers.values()];
    start = { scale: scale(), xs: all.map(({ x }) => x), ys: all.map(({ y }) => y) };
  };
  canvas.addEventListener('pointerdown', ({ pointerId, offsetX: x, offsetY: y, button }) => {
    if (button !== 0) return;
    canvas.setPointerCapture(pointerId);
    fingers.set(pointerId, { downX: x, downY: y, x, y });
    if (fingers.size === 1) hasMoved = false;
    else hasMoved = true;
    begin();
  });
  canvas.addEventListener('pointermove', ({ pointerId, offsetX, offsetY, pointerType }) => {
    const finger = fingers.get(pointerId);
    if (finger === undefined) {
      if (pointerType !== 'touch') gestures.hover(offsetX, offsetY);
      return;
    }
    const scrolled = finger.y - offsetY;
    [finger.x, finger.y] = [offsetX, offsetY];
    hasMoved ||= Math.hypot(offsetX - finger.downX, offsetY - finger.downY) > STILL;
    if (!hasMoved) return;
    canvas.classList.add('dragging');
    gestures.leave();
    const xs = [...fingers.values()].map(({ x }) => x);
    const [a, b] = [start.xs[0] ?? 0, start.xs[1]];
    if (b !== undefined && xs[1] !== undefined)
      return state.setWindow(pinched(start.scale, [a, b], [xs[0] ?? 0, xs[1]]));
    const { window, width } = start.scale;
    state.setWindow(panned(window, ((a - offsetX) / width) * (window.to - window.from), endNs));
    if (pointerType !== 'touch') gestures.scroll(scrolled);
  });
  const lift = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    fingers.delete(event.pointerId);
    begin();
    if (fingers.size === 0) canvas.classList.remove('dragging');
    if (!hasMoved && event.type === 'pointerup') gestures.tap(finger.x, finger.y, event.pointerType === 'touch');
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('pointerleave', () => gestures.leave());
}

/**
 * What the parts of the page share: the window of time that is looked at, and the thing that is looked at. Timeline, curves and
 * list read and write it, and know nothing of each other. Pure: no DOM.
 */

/** Nanoseconds since the run began. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** `row` is the place in the list of that name in the page's data. */
export interface Selected {
  readonly list: 'operations' | 'holds' | 'leaders' | 'faults' | 'violations';
  readonly row: number;
}

export type Change = 'window' | 'selected';

export interface State {
  readonly window: Window;
  /** Clamped to the run, and to no less than `MIN_WIDTH_NS`; a window that is the same tells nobody. */
  setWindow(wanted: Window): void;
  readonly selected: Selected | undefined;
  select(thing: Selected | undefined): void;
  /** `fn` is called after every change; the answer ends that. */
  subscribe(fn: (change: Change) => void): () => void;
}

/** Nothing of a run is shorter than what a microsecond shows. */
export const MIN_WIDTH_NS = 1000;

/** `endNs`: length of the run. */
export function createState(endNs: number): State {
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change): void => {
    for (const listener of [...listeners]) listener(change);
  };
  let window = clamped({ from: 0, to: endNs }, endNs);
  let selected: Selected | undefined;
  return {
    get window() {
      return window;
    },
    setWindow(wanted) {
      const next = clamped(wanted, endNs);
      if (next.from === window.from && next.to === window.to) return;
      window = next;
      tell('window');
    },
    get selected() {
      return selected;
    },
    select(thing) {
      if (thing?.list === selected?.list && thing?.row === selected?.row) return;
      selected = thing;
      tell('selected');
    },
    subscribe(fn) {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
  };
}

/**
 * The window nearest to `wanted` within 0..`endNs`: as wide where that is possible, moved where it would stand out. A window that
 * is too narrow is widened about its middle; what is no number gives the whole run.
 */
export function clamped({ from, to }: Window, endNs: number): Window {
  const whole = Math.max(endNs, MIN_WIDTH_NS);
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { from: 0, to: whole };
  // What fits stays what it is to the last bit, so that parts which answer each other's changes come to rest.
  if (from >= 0 && to <= whole && to - from >= MIN_WIDTH_NS) return { from, to };
  const width = Math.min(whole, Math.max(MIN_WIDTH_NS, to - from));
  const start = Math.min(Math.max(0, (from + to) / 2 - width / 2), whole - width);
  return { from: start, to: start + width };
}

/** The window about `from`..`to` with room on both sides: an eighth of its width, and of no less than `leastNs`. */
export function around(from: number, to: number, leastNs: number): Window {
  const room = Math.max((to - from) / 8, leastNs);
  return { from: from - room, to: to + room };
}

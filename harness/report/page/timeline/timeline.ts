/**
 * The timeline of a run: one row for each client, member of etcd and storage, from the whole run down to microseconds. This file puts
 * its parts together and into the page; what is drawn where is decided in the files beside it.
 */
import type { PageData } from '../../page-data.js';
import { element } from '../dom.js';
import { around, type Selected, type State } from '../state.js';
import { describe } from './describe.js';
import { AXIS, HEAD } from './draw-axis.js';
import { drawFrame, faultsByRow, type Run } from './frame.js';
import { listenToGestures } from './gestures.js';
import { hitRow, hitViolation, type Hit } from './hit.js';
import { type Command, commandOf } from './keys.js';
import { makeLegend } from './legend.js';
import { dragOnMinimap, drawWhole, drawWindow, MINIMAP } from './minimap.js';
import { makePane } from './pane.js';
import { layOutRows, rowAt, TITLE } from './rows.js';
import { panned, revealed, type Scale, zoomed } from './scale.js';
import { stepInRow, stepViolation, violationOrder } from './steps.js';
import { Strips } from './strip.js';
import { readTheme } from './theme.js';
import { makeToolbar } from './toolbar.js';
import { tracksOfRun } from './tracks-of-run.js';
import { duration } from './units.js';

const HELP =
  'Timeline of the run. Left and right arrows move, plus and minus zoom, Home and End go to its ends, 0 shows all of it, n and p go to the next and previous violation, up and down choose a row, Enter and Shift+Enter step through the things of the row, Escape lets go.';

/** Narrower screens have no room for the names of locks beside those of clients. */
const NARROW = 620;

export function mountTimeline(root: HTMLElement, data: PageData, state: State): void {
  const run: Run = {
    data,
    tracks: tracksOfRun(data),
    violations: violationOrder(data),
    faults: faultsByRow(data),
    strips: new Strips(),
  };
  const dom = makeDom(data, state, (command) => carryOut(command), showLane);
  root.replaceChildren(dom.root);
  let rows = layOutRows(data, 0);
  const hasTitles = (): boolean => size.width < NARROW;
  let theme = readTheme(dom.root, 1);
  let ratio = 1;
  let size = { width: 0, height: 0 };
  let whole: HTMLCanvasElement | undefined;
  let [hovered, current]: [Selected | undefined, number | undefined] = [undefined, undefined];
  let lane: number | undefined;
  let isAsked = false;

  const gutter = (): number => (hasTitles() ? 92 : 168);
  const scale = (): Scale => ({
    window: state.window,
    left: gutter(),
    width: Math.max(60, size.width - gutter() - 12),
  });
  const wholeScale = (): Scale => ({ ...scale(), window: { from: 0, to: data.endNs } });

  function showLane(chosen: number | undefined): void {
    lane = chosen;
    current = undefined;
    resize();
  }

  /** Sizes follow the element; rows get what height the screen allows. */
  function resize(): void {
    ratio = Math.min(3, devicePixelRatio || 1);
    theme = readTheme(dom.root, ratio);
    const width = dom.scroller.clientWidth;
    const room = Math.max(300, innerHeight * 0.74 - HEAD);
    size = { width, height: 0 };
    rows = layOutRows(data, room, hasTitles(), lane);
    const height = Math.round(Math.min(rows.height, room) + HEAD);
    size = { width, height };
    dom.scroller.style.height = `${height}px`;
    dom.spacer.style.height = `${rows.height + HEAD}px`;
    for (const [canvas, tall] of [
      [dom.canvas, height],
      [dom.minimap, MINIMAP],
    ] as const) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(tall * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${tall}px`;
    }
    whole = undefined;
    dom.legend.draw(theme, ratio);
    draw();
  }

  function ask(): void {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  }

  function draw(): void {
    const context = dom.canvas.getContext('2d', { alpha: false });
    if (context === null || size.width === 0) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scrolled = dom.scroller.scrollTop;
    const drawn = drawFrame(context, theme, run, {
      ...{
        rows,
        scale: scale(),
        ...size,
        scrolled,
        hasTitles: hasTitles(),
        selected: state.selected,
        hovered,
        current,
      },
    });
    drawMinimap();
    dom.toolbar.tell(state.window);
    Object.assign(dom.canvas.dataset, {
      ...{ from: state.window.from, to: state.window.to, rows: rows.list.length, left: gutter() },
      ...drawn,
    });
  }

  function drawMinimap(): void {
    const context = dom.minimap.getContext('2d');
    if (context === null) return;
    if (whole === undefined) {
      whole = element('canvas');
      whole.width = dom.minimap.width;
      whole.height = dom.minimap.height;
      const still = whole.getContext('2d');
      still?.setTransform(ratio, 0, 0, ratio, 0, 0);
      if (still) drawWhole(still, theme, data, wholeScale());
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, dom.minimap.width, dom.minimap.height);
    context.drawImage(whole, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawWindow(context, theme, wholeScale(), state.window);
  }

  function hit(x: number, y: number): Hit | undefined {
    if (x < scale().left) return undefined;
    if (y < HEAD) {
      return y < AXIS ? undefined : hitViolation(run.violations.order, run.violations.starts, scale(), x);
    }
    const inRows = y - HEAD + dom.scroller.scrollTop;
    const row = rows.list[rowAt(rows, inRows) ?? -1];
    return row && hitRow(data, run.tracks, row, scale(), x, inRows - row.top);
  }

  function hover(x: number, y: number): void {
    const found = hit(x, y);
    dom.tip.hidden = found === undefined;
    dom.canvas.classList.toggle('pointing', found !== undefined);
    if (found !== undefined) {
      const about = describe(data, found.thing);
      dom.tip.textContent =
        found.near > 2
          ? `${found.near} here, too close to tell apart: zoom in. ${about?.title ?? ''}`
          : (about?.sentence ?? '');
      const isRight = x > size.width / 2;
      dom.tip.style.left = isRight ? '' : `${x + 14}px`;
      dom.tip.style.right = isRight ? `${size.width - x + 14}px` : '';
      dom.tip.style.top = `${y + 16}px`;
    }
    if (found?.thing.list === hovered?.list && found?.thing.row === hovered?.row) return;
    hovered = found?.thing;
    dom.pane.show(state.selected, hovered);
    ask();
  }

  function leave(): void {
    dom.tip.hidden = true;
    if (hovered === undefined) return;
    hovered = undefined;
    dom.pane.show(state.selected, hovered);
    ask();
  }

  function carryOut(command: Command): void {
    const { window } = state;
    const width = window.to - window.from;
    switch (command.do) {
      case 'pan':
        return state.setWindow(panned(window, command.by * width, data.endNs));
      case 'zoom':
        return state.setWindow(zoomed(window, command.factor, aboutWhat()));
      case 'window':
        if (command.to === 'all') return state.setWindow({ from: 0, to: data.endNs });
        return state.setWindow(panned(window, command.to === 'start' ? -data.endNs : data.endNs, data.endNs));
      case 'violation': {
        const next = stepViolation(run.violations, state.selected, command.by, window);
        if (next === undefined) return say('There is no violation.');
        return state.select(next);
      }
      case 'row':
        return chooseRow((current ?? (command.by === 1 ? -1 : rows.list.length)) + command.by);
      case 'page':
        dom.scroller.scrollTop += command.by * (size.height - HEAD) * 0.9;
        return;
      case 'thing':
        return stepThing(command.by);
      case 'leave':
        return state.select(undefined);
    }
  }

  /** Keys zoom about what is selected if it is in sight, else about the middle; of a violation it is the end that matters. */
  function aboutWhat(): number {
    const { from, to } = state.window;
    const about = state.selected && describe(data, state.selected);
    const middle = about && (state.selected?.list === 'violations' ? about.to : (about.from + about.to) / 2);
    return middle !== undefined && middle > from && middle < to ? middle : (from + to) / 2;
  }

  function chooseRow(wanted: number): void {
    current = Math.max(0, Math.min(rows.list.length - 1, wanted));
    const row = rows.list[current];
    if (row === undefined) return;
    scrollTo(row.top, row.height);
    const group =
      row.kind === 'client' ? data.lanes[data.clients[row.place]?.lane ?? -1]?.title : data.nodes[row.place]?.role;
    say(`${group ?? ''}, ${row.title}, row ${current + 1} of ${rows.list.length}. Enter steps through what it shows.`);
    ask();
  }

  function scrollTo(top: number, height: number): void {
    const room = size.height - HEAD;
    const { scrollTop } = dom.scroller;
    if (top < scrollTop) dom.scroller.scrollTop = top;
    else if (top + height > scrollTop + room) dom.scroller.scrollTop = top + height - room;
  }

  function stepThing(by: 1 | -1): void {
    if (current === undefined) chooseRow(rowOf(state.selected) ?? 0);
    const row = rows.list[current ?? 0];
    const next = row && stepInRow(data, run.tracks, row, state.selected, by, state.window);
    if (next === undefined) return say(by === 1 ? 'Nothing more in this row.' : 'Nothing before that in this row.');
    state.select(next);
  }

  /** The row on which a thing is drawn; the first one if there are several. */
  function rowOf(thing: Selected | undefined): number | undefined {
    const about = thing && describe(data, thing);
    if (about === undefined) return undefined;
    const found = rows.list.findIndex(({ kind, place }) =>
      (kind === 'client' ? about.clients : about.nodes).includes(place),
    );
    return found < 0 ? undefined : found;
  }

  /** Whoever selected it: a thing comes into sight, in time and among the rows, and is told. */
  function reveal(thing: Selected | undefined): void {
    dom.pane.show(thing, hovered);
    const about = thing && describe(data, thing);
    if (thing === undefined || about === undefined) return;
    say(`${about.title}. ${about.sentence}`);
    if (thing.list === 'violations')
      state.setWindow(around(about.from, about.to, Math.max(1e6, (about.to - about.from) / 3)));
    else state.setWindow(revealed(state.window, about.from, about.to, data.endNs));
    follow(data.clients[about.clients[0] ?? -1]?.lane);
    const lock = thing.list === 'violations' ? data.violations[thing.row]?.lane : undefined;
    // A violation is understood beside those with whom the client shares the lock.
    const on = rows.list.filter(({ kind, place }) =>
      kind === 'client'
        ? about.clients.includes(place) || (lock !== undefined && data.clients[place]?.lane === lock)
        : about.nodes.includes(place),
    );
    const [first, last] = [on[0], on.at(-1)];
    if (first === undefined || last === undefined) return;
    scrollTo(last.top, last.height + TITLE);
    scrollTo(Math.max(0, first.top - TITLE), first.height);
  }

  /** Where only one lock's rows are shown, they become those of the lock of what was selected. */
  function follow(wanted: number | undefined): void {
    if (lane === undefined || wanted === undefined || wanted === lane) return;
    dom.toolbar.chooseLane(wanted);
    showLane(wanted);
  }

  function say(text: string): void {
    dom.live.textContent = text;
  }

  dom.canvas.addEventListener('keydown', (event) => {
    const command = commandOf(event);
    if (command === undefined) return;
    event.preventDefault();
    carryOut(command);
    if (command.do === 'pan' || command.do === 'zoom' || command.do === 'window') {
      const { from, to } = state.window;
      say(`${duration(to - from)} from ${duration(from)} on.`);
    }
  });
  dom.canvas.addEventListener('blur', () => {
    current = undefined;
    ask();
  });
  dom.scroller.addEventListener('scroll', ask);
  listenToGestures({
    ...{ canvas: dom.canvas, state, endNs: data.endNs, scale, hover, leave },
    scroll: (by) => void (dom.scroller.scrollTop += by),
    tap: (x, y) => {
      const found = hit(x, y);
      const rowHit = y < HEAD ? undefined : rowAt(rows, y - HEAD + dom.scroller.scrollTop);
      if (rowHit !== undefined && document.activeElement === dom.canvas) current = rowHit;
      state.select(found?.thing);
      ask();
    },
  });
  dragOnMinimap(dom.minimap, state, data.endNs, wholeScale);
  state.subscribe((change) => {
    if (change === 'selected') reveal(state.selected);
    ask();
  });
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'])
    matchMedia(query).addEventListener('change', resize);
  new ResizeObserver(resize).observe(dom.frame);
  resize();
}

function makeDom(
  data: PageData,
  state: State,
  carryOut: (command: Command) => void,
  showLane: (lane: number | undefined) => void,
) {
  const label = `${HELP} ${data.clients.length} clients, ${data.violations.length} violations.`;
  const canvas = element('canvas', { class: 'timeline-canvas', tabindex: 0, role: 'application', 'aria-label': label });
  const minimap = element('canvas', {
    class: 'timeline-minimap',
    role: 'img',
    'aria-label': 'The whole run, its violations, and the window that the timeline shows',
  });
  const spacer = element('div', { class: 'timeline-spacer' }, canvas);
  const scroller = element('div', { class: 'timeline-scroller' }, spacer);
  const tip = element('div', { class: 'timeline-tip', 'aria-hidden': 'true', hidden: true });
  const live = element('div', { class: 'timeline-live', role: 'status', 'aria-live': 'polite' });
  const frame = element(
    'div',
    { class: 'timeline-frame' },
    minimap,
    element('div', { class: 'timeline-plot' }, scroller, tip),
  );
  const [legend, pane, toolbar] = [makeLegend(), makePane(data, state), makeToolbar(data, carryOut, showLane)];
  const side = element('div', { class: 'timeline-side' }, legend.root, pane.root);
  const columns = element('div', { class: 'timeline-columns' }, frame, side);
  const root = element('div', { class: 'timeline' }, toolbar.root, columns, live);
  return { root, canvas, minimap, spacer, scroller, tip, live, frame, legend, pane, toolbar };
}

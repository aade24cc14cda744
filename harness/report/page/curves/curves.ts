/**
 * The curves: a chart for each measure, all over the same window as the timeline, with the faults behind them. The shared window is
 * the only one: charts ask for another (drag, double click, keys) and follow it, they have none of their own.
 */
import uPlot from 'uplot';
import css from 'uplot/dist/uPlot.min.css';
import { duration, offset, plural } from '../../format.js';
import type { FaultBand, PageData } from '../../page-data.js';
import { colour, element, onSchemeChange } from '../dom.js';
import type { State } from '../state.js';
import { faultBands } from './bands.js';
import { type Chart, chartsOf, extremes, lonelyPoints, short, tableRows } from './chart-data.js';
import { windowKeys } from './keys.js';

const SECOND = 1e9;
const HEIGHT = 190;
/** Rows of a chart's table: what somebody listens to. */
const TABLE_ROWS = 24;

/** Curves are told apart by their dashes as well: line, dashes, dots. */
const LINES: readonly { colour: string; dash: number[] }[] = [
  { colour: '--one', dash: [] },
  { colour: '--wrong', dash: [7, 4] },
  { colour: '--two', dash: [2, 3] },
  { colour: '--refused', dash: [10, 3, 2, 3] },
  { colour: '--soft', dash: [14, 5] },
  { colour: '--good', dash: [4, 2] },
];

export function mountCurves(root: HTMLElement, data: PageData, state: State): void {
  const charts = chartsOf(data.curves);
  if (charts.length === 0) {
    root.replaceChildren(element('p', { class: 'soft' }, 'This run has nothing to draw curves of.'));
    return;
  }
  document.head.append(element('style', {}, css));
  const grid = element('div', { class: 'charts' });
  const hint = element(
    'p',
    { class: 'soft' },
    'Drag over a chart to look closer, here and in the timeline; double click for the whole run. By keyboard: arrows, + and −, 0 for the whole run. Hatched: a fault was in force.',
  );
  root.replaceChildren(hint, grid);
  const key = uPlot.sync('curves').key;
  const drawn = charts.map((chart) => chartElement(grid, chart, data, state, key));
  state.subscribe((change) => {
    if (change === 'window') for (const { follow } of drawn) follow();
  });
  onSchemeChange(() => {
    for (const { redraw } of drawn) redraw();
  });
  // A chart is as wide as its place; what it does about that changes no other's, so one observer does.
  new ResizeObserver(() => {
    for (const { fit } of drawn) fit();
  }).observe(grid);
}

interface Drawn {
  follow(): void;
  redraw(): void;
  fit(): void;
}

function chartElement(
  grid: HTMLElement,
  chart: Chart,
  { faults, endNs }: PageData,
  state: State,
  syncKey: string,
): Drawn {
  const place = element('div', { class: 'chart', role: 'img', tabindex: 0 });
  const values = chart.names.map(() => element('b'));
  const table = element('details', {}, element('summary', {}, 'As a table'));
  const figure = element(
    'figure',
    {},
    element('figcaption', {}, chart.unit === '' ? chart.title : `${chart.title} (${chart.unit})`),
    place,
    legend(chart, values),
    table,
  );
  grid.append(figure);
  windowKeys(place, state, endNs);
  const plot = new uPlot(optionsOf(chart, faults, state, syncKey, place, values), [chart.x, ...chart.columns], place);

  const fillTable = (): void => {
    table.querySelector('.scroll')?.remove();
    if (table.open) table.append(tableOf(chart, state));
  };
  const follow = (): void => {
    const { from, to } = state.window;
    plot.setScale('x', { min: from / SECOND, max: to / SECOND });
    place.setAttribute('aria-label', said(chart, faults, state));
    fillTable();
  };
  table.addEventListener('toggle', fillTable);
  follow();
  return {
    follow,
    redraw: () => plot.redraw(false, true),
    fit: () => {
      const width = Math.floor(place.clientWidth);
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    },
  };
}

function optionsOf(
  chart: Chart,
  faults: readonly FaultBand[],
  state: State,
  key: string,
  place: HTMLElement,
  values: readonly HTMLElement[],
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => colour('--soft'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { stroke: () => colour('--line'), width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const alone = chart.columns.map(lonelyPoints);
  const isMove = (type: string): boolean => type === 'mousemove' || type === 'mouseleave';
  const whole = (): null => {
    state.setWindow({ from: 0, to: Number.MAX_VALUE });
    return null;
  };
  return {
    width: Math.max(200, Math.floor(place.clientWidth)),
    height: HEIGHT,
    legend: { show: false },
    scales: {
      x: { time: false, auto: false },
      y: { distr: chart.log ? 3 : 1, range: (_, low, high) => rangeOf(chart, low, high) },
    },
    axes: [
      { ...axis, size: 34, values: (_, splits) => splits.map((seconds) => momentText(seconds, splits)) },
      {
        ...axis,
        ...(chart.log ? { splits: (_: uPlot, __: number, low: number, high: number) => decades(low, high) } : {}),
        size: 58,
        values: (_, splits) => splits.map((value) => (value === null ? '' : short(value))),
      },
    ],
    series: [
      {},
      ...chart.names.map((name, n): uPlot.Series => {
        const line = LINES[n % LINES.length] ?? { colour: '--ink', dash: [] };
        return {
          label: name,
          stroke: () => colour(line.colour),
          dash: line.dash,
          width: 1.7,
          points: { size: 4, filter: (_, __, show) => (show ? null : alone[n]) ?? null },
        };
      }),
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      sync: { key, scales: ['x', null], filters: { pub: isMove, sub: isMove } },
      bind: { dblclick: () => whole },
    },
    plugins: [faultBands(faults)],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 3) return;
          state.setWindow({ from: SECOND * plot.posToVal(left, 'x'), to: SECOND * plot.posToVal(left + width, 'x') });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [
        (plot) => {
          chart.columns.forEach((column, n) => {
            const value = column[plot.cursor.idxs?.[n + 1] ?? -1];
            const text = values[n];
            if (text !== undefined) text.textContent = typeof value === 'number' ? `${short(value)} ${chart.unit}` : '';
          });
        },
      ],
    },
  };
}

/** Of what is in view; from zero, so that heights can be compared, but where the values are far from it. */
function rangeOf({ log }: Chart, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return log ? [1, 10] : [0, 1];
  if (log) return uPlot.rangeLog(low, high, 10, true) as [number, number];
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  const isNearZero = low >= 0 && low < 0.6 * high;
  return [isNearZero ? 0 : low - room, high + room];
}

function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, n) => 10 ** (first + n));
}

/** A moment of the axis with as many digits as tell it from its neighbours. */
function momentText(seconds: number, splits: readonly number[]): string {
  const step = splits.length > 1 ? (splits[1] ?? 1) - (splits[0] ?? 0) : 1;
  return `${seconds.toFixed(Math.min(9, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))))} s`;
}

/** Each curve in words, with its line, and its value below the cursor. */
function legend({ names }: Chart, values: readonly HTMLElement[]): HTMLElement {
  const entries = names.map((name, n) => {
    const line = LINES[n % LINES.length] ?? { colour: '--ink', dash: [] };
    return element('li', {}, swatch(line), `${name} `, values[n]);
  });
  return element('ul', { class: 'legend' }, ...entries);
}

const SVG = 'http://www.w3.org/2000/svg';

function swatch(line: { colour: string; dash: readonly number[] }): Node {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  for (const [name, value] of Object.entries({ width: '34', height: '12', 'aria-hidden': 'true' }))
    svg.setAttribute(name, value);
  path.setAttribute('d', 'M1 6H33');
  path.setAttribute(
    'style',
    `stroke: var(${line.colour}); stroke-width: 2; stroke-dasharray: ${line.dash.join(' ') || 'none'}`,
  );
  svg.append(path);
  return svg;
}

/** The chart in a sentence, for those who do not see it. */
function said(chart: Chart, faults: readonly FaultBand[], { window }: State): string {
  const { from, to } = window;
  const found = extremes(chart, from / SECOND, to / SECOND);
  const values =
    found === undefined ? 'no values' : `values from ${short(found[0])} to ${short(found[1])} ${chart.unit}`;
  const under = faults.filter((fault) => fault.from <= to && fault.to >= from).length;
  return `${chart.title}: ${chart.names.join(', ')}. From ${offset(from)}, ${duration(to - from)}: ${values}, ${plural(under, 'fault')} in force.`;
}

function tableOf(chart: Chart, { window }: State): HTMLElement {
  const rows = tableRows(chart, window.from / SECOND, window.to / SECOND, TABLE_ROWS);
  const head = ['time', ...chart.names].map((name) => element('th', { scope: 'col' }, name));
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, offset((chart.x[row] ?? 0) * SECOND)),
      ...chart.columns.map((column) => element('td', {}, typeof column[row] === 'number' ? short(column[row]) : '–')),
    ),
  );
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `${chart.title}, as a table` },
    table,
  );
}

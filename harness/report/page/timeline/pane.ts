/** The pane beside the timeline that tells everything about the thing pointed at or selected. */
import type { PageData } from '../../page-data.js';
import { element } from '../dom.js';
import { around, type Selected, type State } from '../state.js';
import { type Details, describe } from './describe.js';
import { exactly } from './units.js';

export interface Pane {
  readonly root: HTMLElement;
  show(selected: Selected | undefined, hovered: Selected | undefined): void;
}

const HINT = [
  'Point at anything to see what it is; click to keep it here.',
  'The wheel zooms, dragging moves. With the keyboard: arrows move, + and − zoom, 0 shows the whole run, n and p go to the next and previous violation, Enter steps through the things of a row.',
];

export function makePane(data: PageData, state: State): Pane {
  const body = element('div', { class: 'pane-body' });
  const root = element('section', { class: 'timeline-pane', tabindex: 0, 'aria-label': 'Details' }, body);
  let shown: string | undefined;
  const fill = (thing: Selected | undefined, isKept: boolean): void => {
    const details = thing && describe(data, thing);
    if (thing === undefined || details === undefined) {
      body.replaceChildren(element('h3', {}, 'Details'), ...HINT.map((text) => element('p', { class: 'soft' }, text)));
      return;
    }
    body.replaceChildren(...contents(data, state, details, thing, isKept));
  };
  fill(undefined, false);
  return {
    root,
    show(selected, hovered) {
      const thing = hovered ?? selected;
      const isKept = thing !== undefined && thing.list === selected?.list && thing.row === selected.row;
      const key = thing && `${thing.list} ${thing.row} ${isKept}`;
      if (key === shown) return;
      shown = key;
      fill(thing, isKept);
    },
  };
}

function contents(data: PageData, state: State, details: Details, thing: Selected, isKept: boolean): HTMLElement[] {
  const { title, sentence, tone, facts, from, to } = details;
  const list = element('dl', {});
  for (const [name, value] of facts) list.append(element('dt', {}, name), element('dd', {}, value));
  const parts = [
    element('h3', { class: `tone-${tone}` }, title),
    element('p', {}, sentence),
    ...links(data, state, thing),
    list,
  ];
  if (!isKept) return [...parts, element('p', { class: 'soft' }, 'Click to keep this here.')];
  const zoom = element('button', { type: 'button' }, 'Zoom to it');
  zoom.addEventListener('click', () => state.setWindow(around(from, to, Math.max(1000, (to - from) / 2))));
  const leave = element('button', { type: 'button' }, 'Let go');
  leave.addEventListener('click', () => state.select(undefined));
  return [...parts, element('p', { class: 'pane-buttons' }, zoom, leave)];
}

/** From a violation to its operations and its fault, and to its picture if the page has one. */
function links(data: PageData, state: State, { list, row }: Selected): HTMLElement[] {
  const violation = list === 'violations' ? data.violations[row] : undefined;
  if (violation === undefined) return [];
  const to = (text: string, thing: Selected): HTMLElement => {
    const button = element('button', { type: 'button', class: 'link' }, text);
    button.addEventListener('click', () => state.select(thing));
    return element('li', {}, button);
  };
  const MANY = 12;
  const rows = violation.operations.slice(-MANY).map((n) => {
    const f = data.functions[data.operations.f[n] ?? -1] ?? 'operation';
    return to(`${f} at ${exactly(data.operations.start[n] ?? 0)}`, { list: 'operations', row: n });
  });
  const fault = data.faults[violation.fault];
  if (fault !== undefined) rows.push(to(`the fault: ${fault.kind}`, { list: 'faults', row: violation.fault }));
  return rows.length === 0 ? [] : [element('ul', { class: 'pane-links' }, ...rows)];
}

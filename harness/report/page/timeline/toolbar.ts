/** The buttons above the timeline, for those who use neither wheel nor keys, and the window in words. */
import type { PageData } from '../../page-data.js';
import { element } from '../dom.js';
import type { Window } from '../state.js';
import type { Command } from './keys.js';
import { duration, roughly } from './units.js';

export interface Toolbar {
  readonly root: HTMLElement;
  tell(window: Window): void;
  /** Shows which lock was chosen elsewhere. */
  chooseLane(lane: number): void;
}

export function makeToolbar(
  data: PageData,
  run: (command: Command) => void,
  showLane: (lane: number | undefined) => void,
): Toolbar {
  const button = (text: string, label: string, command: Command): HTMLButtonElement => {
    const made = element('button', { type: 'button', title: label, 'aria-label': label }, text);
    made.addEventListener('click', () => run(command));
    return made;
  };
  const readout = element('output', { class: 'timeline-window' });
  const many = data.violations.length;
  const jumps = [
    button('← previous', 'Previous violation (p)', { do: 'violation', by: -1 }),
    button('next violation →', 'Next violation (n)', { do: 'violation', by: 1 }),
  ];
  const lanes = laneChoice(data, showLane);
  const root = element(
    'div',
    { class: 'timeline-toolbar', role: 'group', 'aria-label': 'Timeline' },
    button('−', 'Zoom out (-)', { do: 'zoom', factor: 2 }),
    button('+', 'Zoom in (+)', { do: 'zoom', factor: 0.5 }),
    button('whole run', 'Show the whole run (0)', { do: 'window', to: 'all' }),
    ...(many > 0 ? jumps : []),
    data.lanes.length > 1 ? element('label', {}, 'Rows: ', lanes) : undefined,
    readout,
  );
  return {
    root,
    chooseLane: (lane) => void (lanes.value = String(lane)),
    tell: ({ from, to }) => {
      const width = to - from;
      readout.textContent = `${roughly(from, width)} to ${roughly(to, width)} (${duration(width)})`;
    },
  };
}

function laneChoice({ lanes }: PageData, showLane: (lane: number | undefined) => void): HTMLSelectElement {
  const select = element(
    'select',
    {},
    element('option', { value: '' }, 'all locks'),
    ...lanes.map(({ title }, n) => element('option', { value: n }, title)),
  );
  select.addEventListener('change', () => showLane(select.value === '' ? undefined : Number(select.value)));
  return select;
}

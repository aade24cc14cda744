/** What the reader can ask of the list: grouping, kind, lock, fault, words. */
import { count, shorten } from '../../format.js';
import type { PageData } from '../../page-data.js';
import { element } from '../dom.js';
import { type Asked, EVERYTHING, faultTitle, kindsOf } from './groups.js';

interface FilterForm {
  element: HTMLElement;
  /** Clears kind, lock, fault and words, and tells nobody. */
  reset(): void;
}

const ANY = '';

export function filterForm(data: PageData, onChange: (asked: Asked) => void): FilterForm {
  const { violations, lanes, faults } = data;
  const has = (of: 'lane' | 'fault'): Set<number> => new Set(violations.map((violation) => violation[of]));
  const laneOptions = [...has('lane')]
    .sort((a, b) => a - b)
    .map((lane): Option => [`${lane}`, lanes[lane]?.title ?? 'none']);
  const faultOptions = [...has('fault')]
    .sort((a, b) => a - b)
    .map((place): Option => {
      const fault = faults[place];
      return [`${place}`, fault === undefined ? 'none explains it' : shorten(faultTitle(fault), 90)];
    });
  const by = choice([
    ['kind', 'kind'],
    ['fault', 'the fault that explains it'],
  ]);
  const kind = choice([
    [ANY, 'all kinds'],
    ...kindsOf(data).map(({ kind: name, title, total }): Option => [name, `${title} (${count(total)})`]),
  ]);
  const lane = choice([[ANY, 'all locks'], ...laneOptions]);
  const fault = choice([[ANY, 'all faults'], ...faultOptions]);
  const text = element('input', { type: 'search', placeholder: 'process 5, token 33, v12 …', autocomplete: 'off' });

  const number = (value: string): number | undefined => (value === ANY ? undefined : Number(value));
  const tell = (): void =>
    onChange({
      groupBy: by.value === 'fault' ? 'fault' : EVERYTHING.groupBy,
      kind: kind.value === ANY ? undefined : kind.value,
      lane: number(lane.value),
      fault: number(fault.value),
      text: text.value,
    });
  const form = element(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Violations' },
    labelled('Group by', by),
    labelled('Kind', kind),
    labelled('Lock', lane),
    labelled('Fault', fault),
    labelled('Words', text),
  );
  form.addEventListener('input', tell);
  form.addEventListener('submit', (event) => event.preventDefault());
  return {
    element: form,
    reset() {
      for (const field of [kind, lane, fault, text]) field.value = ANY;
    },
  };
}

type Option = [value: string, text: string];

const choice = (options: readonly Option[]): HTMLSelectElement =>
  element('select', {}, ...options.map(([value, text]) => element('option', { value }, text)));

function labelled(name: string, field: HTMLElement): HTMLElement {
  field.id = `violations-${name.toLowerCase().replaceAll(' ', '-')}`;
  return element('span', { class: 'field' }, element('label', { for: field.id }, name), field);
}

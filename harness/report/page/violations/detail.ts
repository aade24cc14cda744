/** What the list shows of one violation when it is opened: its operations as they stand in the history, and its fault. */
import { duration, offset } from '../../format.js';
import { DECISION, OUTCOME, type PageData, tokenAt, type ViolationItem } from '../../page-data.js';
import { element } from '../dom.js';

const OUTCOMES: Record<number, string> = {
  [OUTCOME.ok]: 'ok',
  [OUTCOME.fail]: 'fail',
  [OUTCOME.info]: 'unknown',
  [OUTCOME.open]: 'not completed',
};
const DECISIONS: Record<number, string> = {
  [DECISION.none]: '',
  [DECISION.accepted]: '✓ accepted',
  [DECISION.refused]: '× refused',
  [DECISION.stale]: '! accepted, and should not have been',
};
const COLUMNS = [
  'history',
  'process',
  'client',
  'operation',
  'value',
  'token',
  'invoked',
  'took',
  'outcome',
  'storage',
];

/** A violation that rests on thousands of operations names them all in verdict.json. */
const MAX_ROWS = 60;

/** `onLook`: moves the timeline there. */
export function detailOf(data: PageData, violation: ViolationItem, onLook: () => void): HTMLElement {
  const { operations, fault, from, to, hasPicture, id } = violation;
  const look = element('button', { type: 'button' }, 'Look at it in the timeline');
  look.addEventListener('click', onLook);
  return element(
    'div',
    { class: 'violation-detail' },
    element(
      'p',
      {},
      `From ${offset(from)} to ${offset(to)} (${duration(to - from)}). `,
      look,
      hasPicture ? ' ' : undefined,
      hasPicture ? element('a', { href: `#${id}` }, 'See its picture') : undefined,
    ),
    operations.length === 0 ? undefined : operationTable(data, operations),
    faultText(data, fault),
  );
}

function faultText({ faults }: PageData, place: number): HTMLElement {
  const fault = faults[place];
  if (fault === undefined) return element('p', { class: 'soft' }, 'No fault in force explains it.');
  const { text, receipt, proven } = fault;
  const proof = receipt === '' ? [] : [element('pre', { tabindex: 0 }, receipt)];
  return element(
    'div',
    {},
    element(
      'p',
      {},
      `The fault that explains it: ${text.replace(/\.?$/, '.')} ${proven ? 'Its receipt:' : 'Nothing proves that it took effect.'}`,
    ),
    ...proof,
  );
}

function operationTable(data: PageData, rows: readonly number[]): HTMLElement {
  const shown = rows.toSorted((a, b) => a - b).slice(0, MAX_ROWS);
  const head = element('tr', {}, ...COLUMNS.map((name) => element('th', { scope: 'col' }, name)));
  const body = shown.map((row) => element('tr', {}, ...cellsOf(data, row).map((text) => element('td', {}, text))));
  const caption =
    rows.length > shown.length ? `The first ${shown.length} of ${rows.length} operations` : 'Operations that prove it';
  const table = element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, head),
    element('tbody', {}, ...body),
  );
  return element('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': caption }, table);
}

function cellsOf({ operations: all, clients, lanes, functions, strings }: PageData, row: number): string[] {
  const client = clients[all.client[row] ?? -1];
  const error = strings.at(all.error[row] ?? -1);
  const start = all.start[row] ?? 0;
  const outcome = all.outcome[row] ?? OUTCOME.open;
  return [
    `${all.index[row]}`,
    `${all.process[row]}`,
    client === undefined ? '' : `${client.title}, ${lanes[client.lane]?.title ?? ''}`,
    functions[all.f[row] ?? -1] ?? '',
    strings.at(all.value[row] ?? -1),
    tokenAt(strings, all, row) ?? '',
    offset(start),
    outcome === OUTCOME.open ? '' : duration((all.end[row] ?? start) - start),
    error === '' ? (OUTCOMES[outcome] ?? '') : `${OUTCOMES[outcome]}: ${error}`,
    DECISIONS[all.decision[row] ?? 0] ?? '',
  ];
}

/**
 * The list of all violations: groups that fold, filters, a search. An address such as `#v12` opens that violation: its picture in
 * the static part of the page where there is one, its place in the list where there is none, and in both cases the timeline's window.
 */
import { count, offset } from '../../format.js';
import type { PageData } from '../../page-data.js';
import { element } from '../dom.js';
import { around, type State } from '../state.js';
import { detailOf } from './detail.js';
import { type Asked, EVERYTHING, groupsOf, statusText, type ViolationGroup } from './groups.js';
import { filterForm } from './filter-form.js';

/** Rows of a group that are made at once; more are made when they are asked for. */
const PAGE_ROWS = 50;
/** Rows of the first group, which is unfolded so that the reader sees what the list is. */
const FIRST_ROWS = 8;
/** A list that is short enough to be read is unfolded. */
const UNFOLDED = 25;
/** Room around a violation in the timeline where the lease says nothing. */
const ROOM_NS = 250e6;

interface Shown extends ViolationGroup {
  details: HTMLDetailsElement;
  list: HTMLOListElement;
  more: HTMLButtonElement;
}

export function mountViolations(root: HTMLElement, data: PageData, state: State): void {
  const { violations } = data;
  const status = element('p', { class: 'soft', role: 'status' });
  const place = element('div', { class: 'violation-groups' });
  const items = new Map<number, HTMLLIElement>();
  let asked: Asked = EVERYTHING;
  let shown: Shown[] = [];
  let opened: HTMLLIElement | undefined;

  const form = filterForm(data, (next) => {
    asked = next;
    render();
  });
  root.replaceChildren(...(violations.length === 0 ? [] : [form.element]), status, place);
  render();

  function render(): void {
    const groups = groupsOf(data, asked);
    const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
    status.textContent = statusText(data, total);
    items.clear();
    opened = undefined;
    shown = groups.map((group, n) => groupElement(group, total <= UNFOLDED ? PAGE_ROWS : n === 0 ? FIRST_ROWS : 0));
    place.replaceChildren(...shown.map(({ details }) => details));
    markSelected();
  }

  /** `unfolded`: how many it shows; 0: it is folded. */
  function groupElement(group: ViolationGroup, unfolded: number): Shown {
    const list = element('ol', {});
    const more = element('button', { type: 'button', class: 'more' });
    const details = element('details', { open: unfolded > 0 }, element('summary', {}, group.title), list, more);
    const made = { ...group, details, list, more };
    more.addEventListener('click', () => {
      const next = list.children.length;
      fill(made, next + PAGE_ROWS);
      list.children[next]?.querySelector('a')?.focus();
    });
    details.addEventListener('toggle', () => {
      if (details.open && list.children.length === 0) fill(made, PAGE_ROWS);
    });
    fill(made, unfolded);
    return made;
  }

  /** Makes the items up to the place `until` of the group. */
  function fill({ rows, list, more }: Shown, until: number): void {
    list.append(...rows.slice(list.children.length, until).map(itemElement));
    const left = rows.length - list.children.length;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, PAGE_ROWS)} more (${count(left)} are not shown yet)`;
    markSelected();
  }

  function itemElement(row: number): HTMLLIElement {
    const violation = violations[row];
    if (violation === undefined) return element('li');
    const { id, title, sentence, from, lane, hasPicture } = violation;
    const where = data.lanes[lane]?.title;
    const link = element('a', { href: `#${id}` }, sentence);
    // Without a change of the address the browser says nothing.
    link.addEventListener('click', () => {
      if (location.hash === `#${id}`) go(row);
    });
    const facts = [
      offset(from),
      ...(asked.groupBy === 'fault' ? [title] : []),
      ...(where === undefined ? [] : [where]),
      ...(hasPicture ? ['with a picture'] : []),
    ];
    const item = element(
      'li',
      hasPicture ? {} : { id },
      element('span', { class: 'address' }, id),
      ' ',
      link,
      ' ',
      element('span', { class: 'soft' }, facts.join(' · ')),
    );
    items.set(row, item);
    return item;
  }

  /** Shows below the selected one what is known of it. */
  function markSelected(): void {
    const row = state.selected?.list === 'violations' ? state.selected.row : -1;
    const item = items.get(row);
    if (item === opened && item?.isConnected) return;
    opened?.removeAttribute('aria-current');
    opened?.querySelector('.violation-detail')?.remove();
    opened = item;
    const violation = violations[row];
    if (item === undefined || violation === undefined) return;
    item.setAttribute('aria-current', 'true');
    item.append(detailOf(data, violation, () => lookAt(row)));
  }

  /** Moves the timeline's window to it. */
  function look(row: number): void {
    const violation = violations[row];
    if (violation === undefined) return;
    state.setWindow(around(violation.from, violation.to, data.ttlNs / 2 || ROOM_NS));
    state.select({ list: 'violations', row });
  }

  function lookAt(row: number): void {
    look(row);
    document.getElementById('timeline-title')?.scrollIntoView({ block: 'start' });
  }

  /** Unfolds the list up to it; filters that hide it are dropped. */
  function reveal(row: number): HTMLLIElement | undefined {
    if (!shown.some(({ rows }) => rows.includes(row))) {
      form.reset();
      asked = { ...EVERYTHING, groupBy: asked.groupBy };
      render();
    }
    const group = shown.find(({ rows }) => rows.includes(row));
    if (group === undefined) return undefined;
    group.details.open = true;
    const at = group.rows.indexOf(row);
    if (at >= group.list.children.length) fill(group, (Math.floor(at / PAGE_ROWS) + 1) * PAGE_ROWS);
    return items.get(row);
  }

  function show(row: number): void {
    const item = reveal(row);
    item?.scrollIntoView({ block: 'center' });
    item?.querySelector('a')?.focus({ preventScroll: true });
  }

  /** To its picture, or to its place in the list. */
  function go(row: number): void {
    look(row);
    const violation = violations[row];
    const picture = violation?.hasPicture ? document.getElementById(violation.id) : null;
    if (picture === null) {
      show(row);
      return;
    }
    for (let up = picture.parentElement; up !== null; up = up.parentElement)
      if (up instanceof HTMLDetailsElement) up.open = true;
    picture.tabIndex = -1;
    picture.focus({ preventScroll: true });
    picture.scrollIntoView({ block: 'start' });
  }

  /** From each picture a way to the timeline and to the list. */
  function linkPicture(row: number, id: string): void {
    const toTimeline = element('button', { type: 'button' }, 'Look at it in the timeline');
    const toList = element('button', { type: 'button' }, 'Find it in the list');
    toTimeline.addEventListener('click', () => lookAt(row));
    toList.addEventListener('click', () => {
      look(row);
      show(row);
    });
    document
      .getElementById(id)
      ?.firstElementChild?.after(element('p', { class: 'live-links' }, toTimeline, ' ', toList));
  }

  const rowOf = new Map(violations.map(({ id }, row) => [id, row]));
  const followAddress = (): void => {
    const row = rowOf.get(location.hash.slice(1));
    if (row !== undefined) go(row);
  };
  violations.forEach(({ id, hasPicture }, row) => {
    if (hasPicture) linkPicture(row, id);
  });
  addEventListener('hashchange', followAddress);
  state.subscribe((change) => {
    if (change === 'selected') markSelected();
  });
  followAddress();
}

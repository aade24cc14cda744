/** Which violations the list shows, and under which headings. Pure: from the page's data and what the reader asked for. */
import { count, duration, offset, plural } from '../../format.js';
import type { FaultBand, PageData } from '../../page-data.js';

export interface Asked {
  groupBy: 'kind' | 'fault';
  kind: string | undefined;
  /** Place in `lanes`, -1: those that belong to none. */
  lane: number | undefined;
  /** Place in `faults`, -1: those that no fault explains. */
  fault: number | undefined;
  /** Words, all of which must stand in what is said of the violation; capitals do not matter, and numbers are whole. */
  text: string;
}

export const EVERYTHING: Asked = { groupBy: 'kind', kind: undefined, lane: undefined, fault: undefined, text: '' };

export interface ViolationGroup {
  title: string;
  /** Places in `violations`. */
  rows: number[];
}

/** Groups in the order in which their first violation is listed; by fault, in the order of the faults, those without one last. */
export function groupsOf(data: PageData, asked: Asked): ViolationGroup[] {
  const wanted = wordsOf(asked.text);
  const groups = new Map<string | number, number[]>();
  data.violations.forEach((violation, row) => {
    const { kind, lane, fault } = violation;
    if (asked.kind !== undefined && kind !== asked.kind) return;
    if (asked.lane !== undefined && lane !== asked.lane) return;
    if (asked.fault !== undefined && fault !== asked.fault) return;
    if (wanted.length > 0) {
      const said = saidOf(data, row);
      if (!wanted.every((word) => word.test(said))) return;
    }
    const group = asked.groupBy === 'kind' ? kind : fault;
    const rows = groups.get(group);
    if (rows === undefined) groups.set(group, [row]);
    else rows.push(row);
  });
  const order = [...groups];
  if (asked.groupBy === 'fault') order.sort(([a], [b]) => place(a) - place(b));
  return order.map(([group, rows]) => ({
    title: typeof group === 'number' ? faultGroup(data, group, rows) : kindGroup(data, group, rows),
    rows,
  }));
}

const place = (fault: string | number): number => (Number(fault) < 0 ? Number.POSITIVE_INFINITY : Number(fault));

/** A number is meant as a whole: who looks for token 12 does not look for 312. */
const wordsOf = (text: string): RegExp[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return new RegExp(/^\d+$/.test(word) ? `(?<![\\d.])${literal}(?![\\d])` : literal);
    });

function saidOf({ violations, faults, lanes }: PageData, row: number): string {
  const violation = violations[row];
  if (violation === undefined) return '';
  const { id, title, sentence, lane, fault } = violation;
  const { title: name = '', key = '' } = lanes[lane] ?? {};
  return [id, title, sentence, name, key, faults[fault]?.text ?? ''].join(' ').toLowerCase();
}

/** `Stale writes: 76`, or how many of the true number are listed or match. */
function kindGroup({ kindTitles, counts }: PageData, kind: string, rows: readonly number[]): string {
  return `${kindTitles[kind] ?? kind}: ${partOf(rows.length, counts[kind] ?? rows.length)}`;
}

function faultGroup({ faults }: PageData, fault: number, rows: readonly number[]): string {
  const found = faults[fault];
  const many = plural(rows.length, 'violation');
  return found === undefined ? `No fault explains them: ${many}` : `${faultTitle(found)}: ${many}`;
}

/** `pause at +12.346 s for 4.61 s: what was done`; for a list to choose from and for headings. */
export function faultTitle({ kind, from, to, text, proven }: FaultBand): string {
  return `${kind} at ${offset(from)} for ${duration(to - from)}${proven ? '' : ', not proven'} (${text.replace(/\.$/, '')})`;
}

const partOf = (shown: number, total: number): string =>
  shown >= total ? count(total) : `${count(shown)} of ${count(total)}`;

/** How many the list shows, and why that may be fewer than there were. */
export function statusText(data: PageData, shown: number): string {
  const listed = data.violations.length;
  const total = Object.values(data.counts).reduce((sum, n) => sum + n, 0);
  const matching =
    shown === listed
      ? `All ${plural(listed, 'listed violation')} shown.`
      : `${count(shown)} of ${plural(listed, 'listed violation')} shown.`;
  const more =
    total > listed ? ` The run had ${count(total)}; of each kind and lock the first hundred are listed.` : '';
  return listed === 0 ? 'No violation was found in this run.' : `${matching}${more}`;
}

/** The kinds that are listed, each with its title and true number, in the order of the list. */
export function kindsOf({
  violations,
  counts,
  kindTitles,
}: PageData): { kind: string; title: string; total: number }[] {
  const kinds = [...new Set(violations.map(({ kind }) => kind))];
  return kinds.map((kind) => ({ kind, title: kindTitles[kind] ?? kind, total: counts[kind] ?? 0 }));
}

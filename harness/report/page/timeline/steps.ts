/** The next and the previous: things of a row in the order of time, and violations. Pure. */
import type { PageData } from '../../page-data.js';
import type { Selected } from '../state.js';
import type { Row } from './rows.js';
import { lowerBound, type Track } from './tracks.js';
import type { RunTracks } from './tracks-of-run.js';

/** Where one stands: things that begin at the same moment are told apart by their list and place. */
interface Place {
  readonly start: number;
  readonly rank: number;
  readonly id: number;
}

interface Listed extends Place {
  readonly list: Selected['list'];
}

/**
 * The thing of the row after (`by` 1) or before (-1) the one that is selected. If none of this row is, the first (or last) one
 * that begins in the window from..to, or beyond it.
 */
export function stepInRow(
  data: PageData,
  tracks: RunTracks,
  row: Row,
  selected: Selected | undefined,
  by: 1 | -1,
  window: { readonly from: number; readonly to: number },
): Selected | undefined {
  const lists = row.kind === 'client' ? clientLists(data, tracks, row.place) : nodeLists(data, row.place);
  const here = selected && placeOf(lists, selected);
  const from: Place =
    here ?? (by === 1 ? { start: window.from, rank: -1, id: -1 } : { start: window.to, rank: 99, id: -1 });
  const found = lists
    .map((list) => (by === 1 ? list.after(from) : list.before(from)))
    .filter((place) => place !== undefined)
    .sort((a, b) => by * compare(a, b))[0];
  return found && { list: found.list, row: found.id };
}

interface List {
  readonly rank: number;
  readonly list: Selected['list'];
  start(id: number): number | undefined;
  after(place: Place): Listed | undefined;
  before(place: Place): Listed | undefined;
}

function clientLists(data: PageData, tracks: RunTracks, row: number): List[] {
  const { operations, holds, faults } = data;
  const mine = faults.flatMap((band, n) => (band.clients.includes(row) ? [{ id: n, start: band.from }] : []));
  const inRow = (client: Uint16Array, start: Float64Array, isIn: (id: number) => boolean) => (id: number) =>
    client[id] === row && isIn(id) ? start[id] : undefined;
  const { waits, requests, beliefs } = tracks;
  const acquire = data.functions.indexOf('acquire');
  return [
    inTrack(
      waits,
      row,
      0,
      'operations',
      inRow(operations.client, operations.start, (id) => operations.f[id] === acquire),
    ),
    inTrack(
      requests,
      row,
      1,
      'operations',
      inRow(operations.client, operations.start, (id) => operations.f[id] !== acquire),
    ),
    inTrack(
      beliefs,
      row,
      2,
      'holds',
      inRow(holds.client, holds.from, () => true),
    ),
    inArray(mine, 3, 'faults'),
  ];
}

function nodeLists({ faults, leaders }: PageData, node: number): List[] {
  return [
    inArray(
      leaders.flatMap((span, id) => (span.node === node ? [{ id, start: span.from }] : [])),
      0,
      'leaders',
    ),
    inArray(
      faults.flatMap((band, id) => (band.nodes.includes(node) ? [{ id, start: band.from }] : [])),
      1,
      'faults',
    ),
  ];
}

function inTrack(track: Track, row: number, rank: number, list: Selected['list'], start: List['start']): List {
  const [first, last] = [track.offsets[row] ?? 0, track.offsets[row + 1] ?? 0];
  const at = (n: number): Listed => ({ start: track.start[n]!, rank, id: track.ids[n]!, list });
  return {
    ...{ rank, list, start },
    after(place) {
      for (let n = lowerBound(track.start, place.start, first, last); n < last; n++) {
        if (compare(at(n), place) > 0) return at(n);
      }
      return undefined;
    },
    before(place) {
      // From the last one that begins at the same moment; those are few.
      let n = lowerBound(track.start, place.start, first, last);
      while (n < last && track.start[n] === place.start) n += 1;
      for (n -= 1; n >= first; n--) {
        if (compare(at(n), place) < 0) return at(n);
      }
      return undefined;
    },
  };
}

function inArray(items: readonly { id: number; start: number }[], rank: number, list: Selected['list']): List {
  const all = items.map((item) => ({ ...item, rank, list }));
  return {
    ...{ rank, list },
    start: (id) => all.find((item) => item.id === id)?.start,
    after: (place) => all.find((item) => compare(item, place) > 0),
    before: (place) => all.findLast((item) => compare(item, place) < 0),
  };
}

function placeOf(lists: readonly List[], { list, row }: Selected): Place | undefined {
  for (const candidate of lists) {
    const start = candidate.list === list ? candidate.start(row) : undefined;
    if (start !== undefined) return { start, rank: candidate.rank, id: row };
  }
  return undefined;
}

function compare(a: Place, b: Place): number {
  return a.start - b.start || a.rank - b.rank || a.id - b.id;
}

/** Violations in the order of time, as places in the data's list, and when each begins. */
export interface ViolationOrder {
  readonly order: readonly number[];
  readonly starts: Float64Array;
}

export function violationOrder({ violations }: PageData): ViolationOrder {
  const order = violations.map((_, n) => n).sort((a, b) => violations[a]!.from - violations[b]!.from || a - b);
  return { order, starts: Float64Array.from(order, (n) => violations[n]!.from) };
}

/**
 * The violation after or before the selected one; from the last on to the first. If none is selected, the first that begins in the
 * window or after it, or the last that begins in it or before it.
 */
export function stepViolation(
  { order, starts }: ViolationOrder,
  selected: Selected | undefined,
  by: 1 | -1,
  window: { readonly from: number; readonly to: number },
): Selected | undefined {
  if (order.length === 0) return undefined;
  const here = selected?.list === 'violations' ? order.indexOf(selected.row) : -1;
  const edge = lowerBound(starts, by === 1 ? window.from : window.to, 0, starts.length);
  const next = here >= 0 ? here + by : by === 1 ? edge : edge - 1;
  const row = order[(next + order.length) % order.length];
  return row === undefined ? undefined : { list: 'violations', row };
}

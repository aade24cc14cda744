/** What lies under a point of the timeline. Pure. */
import { DECISION, type PageData } from '../../page-data.js';
import type { Selected } from '../state.js';
import { bandsOf, type Band, type Row } from './rows.js';
import { nsPerPixel, type Scale, timeAt } from './scale.js';
import { lowerBound, touching, type Track } from './tracks.js';
import type { RunTracks } from './tracks-of-run.js';

export interface Hit {
  readonly thing: Selected;
  /** How many things of this sort lie within the reach of the pointer; above 1 they cannot be told apart at this zoom. */
  readonly near: number;
}

const MARK_REACH = 7;
const REACH = 3;

/** `y` counts from the top of the row. */
export function hitRow(
  data: PageData,
  tracks: RunTracks,
  row: Row,
  scale: Scale,
  x: number,
  y: number,
): Hit | undefined {
  if (row.kind === 'node') return fault(data, row, scale, x) ?? leader(data, row.place, scale, x);
  const bands = bandsOf(row.height);
  const on = ({ top, height }: Band): boolean => y >= top - 1 && y <= top + height + 1;
  const search = (track: Track, list: Selected['list']): Hit | undefined => nearest(track, row.place, list, scale, x);
  const mark = (): Hit | undefined => nearestMark(tracks.marks, row.place, scale, x);
  const order =
    y >= bands.requests.top && on(bands.requests)
      ? [() => search(tracks.requests, 'operations'), () => fault(data, row, scale, x), mark]
      : y < bands.requests.top
        ? [() => fault(data, row, scale, x), () => search(tracks.requests, 'operations')]
        : on(bands.belief)
          ? [mark, () => search(tracks.beliefs, 'holds'), () => search(tracks.waits, 'operations')]
          : [() => search(tracks.owned, 'holds'), mark, () => search(tracks.beliefs, 'holds')];
  for (const look of [...order, () => fault(data, row, scale, x)]) {
    const hit = look();
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function nearest(track: Track, row: number, list: Selected['list'], scale: Scale, x: number): Hit | undefined {
  const time = timeAt(scale, x);
  const reach = nsPerPixel(scale) * REACH;
  const [a, b] = touching(track, row, time - reach, time + reach);
  let [best, near, least] = [-1, 0, Infinity];
  for (let place = a; place < b; place++) {
    const away = Math.max(track.start[place]! - time, time - track.end[place]!, 0);
    if (away > reach) continue;
    near += 1;
    // Of things that overlap, the later one is drawn on top.
    if (away <= least) [best, least] = [place, away];
  }
  if (best < 0) return undefined;
  // Inside a thing that is wide enough to be pointed at, what else is near does not matter.
  const isWide = track.end[best]! - track.start[best]! > 2 * reach;
  return { thing: { list, row: track.ids[best]! }, near: isWide ? 1 : near };
}

/** Among marks that are near, what went wrong goes before what did not. */
function nearestMark(track: Track, row: number, scale: Scale, x: number): Hit | undefined {
  const time = timeAt(scale, x);
  const reach = nsPerPixel(scale) * MARK_REACH;
  const [a, b] = touching(track, row, time - reach, time + reach);
  let best = -1;
  let score = -Infinity;
  for (let place = a; place < b; place++) {
    const grade = gradeAt(track, place);
    const rank = grade * 2 * reach - Math.abs(track.start[place]! - time);
    if (rank > score) [best, score] = [place, rank];
  }
  if (best < 0) return undefined;
  return { thing: { list: 'operations', row: track.ids[best]! }, near: b - a };
}

function gradeAt(track: Track, place: number): number {
  for (let grade: number = DECISION.stale; grade > 0; grade--) {
    const counts = track.counts[grade - 1];
    if (counts !== undefined && counts[place + 1]! > counts[place]!) return grade;
  }
  return 0;
}

function fault(data: PageData, row: Row, scale: Scale, x: number): Hit | undefined {
  const time = timeAt(scale, x);
  const reach = nsPerPixel(scale) * REACH;
  const hits = data.faults.flatMap(({ from, to, clients, nodes }, n) => {
    const targets = row.kind === 'client' ? clients : nodes;
    return from - reach <= time && time <= to + reach && targets.includes(row.place) ? [n] : [];
  });
  const last = hits.at(-1);
  return last === undefined ? undefined : { thing: { list: 'faults', row: last }, near: 1 };
}

function leader({ leaders }: PageData, node: number, scale: Scale, x: number): Hit | undefined {
  const time = timeAt(scale, x);
  const found = leaders.findIndex((span) => span.node === node && span.from <= time && time <= span.to);
  return found < 0 ? undefined : { thing: { list: 'leaders', row: found }, near: 1 };
}

/** `starts`: the beginnings of the violations in `order`, rising. */
export function hitViolation(order: readonly number[], starts: Float64Array, scale: Scale, x: number): Hit | undefined {
  const time = timeAt(scale, x);
  const reach = nsPerPixel(scale) * MARK_REACH;
  const a = lowerBound(starts, time - reach, 0, starts.length);
  const b = lowerBound(starts, time + reach, a, starts.length);
  let best = -1;
  for (let n = a; n < b; n++) {
    if (best < 0 || Math.abs(starts[n]! - time) < Math.abs(starts[best]! - time)) best = n;
  }
  const row = order[best];
  return row === undefined ? undefined : { thing: { list: 'violations', row }, near: b - a };
}
